/** The keys of a bucket in the order of their UTF-8 bytes, which is the order of listings. Put in order when somebody lists. */

export class KeyIndex {
  readonly #keys = new Set<string>();
  #sorted: string[] = [];
  #added: string[] = [];
  #deleted = false;

  get size(): number {
    return this.#keys.size;
  }

  add(key: string): void {
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    this.#added.push(key);
  }

  delete(key: string): void {
    if (this.#keys.delete(key)) this.#deleted = true;
  }

  inOrder(): readonly string[] {
    if (this.#deleted) {
      // A key that was deleted and added again stands in both lists.
      this.#sorted = [...this.#keys];
      this.#added = [];
      this.#deleted = false;
      this.#sorted.sort(compareKeys);
    } else if (this.#added.length > 0) {
      this.#sorted = this.#sorted.concat(this.#added).sort(compareKeys);
      this.#added = [];
    }
    return this.#sorted;
  }

  /** The place of the first key that is not before `key`. */
  indexOf(key: string): number {
    const keys = this.inOrder();
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(keys[middle] ?? '', key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The place of the first key behind all that begin with `prefix`. */
  indexAfter(prefix: string): number {
    const keys = this.inOrder();
    let low = this.indexOf(prefix);
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[middle]?.startsWith(prefix)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** By UTF-8 bytes. JavaScript's own order, by UTF-16 units, puts characters beyond U+FFFF before U+E000. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rankOf(left) - rankOf(right);
  }
  return a.length - b.length;
}

function rankOf(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
