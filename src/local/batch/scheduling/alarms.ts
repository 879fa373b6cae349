/** Many deadlines on one sleep of the clock: the earliest. Ten thousand running jobs with a timeout cost one timer. */
import type { Clock } from '../../../ports.ts';

export interface Alarm {
  readonly at: number;
  ring: (() => void) | undefined;
}

export class Alarms {
  readonly #clock: Clock;
  /** A binary heap by `at`; cancelled alarms stay until they come to the top. */
  readonly #heap: Alarm[] = [];
  #live = 0;
  #sleep: { readonly until: number; readonly controller: AbortController } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(at: number, ring: () => void): Alarm {
    const alarm: Alarm = { at, ring };
    this.#heap.push(alarm);
    this.#live++;
    this.#up(this.#heap.length - 1);
    this.#arm();
    return alarm;
  }

  cancel(alarm: Alarm | undefined): void {
    if (!alarm?.ring) return;
    alarm.ring = undefined;
    this.#live--;
    if (this.#live === 0) this.stop();
  }

  stop(): void {
    this.#heap.length = 0;
    this.#live = 0;
    this.#sleep?.controller.abort();
    this.#sleep = undefined;
  }

  #arm(): void {
    const [next] = this.#heap;
    if (!next || (this.#sleep && this.#sleep.until <= next.at)) return;
    this.#sleep?.controller.abort();
    const sleep = { until: next.at, controller: new AbortController() };
    this.#sleep = sleep;
    this.#clock.sleep(Math.max(0, next.at - this.#clock.now()), sleep.controller.signal).then(
      () => this.#wake(sleep),
      () => undefined,
    );
  }

  #wake(sleep: object): void {
    if (this.#sleep !== sleep) return;
    this.#sleep = undefined;
    const now = this.#clock.now();
    for (let next = this.#heap[0]; next && (next.at <= now || !next.ring); next = this.#heap[0]) {
      this.#pop();
      const { ring } = next;
      if (!ring) continue;
      next.ring = undefined;
      this.#live--;
      ring();
    }
    this.#arm();
  }

  #up(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfLater(parent, at)) return;
      at = parent;
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (!last || !this.#heap.length) return;
    this.#heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const child = this.#at(right) < this.#at(left) ? right : left;
      if (child >= this.#heap.length || !this.#swapIfLater(at, child)) return;
      at = child;
    }
  }

  #at(index: number): number {
    return this.#heap[index]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Puts the earlier of parent and child above. */
  #swapIfLater(parent: number, child: number): boolean {
    const above = this.#heap[parent];
    const below = this.#heap[child];
    if (!above || !below || above.at <= below.at) return false;
    this.#heap[parent] = below;
    this.#heap[child] = above;
    return true;
  }
}
