/** Every store keeps one promise: what is written is read, a condition lets one writer through, a folder lists what is directly below. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createObjectStore } from '../../src/adapters/aws/object-store.ts';
import { createFolderStore } from '../../src/adapters/folder-store.ts';
import { createMemoryStore } from '../../src/adapters/memory-store.ts';
import type { StorePort } from '../../src/ports.ts';
import { clientOptions, useLocalAws } from '../local/fixtures/local.ts';

const local = useLocalAws();
const client = () => new S3({ ...clientOptions(local()), forcePathStyle: true });
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batchwright-store-'));
  await client().createBucket({ Bucket: 'ledger' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = async (store: StorePort, key: string) => {
  const found = await store.read(key);
  return found && new TextDecoder().decode(found.bytes);
};
async function listed(store: StorePort, below: string): Promise<string[]> {
  const names: string[] = [];
  for await (const name of store.list(below)) names.push(name);
  return names;
}

describe.each([
  ['in memory', () => createMemoryStore()],
  ['in a folder', () => createFolderStore(join(folder, 'runs'))],
  ['below an S3 prefix', () => createObjectStore('s3://ledger/runs/', () => Promise.resolve(client()))],
  ['in a bucket of its own', () => createObjectStore('s3://ledger', () => Promise.resolve(client()))],
])('a store %s', (name, open) => {
  const key = (rest: string) => `${name.replaceAll(' ', '-')}/${rest}`;

  test('gives back what was written, and nothing for what was not', async () => {
    const store = open();
    expect(await store.read(key('plan.json'))).toBeUndefined();
    await store.write(key('plan.json'), bytes('one'));
    await store.write(key('plan.json'), bytes('two'));
    expect(await textOf(store, key('plan.json'))).toBe('two');
    // A name that is a file above is no folder.
    expect(await store.read(key('plan.json/below'))).toBeUndefined();
  });

  test('lets one of many writers be the first', async () => {
    const store = open();
    const writers = Array.from({ length: 8 }, (_, at) => store.write(key('lease'), bytes(`writer ${at}`), 'absent'));
    const versions = await Promise.all(writers);
    const winner = versions.findIndex(version => version !== undefined);
    expect(versions.filter(version => version !== undefined)).toHaveLength(1);
    expect(await textOf(store, key('lease'))).toBe(`writer ${winner}`);
  });

  test('replaces only the version that was read', async () => {
    const store = open();
    const first = await store.write(key('round'), bytes('1'));
    const second = await store.write(key('round'), bytes('2'), { version: first ?? '' });
    expect(second).toEqual(expect.any(String));
    expect(second).not.toBe(first);
    expect(await store.write(key('round'), bytes('3'), { version: first ?? '' })).toBeUndefined();
    expect(await textOf(store, key('round'))).toBe('2');
    expect((await store.read(key('round')))?.version).toBe(second);
    expect(await store.write(key('nothing'), bytes('1'), { version: 'x' })).toBeUndefined();
    expect(await store.read(key('nothing'))).toBeUndefined();
  });

  test('lists what stands directly below, folders with a slash, in order', async () => {
    const store = open();
    for (const each of ['a/1', 'a/2', 'b', 'c/d/e']) await store.write(key(`list/${each}`), bytes('x'));
    expect((await listed(store, key('list/'))).sort()).toEqual(['a/', 'b', 'c/']);
    expect(await listed(store, key('list/a/'))).toEqual(['1', '2']);
    expect(await listed(store, key('none/'))).toEqual([]);
  });
});

test('a folder holds no parts of what was written or refused', async () => {
  const store = createFolderStore(join(folder, 'parts'));
  const version = await store.write('a', bytes('1'));
  await store.write('a', bytes('2'), 'absent');
  await store.write('a', bytes('3'), { version: 'another' });
  await store.write('a', bytes('4'), { version: version ?? '' });
  expect(await readdir(join(folder, 'parts'))).toEqual(['a']);
  expect(await textOf(store, 'a')).toBe('4');
});

test('an S3 listing goes on past its first page', async () => {
  const store = createObjectStore('s3://ledger/many', () => Promise.resolve(client()));
  const names = Array.from({ length: 1001 }, (_, at) => String(at).padStart(4, '0'));
  for (let from = 0; from < names.length; from += 50)
    await Promise.all(names.slice(from, from + 50).map(name => store.write(name, bytes('x'))));
  expect(await listed(store, '')).toEqual(names);
  // A thousand writes: quick alone, slower on a machine with other work.
}, 30_000);

describe('what S3 refuses says what to do', () => {
  test('no bucket', async () => {
    const store = createObjectStore('s3://nowhere/runs', () => Promise.resolve(client()));
    await expect(store.read('plan.json')).rejects.toThrow(
      /using the ledger s3:\/\/nowhere\/runs\/plan\.json: NoSuchBucket.*Create the bucket, or correct runs\.ledger\./,
    );
  });

  test('no permission', async () => {
    local().faults.on('s3:PutObject').deny().times(1);
    const store = createObjectStore('s3://ledger/runs', () => Promise.resolve(client()));
    await expect(store.write('plan.json', bytes('x'))).rejects.toThrow(
      /AccessDenied.*The role needs s3:GetObject and s3:PutObject on the ledger’s objects/,
    );
  });

  test('an address that is none', () => {
    expect(() => createObjectStore('s3:/ledger', () => Promise.resolve(client()))).toThrow(
      '"s3:/ledger" is not s3://bucket/prefix',
    );
  });
});
