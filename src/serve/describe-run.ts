/** A run as the API shows it: from the ledger, whoever drives it. */
import type { z } from '@hono/zod-openapi';
import { countEntries } from '../runs/count-entries.ts';
import { type KnownRun, readLastStop, readRounds, readRun } from '../runs/history.ts';
import { type Ledger, openLedger } from '../runs/ledger.ts';
import type { Progress } from '../runs/model.ts';
import { countFailedEntries } from '../runs/outcomes.ts';
import type { RunSummary } from '../runs/summary.ts';
import type { runBody, runListItem } from './bodies.ts';
import type { ServerContext } from './model.ts';
import { ProblemError } from './problem.ts';
import type { Driven, RunDrivers } from './run-drivers.ts';

type RunBody = z.infer<typeof runBody>;

/** Throws ProblemError for a run that is not there. */
export async function requireRun(
  run: string,
  { store }: Pick<ServerContext, 'store'>,
): Promise<KnownRun & { readonly ledger: Ledger }> {
  const ledger = openLedger(run, store);
  const known = await readRun(ledger);
  if (known) return { ...known, ledger };
  throw new ProblemError(
    'not-found',
    `The ledger ${store.uri} has no run "${run}". GET /runs lists those that it has.`,
  );
}

/** The same, with its summary. Throws ProblemError when nobody has watched it to its end. */
export async function requireEnded(
  run: string,
  server: Pick<ServerContext, 'store'>,
): Promise<KnownRun & { readonly summary: RunSummary; readonly ledger: Ledger }> {
  const { summary, ...known } = await requireRun(run, server);
  if (summary?.state === 'ended') return { ...known, summary };
  throw new ProblemError('not-ended', `Run "${run}" has not ended yet. Ask again when GET /runs/${run} says so.`);
}

export async function describeRun(run: string, server: ServerContext, drivers: RunDrivers): Promise<RunBody> {
  const { plan, summary, ledger } = await requireRun(run, server);
  const [order, rounds, progress, stop] = await Promise.all([
    ledger.readOrder(),
    readRounds(plan, ledger),
    ledger.readProgress(),
    readLastStop(ledger),
  ]);
  const ended = summary?.state === 'ended' && order?.order.open !== true;
  const { commit, project, environment, plannedAt, manifest } = plan;
  return {
    run,
    project,
    environment,
    plannedAt,
    ...(commit !== undefined && { commit }),
    manifest,
    ...(ended
      ? {
          state: 'ended',
          result: resultOf(summary),
          failedByClass: Object.fromEntries(Object.entries(summary.failedByClass)),
          ...describeCost(summary, plan),
        }
      : { ...describeDriven(drivers.look(run)), ...(progress && { progress: describeProgress(progress) }) }),
    ...(stop && { stopped: { at: new Date(stop.at).toISOString(), reason: stop.reason } }),
    entries: countEntries(manifest.entries, rounds),
    rounds: rounds.map(({ round, shards, ended: over }) => ({
      round,
      jobs: shards.length,
      endedJobs: over.length,
      entries: shards.reduce((sum, { entries }) => sum + entries, 0),
      failedEntries: over.reduce((sum, { shard, end }) => sum + countFailedEntries(shard, end), 0),
    })),
    currency: plan.config.currency,
  };
}

function describeDriven(driven: Driven | undefined): Pick<RunBody, 'state' | 'problem' | 'nextTryAt' | 'drivenBy'> {
  if (driven?.state === 'halted')
    return { state: 'halted', problem: driven.problem, nextTryAt: new Date(driven.nextTryAt).toISOString() };
  return { state: 'running', ...(driven?.state === 'elsewhere' && { drivenBy: driven.holder }) };
}

function describeProgress({ at, round, counts, total, perMinute, remaining, spent }: Progress) {
  return {
    at: new Date(at).toISOString(),
    round,
    children: counts,
    total,
    ...(perMinute !== undefined && { perMinute }),
    ...(remaining !== undefined && { remainingSeconds: remaining / 1000 }),
    spent,
  };
}

export function describeListed({ run, plan, summary }: KnownRun): z.infer<typeof runListItem> {
  return {
    run,
    plannedAt: plan.plannedAt,
    state: summary?.state ?? 'running',
    ...(summary?.state === 'ended' && { result: resultOf(summary) }),
    manifest: plan.manifest,
    ...(summary && { entries: summary.entries }),
    ...(summary && describeCost(summary, plan)),
    currency: plan.config.currency,
  };
}

function resultOf({ entries }: RunSummary): 'passed' | 'failed' {
  return entries.failed > 0 ? 'failed' : 'passed';
}

/** Nothing without prices: a zero would be taken for a run that cost nothing. */
function describeCost({ account }: RunSummary, { config }: KnownRun['plan']): { readonly cost?: number } {
  const prices = [config.prices, ...Object.values(config.pricesByPriority)];
  const isPriced = prices.some(each => typeof each !== 'string' && each.vcpuHour + each.gibHour + each.gpuHour > 0);
  return account && (isPriced || account.total.cost > 0) ? { cost: account.total.cost } : {};
}
