/** What `runs` says that means nothing in a target: a run would only find out when the first entry, or the first retry, needs it. */
import { suggestName } from '../nearest-name.ts';
import { type Content, isMapping, mapping, text } from './content.ts';
import { deepestPath } from './deepest-path.ts';
import type { Finding } from './finding.ts';
import type { PlainTarget } from './plain-target.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

export function findRunProblems(target: PlainTarget, source: YamlSource): Finding[] {
  const { runs } = target;
  if (runs === undefined) return [];
  const at = (path: YamlPath) => deepestPath(target, ['runs', ...path], source);
  return [...findMissing(runs, at), ...findUnknownQueues(target, runs, at), ...findUnknownTiers(target, runs, at)];
}

type PlaceOf = (path: YamlPath) => YamlPath;

/** Any level may say them. */
function findMissing(runs: Content, at: PlaceOf): Finding[] {
  const demand = (parent: YamlPath, section: Content, key: string, written: string): Finding[] => {
    if (section[key] !== undefined) return [];
    const message = `${['runs', ...parent, key].join('.')} is missing`;
    return [
      { path: at(parent), message, remedy: `Write \`${written}\`: here, at the top level or in the environment.` },
    ];
  };
  const { tier } = runs;
  return [
    ...demand([], runs, 'ledger', 'ledger: s3://bucket/prefix'),
    ...(isMapping(tier) ? demand(['tier'], tier, 'field', 'field: tickets') : []),
    ...(isMapping(tier) ? demand(['tier'], tier, 'from', 'from: { small: 0, large: 10000 }') : []),
  ];
}

function findUnknownQueues({ jobQueues }: PlainTarget, runs: Content, at: PlaceOf): Finding[] {
  if (jobQueues === undefined) return [];
  const priorities = Object.keys(jobQueues);
  if (priorities.length === 0) return [{ path: at([]), message: 'runs has no job queue', remedy: 'Add jobQueues.' }];
  const retry = mapping(runs['retry']);
  const mentions: readonly Mention[] = [
    ...mentionOf(['priority'], runs['priority']),
    ...mentionOf(['retry', 'priority'], retry['priority']),
    ...keysOf(['retry', 'onDemandQueues'], retry['onDemandQueues']),
    ...keysOf(['pricesByPriority'], runs['pricesByPriority']),
  ];
  return tellUnknown(mentions, priorities, at, name => `there is no job queue "${name}"`);
}

function findUnknownTiers({ families, tiers: all }: PlainTarget, runs: Content, at: PlaceOf): Finding[] {
  const [first] = families.keys();
  const family = text(runs['family']) ?? first ?? '';
  // An environment without the family has no runs; nothing is wrong with it before somebody begins one.
  const tiers = families.get(family) ?? [];
  if (tiers.length === 0 || tiers.some(tier => !Object.hasOwn(all, tier))) return [];
  const thresholds = keysOf(['tier', 'from'], mapping(runs['tier'])['from']);
  return tellUnknown(thresholds, tiers, at, name => `family "${family}" has no tier "${name}"`);
}

interface Mention {
  readonly path: YamlPath;
  readonly name: string;
}

function mentionOf(path: YamlPath, name: unknown): readonly Mention[] {
  return typeof name === 'string' ? [{ path, name }] : [];
}

function keysOf(path: YamlPath, values: unknown): readonly Mention[] {
  return isMapping(values) ? Object.keys(values).map(name => ({ path: [...path, name], name })) : [];
}

function tellUnknown(
  mentions: readonly Mention[],
  known: readonly string[],
  at: PlaceOf,
  say: (name: string) => string,
): Finding[] {
  return mentions
    .filter(({ name }) => !known.includes(name))
    .map(({ path, name }) => ({
      path: at(path),
      message: `runs.${path.join('.')}: ${say(name)}`,
      remedy: suggestName(name, known),
    }));
}
