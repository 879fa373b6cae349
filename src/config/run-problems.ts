import type { Problem } from '../errors.ts';
import { suggestName } from '../nearest-name.ts';
import { deepestPath } from './deepest-path.ts';
import type { TargetConfig } from './model.ts';
import type { DefinitionName } from './resolve.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

/** Names in `runs` that mean nothing in this target: a run would only find out when the first entry, or the first retry, needs one. */
export function findRunProblems(target: TargetConfig, names: readonly DefinitionName[], source: YamlSource): Problem[] {
  const { runs, jobQueues } = target;
  if (runs === undefined) return [];
  const { priority, retry, pricesByPriority, family, tier } = runs;
  const where = `${target.environment}/${target.region}`;
  const priorities = Object.keys(jobQueues);
  if (priorities.length === 0) {
    const position = source.positionOf(deepestPath(target, ['runs'], source));
    return [{ message: `runs has no job queue in ${where}`, position, remedy: 'Add jobQueues.' }];
  }
  const queues: readonly Mention[] = [
    { path: ['priority'], name: priority },
    ...(retry.priority === undefined ? [] : [{ path: ['retry', 'priority'], name: retry.priority }]),
    ...keysOf(['retry', 'onDemandQueues'], retry.onDemandQueues),
    ...keysOf(['pricesByPriority'], pricesByPriority),
  ];
  const tiers = names.filter(one => one.family === family).map(one => one.tier);
  // An environment without the family has no runs; nothing is wrong with it before somebody begins one.
  const thresholds = tiers.length > 0 && tier ? keysOf(['tier', 'from'], tier.from) : [];
  const tell = (known: readonly string[], say: (name: string) => string) => {
    return ({ path, name }: Mention): Problem[] => {
      if (known.includes(name)) return [];
      const at = ['runs', ...path];
      const position = source.positionOf(deepestPath(target, at, source));
      return [{ message: `${at.join('.')}: ${say(name)}`, position, remedy: suggestName(name, known) }];
    };
  };
  return [
    ...queues.flatMap(tell(priorities, name => `there is no job queue "${name}" in ${where}`)),
    ...thresholds.flatMap(tell(tiers, name => `family "${family}" has no tier "${name}" in ${where}`)),
  ];
}

interface Mention {
  readonly path: YamlPath;
  readonly name: string;
}

function keysOf(path: YamlPath, values: Readonly<Record<string, unknown>>): readonly Mention[] {
  return Object.keys(values).map(name => ({ path: [...path, name], name }));
}
