import type { JobDetail } from '@aws-sdk/client-batch';
import { RemoteError } from '../errors.ts';
import type { Notify } from '../events.ts';
import type { RateLimiter } from '../limiter.ts';
import type { AwsPorts, Clock } from '../ports.ts';
import { callRemote, isPassing } from './api-error.ts';
import { growingPauses, type PauseRange, WATCH_PAUSES } from './pace.ts';
import type { SubmittedJob } from './submit.ts';
import { readWaitingReason } from './waiting-reason.ts';
import { decideOutcome, describeStatus, noteWaiting, type WatchedJob, type WatchOutcome } from './watched-job.ts';

export interface WatchRequest {
  readonly region: string;
  /** Array parents and plain jobs of one region; children are never asked for one by one. */
  readonly jobs: readonly SubmittedJob[];
  /** By the clock of the ports; milliseconds. */
  readonly deadlineAt: number;
  /** How long a job may be RUNNABLE for a reason that never passes by itself. A compute environment that scales up shows one for a while. */
  readonly blockedSeconds: number;
  readonly pauses?: PauseRange | undefined;
  /** How long Batch may not know a job: just after SubmitJob it may be missing for a moment. */
  readonly absentSeconds?: number | undefined;
}

export interface WatchPorts {
  readonly aws: Pick<AwsPorts, 'batch'>;
  readonly clock: Clock;
  readonly notify: Notify;
  readonly signal?: AbortSignal | undefined;
}

/** DescribeJobs takes no more ids. */
const MOST_IDS = 100;

/**
 * Waits until each job has ended, is blocked, or the deadline or the signal comes; says each change of status. One DescribeJobs call
 * per hundred jobs and look. Throttling and passing errors are said and outlasted; an error that will not pass is thrown as RemoteError.
 */
export async function watchJobs(request: WatchRequest, ports: WatchPorts): Promise<ReadonlyMap<string, WatchOutcome>> {
  const { clock, signal } = ports;
  const watched: WatchedJob[] = request.jobs.map(submitted => ({ submitted, knownAt: clock.now() }));
  const look = createLook(request, ports);
  const pauses = growingPauses(request.pauses ?? WATCH_PAUSES);
  for (let open = watched; open.length > 0; open = open.filter(({ outcome }) => !outcome)) {
    await look(open);
    if (signal?.aborted) for (const one of open) one.outcome ??= { kind: 'cancelled', job: one.job };
    if (open.every(({ outcome }) => outcome)) continue;
    const pause = Math.min(pauses.next().value, Math.max(0, request.deadlineAt - clock.now()));
    await clock.sleep(pause, signal).catch((reason: unknown) => {
      if (!signal?.aborted) throw reason;
    });
  }
  return new Map(watched.flatMap(({ submitted, outcome }) => (outcome ? [[submitted.jobId, outcome]] : [])));
}

/** One look at the open jobs: what Batch says, what changed, and what follows from it. */
function createLook(request: WatchRequest, ports: WatchPorts): (open: readonly WatchedJob[]) => Promise<void> {
  const { clock, signal } = ports;
  const outlast = createOutlast(request.region, ports);
  const limits = () => ({
    now: clock.now(),
    deadlineAt: request.deadlineAt,
    blockedMilliseconds: request.blockedSeconds * 1000,
    absentMilliseconds: (request.absentSeconds ?? 60) * 1000,
  });
  return async open => {
    const answered = await outlast(async () => {
      const jobs = await describeJobs(
        request.region,
        open.map(({ submitted }) => submitted.jobId),
        ports,
      );
      for (const one of open) await update(one, jobs.get(one.submitted.jobId), ports);
    });
    if (signal?.aborted) return;
    for (const one of open) {
      // An API that does not answer is no proof that the job is gone.
      if (!answered) one.knownAt = clock.now();
      one.outcome = decideOutcome(one, limits());
    }
  };
}

async function update(watched: WatchedJob, job: JobDetail | undefined, ports: WatchPorts): Promise<void> {
  if (!job) return;
  const before = JSON.stringify(watched.job && describeStatus(watched));
  watched.job = job;
  watched.knownAt = ports.clock.now();
  const reason = await readWaitingReason(job, watched.submitted.region, ports.aws, ports.signal);
  noteWaiting(watched, reason, ports.clock.now());
  const status = describeStatus(watched);
  if (JSON.stringify(status) !== before) ports.notify(status);
}

/** Unknown ids are missing from the answer. With a limiter each call waits for its turn. */
export async function describeJobs(
  region: string,
  ids: readonly string[],
  { aws, signal, limiter }: Pick<WatchPorts, 'aws' | 'signal'> & { readonly limiter?: RateLimiter | undefined },
): Promise<ReadonlyMap<string, JobDetail>> {
  const jobs = new Map<string, JobDetail>();
  for (let from = 0; from < ids.length; from += MOST_IDS) {
    const some = ids.slice(from, from + MOST_IDS);
    const target = `${some.length === 1 ? `job ${some[0]}` : `${some.length} jobs`} in ${region}`;
    const answer = await callRemote({ doing: `describing ${target}`, operation: 'DescribeJobs', target }, async () => {
      const batch = await aws.batch(region);
      const call = () => batch.describeJobs({ jobs: some }, signal ? { abortSignal: signal } : {});
      return limiter ? limiter.run({ region, operations: 'read' }, call, signal) : call();
    });
    for (const job of answer.jobs ?? []) if (job.jobId) jobs.set(job.jobId, job);
  }
  return jobs;
}

/** Runs a look; true when it was answered. What passes by itself is said once until it has passed; what does not is thrown. */
function createOutlast(
  region: string,
  { notify, signal }: WatchPorts,
): (look: () => Promise<void>) => Promise<boolean> {
  let said = '';
  return async look => {
    try {
      await look();
      said = '';
      return true;
    } catch (error) {
      if (signal?.aborted) return false;
      if (!(error instanceof RemoteError) || !isPassing(error.cause)) throw error;
      if (said !== error.code)
        notify({ type: 'message', level: 'warning', text: `${region}: ${error.message} Still watching.` });
      said = error.code ?? '';
      return false;
    }
  };
}
