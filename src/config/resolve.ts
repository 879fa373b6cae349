/**
 * What the file means for one target and tier. There is one order of precedence; the later wins, mappings are merged key by key,
 * lists are replaced:
 *
 * 1. the top level
 * 2. `environments.<environment>`
 * 3. `environments.<environment>.regions.<region>`
 * 4. `families.<family>`
 * 5. `tiers.<tier>`
 * 6. `environments.<environment>.tiers.<tier>`
 * 7. `environments.<environment>.regions.<region>.tiers.<tier>`
 */
import { posix } from 'node:path';
import { layQueues } from './lay-queues.ts';
import { mergeDeep } from './merge.ts';
import type { DefinitionConfig, FamilyConfig, ImageConfig, Target, TargetConfig, Tier } from './model.ts';
import { partitionOf } from './partition.ts';
import { fillPlaceholders } from './placeholders.ts';
import type { QueueFile } from './queue-schema.ts';
import { resolveImage, resolvePath } from './resolve-image.ts';
import { resolveQueues } from './resolve-queues.ts';
import { resolveRun } from './resolve-run.ts';
import { resolveSmokeTest } from './resolve-smoke-test.ts';
import type { ConfigFile, EnvironmentFile, FamilyFile, RegionFile, TierFile } from './schema.ts';

/** What a target, a family and a tier may each set. */
type Settings = Pick<RegionFile, 'variables' | 'jobQueues' | 'executionRole' | 'jobRole'>;
type OutcomeSettings = Pick<RegionFile, 'smokeTest' | 'runs' | 'retention' | 'onFailure' | 'registry'>;

/** What one definition is called, which its settings have no part in. */
export interface DefinitionName extends Pick<Target, 'environment' | 'region' | 'account'> {
  readonly family: string;
  readonly tier: string;
  readonly jobDefinitionName: string;
}

export interface Resolver {
  readonly targets: readonly Target[];
  readonly families: readonly FamilyConfig[];
  /** In the order of `resolveDefinitions`, at a fraction of its cost: a verb needs the settings of the targets that were chosen alone. */
  readonly listNames: (target: Target) => readonly DefinitionName[];
  readonly resolveTarget: (target: Target) => TargetConfig;
  readonly resolveDefinitions: (target: Target) => readonly DefinitionConfig[];
}

/** `path` is the file's, from the working directory; `file` is valid and its references hold. */
export function createResolver(file: ConfigFile, path: string): Resolver {
  const folder = posix.dirname(path);
  const image = resolveImage(file.image ?? {}, file.project, folder);
  const families = Object.entries(file.families).map(([name, family]) => ({
    name,
    template: resolvePath(folder, family.template),
  }));
  const resolveTarget = remember((target: Target) => resolveTargetSettings(file, target, image));
  return {
    targets: Object.entries(file.environments).flatMap(([name, environment]) => listTargets(name, environment)),
    families,
    listNames: target => families.flatMap(({ name }) => nameFamily(file, name, target)),
    resolveTarget,
    resolveDefinitions: remember(target =>
      families.flatMap(family => resolveFamily(file, family, target, resolveTarget(target))),
    ),
  };
}

/** The file does not change, and every verb asks several times. */
function remember<Result>(resolve: (target: Target) => Result): (target: Target) => Result {
  const known = new Map<string, Result>();
  return target => {
    const key = `${target.environment}/${target.region}`;
    const result = known.get(key) ?? resolve(target);
    known.set(key, result);
    return result;
  };
}

function listTargets(name: string, environment: EnvironmentFile): Target[] {
  const { account } = environment;
  return regionsOf(environment).map(region => ({
    environment: name,
    region,
    account,
    partition: partitionOf(region),
  }));
}

function regionsOf(environment: EnvironmentFile | undefined): readonly string[] {
  const { regions = [] } = environment ?? {};
  return Array.isArray(regions) ? regions : Object.keys(regions);
}

function resolveTargetSettings(file: ConfigFile, target: Target, image: ImageConfig): TargetConfig {
  const layers = [file, ...targetLayers(file, target)];
  const { smokeTest, runs, retention, onFailure, registry } = layers
    .map(pickOutcome)
    .reduce((below, layer) => mergeDeep(below, layer));
  const names = { project: file.project, ...namesOf(target) };
  const settings = resolveSettings(layers.reduce(layOver, {}), target, names);
  const defaults = smokeTestDefaults(file, target, smokeTest ? smokeTest.family : undefined, settings);
  const [home = target.region] = regionsOf(file.environments[target.environment]);
  return {
    project: file.project,
    ...target,
    ...settings,
    image,
    smokeTest: smokeTest ? resolveSmokeTest(smokeTest, defaults, names) : undefined,
    runs:
      runs && resolveRun(runs, { ...smokeTestDefaults(file, target, runs.family, settings), homeRegion: home }, names),
    retention: retention ?? {},
    onFailure: onFailure ?? 'undo',
    registry: registry && fillPlaceholders(registry, names),
  };
}

