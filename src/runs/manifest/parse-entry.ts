import { nearestName } from '../../nearest-name.ts';
import type { Entry } from '../model.ts';

/** What decides where an entry goes. */
export interface EntryRules {
  /** The field that names it. */
  readonly id: string;
  readonly tiers: readonly string[];
  readonly tier?: { readonly field: string; readonly from: Readonly<Record<string, number>> } | undefined;
  /** The region of entries that name none. */
  readonly region: string;
  readonly priority: string;
  /** Job queue by region and priority. */
  readonly jobQueues: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Longer inputs belong in an object of their own. Bytes. */
const LONGEST_ENTRY = 4096;
const LONGEST_ID = 256;

/** The entry that a value of the manifest is, or what is wrong with it, as the end of a sentence that its place began. */
export function parseEntry(value: unknown, rules: EntryRules): Entry | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is not an object with fields';
  const fields = value as Readonly<Record<string, unknown>>;
  const id = parseId(fields[rules.id]);
  if (id === undefined) return describeBadId(fields[rules.id], rules.id);
  const region = pick(fields['region'], rules.region, Object.keys(rules.jobQueues), 'region');
  if ('problem' in region) return region.problem;
  const priorities = Object.keys(rules.jobQueues[region.name] ?? {});
  const priority = pick(fields['priority'], rules.priority, priorities, 'priority');
  if ('problem' in priority) return priority.problem;
  const tier = pickTier(fields, rules);
  if ('problem' in tier) return tier.problem;
  const text = JSON.stringify(fields['id'] === id ? fields : { ...fields, id });
  const bytes = Buffer.byteLength(text);
  if (bytes > LONGEST_ENTRY)
    return `has ${bytes} bytes, more than ${LONGEST_ENTRY}: put long inputs in an object, and its address here`;
  return { id, tier: tier.name, priority: priority.name, region: region.name, text };
}

function parseId(given: unknown): string | undefined {
  const id = typeof given === 'number' && Number.isSafeInteger(given) ? String(given) : given;
  if (typeof id !== 'string' || id === '' || id.length > LONGEST_ID) return undefined;
  return /\p{Cc}/u.test(id) ? undefined : id;
}

function describeBadId(given: unknown, field: string): string {
  if (given === undefined) return `has no "${field}"`;
  return `has ${JSON.stringify(given).slice(0, 80)} as "${field}", which is not 1 to ${LONGEST_ID} printable characters or a whole number`;
}

type Picked = { readonly name: string } | { readonly problem: string };

function pick(given: unknown, otherwise: string, known: readonly string[], kind: string): Picked {
  const name = given ?? otherwise;
  if (typeof name === 'string' && known.includes(name)) return { name };
  const near = typeof name === 'string' ? nearestName(name, known) : undefined;
  return {
    problem: `has ${kind} ${JSON.stringify(name)}, which is none of ${known.join(', ')}${near ? `. Did you mean "${near}"?` : ''}`,
  };
}

function pickTier(fields: Readonly<Record<string, unknown>>, { tiers, tier }: EntryRules): Picked {
  const [only, second] = tiers;
  if (fields['tier'] !== undefined) return pick(fields['tier'], '', tiers, 'tier');
  if (tier) return tierByField(fields[tier.field], tier);
  if (only !== undefined && second === undefined) return { name: only };
  return { problem: 'has no tier, and the configuration has no rule (runs.tier) that gives it one' };
}

/** The tier with the highest threshold that the value reaches. */
function tierByField(given: unknown, { field, from }: NonNullable<EntryRules['tier']>): Picked {
  const value = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    return {
      problem: `has ${JSON.stringify(given) ?? 'no value'} as "${field}", and its tier depends on that being a number`,
    };
  }
  let best: string | undefined;
  for (const [name, least] of Object.entries(from)) {
    if (value >= least && (best === undefined || least > (from[best] ?? 0))) best = name;
  }
  return best === undefined
    ? { problem: `has ${value} as "${field}", which is below every tier's threshold` }
    : { name: best };
}
