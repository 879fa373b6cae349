import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { chooseLevel, compressTar } from '../../src/image/compress.ts';
import type { TarEntry, TarPiece } from '../../src/image/tar.ts';
import { noise } from './noise.ts';

const code = (bytes: number): Buffer =>
  Buffer.from('def topic(ticket):\n    return 1\n'.repeat(bytes / 31)).subarray(0, bytes);

const entry = (path: string, bytes: number): TarEntry => ({
  path,
  type: 'file',
  mode: 0o644,
  bytes,
  content: () => {
    throw new Error('not read here');
  },
});

async function* piecesOf(files: readonly Buffer[], chunk: number): AsyncGenerator<TarPiece> {
  for (const [index, content] of files.entries()) {
    const file = entry(`f${index}`, content.length);
    yield { bytes: Buffer.alloc(512, index) };
    for (let at = 0; at < content.length; at += chunk) yield { bytes: content.subarray(at, at + chunk), file };
  }
  yield { bytes: Buffer.alloc(1024) };
}

async function compress(files: readonly Buffer[], chunk = 65_536): Promise<{ gzip: Buffer; tar: Buffer }> {
  const tar: Uint8Array[] = [];
  const out: Uint8Array[] = [];
  for await (const bytes of compressTar(piecesOf(files, chunk), seen => tar.push(Buffer.from(seen)))) out.push(bytes);
  return { gzip: Buffer.concat(out), tar: Buffer.concat(tar) };
}

test.each([
  ['random bytes', noise(200_000), 200_000, 0],
  ['large random bytes', noise(262_144), 800_000_000, 0],
  ['code', code(20_000), 20_000, 6],
  ['a large library', code(262_144), 4 * 1024 * 1024, 1],
  ['just below a large library', code(262_144), 4 * 1024 * 1024 - 1, 6],
  ['weights behind a table of contents', Buffer.concat([code(131_072), noise(131_072)]), 5_000_000, 0],
])('%s are compressed with the effort they deserve', (_, head, bytes, level) => {
  expect(chooseLevel(head, bytes)).toBe(level);
});

describe('the compressed layer', () => {
  const files = [code(5000), noise(300_000), code(100_000), code(10), noise(70_001, 'b'), code(400_000)];

  test('unpacks to exactly the tar that was hashed', async () => {
    const { gzip, tar } = await compress(files);
    expect(gunzipSync(gzip).equals(tar)).toBe(true);
    const expected: Uint8Array[] = [];
    for await (const { bytes } of piecesOf(files, 1000)) expected.push(bytes);
    expect(Buffer.concat(expected).equals(tar)).toBe(true);
  });

  test('shrinks what can shrink and stores the rest', async () => {
    const { gzip } = await compress(files);
    expect(gzip.length).toBeGreaterThan(370_001);
    expect(gzip.length).toBeLessThan(385_000);
  });

  test('does not even try what would shrink by a tenth', async () => {
    const weights = Buffer.concat(
      Array.from({ length: 10 }, (_, i) => Buffer.concat([noise(18_000, `w${i}`), Buffer.alloc(2000)])),
    );
    const { gzip, tar } = await compress([weights]);
    expect(gzip.length).toBeGreaterThan(weights.length);
    expect(gunzipSync(gzip).equals(tar)).toBe(true);
  });

  test('makes less effort with a large library than with small code', async () => {
    const words = Array.from({ length: 4000 }, (_, i) =>
      noise(32, `${i}`)
        .toString('hex')
        .slice(0, 3 + (i % 9)),
    );
    const order = noise(1_600_000);
    const text = Buffer.from(
      Array.from({ length: 800_000 }, (_, i) => words[order.readUInt16LE(2 * i) % 4000]).join(' '),
    );
    expect(text.length).toBeGreaterThan(4 * 1024 * 1024);
    const size = async (file: Buffer): Promise<number> => (await compress([file])).gzip.length / file.length;
    expect(await size(text)).toBeGreaterThan(1.05 * (await size(text.subarray(0, 4_000_000))));
  });

  test('does not depend on how the files happened to be read', async () => {
    const whole = await compress(files, 1_000_000);
    for (const chunk of [512, 4096, 65_536, 65_537]) {
      expect((await compress(files, chunk)).gzip.equals(whole.gzip)).toBe(true);
    }
  });

  test('does not tell when or where it was made', async () => {
    const { gzip } = await compress([code(100)]);
    expect([...gzip.subarray(4, 8), gzip[9]]).toEqual([0, 0, 0, 0, 255]);
  });

  test('a file that cannot be read ends it with that error', async () => {
    const failing = async function* (): AsyncGenerator<TarPiece> {
      yield { bytes: Buffer.alloc(512) };
      throw new Error('unreadable');
    };
    const read = async (): Promise<void> => {
      for await (const _ of compressTar(failing(), () => {}));
    };
    await expect(read()).rejects.toThrow('unreadable');
  });

  test('a reader that goes away leaves nothing running', async () => {
    let closed = false;
    const endless = async function* (): AsyncGenerator<TarPiece> {
      try {
        for (let index = 0; ; index++) yield { bytes: noise(65_536, `${index}`) };
      } finally {
        closed = true;
      }
    };
    for await (const _ of compressTar(endless(), () => {})) break;
    expect(closed).toBe(true);
  });
});
