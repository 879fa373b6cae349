import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '../errors.ts';
import type { RunConfig, TargetConfig } from './model.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

/**
 * Settings in `runs` that are of the whole run, and differ between the regions of one environment: the run could only go by one of them.
 * Each is told of the first region that differs.
 */
export function findRegionProblems(targets: readonly TargetConfig[], source: YamlSource): Problem[] {
  const [first, ...others] = targets.flatMap(({ runs, ...target }) => (runs ? [{ ...target, runs }] : []));
  if (!first) return [];
  return listShared(first.runs).flatMap(([path, value], index): Problem[] => {
    const other = others.find(({ runs }) => !isDeepStrictEqual(listShared(runs)[index]?.[1], value));
    const place = other && findPlace(['runs', ...path], first, other, source);
    // What no region says for itself follows from its job queues, and is the first region's.
    if (!place) return [];
    const name = ['runs', ...path].join('.');
    const { environment } = first;
    return [
      {
        message: `${name} differs between ${environment}/${first.region} and ${environment}/${other.region}, and a run has one for all regions of its environment`,
        position: source.positionOf(place),
        remedy: `Say it above the regions: at the top or in environments.${environment}.`,
      },
    ];
  });
}

/** What goes into the jobs of a region, and the queue of its events: these may differ, or name the region. */
export const REGIONAL_SETTINGS: ReadonlySet<string> = new Set([
  'events',
  'parameters',
  'environment',
  'command',
  'retry.onDemandQueues',
]);

/** Where the file has it under another name, or in another unit. */
const NAMES: Readonly<Record<string, string>> = {
  deadlineSeconds: 'deadlineHours',
  blockedSeconds: 'blockedMinutes',
  onDemandFairShares: 'onDemandQueues',
};

/** All settings that are of the whole run; always the same, in the same order. */
function listShared({ retry, ...runs }: RunConfig): readonly (readonly [path: YamlPath, value: unknown])[] {
  const list = (path: YamlPath, settings: object) =>
    Object.entries(settings).map(([name, value]) => [[...path, NAMES[name] ?? name], value] as const);
  return [...list([], runs), ...list(['retry'], retry)].filter(([path]) => !REGIONAL_SETTINGS.has(path.join('.')));
}

/** The word of one of the regions; undefined when none of them has one of its own. */
function findPlace(path: YamlPath, first: TargetConfig, other: TargetConfig, source: YamlSource): YamlPath | undefined {
  const layers = [other, first].map(({ environment, region }) => ['environments', environment, 'regions', region]);
  return layers.map(layer => [...layer, ...path]).find(candidate => source.has(candidate));
}
