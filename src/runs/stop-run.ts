/** Ends a run by hand, whoever drives it. */
import { mapConcurrently } from '../jobs/concurrently.ts';
import { OUR_REASON } from '../jobs/failure-rules-batch.ts';
import { terminateJob } from '../jobs/terminate.ts';
import { readRounds } from './history.ts';
import type { Ledger } from './ledger.ts';
import type { RunPlan, Shard, ShardEnd, Stop, Submission } from './model.ts';
import type { RunPorts } from './ports.ts';
import type { SubmittedShard } from './submit-round.ts';
import { findEarlier } from './submit-shard.ts';

export interface StopResult {
  /** Ids of the jobs that Batch ends now. */
  readonly stopped: readonly string[];
  /** Ids of those that it would not end. */
  readonly refused: readonly string[];
  /** Names of jobs of which nobody can say now whether Batch has them. */
  readonly unknown: readonly string[];
}

/** Looked up at once. */
const CONCURRENCY = 8;

/**
 * Writes the stop down first, so that a driver that is just submitting ends its jobs itself and plans no other round; then terminates
 * every job that is not known to have ended, those too that were being submitted when their driver died. What was built stays.
 */
export async function stopRun(plan: RunPlan, ledger: Ledger, reason: string, ports: RunPorts): Promise<StopResult> {
  await ledger.writeStop({ at: ports.clock.now(), reason });
  const rounds = await readRounds(plan, ledger);
  const open = rounds.flatMap(({ shards, ended }) => {
    const over = new Set(ended.map(({ shard }) => shard.id));
    return shards.filter(({ id }) => !over.has(id));
  });
  const [stopped, refused, unknown]: [string[], string[], string[]] = [[], [], []];
  await mapConcurrently(open, CONCURRENCY, async shard => {
    const submission = await ledger.readSubmission(shard);
    if (!submission) return;
    const jobId = await findJobId(shard, submission, ports).catch((error: unknown) => {
      const said = error instanceof Error ? error.message : String(error);
      ports.notify({ type: 'message', level: 'error', text: said });
      unknown.push(shard.jobName);
    });
    if (jobId === undefined) return;
    const taken = await terminateJob({ ...shard, jobId, reconciled: false }, reason, ports);
    (taken ? stopped : refused).push(jobId);
  });
  return { stopped, refused, unknown };
}

async function findJobId(shard: Shard, submission: Submission, ports: RunPorts): Promise<string | undefined> {
  return submission.state === 'submitted' ? submission.jobId : findEarlier(shard, submission, ports);
}

/** Of a stopped round, what Batch has; a call whose answer was lost is looked for by its job's name. Throws as findEarlier. */
export async function findSubmitted(
  shards: readonly Shard[],
  ledger: Ledger,
  ports: RunPorts,
): Promise<readonly SubmittedShard[]> {
  const found = await mapConcurrently(shards, CONCURRENCY, async shard => {
    const submission = await ledger.readSubmission(shard);
    const jobId = submission && (await findJobId(shard, submission, ports));
    return jobId === undefined ? [] : [{ shard, jobId }];
  });
  return found.flat();
}

/** How a shard ends that was not submitted before its run was stopped. */
export function describeUnsubmitted(shard: Shard, { reason }: Stop): ShardEnd {
  const evidence = `${OUR_REASON}${reason}`;
  const failed = Array.from({ length: shard.size }, (_, index) => ({
    index,
    class: 'cancelled' as const,
    evidence,
    retryable: false,
  }));
  return { shard: shard.id, how: 'stopped', reason, succeeded: 0, failed };
}
