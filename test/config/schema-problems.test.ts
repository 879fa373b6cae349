/** What a schema does not allow, in words: kinds of schema that no valid configuration shows. */
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { findSchemaProblems } from '../../src/config/schema-problems.ts';
import { readYaml } from '../../src/config/yaml-source.ts';
import { minimal, parse, problemsOf } from './files.ts';

/** `line:column: message. remedy` of each problem. */
function describeProblems(schema: z.core.$ZodType, text: string): readonly string[] {
  const source = readYaml('own.yml', text);
  return findSchemaProblems(schema, source.content, source).map(({ message, position, remedy }) =>
    [`${position?.line}:${position?.column}: ${message}`, ...(remedy ? [remedy] : [])].join('. '),
  );
}

const named = z.strictObject({ name: z.string() });
const lowerCase = z.string().check(z.regex(/^[a-z]+$/, 'must be lower case'));

test.each<[string, z.core.$ZodType, string, readonly string[]]>([
  [
    'an unknown key of a list’s item, with the nearest',
    z.object({ own: z.array(named) }),
    'own:\n  - name: a\n  - name: b\n    nmae: c',
    ['4:5: unknown key "nmae" in own[1]. Did you mean "name"?'],
  ],
  [
    'a bad name, and what is wrong with its value of the wrong kind',
    z.object({ own: z.record(lowerCase, z.union([named, z.literal(false)])) }),
    'own: { Upper: text, lower: { name: a } }',
    ['1:8: the name "Upper" in own must be lower case', '1:15: own.Upper must be a mapping or false, not "text"'],
  ],
  [
    'a bad name, and what is wrong below it',
    z.object({ own: z.record(lowerCase, named) }),
    'own: { Upper: { name: 1 } }',
    [
      '1:8: the name "Upper" in own must be lower case',
      '1:23: own.Upper.name must be text: put it in quotes, "1", or YAML reads it as a number',
    ],
  ],
  [
    'a value of no kind of a union whose kinds have no other word',
    z.object({ own: z.union([z.array(z.string()), z.bigint()]) }),
    'own: true',
    ['1:6: own must be a list or bigint, not true'],
  ],
  ['a kind that has no other word', z.object({ own: z.bigint() }), 'own: x', ['1:6: own must be bigint, not "x"']],
  ['a list for all of the file', named, '[1]', ['1:1: the file must be a mapping, not a list']],
  [
    'an unknown key where the known ones cannot be told',
    z.object({ own: z.tuple([named]) }),
    'own: [{ name: a, nmae: b }]',
    ['1:18: unknown key "nmae" in own[0]'],
  ],
])('%s', (_, schema, text, expected) => expect(describeProblems(schema, text)).toEqual(expected));

test('a value that is in no file is told as it is', () => {
  const source = readYaml('own.yml', '{}');
  expect(findSchemaProblems(named, { name: true }, source).map(({ message }) => message)).toEqual([
    'name must be text: put it in quotes, "true", or YAML reads it as true or false',
  ]);
});

test.each<[string, string, string]>([
  ['a choice that is empty', 'onFailure:', '11:1: onFailure must be undo or keep, not empty'],
  ['a choice that is a list', 'onFailure: [undo]', '11:1: onFailure must be undo or keep, not a list'],
  [
    'a wrong type within one kind of a union',
    'smokeTest: { size: two }\njobQueue: q',
    '11:20: smokeTest.size must be a number, not "two"',
  ],
  ['no kind of a union', 'smokeTest:\njobQueue: q', '11:1: smokeTest must be false or a mapping, not empty'],
])('%s in a configuration', (_, extra, expected) => {
  expect(problemsOf(() => parse(minimal(extra)))).toEqual([`batchwright.yml:${expected}`]);
});
