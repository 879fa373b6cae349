import * as z from 'zod/mini';
import type { Problem } from '../errors.ts';
import { nearestName, suggestName } from '../nearest-name.ts';
import { hintOf } from './schema-parts.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

type Schema = z.core.$ZodType;
type Issue = z.core.$ZodIssue;

/** Everything in `value` that `schema` does not allow, in words, in the order of the schema. */
export function findSchemaProblems(schema: Schema, value: unknown, source: YamlSource, path: YamlPath = []): Problem[] {
  const result = z.safeParse(schema, value);
  if (result.success) return [];
  return result.error.issues.flatMap(issue => {
    // Symbols are no keys of YAML.
    const inside = issue.path as YamlPath;
    const at = { schema, value, inside, path: [...path, ...inside] };
    if (issue.code === 'unrecognized_keys') return describeUnknownKeys(issue.keys, at, source);
    if (issue.code === 'invalid_key') return describeBadKey(issue, at, source);
    if (issue.code === 'invalid_union') return describeUnion(at, source);
    if (issue.code === 'invalid_value' && issue.values.length > FEW_VALUES)
      return describeUnknownName(issue, at, source);
    const { missing } = valueAt(value, inside) === undefined ? hintOf(schemaAt(schema, value, inside)) : {};
    return [{ message: describeIssue(issue, at, source), position: source.positionOf(at.path), remedy: missing }];
  });
}

/** As many are told one after the other in a sentence. */
const FEW_VALUES = 5;

interface Place {
  readonly schema: Schema;
  readonly value: unknown;
  /** From `value`, and from the top of the file. */
  readonly inside: YamlPath;
  readonly path: YamlPath;
}

function describeUnknownKeys(keys: readonly string[], at: Place, source: YamlSource): Problem[] {
  const owner = unwrap(schemaAt(at.schema, at.value, at.inside));
  const known = owner instanceof z.ZodMiniObject ? Object.keys(owner.shape) : [];
  return keys.map(key => ({
    message: `unknown key "${key}" ${at.path.length === 0 ? 'at the top level' : `in ${describePath(at.path)}`}`,
    position: source.keyPositionOf([...at.path, key]),
    remedy: suggestName(key, known),
  }));
}

function describeUnknownName(issue: Issue & { code: 'invalid_value' }, at: Place, source: YamlSource): Problem[] {
  const value = valueAt(at.value, at.inside);
  const { aliases = {} } = hintOf(schemaAt(at.schema, at.value, at.inside));
  const alias = typeof value === 'string' ? aliases[value.toLowerCase()] : undefined;
  return [
    {
      message: `${describePath(at.path)} ${value === undefined ? 'is missing' : `may not be ${describeValue(value)}`}`,
      position: source.positionOf(at.path),
      remedy: alias ? `Did you mean "${alias}"?` : suggestName(String(value), issue.values.map(String)),
    },
  ];
}

/** A name that breaks the rule, and whatever is wrong below it: zod itself stops at the name. */
function describeBadKey(issue: Issue & { code: 'invalid_key' }, at: Place, source: YamlSource): Problem[] {
  const rule = issue.issues[0]?.message ?? 'is not allowed here';
  const bad = {
    message: `the name "${at.inside.at(-1)}" in ${describePath(at.path.slice(0, -1))} ${rule}`,
    position: source.keyPositionOf(at.path),
  };
  const below = schemaAt(at.schema, at.value, at.inside, false);
  return [bad, ...(below ? findSchemaProblems(below, valueAt(at.value, at.inside), source, at.path) : [])];
}

/** The problems of the one alternative that is of the value's own kind. */
function describeUnion(at: Place, source: YamlSource): Problem[] {
  const value = valueAt(at.value, at.inside);
  const options = optionsOf(unwrap(schemaAt(at.schema, at.value, at.inside, false)));
  const fitting = options.find(option => isOfKind(option, value));
  if (fitting !== undefined) return findSchemaProblems(fitting, value, source, at.path);
  const kinds = options.flatMap(kindsOf);
  const listed = [kinds.slice(0, -1).join(', '), kinds.at(-1)].join(' or ');
  const message = `${describePath(at.path)} must be ${listed}, not ${describeValue(value)}`;
  const near = typeof value === 'string' ? nearestName(value, options.flatMap(choicesOf)) : undefined;
  return [{ message, position: source.positionOf(at.path), remedy: near && `Did you mean "${near}"?` }];
}

