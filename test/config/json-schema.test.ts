import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { describeJsonSchema } from '../../src/config/json-schema.ts';

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly required?: readonly string[];
}

const text = describeJsonSchema();
const schema = JSON.parse(text) as Node;

/** Every named key of the schema, with its path. */
function listKeys(node: Node, path = ''): [string, Node][] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, below]): [string, Node][] => [
    [`${path}.${key}`, below],
    ...listKeys(below, `${path}.${key}`),
  ]);
  const map = typeof node.additionalProperties === 'object' ? listKeys(node.additionalProperties, `${path}.*`) : [];
  return [
    ...own,
    ...map,
    ...(node.anyOf ?? []).flatMap(option => listKeys(option, path)),
    ...(node.items ? listKeys(node.items, path) : []),
  ];
}

describe('batchwright.schema.json', () => {
  test('is what the schema gives; `node tools/json-schema.mjs` writes it', () => {
    expect(readFileSync('batchwright.schema.json', 'utf8')).toBe(text);
  });

  test('explains every key', () => {
    const keys = listKeys(schema);
    expect(keys.length).toBeGreaterThan(80);
    const described = (node: Node) => node.description ?? node.anyOf?.find(option => option.description)?.description;
    expect(keys.filter(([, node]) => !described(node)).map(([path]) => path)).toEqual([]);
  });

  test('lets an environment or a region say of runs what differs there alone', () => {
    const runs = [schema, ...listKeys(schema).map(([, node]) => node)].flatMap(node => node.properties?.['runs'] ?? []);
    expect(runs.map(({ required }) => required)).toEqual([undefined, undefined, undefined]);
  });

  test('knows no other keys', () => {
    expect(schema.additionalProperties).toBe(false);
  });
});
