/** A binary heap with its keys in columns. Of two with one key, who came first comes out first. */
export class Heap<Item> {
  #keys = new Float64Array(64);
  #turns = new Float64Array(64);
  readonly #items: Item[] = [];
  #turn = 0;

  get size(): number {
    return this.#items.length;
  }

  /** NaN when it is empty. */
  get firstKey(): number {
    return this.#items.length ? (this.#keys[0] ?? Number.NaN) : Number.NaN;
  }

  get first(): Item | undefined {
    return this.#items[0];
  }

  add(key: number, item: Item): void {
    if (this.#items.length === this.#keys.length) this.#grow();
    this.#turn += 1;
    this.#items.push(item);
    this.#rise(this.#items.length - 1, key, this.#turn, item);
  }

  takeFirst(): Item | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    const end = this.#items.length;
    if (last !== undefined && end > 0) this.#sink(this.#keys[end] ?? 0, this.#turns[end] ?? 0, last);
    return first;
  }

  #rise(from: number, key: number, turn: number, item: Item): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#isBefore(above, key, turn)) break;
      this.#move(above, at);
      at = above;
    }
    this.#put(at, key, turn, item);
  }

  #sink(key: number, turn: number, item: Item): void {
    const end = this.#items.length;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= end) break;
      if (child + 1 < end && this.#isBefore(child + 1, this.#keys[child] ?? 0, this.#turns[child] ?? 0)) child += 1;
      if (!this.#isBefore(child, key, turn)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, key, turn, item);
  }

  #isBefore(at: number, key: number, turn: number): boolean {
    const own = this.#keys[at] ?? 0;
    return own < key || (own === key && (this.#turns[at] ?? 0) < turn);
  }

  #move(from: number, to: number): void {
    const item = this.#items[from];
    if (item !== undefined) this.#put(to, this.#keys[from] ?? 0, this.#turns[from] ?? 0, item);
  }

  #put(at: number, key: number, turn: number, item: Item): void {
    this.#keys[at] = key;
    this.#turns[at] = turn;
    this.#items[at] = item;
  }

  #grow(): void {
    const [keys, turns] = [this.#keys, this.#turns];
    this.#keys = new Float64Array(2 * keys.length);
    this.#turns = new Float64Array(2 * turns.length);
    this.#keys.set(keys);
    this.#turns.set(turns);
  }
}
