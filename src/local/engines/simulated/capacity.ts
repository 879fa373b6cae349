/** How much capacity the simulated world has: the account's quotas, and times at which there is too little of it. */
import type { EngineCapacity } from '../model.ts';

export interface CapacityModel {
  /** vCPUs that an account has at once in a region, by type of capacity: EC2, SPOT, FARGATE, FARGATE_SPOT. */
  readonly quotas?: Readonly<Record<string, number>>;
  readonly shortages?: readonly Shortage[];
}

export interface Shortage {
  /** Name of the compute environment, or how it begins (`spot*`); all when absent. */
  readonly computeEnvironment?: string;
  /** After the beginning. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** What there is all the same. What runs goes on, even when it is more. Default 0. */
  readonly vcpus?: number;
}

export function createCapacity({ quotas = {}, shortages = [] }: CapacityModel, now: () => number): EngineCapacity {
  const begun = now();
  const spans = shortages.map(({ computeEnvironment = '*', fromSeconds, toSeconds, vcpus = 0 }) => ({
    ...{ computeEnvironment, vcpus, from: begun + fromSeconds * 1000, to: begun + toSeconds * 1000 },
  }));
  return {
    changesAt: spans.map(({ to }) => to),
    quotaOf: type => quotas[type] ?? Number.POSITIVE_INFINITY,
    vcpusFor(name) {
      const at = now();
      let least = Number.POSITIVE_INFINITY;
      for (const { computeEnvironment, from, to, vcpus } of spans) {
        if (at >= from && at < to && fits(computeEnvironment, name)) least = Math.min(least, vcpus);
      }
      return least;
    },
  };
}

/** A whole name, or a beginning and `*`. */
export function fits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
