/** What is written twice about an action is held equal: its inputs' table and its action.yml, its outputs, its stub and its README. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readTexts } from '../../src/cli/texts.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { VERSION } from '../../src/version.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const actions = readdirSync(`${ROOT}actions`, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name);

interface ActionFile {
  readonly name: string;
  readonly description: string;
  readonly inputs: Readonly<Record<string, { readonly description?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly description?: string }>>;
  readonly runs: { readonly using: string; readonly main: string };
}
const readAction = (name: string) => parse(readFileSync(`${ROOT}actions/${name}/action.yml`, 'utf8')) as ActionFile;

describe.each(Object.entries(VERBS))('verb %s', (_, verb) => {
  test('has a text for each input of its table, and no text for another', async () => {
    const { description, inputs } = await readTexts(verb.texts);
    const { inputs: table } = await verb.load();
    expect(Object.keys(inputs).sort()).toEqual(Object.keys(table).sort());
    expect(description).toMatch(/\.$/);
    for (const { description: text } of Object.values(inputs)) expect(text).toMatch(/\.$/);
  });

  test('has defaults that its own table can read', async () => {
    const { inputs } = await readTexts(verb.texts);
    const { inputs: table } = await verb.load();
    for (const [name, { default: given }] of Object.entries(inputs)) {
      if (given) expect(() => table[name]?.parse(given)).not.toThrow();
    }
  });
});

describe.each(actions)('action %s', name => {
  test('is a verb of the command line as well', () => {
    expect(Object.keys(VERBS)).toContain(name);
  });

  test('runs on Node 24 from a stub that is committed', () => {
    const { runs } = readAction(name);
    expect(runs).toEqual({ using: 'node24', main: `../../dist/${name}.js` });
    expect(existsSync(`${ROOT}dist/${name}.js`)).toBe(true);
  });

  test('describes every output', () => {
    for (const { description } of Object.values(readAction(name).outputs)) expect(description).toMatch(/\.$/);
  });

  test('has a README with a generated table of inputs and outputs', () => {
    const readme = readFileSync(`${ROOT}actions/${name}/README.md`, 'utf8');
    const { inputs, outputs } = readAction(name);
    for (const [key, { description }] of Object.entries({ ...inputs, ...outputs })) {
      expect(readme).toContain(`| \`${key}\` |`);
      expect(readme).toContain((description ?? '').replaceAll('|', '\\|'));
    }
  });
});

test('the version is written once in package.json and held equal here', () => {
  const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string };
  expect(VERSION).toBe(version);
});
