import type { Config, DefinitionConfig, Target, TargetConfig } from './model.ts';

/**
 * What the file means for one target as plain data, keys in alphabetical order at every depth, for `batchwright config`. With a
 * tier, `definitions` holds that tier's alone.
 */
export function describeConfig(config: Config, target: Target, tier?: string): Record<string, unknown> {
  const resolved = config.resolveTarget(target);
  const definitions = config
    .resolveDefinitions(target)
    .filter(definition => tier === undefined || definition.tier.name === tier)
    .map(definition => describeDefinition(definition, resolved));
  return sortKeys({ ...resolved, lint: config.lint, partials: config.partials, definitions }) as Record<
    string,
    unknown
  >;
}

/** Only what a definition adds to its target. */
function describeDefinition(definition: DefinitionConfig, target: TargetConfig): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(definition).filter(([key, value]) => {
      const shared = (target as unknown as Record<string, unknown>)[key];
      return JSON.stringify(value) !== JSON.stringify(shared);
    }),
  );
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, own]) => own !== undefined);
  return Object.fromEntries(
    entries.toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([key, own]) => [key, sortKeys(own)]),
  );
}
