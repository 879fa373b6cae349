/** A clock that stands still until it is told: sleepers wake in the order of their time, so that days pass in seconds. */
import type { Clock } from '../../../ports.ts';
import { Sleepers } from './sleepers.ts';

export interface VirtualClock extends Clock {
  /** Calls `wake` at that time; cheaper than `sleep`, for a million of them. Gives a function that calls it off. */
  schedule(milliseconds: number, wake: () => void): () => void;
  /** How many sleep. */
  readonly sleepers: number;
  /** When the next sleeper wakes; undefined when nobody sleeps. */
  readonly nextTime: number | undefined;
  /** Goes to the next sleeper's time and wakes everybody of that time; they act after this returns. */
  wakeNext(): void;
  /** Lets time pass until then, waking who sleeps till then or before. */
  advanceTo(milliseconds: number): Promise<void>;
  /** Lets time pass as long as anybody sleeps, or until `until` says so (asked after each moment at which somebody woke). */
  run(until?: () => boolean): Promise<void>;
}

export interface VirtualClockOptions {
  /** Milliseconds since the epoch. Default 1 January 2026. */
  readonly startAt?: number | undefined;
  /**
   * Awaited after each moment, so that whoever woke can act before time goes on. By default one turn of the event loop, which is
   * enough for whatever needs no file, no network and no other timer; wait for those here.
   */
  readonly settle?: (() => Promise<void>) | undefined;
}

export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const { settle = oneTurn } = options;
  const sleepers = new Sleepers();
  let now = options.startAt ?? Date.UTC(2026, 0, 1);

  const wakeNext = (): void => {
    const time = sleepers.nextTime();
    if (time === undefined) return;
    now = Math.max(now, time);
    for (let sleeper = sleepers.take(time); sleeper; sleeper = sleepers.take(time)) sleeper.wake();
  };
  const wakeThrough = async (last: number, until: () => boolean): Promise<void> => {
    await settle();
    for (let time = sleepers.nextTime(); time !== undefined && time <= last && !until(); time = sleepers.nextTime()) {
      wakeNext();
      await settle();
    }
  };
  const schedule = (milliseconds: number, wake: () => void): (() => void) => {
    const sleeper = sleepers.add(now + Math.max(0, milliseconds), wake);
    return () => sleepers.remove(sleeper);
  };
  return {
    schedule,
    wakeNext,
    now: () => now,
    sleep: (milliseconds, signal) => sleepOn(schedule, milliseconds, signal),
    get sleepers() {
      return sleepers.size;
    },
    get nextTime() {
      return sleepers.nextTime();
    },
    async advanceTo(milliseconds) {
      await wakeThrough(milliseconds, () => false);
      now = Math.max(now, milliseconds);
    },
    run: (until = () => false) => wakeThrough(Number.POSITIVE_INFINITY, until),
  };
}

/** `Clock.sleep` made of `schedule`. */
export function sleepOn(
  schedule: VirtualClock['schedule'],
  milliseconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const callOff = schedule(milliseconds, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    const stop = (): void => {
      callOff();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** All that needs no file, no network and no timer is done when it resolves. */
export function oneTurn(): Promise<void> {
  return new Promise(done => setImmediate(done));
}
