import type { JobDetail } from '@aws-sdk/client-batch';
import type { PriceSource, Prices } from '../config/model.ts';
import type { PriceQuote, RunPlan, Shard } from './model.ts';

type Cell = Pick<Shard, 'region' | 'tier' | 'priority'>;

export interface Spending {
  /** What ran since the last call did so until now. */
  add(open: readonly { readonly shard: Shard; readonly job?: JobDetail | undefined }[], now: number): void;
  /** In the run's currency. */
  total(): number;
}

/** The cost of one child of a shard running for an hour. */
export function hourlyCost(plan: RunPlan, cell: Cell): number {
  const definition = plan.definitions.find(({ region, tier }) => region === cell.region && tier === cell.tier);
  if (!definition) return 0;
  const { vcpuHour, gibHour, gpuHour } = pricesOf(plan, cell);
  return definition.vcpus * vcpuHour + (definition.memoryMiB / 1024) * gibHour + definition.gpus * gpuHour;
}

/** What could not be looked up costs nothing. */
export function pricesOf(
  { config, pricing }: Pick<RunPlan, 'config' | 'pricing'>,
  { region, tier, priority }: Cell,
): Prices {
  const given = pricesGiven(config, priority);
  if (typeof given !== 'string') return given;
  const isOwn = (quote: PriceQuote) =>
    quote.region === region && quote.priority === priority && quote.tiers.includes(tier);
  return pricing?.quotes.find(isOwn) ?? { vcpuHour: 0, gibHour: 0, gpuHour: 0 };
}

/** As configured: prices, or where they are looked up. */
export function pricesGiven(config: RunPlan['config'], priority: string): Prices | PriceSource {
  return config.pricesByPriority[priority] ?? config.prices;
}

/** Estimates the cost while it arises, from how many children each parent shows running: what the budget is held against. */
export function createSpending(plan: RunPlan, before: number, startedAt: number): Spending {
  let total = before;
  let last = startedAt;
  return {
    add(open, now) {
      const hours = (now - last) / 3_600_000;
      last = now;
      for (const { shard, job } of open) total += runningOf(job) * hours * hourlyCost(plan, shard);
    },
    total: () => total,
  };
}

function runningOf(job: JobDetail | undefined): number {
  if (!job) return 0;
  const { size, statusSummary } = job.arrayProperties ?? {};
  if (size === undefined) return job.status === 'RUNNING' ? 1 : 0;
  return statusSummary?.['RUNNING'] ?? 0;
}
