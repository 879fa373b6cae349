/** Ends jobs of a run before their time: at its deadline, its budget, by hand, or when they can never run. */
import { terminateJob } from '../jobs/terminate.ts';
import { describePassed, type Limits } from './limits.ts';
import type { RunPlan, Stop } from './model.ts';
import type { RunPorts } from './ports.ts';
import type { Blocked } from './waiting-reasons.ts';
import type { Watched } from './watched.ts';

export interface Terminator {
  /** After a look. What Batch did not take at the last one is asked for again. Never throws. */
  check(open: readonly Watched[], seen: Seen): Promise<void>;
}

export interface Seen {
  /** In the run's currency. */
  readonly spent: number;
  readonly stop: Stop | undefined;
  readonly blockedSince: (one: Watched) => Blocked | undefined;
}

export function createTerminator({ config }: RunPlan, limits: Limits, ports: RunPorts): Terminator {
  const { clock, notify } = ports;
  const taken = new Set<string>();
  let ending: string | undefined;
  const say = (text: string) => notify({ type: 'message', level: 'warning', text });
  const end = async (jobs: readonly Watched[], reason: string): Promise<void> => {
    await Promise.all(
      jobs.map(async ({ shard, jobId }) => {
        const job = { ...shard, jobId, reconciled: false };
        if (await terminateJob(job, reason, ports, 'it is asked for again at the next look')) taken.add(jobId);
      }),
    );
  };
  const endBlocked = async (open: readonly Watched[], seen: Seen): Promise<void> => {
    const patience = config.blockedSeconds * 1000;
    const lost = open.flatMap(one => {
      const blocked = seen.blockedSince(one);
      return blocked && clock.now() - blocked.at >= patience ? [{ ...one, reason: blocked.reason }] : [];
    });
    for (const [reason, jobs] of Map.groupBy(lost, one => one.reason)) {
      const queues = [...new Set(jobs.map(({ shard }) => `${shard.jobQueue} in ${shard.region}`))];
      say(
        `Terminating ${countJobs(jobs)} on ${queues.join(', ')}, which could never run: ${reason.replace(/\.$/, '')}.`,
      );
      await end(jobs, `it could never run: ${reason}`);
    }
  };
  return {
    async check(open, seen) {
      const left = open.filter(({ jobId }) => !taken.has(jobId));
      if (left.length === 0) return;
      if (ending === undefined) {
        ending =
          seen.stop?.reason ??
          describePassed(limits, { now: clock.now(), spent: seen.spent, currency: config.currency });
        if (ending === undefined) return endBlocked(left, seen);
        say(`Terminating what is left of the run, ${countJobs(left)}: ${ending}.`);
      }
      await end(left, ending);
    },
  };
}

function countJobs({ length }: readonly unknown[]): string {
  return length === 1 ? '1 job' : `${length} jobs`;
}
