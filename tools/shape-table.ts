/**
 * Writes src/definitions/shape/table.ts: every member that a RegisterJobDefinition request may have, from the SDK's run-time schema,
 * with the enum of each member from its type declarations (an enum is a plain string in the schema). Loading the SDK takes 100 ms,
 * the table none; test/definitions/shape/table.test.ts holds the two equal, so that a new SDK cannot be forgotten.
 *
 *     node tools/shape-table.ts
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as batch from '@aws-sdk/client-batch';
import { NormalizedSchema } from '@smithy/core/schema';

const TABLE = new URL('../src/definitions/shape/table.ts', import.meta.url);

type Shapes = Record<string, Record<string, string>>;

/** What table.ts must hold, as the installed SDK has it. */
export function readShapeTable() {
  const enums = readEnumMembers();
  const shapes: Shapes = {};
  collectShapes(NormalizedSchema.of(batch.RegisterJobDefinitionRequest$), enums, shapes);
  const described = [...NormalizedSchema.of(batch.JobDefinition$).structIterator()].map(([name]) => name);
  const describeOnly = described.filter(name => !(name in (shapes['RegisterJobDefinitionRequest'] ?? {})));
  const used = [...new Set(enums.values())].filter(name => usesType(shapes, name)).sort();
  const values = Object.fromEntries(used.map(name => [name, enumValues(name)]));
  return { SHAPES: shapes, ENUMS: values, DESCRIBE_ONLY: describeOnly };
}

function writeShapeTable(): string {
  const { SHAPES, ENUMS, DESCRIBE_ONLY } = readShapeTable();
  return [
    '// Written by tools/shape-table.ts from the SDK; never by hand.',
    `export const SHAPES: Readonly<Record<string, Readonly<Record<string, string>>>> = ${print(SHAPES)};`,
    `export const ENUMS: Readonly<Record<string, readonly string[]>> = ${print(ENUMS)};`,
    `export const DESCRIBE_ONLY: readonly string[] = ${print(DESCRIBE_ONLY)};`,
    '',
  ].join('\n\n');
}

function print(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

function usesType(shapes: Shapes, name: string): boolean {
  return Object.values(shapes).some(members =>
    Object.values(members).some(type => type.replace(/[[\]{}!]/g, '') === name),
  );
}

function collectShapes(schema: NormalizedSchema, enums: ReadonlyMap<string, string>, shapes: Shapes): void {
  if (schema.isListSchema() || schema.isMapSchema()) collectShapes(schema.getValueSchema(), enums, shapes);
  if (!schema.isStructSchema()) return;
  const shape = schema.getName() ?? '';
  if (shape in shapes) return;
  const members: Record<string, string> = {};
  shapes[shape] = members;
  const required = requiredCount(schema);
  let index = 0;
  for (const [name, member] of schema.structIterator()) {
    members[name] = typeOf(member, enums.get(`${shape}.${name}`)) + (index++ < required ? '!' : '');
    collectShapes(member, enums, shapes);
  }
}

/** A structure's schema is [kind, namespace, name, traits, names, refs, requiredCount?]; its required members stand first. */
function requiredCount(schema: NormalizedSchema): number {
  const count: unknown = (schema.getSchema() as readonly unknown[])[6];
  return typeof count === 'number' ? count : 0;
}

function typeOf(schema: NormalizedSchema, enumName: string | undefined): string {
  if (schema.isListSchema()) return `${typeOf(schema.getValueSchema(), enumName)}[]`;
  if (schema.isMapSchema()) return `${typeOf(schema.getValueSchema(), enumName)}{}`;
  if (schema.isStructSchema()) return schema.getName() ?? '';
  if (schema.isNumericSchema()) return 'integer';
  if (schema.isBooleanSchema()) return 'boolean';
  return enumName ?? 'string';
}

/** `LogConfiguration.logDriver` → `LogDriver`, from the declarations. */
function readEnumMembers(): ReadonlyMap<string, string> {
  const require = createRequire(import.meta.url);
  const root = dirname(require.resolve('@aws-sdk/client-batch/package.json'));
  const text = readFileSync(join(root, 'dist-types/models/models_0.d.ts'), 'utf8');
  const members = new Map<string, string>();
  for (const [, shape = '', body = ''] of text.matchAll(/^export interface (\w+) \{\n(.*?)^\}/gms)) {
    for (const [, name = '', type = ''] of body.matchAll(/^ {4}(\w+)\??: (\w+)(?:\[\])? \| undefined;/gm)) {
      if (type in batch && enumValues(type).length > 0) members.set(`${shape}.${name}`, type);
    }
  }
  return members;
}

function enumValues(name: string): readonly string[] {
  const value: unknown = Reflect.get(batch, name);
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).filter(entry => typeof entry === 'string');
}

/** As the project formats its sources. */
function format(text: string): string {
  const biome = fileURLToPath(new URL('./node_modules/.bin/biome', import.meta.url));
  return execFileSync(biome, ['format', '--stdin-file-path=table.ts'], { input: text, encoding: 'utf8' });
}

if (process.argv[1] === import.meta.filename) writeFileSync(TABLE, format(writeShapeTable()));
