/** Which definitions are tiers and environments of one another, as far as names and shapes tell. */
import { ConfigurationError } from '../errors.ts';
import { escapeRegExp } from './abstract-text.ts';
import type { Cell, FamilyName, Group, Imported } from './model.ts';
import { listContainers } from './resources.ts';

/** Words in names that say which stage it is. */
export const STAGES: ReadonlySet<string> = new Set(
  'dev devel development test testing qa uat int integration stage staging stg preprod preview sandbox demo prod prd production live'.split(
    ' ',
  ),
);
const TIER = '{tier}';
const ONLY_TIER = 'default';

/** A name in parts: odd ones are what stands between words. */
interface Named {
  readonly imported: Imported;
  readonly environment: string;
  readonly words: readonly string[];
  readonly kind: string;
}

interface Naming {
  /** The environment of all; otherwise the names tell, and of those that do not it is `fallback`. */
  readonly environment?: string | undefined;
  readonly fallback: string;
}

/**
 * Names that differ in one word alone (`cues-small`, `cues-large`) are tiers of one family when they are of one kind; words that are a
 * stage or the region are placeholders. All others are families of their own, with a tier each.
 *
 * Throws ConfigurationError when two are the same, or an environment's regions do not have the same definitions.
 */
export function groupImports(imports: readonly Imported[], naming: Naming): readonly Group[] {
  const named = imports.map(imported => nameImport(imported, naming));
  const groups = cluster(named).map(({ members, position }) => createGroup(members, position));
  checkHoles(groups);
  return groups;
}

/** The same definitions, no longer as tiers of one family. */
export function splitGroup(group: Group): readonly Group[] {
  return group.families.flatMap(family =>
    family.tiers.map(tier => {
      const jobDefinitionName = family.jobDefinitionName.replaceAll(TIER, tier);
      const name = familyName(jobDefinitionName);
      const own = group.cells.filter(
        cell => cell.tier === tier && (family.environments?.includes(cell.environment) ?? true),
      );
      const alone = { ...family, name, jobDefinitionName, tiers: [name] };
      return { name, families: [alone], cells: own.map(cell => ({ ...cell, tier: name })) };
    }),
  );
}

function nameImport(imported: Imported, { environment, fallback }: Naming): Named {
  const { name, region, request } = imported;
  const regional = name.replace(new RegExp(`(?<![A-Za-z0-9])${escapeRegExp(region)}(?![A-Za-z0-9])`), '{region}');
  const words = regional.split(/([-_])(?![^{]*\})/);
  const stage = words.findIndex(word =>
    environment === undefined ? STAGES.has(word.toLowerCase()) : word === environment,
  );
  return {
    imported,
    environment: environment ?? imported.environment ?? words[stage] ?? fallback,
    words: words.map((word, index) => (index === stage ? '{environment}' : word)),
    kind: kindOf(request),
  };
}

/** What must be alike for one template: the family of properties, the platform, the containers. */
function kindOf(request: Imported['request']): string {
  const properties = ['containerProperties', 'ecsProperties', 'eksProperties', 'nodeProperties'].filter(
    name => name in request,
  );
  const containers = listContainers(request).map(({ path, members }) => [path, members['name'] ?? null]);
  return JSON.stringify([request['type'], properties, request['platformCapabilities'] ?? null, containers]);
}

interface Cluster {
  readonly members: readonly Named[];
  /** Of the word that is the tier. */
  readonly position?: number | undefined;
}

function cluster(named: readonly Named[]): readonly Cluster[] {
  const patterns = [...Map.groupBy(named, ({ words }) => JSON.stringify(words)).values()];
  const left = new Set<readonly Named[]>(patterns);
  const found: Cluster[] = [];
  for (const pattern of patterns) {
    if (!left.has(pattern)) continue;
    const { members, position } = nearest(pattern, [...left]);
    for (const own of members) left.delete(own);
    found.push({ members: members.flatMap(own => [...own]), position: members.length > 1 ? position : undefined });
  }
  return found;
}

