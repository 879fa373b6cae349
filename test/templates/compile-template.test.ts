import { describe, expect, test } from '@jest/globals';
import { problemsOf, renderValue, renderWith } from './rendering.ts';

describe('values', () => {
  test.each<[string, string, unknown]>([
    ['text in quotes is escaped', '"<{{variables.quoted}}>"', '<a"b\\c\n>'],
    ['a number in quotes', '"{{tier.vcpus}}"', '0.5'],
    ['true in quotes', '"{{variables.flag}}"', 'true'],
    ['text outside quotes becomes a string', '{{variables.quoted}}', 'a"b\\c\n'],
    ['a number outside quotes', '[{{tier.memoryMiB}}]', [512]],
    ['true outside quotes', '[{{variables.flag}}]', [true]],
    ['null outside quotes', '[{{jobRoleArn}}]', [null]],
    ['a list outside quotes', '{{variables.list}}', ['x', 'y']],
    ['a mapping outside quotes', '{{variables.mapping}}', { one: 1, two: 'zwei' }],
    ['json outside quotes', '{{json variables.mapping}}', { one: 1, two: 'zwei' }],
    ['json in quotes is the JSON text', '"{{json variables.mapping}}"', '{"one":1,"two":"zwei"}'],
    ['json of text in quotes', '"{{json project}}"', '"cues"'],
    ['a value as a key', '{ {{project}}: 1 }', { cues: 1 }],
    ['a value in a key', '{ "x-{{project}}": 1 }', { 'x-cues': 1 }],
    ['Handlebars comments vanish', '[1{{! , 2 }}{{!-- }} --}}]', [1]],
    ['whitespace control', '[1, {{~#if project~}}  2  {{~/if~}} ]', [1, 2]],
    ['an escaped mustache is text', '"\\{{name}}"', '{{name}}'],
    ['what Batch and shells fill in is left alone', '"Ref::name ${X:-y} $(VAR) {x}"', 'Ref::name ${X:-y} $(VAR) {x}'],
    ['three backslashes are one, before a value', String.raw`"\\\{{project}}"`, '\\cues'],
    ['a key named __proto__ is a key', '{ "__proto__": 1 }', JSON.parse('{"__proto__":1}')],
  ])('%s', (_, text, expected) => {
    expect(renderValue(text)).toEqual(expected);
  });
});

describe('comments and commas', () => {
  test.each<[string, string, unknown]>([
    ['line comments', '[1, // two "\n 3]', [1, 3]],
    ['block comments', '[1, /* " ** / */ 3]', [1, 3]],
    ['trailing commas', '{ "a": [1,], }', { a: [1] }],
    ['slashes in a string are no comment', '"// {{project}} /* "', '// cues /* '],
    ['a value in a line comment is not asked for', '[1 // {{nope}}\n]', [1]],
    ['a value in a block comment is not asked for', '[1 /* {{nope}} *{{nope}} **/]', [1]],
    ['after a block comment values count again', '[/* **/{{tier.memoryMiB}}]', [512]],
    ['after a line comment values count again', '[// x\n{{tier.memoryMiB}}]', [512]],
    ['an old line end ends a comment, too', '[// x\r{{tier.memoryMiB}}]', [512]],
    ['a quote in a comment opens nothing', '[// "\n{{project}}]', ['cues']],
    ['an escaped quote closes nothing', '["\\"{{project}}"]', ['"cues']],
    ['an escaped backslash before the quote', '["\\\\", {{project}}]', ['\\', 'cues']],
    ['a value after a unicode escape', '["\\u0041{{project}}"]', ['Acues']],
  ])('%s', (_, text, expected) => {
    expect(renderValue(text)).toEqual(expected);
  });
});

