import { readChildren } from './children.ts';
import { followLogs } from './follow-logs.ts';
import type { JobFacts } from './job-facts.ts';
import type { LogPorts } from './logs.ts';
import type { PauseRange } from './pace.ts';
import type { SubmittedJob } from './submit.ts';
import { terminateJob } from './terminate.ts';
import { type WatchPorts, watchJobs } from './watch.ts';
import type { WatchOutcome } from './watched-job.ts';

export interface JobRun {
  readonly outcome: WatchOutcome;
  readonly children: readonly JobFacts[];
}

/**
 * Sees a submitted job to its end, telling its logs. Whatever ends the watch before the job has ended terminates the job: the signal,
 * the deadline, a job that can never run, an API that refuses. Throws RemoteError for the last.
 */
export async function seeToEnd(
  job: SubmittedJob,
  limits: {
    readonly deadlineAt: number;
    readonly blockedSeconds: number;
    readonly pauses?: PauseRange | undefined;
    readonly logGraceSeconds?: number | undefined;
  },
  ports: WatchPorts & LogPorts,
): Promise<JobRun> {
  const follower = followLogs({ job, pauses: limits.pauses, graceSeconds: limits.logGraceSeconds }, ports);
  let outcome: WatchOutcome;
  try {
    outcome = await watchOne(job, limits, ports);
  } catch (error) {
    await Promise.all([follower.stop(), terminateJob(job, 'the toolkit could not watch it any longer', ports)]);
    throw error;
  }
  if (outcome.kind === 'ended') {
    await follower.drain();
    return { outcome, children: await readChildren(job, outcome.job, ports) };
  }
  const children = await readBeforeTheEnd(job, outcome, ports);
  await Promise.all([follower.stop(), terminateJob(job, TERMINATE_REASONS[outcome.kind], ports)]);
  return { outcome, children };
}

const TERMINATE_REASONS: Readonly<Record<Exclude<WatchOutcome['kind'], 'ended'>, string>> = {
  cancelled: 'the workflow was cancelled',
  'timed-out': 'the deadline of the smoke test passed',
  blocked: 'it could never run',
  vanished: 'Batch did not describe it',
};

async function watchOne(
  job: SubmittedJob,
  limits: Parameters<typeof seeToEnd>[1],
  ports: WatchPorts,
): Promise<WatchOutcome> {
  const outcomes = await watchJobs({ region: job.region, jobs: [job], ...limits }, ports);
  return outcomes.get(job.jobId) ?? { kind: 'vanished', reason: `nothing is known of job ${job.jobId}` };
}

/** What the children were doing when the time was up; nothing when the run was cancelled, which must be quick. */
async function readBeforeTheEnd(
  job: SubmittedJob,
  outcome: WatchOutcome,
  ports: WatchPorts,
): Promise<readonly JobFacts[]> {
  if ((outcome.kind !== 'timed-out' && outcome.kind !== 'blocked') || !outcome.job) return [];
  return readChildren(job, outcome.job, ports).catch((error: unknown) => {
    ports.notify({ type: 'message', level: 'warning', text: error instanceof Error ? error.message : String(error) });
    return [];
  });
}
