import { ConfigurationError, type Problem } from '../errors.ts';
import { suggestName } from '../nearest-name.ts';
import type { Config, DefinitionConfig, Selection, Target } from './model.ts';

/** The chosen targets, in the file's order. Throws ConfigurationError with every name that is unknown, tiers too. */
export function selectTargets(config: Config, selection: Selection): Target[] {
  const environments = chosen(selection.environments);
  const regions = chosen(selection.regions);
  const names = (targets: readonly Target[], key: 'environment' | 'region') => [
    ...new Set(targets.map(target => target[key])),
  ];
  const inEnvironments = config.targets.filter(({ environment }) => environments?.includes(environment) ?? true);
  const problems = [
    ...findUnknown('environment', environments, names(config.targets, 'environment'), config),
    ...findUnknown('tier', chosen(selection.tiers), config.tiers, config),
  ];
  // With a wrong environment, which regions there are is anybody's guess.
  const around = problems.length > 0 ? config.targets : inEnvironments;
  const where = environments === undefined || problems.length > 0 ? '' : ` of ${environments.join(', ')}`;
  problems.push(...findUnknown('region', regions, names(around, 'region'), config, where));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return inEnvironments.filter(({ region }) => regions?.includes(region) ?? true);
}

/** The definitions of one target in the chosen tiers. Throws ConfigurationError when there is no such tier. */
export function selectDefinitions(config: Config, target: Target, tiers?: readonly string[]): DefinitionConfig[] {
  const wanted = chosen(tiers);
  const problems = findUnknown('tier', wanted, config.tiers, config);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return config.resolveDefinitions(target).filter(({ tier }) => wanted?.includes(tier.name) ?? true);
}

function chosen(names: readonly string[] | undefined): readonly string[] | undefined {
  return names === undefined || names.length === 0 ? undefined : names;
}

function findUnknown(
  kind: string,
  names: readonly string[] | undefined,
  known: readonly string[],
  config: Config,
  where = '',
): Problem[] {
  return (names ?? [])
    .filter(name => !known.includes(name))
    .map(name => ({
      message: `there is no ${kind} "${name}"${where} in ${config.path}`,
      remedy: suggestName(name, known),
    }));
}
