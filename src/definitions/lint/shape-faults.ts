import { nearestName } from '../../nearest-name.ts';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { JsonPath } from '../model.ts';
import { isDescribeOnly, type MemberShape, ROOT_SHAPE, type StructureShape, structureOf } from '../shape/member.ts';

export interface ShapeFault {
  readonly kind:
    | 'unknown-member'
    | 'member-case'
    | 'describe-only-member'
    | 'missing-member'
    | 'wrong-type'
    | 'unknown-value'
    | 'null-member';
  readonly path: JsonPath;
  readonly message: string;
}

type Tell = (kind: ShapeFault['kind'], path: JsonPath, message: string) => void;

/** Where a request departs from the API's shape, at any depth. */
export function findShapeFaults(request: JsonObject): readonly ShapeFault[] {
  const faults: ShapeFault[] = [];
  const root = structureOf(ROOT_SHAPE);
  const tell: Tell = (kind, path, message) => faults.push({ kind, path, message });
  if (root) checkStructure(request, ROOT_SHAPE, root, [], tell);
  return faults;
}

function checkStructure(value: JsonObject, shape: string, structure: StructureShape, path: JsonPath, tell: Tell): void {
  for (const [name, entry] of Object.entries(value)) {
    const member = structure.get(name);
    if (!member) tellUnknown(name, shape, structure, [...path, name], tell);
    else if (entry === null) tellNull(name, member, [...path, name], tell);
    else if (entry !== undefined) checkMember(entry, member, [...path, name], tell);
  }
  for (const [name, member] of structure) {
    if (member.required && value[name] === undefined)
      tell('missing-member', path, `${placeOf(path)} lacks \`${name}\``);
  }
}

function tellUnknown(name: string, shape: string, structure: StructureShape, path: JsonPath, tell: Tell): void {
  const near = nearestName(name, structure.keys());
  if (isDescribeOnly(shape, name)) {
    tell('describe-only-member', path, `\`${name}\` is what describe answers; register refuses it. Remove it.`);
  } else if (near?.toLowerCase() === name.toLowerCase()) {
    tell('member-case', path, `\`${name}\` must be written \`${near}\``);
  } else {
    const hint = near === undefined ? ` It knows ${[...structure.keys()].join(', ')}.` : ` Did you mean "${near}"?`;
    tell('unknown-member', path, `Batch has no \`${name}\` here.${hint}`);
  }
}

function tellNull(name: string, member: MemberShape, path: JsonPath, tell: Tell): void {
  if (member.required) tell('missing-member', path, `\`${name}\` is required and null`);
  else tell('null-member', path, `\`${name}\` is null, which Batch never sees; leave it out`);
}

function checkMember(value: Json, member: MemberShape, path: JsonPath, tell: Tell): void {
  if (member.many === 'one') checkValue(value, member, path, tell);
  else if (member.many === 'list' && isJsonList(value)) {
    for (const [index, entry] of value.entries()) checkValue(entry, member, [...path, index], tell);
  } else if (member.many === 'map' && isJsonObject(value)) {
    for (const [key, entry] of Object.entries(value)) checkValue(entry ?? null, member, [...path, key], tell);
  } else {
    tellType(value, member.many === 'list' ? 'a list' : 'an object', path, tell);
  }
}

function checkValue(value: Json, member: MemberShape, path: JsonPath, tell: Tell): void {
  const structure = structureOf(member.type);
  if (structure) {
    if (isJsonObject(value)) checkStructure(value, member.type, structure, path, tell);
    else tellType(value, 'an object', path, tell);
  } else if (!hasType(value, member.type)) {
    tellType(value, TYPE_WORDS[member.type] ?? member.type, path, tell);
  } else if (member.values && typeof value === 'string') {
    checkEnum(value, member.values, path, tell);
  }
}

function checkEnum(value: string, values: readonly string[], path: JsonPath, tell: Tell): void {
  // "The values aren't case sensitive", https://docs.aws.amazon.com/batch/latest/APIReference/API_EvaluateOnExit.html
  const same = path.at(-1) === 'action' ? value.toUpperCase() : value;
  if (values.includes(same)) return;
  const near = nearestName(value, values);
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  tell('unknown-value', path, `"${value}" is none of ${values.join(', ')}.${hint}`);
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'a whole number',
  boolean: 'true or false',
};

function hasType(value: Json, type: string): boolean {
  if (type === 'integer') return Number.isSafeInteger(value);
  return typeof value === type;
}

function tellType(value: Json, wanted: string, path: JsonPath, tell: Tell): void {
  tell('wrong-type', path, `\`${memberOf(path)}\` must be ${wanted}, not ${describeValue(value)}`);
}

function describeValue(value: Json): string {
  if (value === null) return 'null';
  if (isJsonList(value)) return 'a list';
  if (isJsonObject(value)) return 'an object';
  return typeof value === 'string' ? 'a string' : JSON.stringify(value);
}

/** `command`, `command[0]`. */
function memberOf(path: JsonPath): string {
  const last = path.at(-1);
  return typeof last === 'number' ? `${path.at(-2)}[${last}]` : String(last);
}

function placeOf(path: JsonPath): string {
  return path.length === 0 ? 'the definition' : `\`${path.join('.')}\``;
}
