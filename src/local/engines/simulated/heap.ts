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
    return this.#items.length ? keyAt(this.#keys, 0) : Number.NaN;
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
    const end = this.#items.length - 1;
    const last = this.#items.pop();
    if (end > 0) this.#sink(keyAt(this.#keys, end), keyAt(this.#turns, end), last as Item);
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
      if (child + 1 < end && this.#isBefore(child + 1, keyAt(this.#keys, child), keyAt(this.#turns, child))) child += 1;
      if (!this.#isBefore(child, key, turn)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, key, turn, item);
  }

  #isBefore(at: number, key: number, turn: number): boolean {
    const own = keyAt(this.#keys, at);
    return own < key || (own === key && keyAt(this.#turns, at) < turn);
  }

  #move(from: number, to: number): void {
    this.#put(to, keyAt(this.#keys, from), keyAt(this.#turns, from), this.#items[from] as Item);
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

/** Places below the heap's size are never empty, which the types cannot say. */
function keyAt(column: Float64Array, at: number): number {
  return column[at] as number;
}