describe('a value never becomes part of something else', () => {
  test.each([
    [
      'two numbers',
      '[{{tier.memoryMiB}}{{tier.memoryMiB}}]',
      't.hbs:1:20: the rendered text is not JSON: a comma is expected. The rendered line is: [512 512]',
    ],
    [
      'a digit before it',
      '[1{{tier.memoryMiB}}]',
      't.hbs:1:3: the rendered text is not JSON: a comma is expected. The rendered line is: [1 512]',
    ],
    [
      'a digit after it',
      '[{{tier.memoryMiB}}1]',
      't.hbs:1:20: the rendered text is not JSON: a comma is expected. The rendered line is: [512 1]',
    ],
    [
      'a sign before it',
      '[-{{tier.memoryMiB}}]',
      't.hbs:1:2: the rendered text is not JSON: this is neither a value nor in double quotes. The rendered line is: [- 512]',
    ],
    [
      'a backslash before it',
      String.raw`["\\{{project}}"]`,
      't.hbs:1:5: {{project}} cannot stand right after a backslash. Handlebars takes one of two backslashes before {{ away: write three for one in the output.',
    ],
    [
      'half a unicode escape before it',
      String.raw`["\u00{{tier.memoryMiB}}"]`,
      't.hbs:1:7: {{tier.memoryMiB}} cannot stand right after a backslash. Handlebars takes one of two backslashes before {{ away: write three for one in the output.',
    ],
    [
      'the last digit of a unicode escape',
      String.raw`["\u004{{json project}}"]`,
      't.hbs:1:8: {{json project}} cannot stand right after a backslash. Handlebars takes one of two backslashes before {{ away: write three for one in the output.',
    ],
    [
      'a slash before it',
      '[/{{project}}\n]',
      't.hbs:1:2: the rendered text is not JSON: this is neither a value nor in double quotes. The rendered line is: [/ "cues"',
    ],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text)).toEqual([expected]);
  });
});

