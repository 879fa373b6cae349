import type { JobDetail } from '@aws-sdk/client-batch';
import type { Prices } from '../config/model.ts';
import type { RunPlan, Shard } from './model.ts';

export interface Spending {
  /** What ran since the last call did so until now. */
  add(open: readonly { readonly shard: Shard; readonly job?: JobDetail | undefined }[], now: number): void;
  /** In the run's currency. */
  total(): number;
}

/** The cost of one child of a shard running for an hour. */
export function hourlyCost(
  plan: RunPlan,
  { region, tier, priority }: Pick<Shard, 'region' | 'tier' | 'priority'>,
): number {
  const definition = plan.definitions.find(one => one.region === region && one.tier === tier);
  if (!definition) return 0;
  const { vcpuHour, gibHour, gpuHour } = pricesOf(plan, priority);
  return definition.vcpus * vcpuHour + (definition.memoryMiB / 1024) * gibHour + definition.gpus * gpuHour;
}

export function pricesOf({ config }: Pick<RunPlan, 'config'>, priority: string): Prices {
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
