/**
 * Who sleeps, in the order in which they wake: a binary heap, its keys in columns, since a million may sleep at once. A sleeper that
 * was called off stays in it until its turn, which is cheaper than looking for it.
 */

export interface Sleeper {
  wake(): void;
  /** Set by `remove` alone. */
  off: boolean;
}

export class Sleepers {
  #times = new Float64Array(64);
  /** Of two at one time, who came first wakes first. */
  #turns = new Float64Array(64);
  readonly #who: Sleeper[] = [];
  #turn = 0;
  #removed = 0;

  get size(): number {
    return this.#who.length - this.#removed;
  }

  add(time: number, sleeper: Sleeper): void {
    if (this.#who.length === this.#times.length) this.#grow();
    this.#turn += 1;
    this.#who.push(sleeper);
    this.#rise(this.#who.length - 1, time, this.#turn, sleeper);
  }

  /** Only one who still sleeps. */
  remove(sleeper: Sleeper): void {
    sleeper.off = true;
    this.#removed += 1;
  }

  nextTime(): number | undefined {
    this.#dropRemoved();
    return this.#who.length ? this.#times[0] : undefined;
  }

  /** The first, when its time is this one. */
  take(time: number): Sleeper | undefined {
    this.#dropRemoved();
    return this.#who.length && this.#times[0] === time ? this.#takeFirst() : undefined;
  }

  #dropRemoved(): void {
    for (; this.#who[0]?.off; this.#removed -= 1) this.#takeFirst();
  }

  #takeFirst(): Sleeper | undefined {
    const first = this.#who[0];
    const last = this.#who.pop();
    const end = this.#who.length;
    if (last && end > 0) this.#sink(this.#times[end] ?? 0, this.#turns[end] ?? 0, last);
    return first;
  }

  #rise(from: number, time: number, turn: number, sleeper: Sleeper): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#isBefore(above, time, turn)) break;
      this.#move(above, at);
      at = above;
    }
    this.#put(at, time, turn, sleeper);
  }

  #sink(time: number, turn: number, sleeper: Sleeper): void {
    const end = this.#who.length;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= end) break;
      if (child + 1 < end && this.#isBefore(child + 1, this.#times[child] ?? 0, this.#turns[child] ?? 0)) child += 1;
      if (!this.#isBefore(child, time, turn)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, time, turn, sleeper);
  }

  #isBefore(at: number, time: number, turn: number): boolean {
    const own = this.#times[at] ?? 0;
    return own < time || (own === time && (this.#turns[at] ?? 0) < turn);
  }

  #move(from: number, to: number): void {
    const sleeper = this.#who[from];
    if (sleeper) this.#put(to, this.#times[from] ?? 0, this.#turns[from] ?? 0, sleeper);
  }

  #put(at: number, time: number, turn: number, sleeper: Sleeper): void {
    this.#times[at] = time;
    this.#turns[at] = turn;
    this.#who[at] = sleeper;
  }

  #grow(): void {
    const [times, turns] = [this.#times, this.#turns];
    this.#times = new Float64Array(2 * times.length);
    this.#turns = new Float64Array(2 * turns.length);
    this.#times.set(times);
    this.#turns.set(turns);
  }
}
