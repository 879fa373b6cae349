import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type EcrServer, startEcr } from './ecr-server.ts';
import { digestOf, makeImage, openRegistry, readPassword } from './registry-client.ts';

let folder: string;
let server: EcrServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ecr-state-'));
  server = await startEcr({}, folder);
  await server.client().createRepository({ repositoryName: 'kept', imageTagMutability: 'IMMUTABLE' });
});
afterEach(async () => {
  await server.stop();
  expect(server.faults).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

async function restart(): Promise<void> {
  const { now } = server.time;
  await server.stop();
  server = await startEcr({}, folder);
  server.time.now = now;
}

const files = () =>
  readdirSync(join(folder, 'blobs', 'ecr', 'sha256'))
    .map(name => `sha256:${name}`)
    .sort();

describe('the state folder', () => {
  test('ECR-33 repositories, images, tags, blobs and tokens are there after a restart', async () => {
    const image = makeImage(['kept layer']);
    const before = await openRegistry(server, 'kept');
    await before.pushImage('v1', image);
    const described = await server.client().describeImages({ repositoryName: 'kept' });
    const password = await readPassword(server.client());
    await restart();
    expect((await server.client().describeImages({ repositoryName: 'kept' })).imageDetails).toEqual(
      described.imageDetails,
    );
    const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;
    const blob = await fetch(`${server.url}/v2/111122223333/eu-west-1/kept/blobs/${digestOf('kept layer')}`, {
      headers: { authorization },
    });
    expect([blob.status, await blob.text()]).toEqual([200, 'kept layer']);
    const after = await openRegistry(server, 'kept');
    expect((await after.pushImage('v1', makeImage(['another']))).error?.code).toBe('TAG_INVALID');
    await after.pushImage('v2', makeImage(['another']));
    const { imageDetails } = await server.client().describeImages({ repositoryName: 'kept' });
    expect(imageDetails?.map(({ imageTags }) => imageTags)).toEqual([['v1'], ['v2']]);
  });

  test('ECR-33 an upload that was under way goes on after a restart, its digest checked over all of it', async () => {
    const before = await openRegistry(server, 'kept');
    const location = (await before.request('POST', '/blobs/uploads/')).headers.get('location') ?? '';
    const first = Buffer.alloc(5 * 1024 * 1024, 9);
    await before.request('PATCH', location, { body: first });
    const { pathname } = new URL(location);
    await restart();
    // What came after the last acknowledged byte does not count.
    writeFileSync(join(folder, 'blobs', 'ecr', 'uploads', pathname.split('/').at(-1) ?? ''), 'torn', { flag: 'a' });
    const after = await openRegistry(server, 'kept');
    const status = await after.request('GET', pathname);
    expect(status.headers.get('range')).toBe(`0-${first.length - 1}`);
    const whole = Buffer.concat([first, Buffer.from('second')]);
    const digest = digestOf(whole);
    expect((await after.request('PUT', `${pathname}?digest=${digest}`, { body: 'second' })).status).toBe(201);
    expect((await after.request('GET', `/blobs/${digest}`)).bytes.equals(whole)).toBe(true);
  });

  test('ECR-33 an upload whose bytes are lost is an error, not a wrong layer', async () => {
    const before = await openRegistry(server, 'kept');
    const location = (await before.request('POST', '/blobs/uploads/')).headers.get('location') ?? '';
    await before.request('PATCH', location, { body: 'bytes' });
    const { pathname } = new URL(location);
    await restart();
    writeFileSync(join(folder, 'blobs', 'ecr', 'uploads', pathname.split('/').at(-1) ?? ''), 'by');
    const after = await openRegistry(server, 'kept');
    expect((await after.request('PUT', `${pathname}?digest=${digestOf('bytes')}`)).status).toBe(500);
    expect(server.faults.splice(0)).toHaveLength(1);
  });

  test('ECR-33 what a killed process left half done is removed at the next start', async () => {
    const registry = await openRegistry(server, 'kept');
    await registry.pushImage('v1', makeImage(['whole']));
    const known = files();
    writeFileSync(join(folder, 'blobs', 'ecr', 'sha256', 'ab'.repeat(32)), 'no row speaks of it');
    writeFileSync(join(folder, 'blobs', 'ecr', 'uploads', 'stray'), 'staged');
    await restart();
    expect(files()).toEqual(known);
    expect(existsSync(join(folder, 'blobs', 'ecr', 'uploads', 'stray'))).toBe(false);
  });

  test('ECR-34 repositories share their files, and the last one to go takes them along', async () => {
    await server.client().createRepository({ repositoryName: 'twin' });
    const image = makeImage(['shared by both']);
    for (const name of ['kept', 'twin']) await (await openRegistry(server, name)).pushImage('v1', image);
    const expected = [image.digest, ...image.blobs.map(digestOf)].sort();
    expect(files()).toEqual(expected);
    await server.client().deleteRepository({ repositoryName: 'kept', force: true });
    expect(files()).toEqual(expected);
    await server.client().batchDeleteImage({ repositoryName: 'twin', imageIds: [{ imageTag: 'v1' }] });
    expect(files()).toEqual(image.blobs.map(digestOf).sort());
    await server.client().deleteRepository({ repositoryName: 'twin', force: true });
    expect(files()).toEqual([]);
  });

  test('ECR-33 a copy to another region that was under way is finished after a restart', async () => {
    const ecr = server.client();
    await ecr.putReplicationConfiguration({
      replicationConfiguration: { rules: [{ destinations: [{ region: 'us-east-1', registryId: '111122223333' }] }] },
    });
    server.holdSleepers();
    const image = makeImage(['copied']);
    await (await openRegistry(server, 'kept')).pushImage('v1', image);
    const status = async () =>
      (await server.client().describeImageReplicationStatus({ repositoryName: 'kept', imageId: { imageTag: 'v1' } }))
        .replicationStatuses?.[0]?.status;
    expect(await status()).toBe('IN_PROGRESS');
    await restart();
    for (let tries = 0; tries < 100 && (await status()) !== 'COMPLETE'; tries++)
      await new Promise(resolve => setTimeout(resolve, 5));
    expect(await status()).toBe('COMPLETE');
    expect(
      (await server.client('111122223333', 'us-east-1').listImages({ repositoryName: 'kept' })).imageIds,
    ).toHaveLength(1);
  });

  test('an upload of a repository that is deleted goes with it', async () => {
    await server.client().createRepository({ repositoryName: 'short' });
    const registry = await openRegistry(server, 'short');
    const location = (await registry.request('POST', '/blobs/uploads/')).headers.get('location') ?? '';
    await registry.request('PATCH', location, { body: 'x' });
    await server.client().deleteRepository({ repositoryName: 'short' });
    expect(readdirSync(join(folder, 'blobs', 'ecr', 'uploads'))).toEqual([]);
    expect((await registry.request('PATCH', location, { body: 'x' })).error?.code).toBe('NAME_UNKNOWN');
  });
});