describe('strict names', () => {
  test.each<[string, string, string]>([
    ['at the top', '{{projct}}', '1:3: "projct" is not defined. Did you mean "project"?'],
    ['below', '{{tier.memoryMb}}', '1:3: "tier.memoryMb" is not defined. Did you mean "tier.memoryMiB"?'],
    ['a variable without its group', '{{bucket}}', '1:3: "bucket" is not defined. Did you mean "variables.bucket"?'],
    [
      'of a variable',
      '{{variables.buckte}}',
      '1:3: "variables.buckte" is not defined. Did you mean "variables.bucket"?',
    ],
    ['in an argument', '{{upper projct}}', '1:9: "projct" is not defined. Did you mean "project"?'],
    [
      'in an argument of an argument',
      '{{upper (lower projct)}}',
      '1:16: "projct" is not defined. Did you mean "project"?',
    ],
    ['in an option', '{{secret-arn "x" key=projct}}', '1:22: "projct" is not defined. Did you mean "project"?'],
    ['in a condition', '[{{#if projct}}1{{/if}}]', '1:8: "projct" is not defined. Did you mean "project"?'],
    ['in a loop over it', '[{{#each projct}}1{{/each}}]', '1:10: "projct" is not defined. Did you mean "project"?'],
    [
      'in a loop, when it is above',
      '[{{#each variables.list}}"{{project}}",{{/each}}]',
      '1:29: "this" is text, so it has no "project". From here it is "@root.project".\nt.hbs:1:29: "this" is text, so it has no "project". From here it is "@root.project".',
    ],
    [
      'in a with, when it is above',
      '{{#with tier}}{{bucket}}{{/with}}',
      '1:17: "bucket" is not defined. Did you mean "@root.variables.bucket"?',
    ],
    [
      'through null',
      '{{jobRoleArn.name}}',
      '1:3: "jobRoleArn" has no value (null), so "jobRoleArn.name" cannot be read',
    ],
    ['through text', '{{project.length}}', '1:3: "project" is text, so it has no "length"'],
    ['through a number', '{{tier.vcpus.x}}', '1:3: "tier.vcpus" is a number, so it has no "x"'],
    ['above the top', '{{../project}}', '1:3: "../project" goes above the top of the context'],
    ['an unknown @name', '{{@index}}', '1:3: "@index" is not defined here'],
    ['below @root', '{{@root.projct}}', '1:3: "@root.projct" is not defined. Did you mean "@root.project"?'],
    [
      'a name of the prototype',
      '{{constructor}}',
      '1:3: "constructor" is not defined. Known are project, environment, region, account, partition, tier, jobRoleArn, variables, jobQueues.',
    ],
    [
      'a name of the prototype, below',
      '{{variables.mapping.toString}}',
      '1:3: "variables.mapping.toString" is not defined. Known are variables.mapping.one, variables.mapping.two.',
    ],
    [
      '__proto__',
      '{{variables.__proto__}}',
      '1:3: "variables.__proto__" is not defined. Known are variables.bucket, variables.list, variables.mapping, variables.flag, variables.empty, variables.quoted.',
    ],
    [
      'a list has members by number',
      '{{variables.list.[2]}}',
      '1:3: "variables.list.2" is not defined. Known are variables.list.0, variables.list.1.',
    ],
    [
      'null in quotes',
      '"<{{jobRoleArn}}>"',
      '1:3: {{jobRoleArn}} has no value (null) and stands inside a string. Give it a value, write {{default value "…"}}, or put {{#if}} around it.',
    ],
    [
      'a list in quotes',
      '"{{variables.list}}"',
      '1:2: {{variables.list}} is a list and stands inside a string. Write {{json value}} for its JSON text, or {{join list ","}}.',
    ],
    [
      'a mapping in quotes',
      '"{{tier}}"',
      '1:2: {{tier}} is a mapping and stands inside a string. Write {{json value}} for its JSON text.',
    ],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text).join('\n')).toBe(`t.hbs:${expected}`);
  });

  test('everything that is missing is told at once', () => {
    const text =
      '{\n  "a": {{one}},\n  "b": "{{two}}",\n  "c": {{lower three}}, {{#if four}}{{/if}} {{#with five}}{{/with}}\n}';
    expect(problemsOf(text).map(line => line.slice(0, 40).split(' is')[0])).toEqual([
      't.hbs:2:10: "one"',
      't.hbs:3:11: "two"',
      't.hbs:4:16: "three"',
      't.hbs:4:31: "four"',
      't.hbs:4:53: "five"',
    ]);
  });

  test('default stands in for what the user left out, never for a misspelt name of the toolkit', () => {
    expect(
      renderValue(
        '[{{default variables.none 3}}, {{default jobRoleArn "r"}}, {{default jobQueues.high jobQueues.low}}]',
      ),
    ).toEqual([3, 'r', 'q-low']);
    expect(renderValue('{{#with variables.mapping}}{{default three 3}}{{/with}}')).toBe(3);
    expect(renderValue('{{#with variables as |v|}}{{default v.three 3}}{{/with}}')).toBe(3);
    expect(problemsOf('{{default @index 3}}')).toEqual(['t.hbs:1:11: "@index" is not defined here']);
    expect(problemsOf('{{default tier.memroyMiB 3}}')).toEqual([
      't.hbs:1:11: "tier.memroyMiB" is not defined. Did you mean "tier.memoryMiB"?',
    ]);
    expect(problemsOf('{{default projct 3}}')).toEqual([
      't.hbs:1:11: "projct" is not defined. Did you mean "project"?',
    ]);
    expect(problemsOf('{{default variables.none variables.either}}')[0]).toMatch(
      /^t.hbs:1:26: "variables.either" is not defined/,
    );
  });

  test('a declared name without a value may be asked about', () => {
    expect(renderValue('[{{#if jobRoleArn}}1{{else}}2{{/if}}, {{#unless tier.timeoutSeconds}}3{{/unless}}]')).toEqual([
      2, 3,
    ]);
  });
});

