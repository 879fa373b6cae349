/** What the numbers of a run say about its tiers and job queues. Advice, not certainty: only what was seen is known. */
import { formatAmount } from '../format-amount.ts';
import type { PriorityUsage, TierUsage } from './account.ts';
import type { RunSummary } from './summary.ts';

/** Sentences, the most pressing first; empty when there is nothing to say. */
export function adviseTiers({ account, groups, recoveredFromClass, currency }: RunSummary): readonly string[] {
  if (!account) return [];
  const tiers = Object.entries(account.byTier);
  return [
    ...tiers.flatMap(adviseTimeout),
    ...adviseMemory(groups, recoveredFromClass['out-of-memory'] ?? 0, account.byTier),
    ...adviseSpot(account.total.wastedBySpot, account.total.cost, currency),
    ...tiers.flatMap(adviseDuration),
    ...Object.entries(account.byPriority).flatMap(adviseWait),
  ];
}

/** From this share of a tier's children on, its timeout is the cause, and not the unusual input. */
const MANY_TIMEOUTS = 0.1;

function hasManyTimeouts({ timedOut = 0, children }: TierUsage): boolean {
  return timedOut >= MANY_TIMEOUTS * children && timedOut > 0;
}

function adviseTimeout([tier, usage]: readonly [string, TierUsage]): string[] {
  if (!hasManyTimeouts(usage)) return [];
  const { timedOut = 0, children, timeoutSeconds } = usage;
  const timeout = timeoutSeconds === undefined ? 'their timeout' : `the timeout of ${timeoutSeconds} s`;
  return [
    `Tier ${tier}: ${Math.round((timedOut / children) * 100)} % of the children reached ${timeout}: raise timeoutSeconds, or look at why they take so long.`,
  ];
}

function adviseDuration([tier, usage]: readonly [string, TierUsage]): string[] {
  const { duration, children } = usage;
  if (children < 100) return [];
  return [
    ...(duration.p90 > 30 * 60_000
      ? [
          `Tier ${tier}: a tenth of the children run longer than ${minutes(duration.p90)} min. On spot instances AWS advises at most 30 min: split the work, or use on-demand.`,
        ]
      : []),
    // What was ended at its timeout would have run on, and what never started has no time.
    ...(duration.count > 0 && duration.p50 < 60_000 && !hasManyTimeouts(usage)
      ? [
          `Tier ${tier}: half of the children end within ${shortTime(duration.p50)}. Starting them costs more than they do: AWS advises jobs of 3 to 5 min. Let one child work on several entries (runs.pack).`,
        ]
      : []),
  ];
}

/** A priority is a job queue: its compute environments decide how long its children wait. */
function adviseWait([priority, { duration, wait }]: readonly [string, PriorityUsage]): string[] {
  if (!duration || !wait || wait.p50 <= 2 * duration.p50 || wait.p50 <= 10 * 60_000) return [];
  return [
    `Priority ${priority}: half of the children waited longer than ${minutes(wait.p50)} min, more than twice as long as they ran. Raise maxvCpus of the compute environments of its job queue, or the EC2 quota.`,
  ];
}

function adviseMemory(
  groups: RunSummary['groups'],
  recovered: number,
  tiers: NonNullable<RunSummary['account']>['byTier'],
): string[] {
  const lost = groups.filter(group => group.class === 'out-of-memory').reduce((sum, group) => sum + group.entries, 0);
  const all = Object.values(tiers).reduce((sum, { children }) => sum + children, 0);
  const share = (lost + recovered) / Math.max(1, all);
  if (share < 0.01) return [];
  return [
    `${lost + recovered} children were out of memory, ${(share * 100).toFixed(1)} % of all: lower the thresholds of runs.tier, so that these entries begin in the larger tier.`,
  ];
}

function adviseSpot(wasted: number, cost: number, currency: string): string[] {
  if (cost === 0 || wasted / cost < 0.1) return [];
  return [
    `${((wasted / cost) * 100).toFixed(0)} % of the cost (${formatAmount(wasted)} ${currency}) went to attempts that lost their instance: allow more instance types, use SPOT_PRICE_CAPACITY_OPTIMIZED, or make the jobs shorter.`,
  ];
}

function minutes(milliseconds: number): number {
  return Math.round(milliseconds / 60_000);
}

/** Less than a minute. */
function shortTime(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${Math.round(milliseconds / 1000)} s`;
}