/** Nothing where the family has no definitions. */
function nameFamily(file: ConfigFile, family: string, target: Target): readonly DefinitionName[] {
  const own = file.families[family];
  if (own === undefined || !(own.environments ?? [target.environment]).includes(target.environment)) return [];
  return tiersOf(file, own).map(tier => {
    const names = { ...namesOf(target), family, tier };
    const pattern = own.jobDefinitionName ?? '{family}-{tier}';
    return { ...names, jobDefinitionName: fillPlaceholders(pattern, { project: file.project, ...names }) };
  });
}

function resolveFamily(file: ConfigFile, family: FamilyConfig, target: Target, base: TargetConfig): DefinitionConfig[] {
  const named = nameFamily(file, family.name, target);
  const own = file.families[family.name];
  const withFamily = [file, ...targetLayers(file, target), own].reduce(layOver, {});
  return named.map(name => {
    const layers = [file.tiers[name.tier], ...targetLayers(file, target).map(layer => layer.tiers?.[name.tier])];
    return resolveDefinition(name, layers, { family, base, settings: withFamily });
  });
}

function resolveDefinition(
  { jobDefinitionName, ...names }: DefinitionName,
  layers: readonly (TierFile | undefined)[],
  { family, base, settings }: { family: FamilyConfig; base: TargetConfig; settings: Settings },
): DefinitionConfig {
  return {
    ...base,
    ...resolveSettings(layers.reduce(layOver, settings), base, { project: base.project, ...names }),
    tier: resolveTier(names.tier, layers),
    family,
    jobDefinitionName,
  };
}

function resolveTier(name: string, layers: readonly (TierFile | undefined)[]): Tier {
  const { vcpus = 0, memoryMiB = 0, gpus = 0, timeoutSeconds }: TierFile = Object.assign({}, ...layers);
  return { name, vcpus, memoryMiB, gpus, timeoutSeconds };
}

function resolveSettings(settings: Settings, target: Target, names: Readonly<Record<string, string>>) {
  const role = (text: string | undefined) =>
    text === undefined || text.startsWith('arn:')
      ? text
      : `arn:${target.partition}:iam::${target.account}:role/${fillPlaceholders(text, names)}`;
  const queues = resolveQueues(settings.jobQueues ?? {}, text => fillPlaceholders(text, names));
  return {
    variables: settings.variables ?? {},
    jobQueues: queues.names,
    // Said also where there are none: a tier's own job queue does not share as the target's does.
    fairShares: Object.keys(queues.fairShares).length > 0 ? queues.fairShares : undefined,
    executionRoleArn: role(settings.executionRole),
    jobRoleArn: role(settings.jobRole),
  };
}

function smokeTestDefaults(
  file: ConfigFile,
  target: Target,
  chosen: string | undefined,
  { jobQueues }: { jobQueues: object },
) {
  const here = Object.entries(file.families).filter(
    ([, { environments }]) => environments?.includes(target.environment) ?? true,
  );
  const [name, own] = here.find(([family]) => chosen === undefined || family === chosen) ?? [];
  return {
    family: name ?? '',
    tier: own === undefined ? '' : (tiersOf(file, own)[0] ?? ''),
    priority: Object.keys(jobQueues)[0] ?? '',
  };
}

function tiersOf(file: ConfigFile, family: FamilyFile): readonly string[] {
  return family.tiers ?? Object.keys(file.tiers);
}

function targetLayers(file: ConfigFile, { environment, region }: Target): RegionFile[] {
  const own = file.environments[environment];
  if (own === undefined) return [];
  const regional = Array.isArray(own.regions) ? undefined : own.regions[region];
  return regional ? [own, regional] : [own];
}

function layOver(
  below: Settings,
  layer: (Settings & { readonly jobQueue?: QueueFile | undefined }) | undefined,
): Settings {
  if (layer === undefined) return below;
  const { variables, jobQueues, jobQueue, executionRole, jobRole } = layer;
  const merged = mergeDeep(below, { variables, executionRole, jobRole });
  return { ...merged, jobQueues: layQueues(below.jobQueues ?? {}, { jobQueues, jobQueue }) };
}

function pickOutcome({ smokeTest, runs, retention, onFailure, registry }: RegionFile | ConfigFile): OutcomeSettings {
  return { smokeTest, runs, retention, onFailure, registry };
}

function namesOf({ environment, region, account }: Target) {
  return { environment, region, account };
}
