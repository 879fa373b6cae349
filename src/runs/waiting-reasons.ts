/** Why nothing of a run moves, told for each job queue and definition that its jobs wait for. */
import { findBlockedReason } from '../jobs/blocked-reason.ts';
import { isWaiting, readWaitingReason } from '../jobs/waiting-reason.ts';
import type { RunPorts } from './ports.ts';
import type { Watched } from './watched.ts';

export interface WaitingReasons {
  /** Asks why each waits, and tells it. One call for each job queue and definition. */
  ask(open: readonly Watched[]): Promise<void>;
  /** Something moves: whatever was blocked may not be any more. */
  forget(): void;
  /** Since when a reason that will not pass by itself is known for what this one waits for. Milliseconds. */
  blockedSince(one: Watched): Blocked | undefined;
}

export interface Blocked {
  readonly at: number;
  readonly reason: string;
}

/** Asked at once: a run of many regions and queues is not to be throttled for its curiosity. */
const MOST_ASKED = 10;
/** The same reason again, so seldom. Milliseconds. */
const TELL_AGAIN = 3_600_000;

export function createWaitingReasons(ports: RunPorts): WaitingReasons {
  const { aws, clock, notify, signal } = ports;
  const blocked = new Map<string, Blocked>();
  const told = new Map<string, { readonly at: number; readonly text: string }>();
  let begin = 0;
  const tell = (key: string, text: string): void => {
    const before = told.get(key);
    if (before?.text === text && clock.now() - before.at < TELL_AGAIN) return;
    told.set(key, { at: clock.now(), text });
    notify({ type: 'message', level: 'warning', text });
  };
  const askOne = async (one: Watched & { readonly job: NonNullable<Watched['job']> }): Promise<void> => {
    const { shard, job } = one;
    const reason = await readWaitingReason(job, shard.region, aws, signal).catch(() => undefined);
    const found = findBlockedReason(reason);
    const key = keyOf(one);
    if (found?.outlook === 'never' && reason !== undefined)
      blocked.set(key, { at: blocked.get(key)?.at ?? clock.now(), reason });
    else blocked.delete(key);
    const why =
      reason === undefined ? 'Batch gives no reason.' : `${reason.replace(/\.$/, '')}. ${found?.advice ?? ''}`;
    tell(key, `Nothing of ${shard.jobName} runs on ${shard.jobQueue} in ${shard.region}: ${why}`.trimEnd());
  };
  return {
    async ask(open) {
      const waiting = open.flatMap(one => (one.job && isWaiting(one.job) ? [{ ...one, job: one.job }] : []));
      const groups = [...Map.groupBy(waiting, keyOf).values()].flatMap(([first]) => (first ? [first] : []));
      // Where there are more, the next time begins after those of this time.
      const from = begin % Math.max(1, groups.length);
      const chosen = [...groups.slice(from), ...groups.slice(0, from)].slice(0, MOST_ASKED);
      begin = from + chosen.length;
      await Promise.all(chosen.map(askOne));
    },
    forget: () => blocked.clear(),
    blockedSince: one => blocked.get(keyOf(one)),
  };
}

function keyOf({ shard: { region, jobQueue, jobDefinitionArn } }: Watched): string {
  return `${region} ${jobQueue} ${jobDefinitionArn}`;
}
