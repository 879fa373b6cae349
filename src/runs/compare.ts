import type { FailureGroup } from './failure-groups.ts';
import type { RunSummary } from './summary.ts';

/** What differs from one run to a later one. Ratios are later divided by earlier; undefined where either is unknown or zero. */
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
  readonly ratio?: number | undefined;
}

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
    cost: ratio(before.account?.total.cost, after.account?.total.cost),
    costPerEntry: ratio(costPerEntry(before), costPerEntry(after)),
    tiers: Object.fromEntries(
      tiers.map(tier => {
        const [one, other] = [before.account?.byTier[tier], after.account?.byTier[tier]];
        return [
          tier,
          {
            median: ratio(one?.duration.p50, other?.duration.p50),
            p90: ratio(one?.duration.p90, other?.duration.p90),
            wait: ratio(one?.wait.p50, other?.wait.p50),
          },
        ];
      }),
    ),
    newGroups: after.groups.filter(group => !old.has(groupKey(group))),
    goneGroups: before.groups.filter(group => !young.has(groupKey(group))),
  };
}

function costPerEntry({ account, entries }: RunSummary): number | undefined {
  return account && account.total.cost / entries.total;
}

function ratio(before: number | undefined, after: number | undefined): Ratio {
  return { before, after, ...(before && after !== undefined && { ratio: after / before }) };
}
