import { describe, expect, test } from '@jest/globals';
import type { JsonPath } from '../../src/templates/model.ts';
import { renderWith } from './rendering.ts';

const TEXT = `// a comment
{
  "plain": [1, "two"],
  {{#if project}}
  "inside": { "deep": true },
  {{/if}}
  "value": {{tier.memoryMiB}},
  "quoted": "<{{project}}>",
  "json": {{json variables.mapping}},
  "loop": [
    {{#each variables.list}}
    { "item": "{{this}}" },
    {{/each}}
  ],
  {{> extra}}
  "last": 0
}
`;
const EXTRA = `
{{! members }}
"extra": {
  "region": "{{region}}"
},`;

describe('positionOf', () => {
  const { positionOf } = renderWith(TEXT, { extra: EXTRA });

  test.each<[string, JsonPath, string, number, number]>([
    ['the whole', [], 't.hbs', 2, 1],
    ['content', ['plain', 1], 't.hbs', 3, 16],
    ['content in a block', ['inside', 'deep'], 't.hbs', 5, 23],
    ['a value outside quotes', ['value'], 't.hbs', 7, 12],
    ['a string with a value', ['quoted'], 't.hbs', 8, 13],
    ['a mapping that was written as JSON', ['json'], 't.hbs', 9, 11],
    ['a member of it', ['json', 'two'], 't.hbs', 9, 11],
    ['the first turn of a loop', ['loop', 0, 'item'], 't.hbs', 12, 15],
    ['the second turn of a loop', ['loop', 1, 'item'], 't.hbs', 12, 15],
    ['a partial', ['extra'], 'extra.hbs', 3, 10],
    ['a value in a partial', ['extra', 'region'], 'extra.hbs', 4, 13],
    ['what comes after a partial', ['last'], 't.hbs', 16, 11],
    ['what is not there: its nearest parent', ['extra', 'nope', 3, 'x'], 'extra.hbs', 3, 10],
    ['an index beyond the end', ['plain', 7], 't.hbs', 3, 12],
    ['below a scalar', ['last', 'x'], 't.hbs', 16, 11],
  ])('%s', (_, path, file, line, column) => {
    expect(positionOf(path)).toEqual({ path: file, line, column });
  });

  test('every literal of a template is found at its own place, whatever stands between', () => {
    // Each line's number is what the line holds, so that any shift shows.
    const lines = [
      '[',
      '{{#if project}}',
      '3,',
      '{{/if}}',
      '{{#each variables.list}}',
      '  6,',
      '7{{#unless @last}},{{/unless}}',
      '{{~/each~}}',
      ',',
      '  {{! c }} 10,',
      '11, {{tier.gpus}},',
      '{{~#if project}}',
      '13, {{else}} 0 {{/if}}',
      '14]',
    ];
    const { value, positionOf: at } = renderWith(lines.join('\r\n').replaceAll('\r', ''));
    const numbers = (value as number[]).flatMap((number, index) => (number === 0 ? [] : [[number, at([index]).line]]));
    expect(numbers).toEqual([3, 6, 7, 6, 7, 10, 11, 13, 14].map(line => [line, line]));
  });
});
