import type { Distribution } from './distribution.ts';
import type { FailureGroup } from './failure-groups.ts';
import type { RunSummary } from './summary.ts';

/** What differs from one run to a later one. */
export interface RunComparison {
  readonly before: string;
  readonly after: string;
  readonly entries: { readonly before: number; readonly after: number };
  readonly failedShare: { readonly before: number; readonly after: number };
  readonly cost: Ratio;
  readonly costPerEntry: Ratio;
  readonly tiers: Readonly<Record<string, { readonly median: Ratio; readonly p90: Ratio; readonly wait: Ratio }>>;
  readonly newGroups: readonly FailureGroup[];
  readonly goneGroups: readonly FailureGroup[];
}

export interface Ratio {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  /** Later divided by earlier; absent where either is unknown, the earlier is zero, or both are as good as the same. */
  readonly ratio?: number | undefined;
  /** Only where both are as good as the same: from which difference on they would not be. */
  readonly within?: number | undefined;
}

/** Milliseconds. Children that start or end so close to each other differ by the look of Batch, not by the run. */
const SAME_DURATION = 1000;
const SAME_WAIT = 5000;

export function compareRuns(before: RunSummary, after: RunSummary): RunComparison {
  const tiers = Object.keys({ ...before.account?.byTier, ...after.account?.byTier });
  const groupKey = ({ class: kind, evidence, lastWords }: FailureGroup) => JSON.stringify([kind, evidence, lastWords]);
  const keys = (groups: readonly FailureGroup[]) => new Set(groups.map(groupKey));
  const [old, young] = [keys(before.groups), keys(after.groups)];
  return {
    before: before.run,
    after: after.run,
    entries: { before: before.entries.total, after: after.entries.total },
    failedShare: {
      before: before.entries.failed / before.entries.total,
      after: after.entries.failed / after.entries.total,
    },
    cost: ratio(knownCost(before), knownCost(after)),
    costPerEntry: ratio(costPerEntry(before), costPerEntry(after)),
    tiers: Object.fromEntries(
      tiers.map(tier => {
        const [one, other] = [before.account?.byTier[tier], after.account?.byTier[tier]];
        return [
          tier,
          {
            median: ratio(readTime(one?.duration, 'p50'), readTime(other?.duration, 'p50'), SAME_DURATION),
            p90: ratio(readTime(one?.duration, 'p90'), readTime(other?.duration, 'p90'), SAME_DURATION),
            wait: ratio(readTime(one?.wait, 'p50'), readTime(other?.wait, 'p50'), SAME_WAIT),
          },
        ];
      }),
    ),
    newGroups: after.groups.filter(group => !old.has(groupKey(group))),
    goneGroups: before.groups.filter(group => !young.has(groupKey(group))),
  };
}

/** Undefined when nothing started that could have taken time. */
function readTime(times: Distribution | undefined, quantile: 'p50' | 'p90'): number | undefined {
  return times && times.count > 0 ? times[quantile] : undefined;
}

/** Undefined when it is zero, as every cost is without prices. */
function knownCost({ account }: Pick<RunSummary, 'account'>): number | undefined {
  return account?.total.cost || undefined;
}

function costPerEntry(summary: RunSummary): number | undefined {
  const cost = knownCost(summary);
  return cost && cost / summary.entries.total;
}

/** `same`: differences below it are none. */
function ratio(before: number | undefined, after: number | undefined, same = 0): Ratio {
  if (before === undefined || after === undefined) return { before, after };
  if (Math.abs(after - before) < same) return { before, after, within: same };
  return before === 0 ? { before, after } : { before, after, ratio: after / before };
}
