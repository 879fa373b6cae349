/** One template of many definitions: what is alike stands in it, what differs becomes an expression or a variable. */
import type { Json } from '../definitions/json.ts';
import { ROOT_SHAPE, structureOf } from '../definitions/shape/member.ts';
import { abstractTexts, factsOf, sameValue } from './abstract-text.ts';
import { alignList, alignMembers } from './align.ts';
import { chooseRole, isInMain, knownNode, type Place, type Run, textOf } from './known-node.ts';
import {
  type Cell,
  Filled,
  type Item,
  type Setting,
  type TemplateNode,
  type Value,
  type ValueObject,
} from './model.ts';
import { isAmount, isList, isObject, mainContainer, type Path, readTier, type TierValues } from './resources.ts';
import { ROLE_MEMBERS, type RoleName } from './roles.ts';
import { createVariables } from './variables.ts';

export interface Factored {
  readonly root: TemplateNode;
  readonly variables: readonly Setting[];
  /** Of each cell. */
  readonly tiers: readonly TierValues[];
  /** Names of the roles that the configuration has for the cells; absent where the template names no such role. */
  readonly roles: Readonly<Partial<Record<RoleName, readonly (string | undefined)[]>>>;
  readonly usesImage: boolean;
}

/** Two definitions that cannot be made of one template. */
export class NotAlikeError extends Error {
  override readonly name = 'NotAlikeError';
}

/**
 * `keepsImage`: the image is none that a deployment replaces, and is written as it is. `oneRole`: the configuration has room for one
 * role of a kind, since others have theirs. Throws NotAlikeError when what differs cannot
 * be a variable.
 */
export function factorTemplate(
  cells: readonly Cell[],
  { keepsImage = false, oneRole = false, taken = new Set<string>() } = {},
): Factored {
  const [first] = cells;
  const main = first && mainContainer(first)?.path;
  const run: Run = {
    cells,
    facts: factsOf(cells),
    main,
    tiers: cells.map(({ request }) => readTier(request, main)),
    roles: new Map(),
    variables: createVariables(taken),
    keepsImage,
    oneRole,
    usesImage: false,
  };
  const root = factorObject(
    cells.map(({ request }) => request),
    { path: [], type: ROOT_SHAPE, hint: 'value' },
    run,
  );
  const name = {
    name: 'jobDefinitionName',
    node: textOf('jobDefinitionName'),
    ...remarksAt(['jobDefinitionName'], run),
  };
  const members = root.kind === 'object' ? [name, ...root.members] : [name];
  return {
    root: { kind: 'object', members },
    variables: run.variables.settings,
    tiers: run.tiers,
    roles: Object.fromEntries(run.roles),
    usesImage: run.usesImage,
  };
}

function factorValue(values: readonly Value[], place: Place, run: Run): TemplateNode {
  const known = knownNode(values, place, run);
  if (known !== undefined) return known;
  if (values.every(isObject)) return factorObject(values, place, run);
  if (values.every(isList)) return factorList(values, place, run);
  const texts = values.filter(value => typeof value === 'string' || value instanceof Filled);
  if (texts.length === values.length) {
    const parts = abstractTexts(texts, run.facts);
    const raw = texts.some(text => text instanceof Filled && text.raw);
    const [only] = parts ?? [];
    if (raw && parts?.length === 1 && typeof only === 'object') return { kind: 'raw', expression: only.expression };
    if (parts !== undefined) return { kind: 'text', parts };
  }
  const [value] = values;
  const alike = values.every(other => sameValue(other, value));
  if (alike && (typeof value === 'number' || typeof value === 'boolean' || value === null))
    return { kind: 'scalar', value };
  return variableNode(values, place, run);
}

function factorObject(values: readonly ValueObject[], place: Place, run: Run): TemplateNode {
  const members = alignMembers(values).map(name => {
    const own = values.map(value => value[name]);
    return {
      name,
      ...remarksAt([...place.path, name], run),
      ...factorOptional(own, memberPlace(name, values, place), run),
    };
  });
  return { kind: 'object', members };
}

function memberPlace(name: string, values: readonly ValueObject[], { path, type, hint }: Place): Place {
  const member = type === undefined ? undefined : structureOf(type)?.get(name);
  const entry = values[0]?.['name'];
  const isNamed = (name === 'value' || name === 'valueFrom') && typeof entry === 'string';
  return {
    path: [...path, name],
    type: member?.many === 'map' ? undefined : member?.type,
    hint: isNamed ? entry : name === 'value' ? hint : name,
    requirement: values[0]?.['type'],
  };
}

function remarksAt(path: Path, { cells }: Run) {
  const remarks = cells.map(cell => cell.remarks?.get(path.join('/'))).find(found => found !== undefined);
  return remarks && { remarks };
}

