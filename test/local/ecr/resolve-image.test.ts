import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EcrServer, startEcr } from './ecr-server.ts';
import { digestOf, makeImage, makeIndex, openRegistry, type TestImage } from './registry-client.ts';

let server: EcrServer;
let base: string;
const config = (architecture: string) => ({
  architecture,
  os: 'linux',
  config: { Entrypoint: ['/run'], Cmd: null, Env: ['A=1'], WorkingDir: '/app', User: '1000', Labels: { x: 'y' } },
});
const amd64 = makeImage(['bottom', 'top amd64'], { config: config('amd64'), docker: true });
const arm64 = makeImage(['bottom', 'top arm64'], { config: config('arm64') });
const index = makeIndex([
  { image: arm64, architecture: 'arm64' },
  { image: amd64, architecture: 'amd64' },
]);
beforeAll(async () => {
  server = await startEcr();
  await server.client().createRepository({ repositoryName: 'models/topics' });
  const registry = await openRegistry(server, 'models/topics');
  const push = async (tag: string | undefined, image: TestImage) => await registry.pushImage(tag, image);
  await push('amd64', amd64);
  await push(undefined, arm64);
  await push('latest', index);
  await push('bare', makeImage(['bare'], { config: {} }));
  base = '/111122223333/eu-west-1/models/topics';
});
afterAll(async () => await server.stop());

const linux = (architecture: string) => ({ os: 'linux', architecture });

describe('images for engines without a daemon', () => {
  test('ECR-32 the operating system must fit too', async () => {
    const windows = { os: 'windows', architecture: 'amd64' };
    for (const tag of ['amd64', 'latest']) {
      await expect(server.images.resolve(`x${base}:${tag}`, windows)).rejects.toThrow(
        'no matching manifest for windows/amd64',
      );
    }
  });

  test('ECR-32 a digest gives config and layers, bottom first, as files with their bytes', async () => {
    const image = await server.images.resolve(`${server.host}${base}@${amd64.digest}`, linux('amd64'));
    expect(image.digest).toBe(amd64.digest);
    expect(image.config).toEqual({ Entrypoint: ['/run'], Cmd: null, Env: ['A=1'], WorkingDir: '/app', User: '1000' });
    expect(image.layers.map(({ digest, mediaType }) => [digest, mediaType])).toEqual([
      [digestOf('bottom'), 'application/vnd.docker.image.rootfs.diff.tar.gzip'],
      [digestOf('top amd64'), 'application/vnd.docker.image.rootfs.diff.tar.gzip'],
    ]);
    expect(image.layers.map(({ path }) => readFileSync(path, 'utf8'))).toEqual(['bottom', 'top amd64']);
  });

  test.each([
    ['amd64', amd64],
    ['arm64', arm64],
  ])('ECR-32 an index gives the image for %s', async (architecture, image) => {
    for (const reference of [
      `${server.host}${base}`,
      `${server.host}${base}:latest`,
      `${server.host}${base}@${index.digest}`,
    ]) {
      expect((await server.images.resolve(reference, linux(architecture))).digest).toBe(image.digest);
    }
  });

  test('ECR-32 the host does not matter, and the digest counts more than the tag', async () => {
    for (const reference of [
      `host.docker.internal:99${base}:amd64`,
      `${base.slice(1)}:amd64`,
      `localhost${base}:nothere@${amd64.digest}`,
    ]) {
      expect((await server.images.resolve(reference, linux('amd64'))).digest).toBe(amd64.digest);
    }
  });

  test('ECR-32 a config that says nothing runs anywhere and has no settings', async () => {
    expect((await server.images.resolve(`x${base}:bare`, linux('riscv64'))).config).toEqual({});
  });

  test.each([
    [
      `x${'/111122223333/eu-west-1/models/topics'}:nothere`,
      'amd64',
      'manifest for x/111122223333/eu-west-1/models/topics:nothere not found: manifest unknown: Requested image not found',
    ],
    [
      `x:1/111122223333/eu-west-1/models/topics@${digestOf('none')}`,
      'amd64',
      `manifest for x:1/111122223333/eu-west-1/models/topics@${digestOf('none')} not found: manifest unknown: Requested image not found`,
    ],
    [
      'x/111122223333/eu-west-1/nothere:v1',
      'amd64',
      "name unknown: The repository with name 'nothere' does not exist in the registry with id '111122223333'",
    ],
    [
      'x/111122223333/eu-west-1/models/topics:latest',
      's390x',
      'no matching manifest for linux/s390x in the manifest list entries',
    ],
    [
      'x/111122223333/eu-west-1/models/topics:amd64',
      'arm64',
      'no matching manifest for linux/arm64 in the manifest list entries',
    ],
    [
      'docker.io/library/alpine:3',
      'amd64',
      'docker.io/library/alpine:3 is not an image of the local registry, and without Docker images come from no other: push it',
    ],
    [
      'x/111122223333/eu-west-1/models/topics@sha256:abc',
      'amd64',
      'invalid reference format: x/111122223333/eu-west-1/models/topics@sha256:abc is not an image of the local registry',
    ],
    [
      'x/111122223333/nowhere/topics:v1',
      'amd64',
      'invalid reference format: x/111122223333/nowhere/topics:v1 is not an image of the local registry',
    ],
  ])('ECR-32 %s for %s fails with: %s', async (reference, architecture, message) => {
    await expect(server.images.resolve(reference, linux(architecture))).rejects.toThrow(message);
  });
});
