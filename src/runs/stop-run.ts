/** Ends a run by hand, whoever drives it. */
import { OUR_REASON } from '../jobs/failure-rules-batch.ts';
import { terminateJob } from '../jobs/terminate.ts';
import { readRounds } from './history.ts';
import type { Ledger } from './ledger.ts';
import type { RunPlan, Shard, ShardEnd, Stop } from './model.ts';
import type { RunPorts } from './ports.ts';
import type { SubmittedShard } from './submit-round.ts';
import { findEarlier } from './submit-shard.ts';

export interface StopResult {
  /** Ids of the jobs that Batch ends now. */
  readonly stopped: readonly string[];
  /** Ids of those that it would not end. */
  readonly refused: readonly string[];
}

/**
 * Writes the stop down first, so that a driver that is just submitting ends its jobs itself at its next look and plans no other round;
 * then terminates every job that is not known to have ended. What was built stays.
 */
export async function stopRun(plan: RunPlan, ledger: Ledger, reason: string, ports: RunPorts): Promise<StopResult> {
  const rounds = await readRounds(plan, ledger);
  await ledger.writeStop({ at: ports.clock.now(), reason, round: rounds.length - 1 });
  const stopped: string[] = [];
  const refused: string[] = [];
  for (const { shards, ended } of rounds) {
    const over = new Set(ended.map(({ shard }) => shard.id));
    for (const shard of shards.filter(({ id }) => !over.has(id))) {
      const submission = await ledger.readSubmission(shard);
      if (submission?.state !== 'submitted') continue;
      const { jobId } = submission;
      const taken = await terminateJob({ ...shard, jobId, reconciled: false }, reason, ports);
      (taken ? stopped : refused).push(jobId);
    }
  }
  return { stopped, refused };
}

/** Of a stopped round, what Batch has; a call whose answer was lost is looked for by its job's name. Throws as findEarlier. */
export async function findSubmitted(
  shards: readonly Shard[],
  ledger: Ledger,
  ports: RunPorts,
): Promise<readonly SubmittedShard[]> {
  const found: SubmittedShard[] = [];
  for (const shard of shards) {
    const submission = await ledger.readSubmission(shard);
    if (submission?.state === 'submitted') found.push({ shard, jobId: submission.jobId });
    if (submission?.state !== 'submitting') continue;
    const jobId = await findEarlier(shard, submission, ports);
    if (jobId !== undefined) found.push({ shard, jobId });
  }
  return found;
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
