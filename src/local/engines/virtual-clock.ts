/** A clock that stands still until it is told: sleepers wake in the order of their time, so that days pass in seconds. */
import type { Clock } from '../../ports.ts';

export interface VirtualClock extends Clock {
  /** Calls `wake` at that time; cheaper than `sleep`, for a million of them. Gives a function that calls it off. */
  schedule(milliseconds: number, wake: () => void): () => void;
  /** How many sleep. */
  readonly sleepers: number;
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
  const queue = createQueue();
  let now = options.startAt ?? Date.UTC(2026, 0, 1);

  const wakeThrough = async (last: number, until: () => boolean): Promise<void> => {
    await settle();
    for (let time = queue.nextTime(); time !== undefined && time <= last && !until(); time = queue.nextTime()) {
      now = Math.max(now, time);
      for (let sleeper = queue.take(time); sleeper; sleeper = queue.take(time)) sleeper.wake();
      await settle();
    }
  };
  const schedule = (milliseconds: number, wake: () => void): (() => void) => {
    const sleeper = queue.add(now + Math.max(0, milliseconds), wake);
    return () => queue.remove(sleeper);
  };
  return {
    schedule,
    now: () => now,
    get sleepers() {
      return queue.size();
    },
    sleep(milliseconds, signal) {
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
    },
    async advanceTo(milliseconds) {
      await wakeThrough(milliseconds, () => false);
      now = Math.max(now, milliseconds);
    },
    run: (until = () => false) => wakeThrough(Number.POSITIVE_INFINITY, until),
  };
}

function oneTurn(): Promise<void> {
  return new Promise(done => setImmediate(done));
}

interface Sleeper {
  readonly time: number;
  /** Of two at one time, who came first wakes first. */
  readonly turn: number;
  readonly wake: () => void;
  removed: boolean;
}

/** A binary heap; a removed sleeper stays in it until its turn, which is cheaper than looking for it. */
function createQueue() {
  const heap: Sleeper[] = [];
  let turn = 0;
  let removed = 0;

  const before = (left: Sleeper, right: Sleeper): boolean =>
    left.time < right.time || (left.time === right.time && left.turn < right.turn);
  const rise = (sleeper: Sleeper): void => {
    let at = heap.length;
    for (heap.push(sleeper); at > 0; ) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (!parent || before(parent, sleeper)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = sleeper;
  };
  const sink = (sleeper: Sleeper): void => {
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const [left, right] = [heap[below], heap[below + 1]];
      if (!left) break;
      const child = right && before(right, left) ? right : left;
      if (child === right) below += 1;
      if (before(sleeper, child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = sleeper;
  };
  const takeFirst = (): Sleeper | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (last && last !== first) sink(last);
    return first;
  };
  const dropRemoved = (): void => {
    for (; heap[0]?.removed; removed -= 1) takeFirst();
  };

  return {
    size: () => heap.length - removed,
    add(time: number, wake: () => void): Sleeper {
      turn += 1;
      const sleeper = { time, turn, wake, removed: false };
      rise(sleeper);
      return sleeper;
    },
    remove(sleeper: Sleeper): void {
      if (sleeper.removed) return;
      sleeper.removed = true;
      removed += 1;
    },
    nextTime(): number | undefined {
      dropRemoved();
      return heap[0]?.time;
    },
    /** The first, when its time is this one. */
    take(time: number): Sleeper | undefined {
      dropRemoved();
      return heap[0]?.time === time ? takeFirst() : undefined;
    },
  };
}
