import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createImageFolder } from '../../../src/local/engines/image-folder.ts';
import { unpackLayer } from '../../../src/local/engines/unpack.ts';
import { createImage, type Entry, tar, writeLayer } from './image-fixture.ts';

let folder: string;
let root: string;
let outside: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unpack-'));
  root = join(folder, 'root');
  outside = join(folder, 'outside');
  mkdirSync(root);
  mkdirSync(outside);
  writeFileSync(join(outside, 'precious'), 'mine');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function apply(...layers: (readonly Entry[])[]): Promise<void> {
  for (const layer of layers)
    await unpackLayer(
      root,
      (async function* () {
        yield tar(layer);
      })(),
    );
}

/** Every path below the root: `a/`, `a/b=text`, `link->target`. */
function tree(at = root, below = ''): string[] {
  return readdirSync(at)
    .sort()
    .flatMap(name => {
      const path = join(at, name);
      const found = lstatSync(path);
      if (found.isSymbolicLink()) return [`${below}${name}->${readlinkSync(path)}`];
      return found.isDirectory()
        ? [`${below}${name}/`, ...tree(path, `${below}${name}/`)]
        : [`${below}${name}=${readFileSync(path, 'utf8')}`];
    });
}

const file = (path: string, content = path): Entry => ({ path, content });
const directory = (path: string): Entry => ({ path, type: 'directory' });
const symlink = (path: string, linkTarget: string): Entry => ({ path, type: 'symlink', linkTarget });
const hardlink = (path: string, linkTarget: string): Entry => ({ path, type: 'hardlink', linkTarget });

describe('ENGINE-1 layers are applied by the rules of the OCI image specification', () => {
  const cases: [string, Entry[][], string[]][] = [
    ['files, and parents nobody named', [[file('app/src/a', '1')]], ['app/', 'app/src/', 'app/src/a=1']],
    ['every way to write a path', [[file('./a'), file('/b'), file('c//./d')]], ['a=./a', 'b=/b', 'c/', 'c/d=c//./d']],
    ['a later layer replaces a file', [[file('a', '1')], [file('a', '2')]], ['a=2']],
    [
      'a directory joins the one below',
      [[file('d/a', '1')], [directory('d/'), file('d/b', '2')]],
      ['d/', 'd/a=1', 'd/b=2'],
    ],
    ['a file takes the place of a directory', [[file('d/a')], [file('d', '2')]], ['d=2']],
    ['a directory takes the place of a file', [[file('d')], [file('d/a', '2')]], ['d/', 'd/a=2']],
    ['a directory takes the place of a link', [[directory('x'), symlink('d', 'x')], [directory('d')]], ['d/', 'x/']],
    [
      'a link takes the place of a directory',
      [
        [file('d/a'), directory('x')],
        [symlink('d', 'x'), file('d/b', '2')],
      ],
      ['d->x', 'x/', 'x/b=2'],
    ],
    ['a whiteout hides a file', [[file('d/a'), file('d/b', '1')], [file('d/.wh.a', '')]], ['d/', 'd/b=1']],
    ['a whiteout hides a directory', [[file('d/a'), file('b', '1')], [file('.wh.d', '')]], ['b=1']],
    ['a whiteout of nothing is no error', [[file('b', '1')], [file('.wh.gone', '')]], ['b=1']],
    [
      'a whiteout hides a link, not its target',
      [[file('x/a', '1'), symlink('d', 'x')], [file('.wh.d', '')]],
      ['x/', 'x/a=1'],
    ],
    [
      'an opaque whiteout hides what is below',
      [
        [file('d/a'), file('d/e/f')],
        [file('d/.wh..wh..opq', ''), file('d/b', '2')],
      ],
      ['d/', 'd/b=2'],
    ],
    [
      'an opaque whiteout spares its own layer, in any order',
      [[file('d/e/old')], [file('d/e/new', '2'), file('d/.wh..wh..opq', '')]],
      ['d/', 'd/e/', 'd/e/new=2'],
    ],
    [
      'private files of aufs are ignored',
      [[file('.wh..wh.plnk/1', ''), file('.wh..wh.orph', ''), file('a', '1')]],
      ['.wh..wh.plnk/', '.wh..wh.plnk/1=', 'a=1'],
    ],
    ['a hard link', [[file('a', '1'), hardlink('b', 'a'), hardlink('d/c', './a')]], ['a=1', 'b=1', 'd/', 'd/c=1']],
    [
      'a hard link to a file of a lower layer',
      [[file('usr/a', '1'), symlink('lib', 'usr')], [hardlink('b', '/lib/a')]],
      ['b=1', 'lib->usr', 'usr/', 'usr/a=1'],
    ],
    [
      'devices and pipes are left out',
      [[{ path: 'dev/null', type: '3' }, { path: 'pipe', type: '6' }, file('a', '1')]],
      ['a=1'],
    ],
    ['the root itself', [[directory('./'), file('a', '1')]], ['a=1']],
    [
      'a link inside the image is followed',
      [[directory('usr/lib'), symlink('lib', 'usr/lib'), file('lib/a', '1')]],
      ['lib->usr/lib', 'usr/', 'usr/lib/', 'usr/lib/a=1'],
    ],
    [
      'a link to a directory not there yet',
      [[symlink('run', 'var/run'), file('run/a', '1')]],
      ['run->var/run', 'var/', 'var/run/', 'var/run/a=1'],
    ],
  ];
  test.each(cases)('ENGINE-1 %s', async (_, layers, expected) => {
    await apply(...layers);
    expect(tree()).toEqual(expected);
  });

  test('ENGINE-1 modes, times and (as root) owners are kept, those of a read-only directory too', async () => {
    await apply([
      { path: 'd', type: 'directory', mode: 0o555, mtime: 1600000000 },
      { path: 'd/run', mode: 0o755, mtime: 1500000000, uid: 1000, gid: 100 },
    ]);
    const isRoot = process.getuid?.() === 0;
    expect(statSync(join(root, 'd')).mode & 0o777).toBe(isRoot ? 0o555 : 0o755);
    expect(statSync(join(root, 'd')).mtimeMs).toBe(1600000000_000);
    expect(statSync(join(root, 'd/run'))).toMatchObject({
      mtimeMs: 1500000000_000,
      ...(isRoot ? { uid: 1000, gid: 100 } : {}),
    });
    expect(statSync(join(root, 'd/run')).mode & 0o777).toBe(0o755);
  });

  test('ENGINE-1 a directory removed again in its own layer leaves nothing to set a mode on', async () => {
    await apply([directory('d'), file('d/a'), file('.wh.d', '')]);
    expect(tree()).toEqual([]);
  });
});

