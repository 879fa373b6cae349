import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createRenderContext } from '../../src/definitions/render-context.ts';
import { HELPERS } from '../../src/templates/helpers.ts';
import { minimal, parse } from '../config/files.ts';
import { CONFIG, render } from '../definitions/rendering.ts';

const text = readFileSync('docs/templates.md', 'utf8');

test('docs/templates.md shows every helper as messages do, and no other', () => {
  const section = text.slice(text.indexOf('## Helpers'), text.indexOf('## Other sources'));
  const shown = [...section.matchAll(/^\| `(.+?)` \|/gm)].map(match => match[1]);
  expect(shown).toEqual(Object.values(HELPERS).map(({ usage }) => usage));
});

test('docs/templates.md shows every name that a template may use', () => {
  const config = parse(minimal('jobQueue: q\nvariables: { a: 1 }\n'));
  const [definition] = config.targets.flatMap(target => config.resolveDefinitions(target));
  if (definition === undefined) throw new Error('no definition');
  const { tier, jobQueues, variables, ...rest } = createRenderContext(definition, { image: 'image' });
  expect([jobQueues, variables]).toEqual([{ default: 'q' }, { a: 1 }]);
  const names = [...Object.keys(rest), ...Object.keys(tier as object).map(name => `tier.${name}`)];
  const section = text.slice(text.indexOf('## Names'), text.indexOf('## Blocks'));
  expect(names.filter(name => !section.includes(`\`${name}\``))).toEqual([]);
});

test('the example in docs/templates.md renders', () => {
  const example = /```handlebars\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  const [definition] = render(example, { config: `${CONFIG}    jobRole: r\n    variables: { command: [build] }\n` });
  expect(definition?.request).toMatchObject({
    containerProperties: { command: ['build'] },
    timeout: { attemptDurationSeconds: 3600 },
  });
});