function describeIssue(issue: Issue, at: Place, source: YamlSource): string {
  const where = describePath(at.path) || 'the file';
  const value = valueAt(at.value, at.inside);
  if (value === undefined) return `${where} is missing`;
  if (issue.code === 'invalid_type') {
    const kind = KINDS[issue.expected] ?? issue.expected;
    if (value === null) return `${where} is empty; it must be ${kind}`;
    if (kind === 'text' && typeof value !== 'object')
      return `${where} must be text: ${describeQuotes(value, at, source)}`;
    return `${where} must be ${kind}, not ${describeValue(value)}`;
  }
  if (issue.code === 'invalid_value')
    return `${where} must be ${issue.values.map(String).join(' or ')}, not ${describeValue(value)}`;
  return `${where} ${issue.message}${typeof value === 'object' || value === '' ? '' : `, not ${describeValue(value)}`}`;
}

function describeQuotes(value: unknown, at: Place, source: YamlSource): string {
  const written = source.writtenAt(at.path) ?? String(value);
  return `put it in quotes, "${written}", or YAML reads it as ${typeof value === 'number' ? 'a number' : 'true or false'}`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

/** `a mapping`, or what may be chosen of. */
function kindsOf(schema: Schema): readonly string[] {
  const { type } = schema._zod.def;
  const choices = choicesOf(schema);
  return choices.length > 0 ? choices : [KINDS[type] ?? type];
}

function choicesOf(schema: Schema): readonly string[] {
  if (schema instanceof z.ZodMiniEnum) return schema.options.map(String);
  return schema instanceof z.ZodMiniLiteral ? schema.def.values.map(String) : [];
}

function isOfKind(schema: Schema, value: unknown): boolean {
  const { type } = schema._zod.def;
  if (type === 'array') return Array.isArray(value);
  return (
    (type === 'object' || type === 'record') && typeof value === 'object' && value !== null && !Array.isArray(value)
  );
}

function describeValue(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : JSON.stringify(value);
}

/** `environments.test.regions[1]` */
export function describePath(path: YamlPath): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${step}`))
    .join('');
}

function valueAt(value: unknown, path: YamlPath): unknown {
  let found = value;
  for (const step of path) {
    found = Object.getOwnPropertyDescriptor(Object(found), step)?.value;
  }
  return found;
}

/** The schema that governs the value at `path`; of a union, the alternative of the value's kind, unless told to keep it. */
function schemaAt(schema: Schema, value: unknown, path: YamlPath, choose = true): Schema | undefined {
  const [step, ...rest] = path;
  const options = optionsOf(unwrap(schema));
  if (options.length > 0 && (choose || step !== undefined)) {
    const option = options.find(candidate => isOfKind(candidate, value));
    return option && schemaAt(option, value, path, choose);
  }
  if (step === undefined) return schema;
  const below = schemaBelow(unwrap(schema), step);
  return below && schemaAt(below, valueAt(value, [step]), rest, choose);
}

function schemaBelow(schema: Schema | undefined, step: string | number): Schema | undefined {
  if (schema instanceof z.ZodMiniObject) return schema.shape[step];
  if (schema instanceof z.ZodMiniRecord) return schema.def.valueType;
  return schema instanceof z.ZodMiniArray ? schema.def.element : undefined;
}

function unwrap(schema: Schema | undefined): Schema | undefined {
  const wrapped = schema instanceof z.ZodMiniOptional || schema instanceof z.ZodMiniNullable;
  return wrapped ? unwrap(schema.def.innerType) : schema;
}

function optionsOf(schema: Schema | undefined): readonly Schema[] {
  return schema instanceof z.ZodMiniUnion ? schema.def.options : [];
}
