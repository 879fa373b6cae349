import { createHash } from 'node:crypto';
import type { JobDefinition, RegisterJobDefinitionCommandInput } from '@aws-sdk/client-batch';
import { DEFAULT_RULES, DROP_RULES } from './canonical/defaults.ts';
import type { CanonicalRule } from './canonical/rule.ts';
import { SET_RULES } from './canonical/sets.ts';
import { MOVED_RULES, VALUE_RULES } from './canonical/values.ts';
import { compareText, isJsonList, isJsonObject, type Json, type JsonObject } from './json.ts';
import { type MemberShape, ROOT_SHAPE, type StructureShape, structureOf } from './shape/member.ts';

/** A definition as Batch understands it; members in alphabetical order. Equal text means an equal definition. */
export type CanonicalDefinition = JsonObject;

/**
 * Every change between register and describe that is known, in the order in which it is applied to a member: dropped entries first,
 * then moved ones, then order, then defaults. Beside these, in every structure of the API: absent, null, [] and {} are the same.
 */
export const CANONICAL_RULES: readonly CanonicalRule[] = [
  ...DROP_RULES,
  ...VALUE_RULES,
  ...MOVED_RULES,
  ...SET_RULES,
  ...DEFAULT_RULES,
];

const rules = indexRules(CANONICAL_RULES);

/**
 * Brings a request and a described revision to one form: canonical(describe(register(x))) = canonical(x). Members this version does
 * not know pass through, since a newer Batch may answer with them; a user's false, '' and 0 stay unless Batch itself drops them.
 */
export function canonicalDefinition(
  definition: RegisterJobDefinitionCommandInput | JobDefinition,
): CanonicalDefinition {
  // Both are plain JSON: the SDK's types have no dates, streams or classes here.
  return canonicalStructure({ ...definition } as unknown as JsonObject, ROOT_SHAPE, structureOf(ROOT_SHAPE));
}

/** sha256 of the canonical form, hexadecimal. */
export function contentHash(canonical: CanonicalDefinition): string {
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}

/** Without the members this version does not know: what the user can have meant. */
export function knownPart(canonical: CanonicalDefinition): CanonicalDefinition {
  const known = (value: Json, type: string | undefined, map: boolean): Json => {
    const structure = type === undefined ? undefined : structureOf(type);
    if (isJsonList(value)) return value.map(entry => known(entry, type, map));
    if (!isJsonObject(value) || map || !structure) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, entry]) => {
        const member = structure.get(name);
        return member && entry !== undefined ? [[name, known(entry, member.type, member.many === 'map')]] : [];
      }),
    );
  };
  const part = known(canonical, ROOT_SHAPE, false);
  return isJsonObject(part) ? part : {};
}

function canonicalStructure(value: JsonObject, shape: string, structure: StructureShape | undefined): JsonObject {
  const ruled = rules.get(shape);
  const names = new Set([...Object.keys(value), ...(ruled?.always ?? [])]);
  const members: [string, Json][] = [];
  for (const name of [...names].sort(compareText)) {
    const plain = canonicalMember(value[name] ?? null, structure?.get(name));
    const changed = (ruled?.members.get(name) ?? []).reduce<Json>(
      (now, { change }) => change(now, value) ?? null,
      plain,
    );
    if (!isAbsent(changed)) members.push([name, changed]);
  }
  return Object.fromEntries(members);
}

function canonicalMember(value: Json, member: MemberShape | undefined): Json {
  if (member?.many === 'map') return isJsonObject(value) ? sortMembers(value) : value;
  if (isJsonList(value)) return value.map(entry => canonicalEntry(entry, member?.type));
  return canonicalEntry(value, member?.type);
}

function canonicalEntry(value: Json, type: string | undefined): Json {
  if (!isJsonObject(value)) return value;
  return canonicalStructure(value, type ?? '', type === undefined ? undefined : structureOf(type));
}

/** The user's own keys: their values stay, even when empty. */
function sortMembers(map: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(map)
      .filter(([, value]) => value !== undefined && value !== null)
      .sort(([a], [b]) => compareText(a, b)),
  );
}

function isAbsent(value: Json): boolean {
  if (value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

interface ShapeRules {
  readonly members: ReadonlyMap<string, readonly CanonicalRule[]>;
  /** Members whose rule runs even when they are absent. */
  readonly always: readonly string[];
}

function indexRules(list: readonly CanonicalRule[]): ReadonlyMap<string, ShapeRules> {
  const shapes = new Set(list.flatMap(rule => rule.shapes));
  return new Map(
    [...shapes].map(shape => {
      const own = list.filter(rule => rule.shapes.includes(shape));
      const always = own.filter(({ kind, member }) => kind === 'moved' && member === 'resourceRequirements');
      return [shape, { members: Map.groupBy(own, ({ member }) => member), always: always.map(({ member }) => member) }];
    }),
  );
}
