/** What AWS says that an hour costs: asked once, when a run is planned. */
import type { ComputeEnvironmentDetail } from '@aws-sdk/client-batch';
import type { PriceSource } from '../../config/model.ts';
import { remember } from '../../definitions/verify/ask.ts';
import { type Capacity, createCapacity } from '../../definitions/verify/capacity.ts';
import { usableEnvironments } from '../../definitions/verify/fit.ts';
import type { Verdict } from '../../definitions/verify/model.ts';
import { ConfigurationError, describeProblem, type Problem } from '../../errors.ts';
import type { PriceQuote, Pricing, RunPlan } from '../model.ts';
import type { RunPorts } from '../ports.ts';
import { pricesGiven } from '../spending.ts';
import { readFargateList } from './fargate-list.ts';
import { readSpotPrice } from './spot-price.ts';

type Planned = Pick<RunPlan, 'shards' | 'definitions' | 'jobQueues' | 'config'>;

/** Job queue and region, and the prices that are looked up for them. */
interface Cell {
  readonly region: string;
  readonly priority: string;
  readonly jobQueue: string;
  readonly source: PriceSource;
}

type Quoted = readonly PriceQuote[] | Problem;

/**
 * A quote for whatever the run's jobs use and the configuration does not price itself; undefined when it prices all. What has no price
 * is told as a warning, with what to do.
 *
 * Throws ConfigurationError instead when there is a budget, which could not be kept.
 */
export async function lookUpPrices(plan: Planned, ports: RunPorts): Promise<Pricing | undefined> {
  const cells = cellsOf(plan);
  if (cells.length === 0) return undefined;
  const { clock, notify } = ports;
  const askedAt = new Date(clock.now());
  const quoted = await quoteAll(cells, plan, askedAt, ports);
  const problems = quoted.flatMap(answer => ('message' in answer ? [answer] : []));
  const { maxCost } = plan.config;
  if (maxCost !== undefined && problems.length > 0) {
    throw new ConfigurationError(
      problems.map(({ message, remedy }) => ({ message: `runs.maxCost cannot be kept: ${message}`, remedy })),
    );
  }
  const missing = problems.map(describeProblem);
  for (const text of missing) notify({ type: 'message', level: 'warning', text });
  const quotes = quoted.flatMap(answer => ('message' in answer ? [] : answer));
  return { askedAt: askedAt.toISOString(), quotes, missing };
}

function cellsOf({ shards, jobQueues, config }: Planned): readonly Cell[] {
  const cells = shards.flatMap(({ region, priority }): [string, Cell][] => {
    const source = pricesGiven(config, priority);
    const jobQueue = jobQueues[region]?.[priority] ?? '';
    return typeof source === 'string' ? [[`${region} ${priority}`, { region, priority, jobQueue, source }]] : [];
  });
  return [...new Map(cells).values()];
}

async function quoteAll(
  cells: readonly Cell[],
  { definitions, config }: Planned,
  askedAt: Date,
  ports: RunPorts,
): Promise<readonly Quoted[]> {
  const asking = { ...ports, asker: 'plans runs' };
  const capacity = createCapacity(
    region => cells.filter(cell => cell.region === region).map(({ jobQueue }) => jobQueue),
    asking,
  );
  const fargate = remember(region => readFargateList(region, config.currency, asking));
  return Promise.all(
    cells.map(async (cell): Promise<Quoted> => {
      const environments = await readEnvironments(cell, capacity);
      if (!isList(environments)) return unpriced(cell, environments);
      const own = definitions.filter(({ region }) => region === cell.region);
      const { region, priority, source } = cell;
      if (source === 'spot') {
        const price = await readSpotPrice(region, environments, config.currency, { ...asking, capacity, askedAt });
        if ('status' in price) return unpriced(cell, price);
        return [{ region, priority, source, tiers: own.map(({ tier }) => tier), ...price }];
      }
      const unfit = refuseFargate(environments);
      if (unfit) return unpriced(cell, unfit);
      const list = await fargate(region);
      if ('verdict' in list) return unpriced(cell, list.verdict);
      return [...Map.groupBy(own, ({ architecture }) => architecture ?? ('X86_64' as const))].map(
        ([architecture, those]) => ({
          ...{ region, priority, source, tiers: those.map(({ tier }) => tier) },
          ...list.value[architecture],
        }),
      );
    }),
  );
}

async function readEnvironments(
  { region, jobQueue }: Cell,
  capacity: Capacity,
): Promise<readonly ComputeEnvironmentDetail[] | Verdict> {
  const queue = await capacity.queue(region, jobQueue);
  if ('verdict' in queue) return queue.verdict;
  if (!queue.value) return { status: 'NG', reason: 'its job queue does not exist' };
  return usableEnvironments(region, queue.value, capacity);
}

/** The list price of Fargate is no lower bound of what FARGATE_SPOT costs, and of that nothing is published by an API. */
function refuseFargate(environments: readonly ComputeEnvironmentDetail[]): Verdict | undefined {
  const types = environments.map(({ computeResources }) => computeResources?.type);
  if (types.includes('FARGATE_SPOT'))
    return { status: 'NG', reason: 'its job queue uses FARGATE_SPOT, which has no public list price' };
  if (types.every(type => type === 'FARGATE')) return undefined;
  return { status: 'NG', reason: 'its job queue does not run on Fargate' };
}

function isList(value: readonly ComputeEnvironmentDetail[] | Verdict): value is readonly ComputeEnvironmentDetail[] {
  return Array.isArray(value);
}

function unpriced({ region, priority }: Cell, verdict: Verdict): Problem {
  const { reason, remedy } = { reason: '', remedy: undefined, ...verdict };
  const own = `set the prices of this priority in runs.pricesByPriority`;
  return {
    message: `no price for priority ${priority} in ${region}: ${reason}`,
    remedy: remedy ? `${remedy.replace(/\.$/, '')}, or ${own}.` : `${own.charAt(0).toUpperCase()}${own.slice(1)}.`,
  };
}
