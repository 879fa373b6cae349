/**
 * Who sleeps, in the order in which they wake. A million may sleep at once, and a heap of a million is a miss of the cache at each
 * step: so only those of the present second stand in one, the others by the second in which they wake. A sleeper that was called off
 * stays until its turn, which is cheaper than looking for it.
 */
import { Heap } from './heap.ts';

export interface Sleeper {
  wake(): void;
  /** Set by `remove` alone. */
  off: boolean;
}

/** In the order of falling asleep. */
interface Later {
  readonly times: number[];
  readonly who: Sleeper[];
}

const SPAN_MILLISECONDS = 1000;

export class Sleepers {
  readonly #present = new Heap<Sleeper>();
  /** Whoever wakes before this stands in `#present`. */
  #presentEnd = Number.NEGATIVE_INFINITY;
  /** By the number of the second. */
  readonly #later = new Map<number, Later>();
  readonly #spans = new Heap<number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(time: number, sleeper: Sleeper): void {
    this.#size += 1;
    if (time < this.#presentEnd) this.#present.add(time, sleeper);
    else this.#addLater(time, sleeper);
  }

  /** Only one who still sleeps. */
  remove(sleeper: Sleeper): void {
    sleeper.off = true;
    this.#size -= 1;
  }

  nextTime(): number | undefined {
    this.#settle();
    return this.#present.size ? this.#present.firstKey : undefined;
  }

  /** The first, when its time is this one. */
  take(time: number): Sleeper | undefined {
    this.#settle();
    if (this.#present.firstKey !== time) return undefined;
    this.#size -= 1;
    return this.#present.takeFirst();
  }

  #addLater(time: number, sleeper: Sleeper): void {
    const span = Math.floor(time / SPAN_MILLISECONDS);
    let later = this.#later.get(span);
    if (!later) {
      later = { times: [], who: [] };
      this.#later.set(span, later);
      this.#spans.add(span, span);
    }
    later.times.push(time);
    later.who.push(sleeper);
  }

  /** Until the first is one who still sleeps, or there is none. */
  #settle(): void {
    for (;;) {
      while (this.#present.first?.off) this.#present.takeFirst();
      if (this.#present.size || !this.#spans.size) return;
      this.#enterNextSpan();
    }
  }

  #enterNextSpan(): void {
    const span = this.#spans.takeFirst() ?? 0;
    const later = this.#later.get(span);
    this.#later.delete(span);
    this.#presentEnd = (span + 1) * SPAN_MILLISECONDS;
    later?.who.forEach((sleeper, at) => {
      if (!sleeper.off) this.#present.add(later.times[at] ?? 0, sleeper);
    });
  }
}
