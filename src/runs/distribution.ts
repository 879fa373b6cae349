/** Many durations, and what is said of them. Milliseconds. */
export interface Distribution {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly longest: number;
  /** How many fall into each bin of equal width from 0 to `longest`. */
  readonly bins: readonly number[];
}

export interface Sampler {
  add(milliseconds: number): void;
  describe(): Distribution;
}

const BINS = 30;

/** Keeps every value, four bytes each. */
export function createSampler(): Sampler {
  let values = new Uint32Array(1024);
  let count = 0;
  return {
    add(milliseconds) {
      if (count === values.length) {
        const larger = new Uint32Array(count * 2);
        larger.set(values);
        values = larger;
      }
      values[count] = Math.min(0xffffffff, Math.max(0, Math.round(milliseconds)));
      count += 1;
    },
    describe() {
      const sorted = values.slice(0, count).sort();
      const longest = sorted.at(-1) ?? 0;
      const bins = Array.from({ length: BINS }, () => 0);
      for (const value of sorted) {
        const bin = longest === 0 ? 0 : Math.min(BINS - 1, Math.floor((value / longest) * BINS));
        bins[bin] = (bins[bin] ?? 0) + 1;
      }
      return {
        count,
        p50: quantile(sorted, 0.5),
        p90: quantile(sorted, 0.9),
        p99: quantile(sorted, 0.99),
        longest,
        bins,
      };
    },
  };
}

/** The nearest rank: a value that was really there. */
function quantile(sorted: Uint32Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
