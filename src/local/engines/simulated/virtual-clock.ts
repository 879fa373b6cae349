/** A clock that stands still until it is told: sleepers wake in the order of their time, so that days pass in seconds. */
import type { Clock } from '../../../ports.ts';
import { type Sleeper, Sleepers } from './sleepers.ts';

export interface VirtualClock extends Clock {
  /** Calls `wake` at that time. Gives a function that calls it off. */
  schedule(milliseconds: number, wake: () => void): () => void;
  /** The same for a million of them. Each can sleep once at a time. */
  add(milliseconds: number, sleeper: Sleeper): void;
  /** Calls off what `add` began; only while it sleeps. */
  remove(sleeper: Sleeper): void;
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
   * Awaited after each moment, so that whoever woke can act before time goes on. By default `microtasks`, which is enough for
   * whatever needs no file, no network and no other timer; wait for those here.
   */
  readonly settle?: (() => Promise<void>) | undefined;
}

export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const { settle = microtasks } = options;
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
  // A clock shows whole milliseconds, and so does whatever is stamped with it.
  const add = (milliseconds: number, sleeper: Sleeper): void =>
    sleepers.add(now + Math.max(0, Math.ceil(milliseconds)), sleeper);
  const schedule = (milliseconds: number, wake: () => void): (() => void) => {
    let over = false;
    const sleeper = {
      off: false,
      wake() {
        over = true;
        wake();
      },
    };
    add(milliseconds, sleeper);
    return () => {
      if (!over) sleepers.remove(sleeper);
      over = true;
    };
  };
  return {
    add,
    remove: sleeper => sleepers.remove(sleeper),
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

/** One turn of the event loop. */
export function oneTurn(): Promise<void> {
  return new Promise(done => setImmediate(done));
}

/** So often the event loop has its turn, so that servers answer and signals come. */
const MOMENTS_PER_TURN = 256;
let moments = 0;

/** Resolves when all promises have run that need nothing from outside: ticks come after the last of them. Mostly no turn of the loop. */
export function microtasks(): Promise<void> {
  moments = (moments + 1) % MOMENTS_PER_TURN;
  return moments === 0 ? oneTurn() : new Promise(done => process.nextTick(done));
}