describe('ENGINE-2 no entry of a layer lands outside the image', () => {
  const contained: [string, (outside: string) => Entry[], string[]][] = [
    ['an absolute link stays inside', o => [symlink('evil', o), file('evil/x', '1')], ['precious=mine']],
    [
      'a link with many dots stops at the root',
      () => [symlink('evil', '../../../../../../outside'), file('evil/x', '1')],
      ['precious=mine'],
    ],
    ['a link behind a link', o => [symlink('a', o), symlink('b', 'a'), file('b/x')], ['precious=mine']],
    [
      'a file over a link replaces the link',
      o => [symlink('x', join(o, 'precious')), file('x', 'new')],
      ['precious=mine'],
    ],
    ['a whiteout behind a link', o => [symlink('evil', o), file('evil/.wh.precious', '')], ['precious=mine']],
    ['an opaque whiteout behind a link', o => [symlink('evil', o), file('evil/.wh..wh..opq', '')], ['precious=mine']],
    [
      'a directory over a link does not change the mode of its target',
      o => [symlink('evil', o), { path: 'evil', type: 'directory', mode: 0 }],
      ['precious=mine'],
    ],
    ['removing a link does not empty its target', o => [symlink('evil', o), file('.wh.evil', '')], ['precious=mine']],
  ];
  test.each(contained)('ENGINE-2 %s', async (_, layer, expected) => {
    await apply(layer(outside));
    expect(tree(outside)).toEqual(expected);
    expect(readdirSync(folder).sort()).toEqual(['outside', 'root']);
  });

  const refused: [string, Entry[], RegExp][] = [
    ['dots in a path', [file('../outside/x')], /\.\.\/outside\/x leads out of the image/],
    ['dots in the middle', [file('a/../../x')], /leads out of the image/],
    ['a whiteout of the parent', [file('d/a'), file('d/.wh...', '')], /hides no name/],
    ['a whiteout of the directory itself', [file('d/a'), file('d/.wh..', '')], /hides no name/],
    ['a whiteout of nothing', [file('.wh.', '')], /hides no name/],
    ['a hard link with dots', [hardlink('a', '../outside/precious')], /leads out of the image/],
    ['a hard link that ends in dots', [hardlink('a', '..')], /leads out of the image/],
    ['a hard link to nothing', [hardlink('a', 'gone')], /points to gone, which does not exist/],
    ['a hard link to an absolute path outside', [hardlink('a', '/etc/hostname-not-in-image')], /which does not exist/],
    ['a loop of links', [symlink('a', 'b'), symlink('b', 'a'), file('a/x')], /loop of symbolic links/],
    ['a hard link behind a loop', [symlink('a', 'b'), symlink('b', 'a'), hardlink('c', 'a/x')], /does not exist/],
  ];
  test.each(refused)('ENGINE-2 %s is refused', async (_, layer, message) => {
    await expect(apply(layer)).rejects.toThrow(message);
    expect(tree(outside)).toEqual(['precious=mine']);
  });

  test('ENGINE-2 a hard link through a symbolic link stays inside', async () => {
    await expect(apply([symlink('evil', outside), hardlink('a', 'evil/precious')])).rejects.toThrow('does not exist');
  });

  test('ENGINE-2 whatever layers say, the outside stays as it is', async () => {
    const name = fc.constantFrom(
      'a',
      'b',
      'a/b',
      'b/a',
      '.wh.a',
      'a/.wh.b',
      'a/.wh..wh..opq',
      '../outside/x',
      'a/../../outside/y',
      'outside',
    );
    const target = fc.constantFrom('a', 'b', '..', '../..', '../outside', '/', '/a', '../../outside/precious');
    const entry = fc.record({
      path: name,
      type: fc.constantFrom('file', 'directory', 'symlink', 'hardlink'),
      linkTarget: fc.oneof(target, fc.constant(outside)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 12 }), async layer => {
        rmSync(root, { recursive: true, force: true });
        mkdirSync(root);
        await apply(layer).catch(() => {});
        expect(tree(outside)).toEqual(['precious=mine']);
        expect(readdirSync(folder).sort()).toEqual(['outside', 'root']);
      }),
      { numRuns: 300 },
    );
  });
});

