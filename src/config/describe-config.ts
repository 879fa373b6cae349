import type { Config, DefinitionConfig, Target, TargetConfig } from './model.ts';
import { selectDefinitions } from './select-targets.ts';

/**
 * What the file means for one target as plain data, keys in alphabetical order at every depth, for `batchwright config`. With a
 * tier, `definitions` holds that tier's alone; throws ConfigurationError when there is no such tier.
 */
export function describeConfig(config: Config, target: Target, tier?: string): Record<string, unknown> {
  const resolved = config.resolveTarget(target);
  const definitions = selectDefinitions(config, target, tier === undefined ? [] : [tier]);
  const described = definitions.map(definition => describeDefinition(definition, resolved));
  return sortKeys({ ...resolved, lint: config.lint, partials: config.partials, definitions: described });
}

/** Only what a definition adds to its target. */
function describeDefinition(definition: DefinitionConfig, target: TargetConfig): Record<string, unknown> {
  const shared = new Map<string, unknown>(Object.entries(target));
  const own = Object.entries(definition).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(shared.get(key)),
  );
  return Object.fromEntries(own);
}

function sortKeys(mapping: object): Record<string, unknown> {
  const entries = Object.entries(mapping).filter(([, value]) => value !== undefined);
  const sorted = entries.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, value]) => [key, sortDeep(value)]));
}

function sortDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortDeep);
  return typeof value === 'object' && value !== null ? sortKeys(value) : value;
}
