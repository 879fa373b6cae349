import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readTar, type TarEntry } from '../../../src/local/engines/tar-reader.ts';
import { blocks, type Entry, header, paxRecords, sign, tar } from './image-fixture.ts';

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

type Read = Omit<TarEntry, 'content'> & { readonly text: string };

async function read(archive: Buffer, chunk = 700): Promise<Read[]> {
  const found: Read[] = [];
  for await (const { content, ...entry } of readTar(inChunks(archive, chunk))) {
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part);
    found.push({ ...entry, text: Buffer.concat(parts).toString() });
  }
  return found;
}

const paths = async (archive: Buffer) => (await read(archive)).map(entry => entry.path);
const end = Buffer.alloc(1024);

describe('tar', () => {
  test('reads every kind of entry with its mode, owner and time', async () => {
    const archive = tar([
      { path: 'app/', type: 'directory', mode: 0o750, uid: 1000, gid: 100 },
      { path: 'app/run', content: 'go', mode: 0o4755, mtime: 1700000000 },
      { path: 'app/link', type: 'symlink', linkTarget: '../run' },
      { path: 'app/hard', type: 'hardlink', linkTarget: 'app/run' },
      { path: 'dev/null', type: '3' },
      { path: 'app/contiguous', type: '7', content: 'x' },
    ]);
    expect(await read(archive)).toMatchObject([
      { path: 'app/', type: 'directory', mode: 0o750, uid: 1000, gid: 100 },
      { path: 'app/run', type: 'file', mode: 0o4755, mtimeSeconds: 1700000000, bytes: 2, text: 'go' },
      { path: 'app/link', type: 'symlink', linkTarget: '../run' },
      { path: 'app/hard', type: 'hardlink', linkTarget: 'app/run', bytes: 0 },
      { path: 'dev/null', type: 'device' },
      { path: 'app/contiguous', type: 'file', text: 'x' },
    ]);
  });

  test('any contents come back whatever the chunks are', async () => {
    const files = fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 1, max: 3000 }), async (contents, chunk) => {
        const archive = tar(contents.map((content, index) => ({ path: `f${index}`, content: Buffer.from(content) })));
        const found = await read(archive, chunk);
        expect(found.map(({ text }) => text)).toEqual(contents.map(content => Buffer.from(content).toString()));
      }),
      { numRuns: 40 },
    );
  });

  test('contents not read are passed over', async () => {
    const found: string[] = [];
    const archive = tar([{ path: 'a', content: 'x'.repeat(2000) }, { path: 'b' }]);
    for await (const entry of readTar(inChunks(archive, 300))) found.push(entry.path);
    expect(found).toEqual(['a', 'b']);
  });

  test('a path in two fields of ustar is joined', async () => {
    expect(await paths(tar([{ path: 'name', prefix: 'long/way' }]))).toEqual(['long/way/name']);
  });

  test('the prefix field means something else in GNU archives', async () => {
    const block = header({ path: 'name', prefix: 'times' }, 0);
    block.write('ustar  \0', 257);
    expect(await paths(Buffer.concat([sign(block), end]))).toEqual(['name']);
  });

  test('PAX headers win over the entry, for that entry alone', async () => {
    const pax = { path: 'größe/ü', size: '3', uid: '70000', gid: '70001', mtime: '1700000000.5' };
    const archive = Buffer.concat([
      ...blocks({ path: 'x', type: 'x', content: paxRecords(pax) }),
      header({ path: 'short' }, 0),
      Buffer.from('abc').subarray(0, 3),
      Buffer.alloc(509),
      tar([{ path: 'next', type: 'symlink', pax: { linkpath: 'a=b\nc' } }, { path: 'last' }]),
    ]);
    expect(await read(archive)).toMatchObject([
      { path: 'größe/ü', bytes: 3, text: 'abc', uid: 70000, gid: 70001, mtimeSeconds: 1700000000.5 },
      { path: 'next', linkTarget: 'a=b\nc' },
      { path: 'last', uid: 0, linkTarget: '' },
    ]);
  });

  test('a global PAX header holds for all that follow, below their own', async () => {
    const archive = Buffer.concat([
      ...blocks({ path: 'g', type: 'g', content: paxRecords({ uid: '5', gid: '6' }) }),
      tar([{ path: 'a' }, { path: 'b', pax: { uid: '7' } }]),
    ]);
    expect(await read(archive)).toMatchObject([
      { uid: 5, gid: 6 },
      { uid: 7, gid: 6 },
    ]);
  });

  test('GNU long names and links', async () => {
    const archive = tar([
      { path: '././@LongLink', type: 'L', content: `${'d/'.repeat(90)}file\0` },
      { path: '././@LongLink', type: 'K', content: `${'t'.repeat(150)}\0` },
      { path: 'cut', type: 'symlink', linkTarget: 'cut' },
    ]);
    expect(await read(archive)).toMatchObject([{ path: `${'d/'.repeat(90)}file`, linkTarget: 't'.repeat(150) }]);
  });

  test('base-256 numbers', async () => {
    const block = header({ path: 'a' }, 0);
    block.writeUInt32BE(0x80000000, 108);
    block.writeUInt32BE(3_000_000, 112);
    block.fill(0xff, 136, 148);
    expect(await read(Buffer.concat([sign(block), end]))).toMatchObject([{ uid: 3_000_000, mtimeSeconds: 0 }]);
  });

  test('an old file whose name ends in a slash is a directory', async () => {
    expect(await read(tar([{ path: 'old/', type: '\0' }]))).toMatchObject([{ type: 'directory' }]);
  });

  test('what follows the end is not read, and an end without its empty blocks is one too', async () => {
    expect(await paths(Buffer.concat([tar([{ path: 'a' }]), Buffer.from('rubbish')]))).toEqual(['a']);
    expect(await paths(Buffer.concat(blocks({ path: 'a' })))).toEqual(['a']);
    expect(await paths(Buffer.alloc(0))).toEqual([]);
  });

  const negative = sign(Buffer.concat([header({ path: 'a' }, 0)]).fill(0xff, 124, 136));
  const refused: [string, Buffer, RegExp][] = [
    ['a wrong checksum', Buffer.from(tar([{ path: 'a' }])).fill('b', 0, 1), /wrong checksum/],
    [
      'an end inside a file',
      tar([{ path: 'cut.bin', content: 'x'.repeat(600) }]).subarray(0, 800),
      /ends inside cut\.bin/,
    ],
    ['an end inside a header', tar([{ path: 'a' }]).subarray(0, 100), /ends inside a header/],
    [
      'an end inside a PAX header',
      Buffer.concat(blocks({ path: 'x', type: 'x', content: 'a'.repeat(99) })).subarray(0, 512),
      /ends inside a header/,
    ],
    ['a sparse file of GNU', tar([{ path: 'holes', type: 'S' }]), /holes is a sparse file/],
    ['a sparse file of PAX', tar([{ path: 'holes', pax: { 'GNU.sparse.major': '1' } }]), /holes is a sparse file/],
    ['an unknown type', tar([{ path: 'v', type: 'V' }]), /v has the unknown type "V"/],
    ['a negative size', negative, /a has the impossible number -1/],
    ['a size that is no number', tar([{ path: 'a', pax: { size: 'big' } }]), /impossible number big/],
    [
      'a PAX record without a length',
      tar([{ path: 'x', type: 'x', content: 'path=a\n' }]),
      /PAX header cannot be read/,
    ],
    [
      'a PAX record that is too long',
      tar([{ path: 'x', type: 'x', content: '99 path=a\n' }]),
      /PAX header cannot be read/,
    ],
    ['a PAX record of length 0', tar([{ path: 'x', type: 'x', content: '0 a=b\n' }]), /PAX header cannot be read/],
    ['a header of a gigabyte', header({ path: 'x', type: 'x' }, 2 ** 30), /a header of 1073741824 bytes/],
  ];
  test.each(refused)('%s is refused', async (_, archive, message) => {
    await expect(read(archive)).rejects.toThrow(message);
  });

  test('what the tar of this machine writes is read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tar-'));
    const deep = `${'ein-langer-ordner/'.repeat(9)}blatt`;
    mkdirSync(join(folder, deep), { recursive: true });
    writeFileSync(join(folder, deep, 'größe.txt'), 'ü'.repeat(5000));
    symlinkSync('größe.txt', join(folder, deep, 'link'));
    const wanted: Partial<Entry>[] = [
      { path: `./${deep}/größe.txt` },
      { path: `./${deep}/link`, linkTarget: 'größe.txt' },
    ];
    for (const format of ['gnu', 'pax']) {
      const archive = execFileSync('tar', [`--format=${format}`, '-cf', '-', '-C', folder, '.']);
      const found = await read(archive);
      for (const each of wanted) expect(found).toContainEqual(expect.objectContaining(each));
      expect(found.find(({ path }) => path.endsWith('größe.txt'))?.text).toBe('ü'.repeat(5000));
    }
    rmSync(folder, { recursive: true });
  });
});
