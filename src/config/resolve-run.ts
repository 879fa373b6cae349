import type { PriceSource, Prices, RunConfig } from './model.ts';
import { fillPlaceholders } from './placeholders.ts';
import { resolveQueues } from './resolve-queues.ts';
import type { RunFile } from './run-schema.ts';

/** Filled in from `names` here; `{run}` is known only when the run is planned. What must not be missing, `run-problems.ts` holds. */
export function resolveRun(
  file: RunFile,
  defaults: { readonly family: string; readonly priority: string; readonly homeRegion: string },
  names: Readonly<Record<string, string>>,
): RunConfig {
  const fill = (text: string) => fillPlaceholders(text, names);
  // One for all regions, which the environment's first one reaches.
  const fillHome = (uri: string) =>
    fillPlaceholders(uri, { ...names, region: defaults.homeRegion }).replace(/\/+$/, '');
  const fillAll = (values: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fill(value)]));
  const onDemand = resolveQueues(file.retry?.onDemandQueues ?? {}, fill);
  const { ledger = '', retry = {}, deadlineHours, maxCost, tier } = file;
  return {
    ledger: fillHome(ledger),
    entries: file.entries && fillHome(file.entries),
    events: file.events && fill(file.events),
    family: file.family ?? defaults.family,
    id: file.id ?? 'id',
    tier: tier && { field: tier.field ?? '', from: tier.from ?? {} },
    priority: file.priority ?? defaults.priority,
    pack: file.pack ?? 1,
    parameters: fillAll(file.parameters),
    environment: fillAll(file.environment),
    command: file.command?.map(fill),
    retry: {
      rounds: retry.rounds ?? 2,
      classes: retry.classes ?? [],
      priority: retry.priority,
      onDemandAfter: retry.onDemandAfter ?? 1,
      onDemandQueues: onDemand.names,
      ...(Object.keys(onDemand.fairShares).length > 0 && { onDemandFairShares: onDemand.fairShares }),
    },
    deadlineSeconds: deadlineHours === undefined ? undefined : Math.round(deadlineHours * 3600),
    maxCost,
    blockedSeconds: (file.blockedMinutes ?? 30) * 60,
    prices: resolvePrices(file.prices),
    pricesByPriority: Object.fromEntries(
      Object.entries(file.pricesByPriority ?? {}).map(([priority, own]) => [priority, resolvePrices(own)]),
    ),
    currency: file.currency ?? 'USD',
    logTails: file.logTails ?? 50,
  };
}

function resolvePrices(given: RunFile['prices'] = {}): Prices | PriceSource {
  if (typeof given === 'string') return given;
  const { vcpuHour = 0, gibHour = 0, gpuHour = 0 } = given;
  return { vcpuHour, gibHour, gpuHour };
}