/** A value that some cells do not have is written there alone. */
function factorOptional(values: readonly (Value | undefined)[], place: Place, run: Run): Item {
  const present = values.filter(value => value !== undefined);
  if (present.length === values.length) return { node: factorValue(present, place, run) };
  const role = ROLE_MEMBERS[String(place.path.at(-1))];
  if (role !== undefined && chooseRole(role, values, run)) return { node: textOf(`${role}Arn`), when: `${role}Arn` };
  const timeouts = run.tiers.map(({ timeoutSeconds }) => timeoutSeconds);
  const isTimeout = place.path.length === 1 && place.path[0] === 'timeout';
  if (isTimeout && values.every((value, index) => isTimeoutOf(value, timeouts[index]))) {
    const node: TemplateNode = { kind: 'raw', expression: 'tier.timeoutSeconds' };
    return {
      node: { kind: 'object', members: [{ name: 'attemptDurationSeconds', node }] },
      when: 'tier.timeoutSeconds',
    };
  }
  const [node, name] = keepVariable(
    values.map(value => value ?? null),
    place,
    run,
  );
  return { node, when: present.every(Boolean) ? `variables.${name}` : `(ne variables.${name} null)` };
}

function isTimeoutOf(value: Value | undefined, seconds: number | Filled | undefined): boolean {
  if (value === undefined) return seconds === undefined;
  return sameValue(value, { attemptDurationSeconds: seconds ?? null });
}

function factorList(values: readonly (readonly Value[])[], place: Place, run: Run): TemplateNode {
  const rows = alignList(values, String(place.path.at(-1)));
  if (rows === undefined) return variableNode(values, place, run);
  const items = rows.map((row, index) => {
    const before = rows[index - 1]?.[0];
    const hint = typeof before === 'string' && /^--?[a-z]/i.test(before) ? before : place.hint;
    return factorEntry(row, { path: [...place.path, index], type: place.type, hint }, run);
  });
  return { kind: 'list', items };
}

/** An entry that some cells do not have: of the main container's GPU requirement the tier tells, of others a variable. */
function factorEntry(row: readonly (Value | undefined)[], place: Place, run: Run): Item {
  const entry = row.find(value => value !== undefined);
  if (!row.includes(undefined) || !isObject(entry)) return factorOptional(row, place, run);
  const { type, name } = entry;
  const amounts = row.map(value => (isObject(value) ? (value['value'] ?? null) : 0));
  const isGpu = type === 'GPU' && isInMain(place.path, run);
  if (isGpu && amounts.every((amount, index) => isAmount(amount, run.tiers[index]?.gpus ?? 0, false))) {
    return { node: entryNode('type', 'GPU', 'value', textOf('tier.gpus')), when: 'tier.gpus' };
  }
  const hint = typeof name === 'string' ? name : place.hint;
  const member = ['value', 'valueFrom'].find(own => row.every(value => value === undefined || isPairOf(value, own)));
  if (member === undefined) return factorOptional(row, { ...place, hint }, run);
  const values = row.map(value => (isObject(value) ? value[member] : undefined));
  const { node, when } = factorOptional(values, { ...place, path: [...place.path, member], hint }, run);
  return { node: entryNode('name', hint, member, node), when };
}

/** `{ "name": …, "value": … }`, and nothing else. */
function isPairOf(value: Value, member: string): boolean {
  return isObject(value) && Object.keys(value).length === 2 && 'name' in value && typeof value[member] === 'string';
}

function entryNode(key: string, text: string, member: string, node: TemplateNode): TemplateNode {
  return {
    kind: 'object',
    members: [
      { name: key, node: { kind: 'text', parts: [text] } },
      { name: member, node },
    ],
  };
}

function variableNode(values: readonly Value[], place: Place, run: Run): TemplateNode {
  const [node, name] = keepVariable(values, place, run);
  return values.includes(null) ? { kind: 'raw', expression: `variables.${name}` } : node;
}

function keepVariable(values: readonly Value[], { hint, path }: Place, run: Run): readonly [TemplateNode, string] {
  const plain = values.map(value => toJson(value, path));
  const name = run.variables.keep(hint, plain);
  const expression = `variables.${name}`;
  const texts = plain.every(value => typeof value === 'string' || value === null);
  return [texts && !plain.every(value => value === null) ? textOf(expression) : { kind: 'raw', expression }, name];
}

function toJson(value: Value, path: Path): Json {
  if (value instanceof Filled) throw new NotAlikeError(`${path.join('.')} has placeholders and differs`);
  if (isList(value)) return value.map(entry => toJson(entry, path));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, toJson(entry, path)]));
}
