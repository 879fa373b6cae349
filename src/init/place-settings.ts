/** Where in the configuration a setting stands, so that each value is written where it belongs and seldom twice. */
import { isJsonObject, type Json } from '../definitions/json.ts';
import type { Cell, Setting } from './model.ts';

export interface Placement {
  /** Of the mapping that holds the setting: `environments`, `test`, `tiers`, `small`. */
  readonly path: readonly string[];
  readonly value: Json;
}

interface Entry {
  readonly environment: string;
  readonly region: string;
  readonly tier: string;
  readonly value: Json | undefined;
}

/**
 * The least specific places (docs/configuration.md, "What wins") that give each cell its own value: what most have stands above, and
 * what differs below. `perTier` begins at the tiers, for what every tier must say.
 */
export function placeSetting(
  cells: readonly Cell[],
  { values }: Pick<Setting, 'values'>,
  perTier = false,
): readonly Placement[] {
  const entries = cells.map(({ environment, region, tier }, index) => ({
    environment,
    region,
    tier,
    value: values[index],
  }));
  const exact = values.some(value => value === undefined || isJsonObject(value));
  const tiers = [...Map.groupBy(entries, ({ tier }) => tier)];
  const ofTiers = (chosen: typeof tiers) => chosen.flatMap(([tier, own]) => placeOverTargets(own, tier, exact));
  if (perTier) return ofTiers(tiers);
  const targets = [...Map.groupBy(entries, targetOf).values()];
  const common = targets.map(own => ({ ...first(own), value: mostCommon(own.map(({ value }) => value)) }));
  const byTarget = new Map(common.map(entry => [targetOf(entry), textOf(entry.value)]));
  const differing = tiers.filter(([, own]) => own.some(entry => textOf(entry.value) !== byTarget.get(targetOf(entry))));
  if (differing.length > 0 && exact) return ofTiers(tiers);
  return [...placeOverTargets(common, undefined, exact), ...ofTiers(differing)];
}

/** `exact`: nothing is overridden, since mappings would be merged and what is absent cannot be said. */
function placeOverTargets(entries: readonly Entry[], tier: string | undefined, exact: boolean): readonly Placement[] {
  const below = tier === undefined ? [] : ['tiers', tier];
  const environments = [...Map.groupBy(entries, ({ environment }) => environment)];
  const top = mostCommon(environments.map(([, own]) => mostCommon(own.map(({ value }) => value))));
  const isTop = entries.every(({ value }) => textOf(value) === textOf(top));
  if (isTop || !exact) {
    const differing = isTop ? [] : environments.flatMap(([name, own]) => placeOverRegions(name, own, below, top));
    return [...placementOf(below, top), ...differing];
  }
  return environments.flatMap(([name, own]) => {
    const [{ value }] = [first(own)];
    if (own.every(entry => textOf(entry.value) === textOf(value)))
      return placementOf(['environments', name, ...below], value);
    return own.flatMap(entry => placementOf(['environments', name, 'regions', entry.region, ...below], entry.value));
  });
}

function placeOverRegions(
  environment: string,
  own: readonly Entry[],
  below: readonly string[],
  above: Json | undefined,
): readonly Placement[] {
  const base = mostCommon(own.map(({ value }) => value));
  const here = textOf(base) === textOf(above) ? [] : placementOf(['environments', environment, ...below], base);
  const others = own.filter(({ value }) => textOf(value) !== textOf(base));
  return [
    ...here,
    ...others.flatMap(({ region, value }) =>
      placementOf(['environments', environment, 'regions', region, ...below], value),
    ),
  ];
}

function placementOf(path: readonly string[], value: Json | undefined): readonly Placement[] {
  return value === undefined ? [] : [{ path, value }];
}

/** The first of those that occur most often. */
function mostCommon(values: readonly (Json | undefined)[]): Json | undefined {
  const groups = [...Map.groupBy(values, textOf).values()];
  return groups.reduce((best, group) => (group.length > best.length ? group : best), groups[0] ?? [])[0];
}

function targetOf({ environment, region }: Entry): string {
  return `${environment}/${region}`;
}

function textOf(value: Json | undefined): string {
  return JSON.stringify(value) ?? '';
}

function first(entries: readonly Entry[]): Entry {
  const [entry] = entries;
  if (entry === undefined) throw new Error('a group has no entries');
  return entry;
}
