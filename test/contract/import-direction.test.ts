/** The rooms and the arrows between them, read from the import lines. docs/design.md tells why. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Which other rooms a room may import from. `base` is what stands directly in src/: errors, events, ports and the like. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  config: ['base'],
  credentials: ['base'],
  templates: ['base'],
  image: ['base', 'config'],
  definitions: ['base', 'config', 'image', 'templates'],
  init: ['base', 'config', 'definitions', 'image', 'templates'],
  jobs: ['base', 'config', 'definitions'],
  promote: ['base', 'config', 'image', 'definitions', 'jobs'],
  runs: ['base', 'config', 'definitions', 'jobs'],
  report: ['base', 'config', 'credentials', 'image', 'definitions', 'jobs', 'promote', 'runs'],
  commands: [
    'base',
    'config',
    'credentials',
    'templates',
    'image',
    'definitions',
    'init',
    'jobs',
    'promote',
    'runs',
    'report',
  ],
  adapters: ['base', 'config', 'credentials', 'image', 'report'],
  local: ['base'],
  serve: ['base', 'commands', 'config', 'jobs', 'local', 'report', 'runs'],
  cli: ['base', 'adapters', 'commands', 'config', 'definitions', 'local', 'report', 'runs', 'serve'],
  demo: [
    'base',
    'adapters',
    'cli',
    'commands',
    'config',
    'definitions',
    'image',
    'jobs',
    'local',
    'promote',
    'report',
    'examples',
  ],
  actions: ['base', 'adapters', 'commands', 'report'],
};

/** Shapes may be known anywhere, since a type is gone when the code runs. */
const SHAPES = /(^|\/)(model|command)\.ts$/;

/** Rooms that may touch the world. */
const WORLDLY = ['adapters', 'local', 'serve', 'cli', 'demo', 'actions'];
/** Node modules that compute and touch nothing. */
const PURE = /^node:(async_hooks|crypto|util|buffer|zlib|path|stream|string_decoder|url)(\/|$)/;

interface Import {
  readonly file: string;
  readonly room: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function readImports(): Import[] {
  const files = ['src', 'actions'].flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.ts'))
      .map(name => join(ROOT, folder, name)),
  );
  return files.flatMap(file => {
    const text = readFileSync(file, 'utf8');
    const found = text.matchAll(
      /^\s*(?:import|export)\s+(type\s)?[^;'"`]*?from\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|^import\s+['"]([^'"]+)['"]/gm,
    );
    return [...found].map(([, type, from, dynamic, bare]) => ({
      file: relative(ROOT, file),
      room: roomOf(file),
      specifier: from ?? dynamic ?? bare ?? '',
      typeOnly: type !== undefined,
    }));
  });
}

function roomOf(file: string): string {
  const [top, room, rest] = relative(ROOT, file).split(sep);
  if (top === 'actions' || top === 'examples') return top;
  return rest === undefined ? 'base' : (room ?? 'base');
}

const imports = readImports();
const own = imports.filter(({ specifier }) => specifier.startsWith('.'));
const foreign = imports.filter(({ specifier }) => !specifier.startsWith('.'));
const show = ({ file, specifier }: Import) => `${file} imports ${specifier}`;

test('there is something to hold', () => {
  expect(own.length).toBeGreaterThan(50);
  expect(foreign.length).toBeGreaterThan(10);
});

test('every room is known', () => {
  expect([...new Set(imports.map(({ room }) => room))].filter(room => !(room in MAY_IMPORT))).toEqual([]);
});

describe('arrows never go back', () => {
  test.each(Object.keys(MAY_IMPORT))('%s', room => {
    const allowed = [room, ...(MAY_IMPORT[room] ?? [])];
    const wrong = own
      .filter(one => one.room === room && !(one.typeOnly && SHAPES.test(one.specifier)))
      .filter(one => !allowed.includes(roomOf(join(ROOT, dirname(one.file), one.specifier))));
    expect(wrong.map(show)).toEqual([]);
  });
});

describe('the core touches nothing outside', () => {
  const core = foreign.filter(({ room }) => !WORLDLY.includes(room));

  test('no file system, network, child process or timer', () => {
    expect(core.filter(({ specifier }) => specifier.startsWith('node:') && !PURE.test(specifier)).map(show)).toEqual(
      [],
    );
  });

  test('no SDK client and no @actions package, except the runtime schemas that lint reads', () => {
    const wrong = core.filter(({ specifier, typeOnly }) => /^(@aws-sdk|@actions)\//.test(specifier) && !typeOnly);
    expect(wrong.filter(({ file }) => !file.startsWith(join('src', 'definitions', 'shape'))).map(show)).toEqual([]);
  });

  test('nobody reads the environment, the clock or a timer, or prints', () => {
    const files = [...new Set(imports.filter(({ room }) => !WORLDLY.includes(room)).map(({ file }) => file))];
    const touching = files.filter(file =>
      /\bprocess\.(env|stdout|stderr|argv|exit)|\bconsole\.|\bDate\.now\(|\bnew Date\(\)|\bset(Timeout|Interval|Immediate)\(/.test(
        readFileSync(join(ROOT, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''),
      ),
    );
    expect(touching).toEqual([]);
  });
});

test('@actions packages are imported by faces and adapters alone', () => {
  expect(
    foreign
      .filter(({ specifier, room }) => specifier.startsWith('@actions/') && !['actions', 'adapters'].includes(room))
      .map(show),
  ).toEqual([]);
});
