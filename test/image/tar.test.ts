import { describe, expect, test } from '@jest/globals';
import { TAR_MTIME_SECONDS, type TarEntry, writeTar } from '../../src/image/tar.ts';
import { readTar } from './read-tar.ts';
import { bodyOf } from './workshop.ts';

const file = (path: string, content: string, more: Partial<TarEntry> = {}): TarEntry => ({
  path,
  type: 'file',
  mode: 0o644,
  bytes: Buffer.byteLength(content),
  content: () => bodyOf(content),
  ...more,
});
const other = (path: string, more: Partial<TarEntry>): TarEntry => file(path, '', more);

async function write(entries: TarEntry[]): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const { bytes } of writeTar(entries)) pieces.push(bytes);
  return Buffer.concat(pieces);
}

describe('the tar stream', () => {
  test('has files, folders and links with nobody as their owner and one time for all', async () => {
    const members = readTar(
      await write([
        other('opt', { type: 'directory', mode: 0o755 }),
        file('opt/run', 'x'.repeat(513), { mode: 0o755 }),
        other('opt/link', { type: 'symlink', mode: 0o777, linkTarget: '../run' }),
      ]),
    );
    expect(members.map(({ path, type, mode }) => [path, type, mode])).toEqual([
      ['opt/', '5', 0o755],
      ['opt/run', '0', 0o755],
      ['opt/link', '2', 0o777],
    ]);
    expect(members[1]?.content.toString()).toBe('x'.repeat(513));
    expect(members[2]?.linkTarget).toBe('../run');
    expect(members.every(({ uid, gid, mtime }) => uid === 0 && gid === 0 && mtime === TAR_MTIME_SECONDS)).toBe(true);
  });

  test('the time is after 1980 in every time zone, for zip files', () => {
    const dayAfter = Date.UTC(1980, 0, 1, 12);
    expect(TAR_MTIME_SECONDS * 1000).toBeGreaterThanOrEqual(dayAfter);
  });

  test.each([
    ['100 characters', `${'a'.repeat(50)}/${'b'.repeat(49)}`],
    ['101 characters', `${'a'.repeat(50)}/${'b'.repeat(50)}`],
    ['characters beyond ASCII', 'modèle/größe/模型.bin'],
    ['a record whose length grows by its own digits', 'p'.repeat(99 - ' path=\n'.length + 4)],
    ['a thousand characters', `${'long/'.repeat(200)}end`],
    ['a line feed', 'two\nlines'],
  ])('keeps a name of %s, and one of a link', async (_, path) => {
    const members = readTar(await write([file(path, 'x'), other('l', { type: 'symlink', linkTarget: path })]));
    expect(members.map(member => [member.path, member.linkTarget])).toEqual([
      [path, ''],
      ['l', path],
    ]);
  });

  test('gives a size beyond eight gibibytes in a pax record', async () => {
    const huge = file('huge', '', { bytes: 8 * 1024 ** 3, content: () => bodyOf() });
    const first = await writeTar([huge])[Symbol.asyncIterator]().next();
    expect(Buffer.from(first.value?.bytes ?? []).toString('latin1')).toContain(`19 size=8589934592\n`);
  });

  test.each([
    ['grew', 'abc', 2],
    ['shrank', 'abc', 4],
  ])('a file that %s while it was read is refused by name', async (_, content, bytes) => {
    await expect(write([file('src/model.bin', content, { bytes })])).rejects.toThrow(
      'src/model.bin was changed while it was read',
    );
  });

  test('the same entries give the same bytes', async () => {
    const entries = [file('a', 'one'), file('b', 'two')];
    expect(await write(entries)).toEqual(await write(entries));
  });
});