/** The most patterns that differ from this one in the same word. */
function nearest(pattern: readonly Named[], all: readonly (readonly Named[])[]) {
  const { words = [] } = pattern[0] ?? {};
  const isAlike = (others: readonly Named[]) => new Set([...pattern, ...others].map(({ kind }) => kind)).size === 1;
  const candidates = words.flatMap((word, position) => {
    if (position % 2 === 1 || word.startsWith('{')) return [];
    const members = all.filter(
      others => others === pattern || (isAlike(others) && differsAlone(words, others[0]?.words ?? [], position)),
    );
    return [{ members, position }];
  });
  const alone: { readonly members: readonly (readonly Named[])[]; readonly position: number } = {
    members: [pattern],
    position: 0,
  };
  return candidates.reduce<typeof alone>((best, one) => (one.members.length > best.members.length ? one : best), alone);
}

function differsAlone(words: readonly string[], others: readonly string[], position: number): boolean {
  const other = others[position] ?? '';
  return (
    words.length === others.length &&
    words.length > 1 &&
    !other.startsWith('{') &&
    words.every((word, index) => index === position || word === others[index])
  );
}

function createGroup(members: readonly Named[], position: number | undefined): Group {
  const [first] = members;
  const words = (first?.words ?? []).map((word, index) => (index === position ? TIER : word));
  const jobDefinitionName = words.join('');
  const name = familyName(jobDefinitionName);
  const cells = members.map(
    ({ imported, environment, words: own }): Cell => ({
      ...imported,
      environment,
      tier: (position === undefined ? undefined : own[position]) ?? ONLY_TIER,
    }),
  );
  return { name, families: listFamilies(name, jobDefinitionName, cells), cells };
}

/** Tiers that are in the same environments make a family: a family has all of its tiers everywhere. */
function listFamilies(name: string, jobDefinitionName: string, cells: readonly Cell[]): readonly FamilyName[] {
  const tiers = [...Map.groupBy(cells, ({ tier }) => tier)];
  const sets = [
    ...Map.groupBy(tiers, ([, own]) => [...new Set(own.map(({ environment }) => environment))].toSorted().join('\n')),
  ];
  return sets.map(([environments, own], index) => ({
    name: index === 0 ? name : `${name}-${environments.replaceAll('\n', '-')}`,
    jobDefinitionName,
    tiers: own.map(([tier]) => tier),
    environments: environments.split('\n'),
  }));
}

/** The words of a pattern without its placeholders. */
function familyName(pattern: string): string {
  const words = pattern.split(/[-_]/).filter(word => !word.startsWith('{') && word !== '');
  return words.join('-') || 'jobs';
}

/** An environment has the same definitions in all of its regions. */
function checkHoles(groups: readonly Group[]): void {
  const cells = groups.flatMap(group => group.cells);
  const regionsOf = (name: string) => [
    ...new Set(cells.filter(cell => cell.environment === name).map(({ region }) => region)),
  ];
  const problems = groups.flatMap(group =>
    [...Map.groupBy(group.cells, ({ environment, tier }) => `${environment}\n${tier}`).values()].flatMap(own => {
      const [first] = own;
      if (first === undefined) return [];
      const { environment, name, origin } = first;
      const regions = own.map(({ region }) => region);
      const twice = own.find(({ region }, index) => regions.indexOf(region) < index);
      if (twice)
        return [
          {
            message: `${origin} and ${twice.origin} are the same job definition in ${environment}`,
            remedy: 'Leave one out, or give each its environment.',
          },
        ];
      const missing = regionsOf(environment).filter(region => !regions.includes(region));
      if (missing.length === 0) return [];
      return [
        {
          message: `${name} is in ${regions.join(', ')} and not in ${missing.join(', ')}, where others of ${environment} are`,
          remedy:
            'An environment has the same definitions in all of its regions. Leave it out, or name fewer regions, and import the rest with another --config.',
        },
      ];
    }),
  );
  if (problems.length > 0) throw new ConfigurationError(problems);
}