describe('blocks', () => {
  test.each<[string, string, unknown]>([
    ['each over a list', '[{{#each variables.list}}{{this}},{{/each}}]', ['x', 'y']],
    ['each with @last', '[{{#each variables.list}}{{this}}{{#unless @last}},{{/unless}}{{/each}}]', ['x', 'y']],
    [
      'each over a mapping, in its order',
      '[{{#each variables.mapping}}"{{@key}}={{this}} {{@index}} {{@first}}",{{/each}}]',
      ['one=1 0 true', 'two=zwei 1 false'],
    ],
    [
      'each with names',
      '[{{#each variables.mapping as |value key|}}"{{key}}={{value}} of {{@root.project}}",{{/each}}]',
      ['one=1 of cues', 'two=zwei of cues'],
    ],
    ['each of nothing', '[{{#each variables.empty}}1{{else}}2{{/each}}]', [2]],
    ['each of null', '[{{#each jobRoleArn}}1{{else}}2{{/each}}]', [2]],
    [
      'each in each',
      '[{{#each variables.list as |a|}}{{#each @root.variables.list}}"{{a}}{{this}}{{@../index}}{{@index}}{{../this}}",{{/each}}{{/each}}]',
      ['xx00x', 'xy01x', 'yx10y', 'yy11y'],
    ],
    ['a name of a block hides the context', '[{{#each variables.list as |project|}}{{project}},{{/each}}]', ['x', 'y']],
    [
      'this. goes round the names of a block',
      '{{#with tier as |name|}}"{{this.name}} {{./name}} {{name.gpus}}"{{/with}}',
      'small small 0',
    ],
    ['../ goes one up', '{{#with tier}}{{../project}}{{/with}}', 'cues'],
    ['with of null', '[{{#with jobRoleArn}}1{{else}}2{{/with}}]', [2]],
    ['else if', '[{{#if jobRoleArn}}1{{else if project}}2{{else}}3{{/if}}]', [2]],
    ['0 is not', '[{{#if tier.gpus}}1{{else}}2{{/if}}]', [2]],
    ['0 is, when asked so', '[{{#if tier.gpus includeZero=true}}1{{else}}2{{/if}}]', [1]],
    ['an empty list is not', '[{{#if variables.empty}}1{{else}}2{{/if}}]', [2]],
    ['unless', '[{{#unless jobRoleArn}}1{{else}}2{{/unless}}]', [1]],
    ['the inverse of a list by number', '{{variables.list.[1]}}', 'y'],
  ])('%s', (_, text, expected) => {
    expect(renderValue(text)).toEqual(expected);
  });

  test.each([
    ['each over text', '[{{#each project}}1{{/each}}]', '1:2: #each needs a list or a mapping, not "cues"'],
    ['an unknown block', '[{{#eahc project}}1{{/eahc}}]', '1:2: there is no block "#eahc". Did you mean "each"?'],
    [
      'a block on a value',
      '[{{#project}}1{{/project}}]',
      '1:2: there is no block "#project". Known are if, unless, each, with.',
    ],
    ['a block without its value', '[{{#if}}1{{/if}}]', '1:2: #if takes one value, not 0'],
    ['a block with two', '[{{#if project tier}}1{{/if}}]', '1:2: #if takes one value, not 2'],
    [
      'a block of the prototype',
      '[{{#toString project}}1{{/toString}}]',
      '1:2: there is no block "#toString". Known are if, unless, each, with.',
    ],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text)).toEqual([`t.hbs:${expected}`]);
  });
});

