/** Who sleeps, in the order in which they wake: a binary heap. A removed sleeper stays in it until its turn, which is cheaper than looking for it. */

export interface Sleeper {
  readonly time: number;
  /** Of two at one time, who came first wakes first. */
  readonly turn: number;
  readonly wake: () => void;
  removed: boolean;
}

export class Sleepers {
  readonly #heap: Sleeper[] = [];
  #turn = 0;
  #removed = 0;

  get size(): number {
    return this.#heap.length - this.#removed;
  }

  add(time: number, wake: () => void): Sleeper {
    this.#turn += 1;
    const sleeper = { time, turn: this.#turn, wake, removed: false };
    this.#rise(sleeper);
    return sleeper;
  }

  remove(sleeper: Sleeper): void {
    if (sleeper.removed) return;
    sleeper.removed = true;
    this.#removed += 1;
  }

  nextTime(): number | undefined {
    this.#dropRemoved();
    return this.#heap[0]?.time;
  }

  /** The first, when its time is this one. Marked as removed: it cannot be called off any more. */
  take(time: number): Sleeper | undefined {
    this.#dropRemoved();
    if (this.#heap[0]?.time !== time) return undefined;
    const taken = this.#takeFirst();
    if (taken) taken.removed = true;
    return taken;
  }

  #dropRemoved(): void {
    for (; this.#heap[0]?.removed; this.#removed -= 1) this.#takeFirst();
  }

  #takeFirst(): Sleeper | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last && last !== first) this.#sink(last);
    return first;
  }

  #rise(sleeper: Sleeper): void {
    const heap = this.#heap;
    let at = heap.length;
    for (heap.push(sleeper); at > 0; ) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (!parent || isBefore(parent, sleeper)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = sleeper;
  }

  #sink(sleeper: Sleeper): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = heap[below];
      const right = heap[below + 1];
      if (!left) break;
      let child = left;
      if (right && isBefore(right, left)) {
        child = right;
        below += 1;
      }
      if (isBefore(sleeper, child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = sleeper;
  }
}

function isBefore(left: Sleeper, right: Sleeper): boolean {
  return left.time < right.time || (left.time === right.time && left.turn < right.turn);
}
