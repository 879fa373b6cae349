import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFiles, systemFiles } from '../../src/adapters/files.ts';
import { ConfigurationError } from '../../src/errors.ts';
import type { FileEntry } from '../../src/ports.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
  await mkdir(join(folder, 'code/a'), { recursive: true });
  await writeFile(join(folder, 'code/a/b.mjs'), 'export {};\n');
  await writeFile(join(folder, 'code/a.txt'), 'größe');
  await writeFile(join(folder, 'code/é'), '');
  await writeFile(join(folder, 'code/Z'), '', { mode: 0o755 });
  await chmod(join(folder, 'code/Z'), 0o755);
  await symlink('a/b.mjs', join(folder, 'code/link'));
  await symlink('/nowhere', join(folder, 'code/dangling'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function entries(path: string): Promise<FileEntry[]> {
  const found: FileEntry[] = [];
  for await (const entry of createFiles(folder).walk(path)) found.push(entry);
  return found;
}

async function text(entry: FileEntry | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry?.content() ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('walks depth first, bytewise, without following links', async () => {
  const paths = (await entries('code')).map(({ path, type }) => `${path} ${type}`);
  expect(paths).toEqual([
    'Z file',
    'a.txt file',
    'a directory',
    'a/b.mjs file',
    'dangling symlink',
    'link symlink',
    'é file',
  ]);
});

test('an entry knows its mode, its size, its link and its content', async () => {
  const byPath = new Map((await entries('code')).map(entry => [entry.path, entry]));
  expect(byPath.get('Z')?.mode).toBe(0o755);
  expect(byPath.get('a.txt')).toMatchObject({ bytes: 7 });
  expect(byPath.get('link')?.linkTarget).toBe('a/b.mjs');
  expect(await text(byPath.get('a.txt'))).toBe('größe');
  expect(await text(byPath.get('a'))).toBe('');
});

test('sockets and the like are left out', async () => {
  await mkdir(join(folder, 'odd'));
  const server = createServer();
  await new Promise<void>(done => server.listen(join(folder, 'odd/socket'), done));
  expect(await entries('odd')).toEqual([]);
  await new Promise(done => server.close(done));
});

test('reads text', async () => {
  expect(await createFiles(folder).readText('code/a.txt')).toBe('größe');
  expect(await systemFiles.readText(join(folder, 'code/a/b.mjs'))).toBe('export {};\n');
});

test('says whether a path exists', async () => {
  expect(await createFiles(folder).exists('code')).toBe(true);
  expect(await createFiles(folder).exists('nothing')).toBe(false);
  expect(await systemFiles.exists('package.json')).toBe(true);
});

test.each([
  ['nothing.yml', 'Cannot read nothing.yml: it does not exist'],
  ['code', 'Cannot read code: it is a folder, not a file'],
  ['code/Z/x', 'Cannot read code/Z/x: it is not a folder'],
  ['a\0b', 'null bytes'],
])('reading %j is for the user to mend', async (path, message) => {
  const failure = await createFiles(folder)
    .readText(path)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ConfigurationError);
  expect(String(failure)).toContain(message);
});

test('walking a missing folder is for the user to mend', async () => {
  await expect(entries('gone')).rejects.toThrow(/Cannot list .*gone: it does not exist/);
});