describe('partials', () => {
  test.each<[string, string, Record<string, string>, unknown]>([
    ['see what stands around them', '[{{> p}}]', { p: '{{project}}' }, ['cues']],
    ['take names', '[{{> p stream="s" n=tier.gpus}}]', { p: '"{{stream}}{{n}}{{project}}"' }, ['s0cues']],
    ['take a value', '[{{> p tier}}]', { p: '"{{name}} {{../project}} {{@root.project}}"' }, ['small cues cues']],
    [
      'see the loop around them',
      '[{{#each variables.list}}{{> p}}{{/each}}]',
      { p: '"{{this}}{{@index}}",' },
      ['x0', 'y1'],
    ],
    ['may name others', '{{> p}}', { p: '[{{> a/b}}]', 'a/b': '{{region}}' }, ['eu-west-1']],
    [
      'may end with themselves',
      '{{> p variables}}',
      { p: '{{#if (default list false)}}[{{> p mapping}}]{{else}}1{{/if}}' },
      [1],
    ],
    ['that nobody names may be broken', '1', { p: '{{#if' }, 1],
  ])('%s', (_, text, partials, expected) => {
    expect(renderValue(text, partials)).toEqual(expected);
  });

  test.each<[string, string, Record<string, string>, string]>([
    ['that is not there', '{{> lgo}}', { log: '1' }, 't.hbs:1:1: there is no partial "lgo". Did you mean "log"?'],
    [
      'that is not there, and none is',
      '{{> lgo}}',
      {},
      't.hbs:1:1: there is no partial "lgo". Set partials in the configuration to the folder it is in.',
    ],
    [
      'with a mistake',
      '{{> p}}',
      { p: '\n {{nope}}' },
      'p.hbs:2:4: "nope" is not defined (in the partial "p", used at t.hbs:1:1). Known are project, environment, region, account, partition, tier, jobRoleArn, variables, jobQueues.',
    ],
    [
      'with broken syntax',
      '{{> p}}',
      { p: '{{#if a}}' },
      'p.hbs:1:10: this is not a template: a {{#block}} is still open at the end of the file',
    ],
    [
      'given something missing',
      '{{> p x=nope}}',
      { p: '{{x}}' },
      't.hbs:1:9: "nope" is not defined. Known are project, environment, region, account, partition, tier, jobRoleArn, variables, jobQueues.',
    ],
    [
      'that includes itself',
      '{{> p}}',
      { p: '{{> p}}{{> p}}' },
      'p.hbs:1:1: the partial "p" includes itself without end',
    ],
    ['whose name is a value', '{{> (project)}}', {}, 't.hbs:1:1: the name of a partial must be written out'],
  ])('%s', (_, text, partials, expected) => {
    expect(problemsOf(text, partials)).toEqual([expected]);
  });

  test('a broken one is told with each template that names it, every time', () => {
    expect([problemsOf('{{> p}}{{> p}}', { p: '{{#if}}' }).length]).toEqual([2]);
  });
});

