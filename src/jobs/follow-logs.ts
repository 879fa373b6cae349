import { RemoteError } from '../errors.ts';
import { isPassing } from './api-error.ts';
import { childIds, hasEnded } from './children.ts';
import { type JobFacts, readJobFacts } from './job-facts.ts';
import { type LogPorts, readNewLines } from './logs.ts';
import { growingPauses, LOG_PAUSES, type PauseRange } from './pace.ts';
import type { SubmittedJob } from './submit.ts';
import { describeJobs, type WatchPorts } from './watch.ts';

export interface FollowRequest {
  readonly job: SubmittedJob;
  readonly pauses?: PauseRange | undefined;
  /** How long to go on after the end: the last lines reach CloudWatch some seconds after the container has ended. */
  readonly graceSeconds?: number | undefined;
}

export interface LogFollower {
  /** Call it when the job has ended: reads what is left, for the grace, and resolves. Never rejects. */
  drain(): Promise<void>;
  /** Resolves as soon as a call under way allows. */
  stop(): Promise<void>;
}

/** More would be neither readable nor within GetLogEvents' rate. */
const MOST_FOLLOWED = 20;

/**
 * Tells the children's log lines as they come, child by child within each round, all attempts. Of a large array the first twenty
 * children only. What goes wrong is said and never fails anything: the verdict does not hang on seeing the log live.
 */
export function followLogs(request: FollowRequest, ports: WatchPorts & LogPorts): LogFollower {
  const own = new AbortController();
  const stopped = ports.signal ? AbortSignal.any([own.signal, ports.signal]) : own.signal;
  const nap = new AbortController();
  const round = createRound(request.job, { ...ports, signal: stopped });
  const grace = (request.graceSeconds ?? 2) * 1000;

  const wait = (milliseconds: number, signal: AbortSignal) =>
    ports.clock.sleep(milliseconds, signal).catch(() => undefined);
  const follow = async (): Promise<void> => {
    const napping = AbortSignal.any([stopped, nap.signal]);
    for (const pause of growingPauses(request.pauses ?? LOG_PAUSES)) {
      if (stopped.aborted || nap.signal.aborted) return;
      await round();
      await wait(pause, napping);
    }
  };
  const following = follow();
  return {
    async drain() {
      nap.abort();
      await following;
      const end = ports.clock.now() + grace;
      for (let last = false; !last && !stopped.aborted; ) {
        last = ports.clock.now() >= end;
        await round();
        if (!last) await wait(Math.min(500, grace), stopped);
      }
    },
    async stop() {
      own.abort();
      await following;
    },
  };
}

function createRound(job: SubmittedJob, ports: WatchPorts & LogPorts): () => Promise<void> {
  const tokens = new Map<string, string | undefined>();
  const known = new Map<string, JobFacts>();
  const ids = childIds(job).slice(0, MOST_FOLLOWED);
  let given = false;

  return async () => {
    if (given || ports.signal?.aborted) return;
    try {
      const open = ids.filter(id => !hasEnded(known.get(id) ?? { jobId: id, status: 'SUBMITTED', attempts: [] }));
      for (const [id, detail] of await describeJobs(job.region, open, ports)) known.set(id, readJobFacts(detail));
      for (const id of ids) await tellNewLines(job, known.get(id), tokens, ports);
    } catch (error) {
      if (ports.signal?.aborted || (error instanceof RemoteError && isPassing(error.cause))) return;
      given = true;
      const text = `${error instanceof Error ? error.message : String(error)} The log is not followed any longer.`;
      ports.notify({ type: 'message', level: 'warning', text });
    }
  };
}

async function tellNewLines(
  { region, jobId }: SubmittedJob,
  child: JobFacts | undefined,
  tokens: Map<string, string | undefined>,
  ports: WatchPorts & LogPorts,
): Promise<void> {
  const { logGroupName } = child ?? {};
  if (!child || !logGroupName) return;
  const streams = new Set([...child.attempts.map(({ logStreamName }) => logStreamName), child.logStreamName]);
  for (const logStreamName of streams) {
    if (!logStreamName) continue;
    const { lines, token } = await readNewLines(
      { region, logGroupName, logStreamName },
      tokens.get(logStreamName),
      ports,
    );
    tokens.set(logStreamName, token);
    for (const line of lines) {
      ports.notify({ type: 'log', jobId: child.jobId || jobId, arrayIndex: child.arrayIndex, region, ...line });
    }
  }
}
