import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import Handlebars from 'handlebars';
import { ConfigurationError } from '../../src/errors.ts';
import { compileTemplate } from '../../src/templates/compile-template.ts';
import type { JsonValue } from '../../src/templates/model.ts';
import { anyCharacter } from '../any-character.ts';

const render = (text: string, context: Record<string, JsonValue>) =>
  compileTemplate({ path: 't', text }).render(context).value;
/** Text with all that JSON, Handlebars and JavaScript find special, lone surrogates too. */
const anyText = fc.oneof(
  fc.string({ unit: anyCharacter }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '{', '}', '{{', '\n', '\u2028', '\ud800', '\udc00', '/', '*', 'u', '0', '&', '<'),
  }),
);
const anyJson = fc.jsonValue({ maxDepth: 4 }).map(value => JSON.parse(JSON.stringify(value)) as JsonValue);

describe('whatever the value', () => {
  test('text survives inside and outside quotes', () => {
    fc.assert(
      fc.property(anyText, anyText, (text, other) => {
        const value = render('{"in": "{{text}}", "out": {{text}}, "both": "a{{text}}b{{other}}", {{text}}: 1}', {
          text,
          other,
        });
        const expected = Object.fromEntries<JsonValue>([
          ['in', text],
          ['out', text],
          ['both', `a${text}b${other}`],
          [text, 1],
        ]);
        // A text equal to one of the keys is a duplicate, and an error of its own.
        expect(value).toEqual(expected);
      }),
    );
  });

  test('JSON survives {{json}}, and its text survives inside quotes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anyJson), variables => {
        const value = render('{"a": {{json variables}}, "b": {{variables}}, "c": "{{json variables}}"}', { variables });
        expect(value).toEqual({ a: variables, b: variables, c: JSON.stringify(variables) });
      }),
    );
  });
});

/** Pieces that may stand in any order; most orders are no JSON. */
const piece = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\\\',
    '\\n',
    '\\u00',
    ' ',
    '\n',
    '// ',
    '/* ',
    ' */',
    '/',
    '1',
    '-',
    'true',
    'null',
    '"k"',
    '"k":',
  ),
  fc.constantFrom('{{text}}', '{{number}}', '{{list}}', '{{json mapping}}', '{{#if number}}', '{{/if}}'),
);

describe('whatever the template', () => {
  test('a value comes out as itself or not at all', () => {
    // Unlikely to be written by chance, so that what comes out can be told apart from content.
    const context = { text: 'q"\\q', number: 90210, list: [90210, 'q"\\q'], mapping: { q: 90210 } };
    const known = new Set<unknown>(['q"\\q', 90210, 'q']);
    const strangers = (value: JsonValue): unknown[] => {
      if (Array.isArray(value)) return (value as JsonValue[]).flatMap(strangers);
      if (typeof value === 'object' && value !== null) {
        return Object.entries(value).flatMap(([key, own]) => [...strangers(key), ...strangers(own as JsonValue)]);
      }
      if (typeof value === 'number')
        return value === 1 || value === -1 || value === 11 || known.has(value) ? [] : [value];
      if (typeof value !== 'string' || known.has(value)) return [];
      // Inside a string the values stand between content that holds neither q nor a digit above 1.
      const rest = value.replaceAll('q"\\q', '').replaceAll('90210', '').replaceAll('{"q":}', '');
      return /[q2-9]/.test(rest) ? [value] : [];
    };
    let rendered = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), pieces => {
        for (const text of [pieces.join(''), `[${pieces.join('')}]`, `["${pieces.join('')}"]`]) {
          try {
            const value = render(text, context);
            rendered += 1;
            expect(strangers(value)).toEqual([]);
          } catch (error) {
            if (!(error instanceof ConfigurationError)) throw error;
          }
        }
      }),
      { numRuns: 1000, seed: 1 },
    );
    expect(rendered).toBeGreaterThan(200);
  });

  test('a template without mustaches is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(anyJson, fc.constantFrom(0, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(!text.includes('{{'));
        expect(render(text, {})).toEqual(JSON.parse(text));
      }),
    );
  });

  test('no text at all breaks anything but itself', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map(pieces => pieces.join('')),
          fc
            .array(
              fc.constantFrom(
                '{{',
                '}}',
                '#if ',
                '/if',
                'a',
                ' ',
                '(',
                ')',
                '"',
                '|',
                '=',
                '>',
                '!',
                '@',
                '.',
                '/',
                '[',
                ']',
              ),
            )
            .map(all => all.join('')),
        ),
        text => {
          try {
            render(text, { a: 1 });
          } catch (error) {
            if (!(error instanceof ConfigurationError)) throw error;
            expect(
              error.problems.every(
                ({ position }) => position !== undefined && position.line > 0 && position.column > 0,
              ),
            ).toBe(true);
          }
        },
      ),
      { numRuns: 500, seed: 2 },
    );
  });
});

describe('agrees with Handlebars itself, inside a string', () => {
  const context = {
    a: 'one',
    list: [1, 2, 3],
    empty: [],
    zero: 0,
    no: null,
    item: { name: 'n', list: ['x'] },
    map: { k: 'v', l: 'w' },
  };
  const block = fc.constantFrom(
    ['{{#if @root.a}}', '{{/if}}'],
    ['{{#if @root.zero}}', '{{else}}z{{/if}}'],
    ['{{#if @root.zero includeZero=true}}', '{{else}}z{{/if}}'],
    ['{{#unless @root.no}}', '{{/unless}}'],
    ['{{#unless @root.a}}', '{{else}}u{{/unless}}'],
    ['{{#each @root.list}}', '{{/each}}'],
    ['{{#each @root.empty}}', '{{else}}e{{/each}}'],
    ['{{#each @root.map}}{{@key}}', '{{/each}}'],
    ['{{#each @root.list as |v i|}}{{v}}{{i}}', '{{/each}}'],
    ['{{#with @root.item}}{{name}}', '{{/with}}'],
    ['{{#with @root.no}}', '{{else}}n{{/with}}'],
    ['{{#if @root.no}}', '{{else if @root.a}}c{{else}}d{{/if}}'],
    ['{{~#if @root.a~}} ', ' {{~/if~}}'],
  );
  const leaf = fc.constantFrom(
    't',
    ' ',
    '{{@root.a}}',
    '{{@root.item.name}}',
    '{{! c }}',
    '{{@root.list.[1]}}',
    '{{#if @root.zero}}y{{/if}}',
    '{{#each @root.list}}{{@index}}{{@first}}{{@last}}{{this}}{{/each}}',
    '{{~@root.a~}}',
  );
  const { tree } = fc.letrec<{ tree: string }>(tie => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc
        .tuple(block, fc.array(tie('tree'), { maxLength: 3 }))
        .map(([[open, close], inner]) => `${open}${inner.join('')}${close}`),
    ),
  }));

  test('for conditions, loops, else, names and whitespace', () => {
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 4 }), parts => {
        const text = parts.join('');
        expect(render(`"${text}"`, context)).toBe(Handlebars.compile(`"${text}"`)(context).slice(1, -1));
      }),
      { numRuns: 100 },
    );
  });
});