describe('syntax', () => {
  test.each([
    [
      '{{{project}}}',
      '1:1: {{{project}}} would be written without being escaped. Write {{json value}} for a JSON value, or {{value}}.',
    ],
    [
      '{{&project}}',
      '1:1: {{&project}} would be written without being escaped. Write {{json value}} for a JSON value, or {{value}}.',
    ],
    ['{{"project"}}', '1:1: {{"project"}} is not a name. Write the text itself.'],
    ['{{lower}}', '1:1: lower is a helper and needs an argument. Write {{lower text}}.'],
    ['{{lwoer project}}', '1:1: there is no helper "lwoer". Did you mean "lower"?'],
    [
      '{{toString project}}',
      '1:1: there is no helper "toString". Known are env, required-env, default, json, lower, upper, concat, join, eq, ne, and, or, not, lookup, base64, hash, role-arn, secret-arn, parameter-arn.',
    ],
    ['{{lower project region}}', '1:1: lower takes 1 argument, not 2. Write {{lower text}}.'],
    ['{{join}}', '1:1: join is a helper and needs an argument. Write {{join list ["separator"]}}.'],
    ['{{join 1 2 3}}', '1:1: join takes 1 or 2 arguments, not 3. Write {{join list ["separator"]}}.'],
    ['{{default project}}', '1:1: default takes at least 2 arguments, not 1. Write {{default value fallback}}.'],
    ['{{json project region}}', '1:1: json takes 1 argument, not 2. Write {{json value}}.'],
    ['{{secret-arn "x" kye="y"}}', '1:18: secret-arn knows no option "kye". Did you mean "key"?'],
    ['{{lower project x=1}}', '1:17: lower knows no option "x"'],
    ['{{#> layout}}1{{/layout}}', '1:1: {{#> …}} cannot be used here. Use {{> name key=value}}.'],
    ['{{#*inline "x"}}1{{/inline}}', '1:1: {{#* …}} cannot be used here. Use {{> name key=value}}.'],
    ['{{* deco}}', '1:1: {{* …}} cannot be used here. Use {{> name key=value}}.'],
    ['[\n  {{#if project}}\n]\n', '3:2: this is not a template: a {{#block}} is still open at the end of the file'],
    ['[\n  {{/if}}\n]', '2:3: this is not a template: nothing is open that this could close'],
    ['{{#if project}}{{/each}}', "1:4: this is not a template: if doesn't match each"],
    ['{{else}}', '1:1: this is not a template: {{else}} stands outside a block'],
    ['{{lower project=}}', '1:17: this is not a template: something is missing before }}'],
    ['[\n "a": {{project', '2:9: this is not a template: a character is missing or too much'],
    ['{"a": 1, "a": 2}', '1:10: duplicate key "a"'],
    ['{"a":\n 1 "b": 2}', '2:4: the rendered text is not JSON: a comma is expected. The rendered line is: 1 "b": 2}'],
    [
      '{b: 2}',
      '1:2: the rendered text is not JSON: this is neither a value nor in double quotes. The rendered line is: {b: 2}',
    ],
    ['["a\tb"]', '1:2: the rendered text is not JSON: this character must be escaped. The rendered line is: ["a\tb"]'],
    ['["a\n"]', '1:2: the rendered text is not JSON: this string does not end on its line. The rendered line is: ["a'],
    ['[1', '1:2: the rendered text is not JSON: a closing ] is expected. The rendered line is: [1'],
    ['[1.]', '1:2: the rendered text is not JSON: this number is not complete. The rendered line is: [1.]'],
    ['["\\x"]', '1:2: the rendered text is not JSON: JSON knows no such escape. The rendered line is: ["\\x"]'],
    [
      '["\\u00g0"]',
      '1:2: the rendered text is not JSON: \\u needs four hexadecimal digits. The rendered line is: ["\\u00g0"]',
    ],
    ['[1 /* 2', '1:4: the rendered text is not JSON: this comment does not end. The rendered line is: [1 /* 2'],
    ['{"a" 1}', '1:6: the rendered text is not JSON: a colon is expected. The rendered line is: {"a" 1}'],
    ['{1: 2}', '1:2: the rendered text is not JSON: a key in double quotes is expected. The rendered line is: {1: 2}'],
    ['{"a": 1', '1:7: the rendered text is not JSON: a closing } is expected. The rendered line is: {"a": 1'],
    ['{"a": }', '1:7: the rendered text is not JSON: a value is expected. The rendered line is: {"a": }'],
    ['1 2', '1:3: the rendered text is not JSON: nothing more is expected. The rendered line is: 1 2'],
    ['', '1:1: the rendered text is not JSON: a value is expected. It is empty.'],
    ['{{#if jobRoleArn}}1{{/if}}', '1:1: the rendered text is not JSON: a value is expected. It is empty.'],
  ])('%s', (text, expected) => {
    expect(problemsOf(text)).toEqual([`t.hbs:${expected}`]);
  });

  test('a long line is cut, and what came from the environment is not shown', () => {
    const [problem = ''] = problemsOf(`["{{env "HOME"}}" "${'x'.repeat(200)}"]`);
    expect(problem).toMatch(/The rendered line is: \["\*\*\*" "x+…$/);
    expect(problem.length).toBeLessThan(250);
  });

  test('all mistakes that need no context are told at once', () => {
    expect(problemsOf('{{{a}}} {{nope 1}} {{#foo}}{{/foo}}')).toHaveLength(3);
  });
});

describe('rendering', () => {
  test('gives the text as written, and the same every time', () => {
    const text = '// top\n{\n  "a": {{tier.vcpus}}, // half\n}\n';
    const rendered = renderWith(text);
    expect(rendered.text).toBe('// top\n{\n  "a": 0.5, // half\n}\n');
    expect(renderWith(text).text).toBe(rendered.text);
  });

  test('records the environment variables asked for, found or not', () => {
    expect(renderWith('[{{env "HOME"}}, {{env "NOPE"}}, {{env "HOME"}}]').lookedUp).toEqual(['HOME', 'NOPE']);
    expect(renderWith('1').lookedUp).toEqual([]);
  });
});