describe('ENGINE-3 an image is unpacked once per digest', () => {
  test.each([
    ['gzip', undefined],
    ['zstd', zstdCompressSync],
    ['plain', (bytes: Buffer) => bytes],
  ])('ENGINE-3 a layer of %s is told by its first bytes', async (_, compress) => {
    const layer = compress ? await writeLayer(folder, compress(tar([file('a', '1')]))) : undefined;
    const image = await createImage(folder, { layers: [[file('a', '1')]] });
    const unpacked = await createImageFolder(join(folder, 'images')).unpack(
      layer ? { ...image, layers: [layer] } : image,
    );
    expect(readFileSync(join(unpacked, 'a'), 'utf8')).toBe('1');
  });

  test('ENGINE-3 the working directory and places to mount are made, never through a link', async () => {
    const image = await createImage(folder, {
      layers: [[directory('etc'), symlink('work', outside)]],
      config: { WorkingDir: '/work/deep' },
    });
    const unpacked = await createImageFolder(join(folder, 'images')).unpack(image);
    expect(readdirSync(unpacked).sort()).toEqual(expect.arrayContaining(['dev', 'etc', 'proc', 'tmp', 'work']));
    expect(readdirSync(join(unpacked, 'etc')).sort()).toEqual(['hosts', 'resolv.conf']);
    expect(existsSync(join(unpacked, outside, 'deep'))).toBe(true);
    expect(tree(outside)).toEqual(['precious=mine']);
    expect(statSync(join(unpacked, 'tmp')).mode & 0o7777).toBe(0o1777);
  });

  test('ENGINE-3 callers at once share the work, and a later process finds it done', async () => {
    const image = await createImage(folder, { layers: [[file('a', '1')]] });
    const images = createImageFolder(join(folder, 'images'));
    const [first, second] = await Promise.all([images.unpack(image), images.unpack(image)]);
    expect(second).toBe(first);
    writeFileSync(join(first, 'mark'), '');
    expect(existsSync(join(await createImageFolder(join(folder, 'images')).unpack(image), 'mark'))).toBe(true);
  });

  test('ENGINE-3 a failure leaves nothing that looks ready, and the next try starts anew', async () => {
    const image = await createImage(folder, { layers: [[file('a', '1'), file('../x')]] });
    const images = createImageFolder(join(folder, 'images'));
    await expect(images.unpack(image)).rejects.toThrow('leads out');
    expect(readdirSync(join(folder, 'images'))).toEqual([]);
    const mended = await createImage(folder, { layers: [[file('a', '1')]] });
    await expect(images.unpack({ ...mended, digest: image.digest })).resolves.toContain(image.digest.slice(7));
  });

  test('ENGINE-3 a damaged blob is found, also when the damage lies behind the archive', async () => {
    const image = await createImage(folder, { layers: [[file('a', '1')]] });
    const path = image.layers[0]?.path ?? '';
    const blob = readFileSync(path);
    blob[blob.length - 6] = (blob.at(-6) ?? 0) ^ 0xff;
    writeFileSync(path, blob);
    await expect(createImageFolder(join(folder, 'images')).unpack(image)).rejects.toThrow(/incorrect data check/);
  });

  test('ENGINE-3 a missing blob is an error', async () => {
    const image = await createImage(folder, { layers: [[file('a', '1')]] });
    rmSync(image.layers[0]?.path ?? '');
    await expect(createImageFolder(join(folder, 'images')).unpack(image)).rejects.toThrow('ENOENT');
  });
});
