import type { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type EcrServer, startEcr } from './ecr-server.ts';
import {
  DOCKER_MANIFEST,
  digestOf,
  makeImage,
  makeIndex,
  OCI_INDEX,
  OCI_MANIFEST,
  openRegistry,
  type RegistryClient,
  type TestImage,
} from './registry-client.ts';

let server: EcrServer;
let ecr: ECR;
let registry: RegistryClient;
let repositoryName: string;
let count = 0;
beforeAll(async () => {
  server = await startEcr();
  ecr = server.client();
});
beforeEach(async () => {
  repositoryName = `images/r${++count}`;
  await ecr.createRepository({ repositoryName });
  registry = await openRegistry(server, repositoryName);
});
afterAll(async () => {
  await server.stop();
  expect(server.faults).toEqual([]);
});

const push = async (tag: string | undefined, image: TestImage) => {
  const reply = await registry.pushImage(tag, image);
  expect(reply.status).toBe(201);
};
const putImage = async (image: TestImage, imageTag?: string) =>
  await ecr.putImage({ repositoryName, imageManifest: image.manifest, imageTag });
const describeAll = async () => (await ecr.describeImages({ repositoryName })).imageDetails ?? [];

describe('PutImage', () => {
  test('ECR-7 the same manifest under the same tag is ImageAlreadyExistsException, and no error over /v2/', async () => {
    const image = makeImage(['one']);
    await push('v1', image);
    await expect(putImage(image, 'v1')).rejects.toMatchObject({
      name: 'ImageAlreadyExistsException',
      message: `Image with digest '${image.digest}' and tag 'v1' already exists in the repository with name '${repositoryName}' in registry with id '111122223333'`,
    });
    await expect(putImage(image)).rejects.toMatchObject({
      name: 'ImageAlreadyExistsException',
      message: expect.stringContaining("and tag 'null' already exists"),
    });
    await push('v1', image);
    await push(undefined, image);
    expect(await describeAll()).toHaveLength(1);
  });

  test('ECR-8 another tag is added to the one image, in the order of pushes', async () => {
    const image = makeImage(['one']);
    await push('z', image);
    await putImage(image, 'a');
    await push('m', image);
    expect((await describeAll()).map(({ imageTags }) => imageTags)).toEqual([['z', 'a', 'm']]);
  });

  test('ECR-8 a tag moves to another manifest; the image it leaves stays, untagged', async () => {
    const [one, two] = [makeImage(['one']), makeImage(['two'])];
    await push('v1', one);
    await push('v1', two);
    const images = await describeAll();
    expect(images.map(({ imageDigest, imageTags }) => [imageDigest, imageTags])).toEqual([
      [one.digest, undefined],
      [two.digest, ['v1']],
    ]);
    expect((await registry.request('GET', `/manifests/${one.digest}`)).text).toBe(one.manifest);
  });

  test('ECR-9 what a manifest names must be there', async () => {
    const image = makeImage(['absent']);
    const layer = digestOf('absent');
    await registry.pushBlob(image.blobs[0] ?? '');
    const message = `Layers with digests '[${layer}]' required for pushing image into repository with name '${repositoryName}' in the registry with id '111122223333' do not exist`;
    await expect(putImage(image, 'v1')).rejects.toMatchObject({ name: 'LayersNotFoundException', message });
    const pushed = await registry.request('PUT', '/manifests/v1', {
      headers: { 'content-type': image.mediaType },
      body: image.manifest,
    });
    expect([pushed.status, pushed.error]).toEqual([404, { code: 'BLOB_UPLOAD_UNKNOWN', message }]);

    const index = makeIndex([{ image, architecture: 'amd64' }]);
    await expect(putImage(index, 'v1')).rejects.toMatchObject({
      name: 'ReferencedImagesNotFoundException',
      message: expect.stringContaining(
        `Images with digests '[${image.digest}]' required for pushing image into repository`,
      ),
    });
    const pushedIndex = await registry.request('PUT', '/manifests/v1', {
      headers: { 'content-type': OCI_INDEX },
      body: index.manifest,
    });
    expect([pushedIndex.status, pushedIndex.error?.code]).toEqual([404, 'MANIFEST_BLOB_UNKNOWN']);
    expect(await describeAll()).toEqual([]);
  });

  test('ECR-9 layers that are fetched from elsewhere need not be there', async () => {
    const image = makeImage([]);
    const manifest = JSON.parse(image.manifest);
    const layer = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest: digestOf('far'),
      size: 3,
    };
    const foreign = JSON.stringify({ ...manifest, layers: [layer] });
    await registry.pushBlob(image.blobs[0] ?? '');
    const put = await ecr.putImage({ repositoryName, imageManifest: foreign });
    expect(put.image?.imageId?.imageDigest).toBe(digestOf(foreign));
  });

  test('ECR-9 a digest that is not the manifest is refused on both faces', async () => {
    const image = makeImage(['one']);
    for (const blob of image.blobs) await registry.pushBlob(blob);
    const wrong = digestOf('something else');
    await expect(
      ecr.putImage({ repositoryName, imageManifest: image.manifest, imageDigest: wrong }),
    ).rejects.toMatchObject({
      name: 'ImageDigestDoesNotMatchException',
    });
    const pushed = await registry.request('PUT', `/manifests/${wrong}`, {
      headers: { 'content-type': image.mediaType },
      body: image.manifest,
    });
    expect([pushed.status, pushed.error?.code]).toEqual([400, 'DIGEST_INVALID']);
  });

  const valid = JSON.parse(makeImage(['one']).manifest);
  test.each([
    ['not JSON', '{'],
    ['not an object', '[]'],
    ['schema 1', JSON.stringify({ ...valid, schemaVersion: 1 })],
    ['without any media type', JSON.stringify({ ...valid, mediaType: undefined })],
    ['of an unknown type', JSON.stringify({ ...valid, mediaType: 'text/plain' })],
    ['without a config', JSON.stringify({ ...valid, config: undefined })],
    ['without layers', JSON.stringify({ ...valid, layers: undefined })],
    ['with a digest that is none', JSON.stringify({ ...valid, config: { ...valid.config, digest: 'sha256:xyz' } })],
    ['with a size that is none', JSON.stringify({ ...valid, config: { ...valid.config, size: -1 } })],
    ['with a layer without a type', JSON.stringify({ ...valid, layers: [{ ...valid.layers[0], mediaType: 7 }] })],
    ['with a subject that is none', JSON.stringify({ ...valid, subject: 'x' })],
  ])('ECR-9 a manifest %s is InvalidParameterException, and 405 UNSUPPORTED over /v2/', async (_, manifest) => {
    const message = "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'";
    await expect(ecr.putImage({ repositoryName, imageManifest: manifest })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message,
    });
    const pushed = await registry.request('PUT', '/manifests/v1', { body: manifest });
    expect([pushed.status, pushed.error]).toEqual([405, { code: 'UNSUPPORTED', message }]);
  });

  test('ECR-9 the media type comes from the manifest or from the call, and the two must agree', async () => {
    const image = makeImage(['one']);
    for (const blob of image.blobs) await registry.pushBlob(blob);
    const bare = JSON.stringify({ ...JSON.parse(image.manifest), mediaType: undefined });
    const put = await ecr.putImage({ repositoryName, imageManifest: bare, imageManifestMediaType: OCI_MANIFEST });
    expect(put.image?.imageManifestMediaType).toBe(OCI_MANIFEST);
    await expect(
      ecr.putImage({ repositoryName, imageManifest: image.manifest, imageManifestMediaType: DOCKER_MANIFEST }),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test.each(['sp ace', '-lead', 'x'.repeat(301), ''])('ECR-35 the tag %p is refused', async imageTag => {
    const image = makeImage(['one']);
    for (const blob of image.blobs) await registry.pushBlob(blob);
    await expect(putImage(image, imageTag)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('mutability', () => {
  const message = (tag: string) =>
    `The image tag '${tag}' already exists in the '${repositoryName}' repository and cannot be overwritten because the repository is immutable.`;

  test.each([
    ['MUTABLE', undefined, { v1: true, 'dev-1': true }],
    ['IMMUTABLE', undefined, { v1: false, 'dev-1': false }],
    ['IMMUTABLE_WITH_EXCLUSION', 'dev-*', { v1: false, 'dev-1': true, 'xdev-1': false }],
    ['MUTABLE_WITH_EXCLUSION', 'v*', { v1: false, 'dev-1': true, 'dev-v': true }],
    ['IMMUTABLE_WITH_EXCLUSION', '*', { v1: true }],
    ['IMMUTABLE_WITH_EXCLUSION', 'a.c', { abc: false, 'a.c': true }],
  ])('ECR-5 ECR-6 %s excluding %p lets these tags move: %j', async (imageTagMutability, filter, tags) => {
    await ecr.putImageTagMutability({
      repositoryName,
      imageTagMutability: imageTagMutability as 'MUTABLE',
      ...(filter ? { imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD' as const, filter }] } : {}),
    });
    const [one, two] = [makeImage(['one']), makeImage(['two'])];
    await push(undefined, two);
    for (const [tag, moves] of Object.entries(tags)) {
      await push(tag, one);
      const pushed = await registry.pushImage(tag, two);
      if (moves) {
        expect(pushed.status).toBe(201);
        continue;
      }
      expect([pushed.status, pushed.error]).toEqual([400, { code: 'TAG_INVALID', message: message(tag) }]);
      await expect(putImage(two, tag)).rejects.toMatchObject({
        name: 'ImageTagAlreadyExistsException',
        message: message(tag),
      });
      // The same content again is no change.
      await push(tag, one);
      await expect(putImage(one, tag)).rejects.toMatchObject({ name: 'ImageAlreadyExistsException' });
    }
  });
});

describe('DescribeImages and ListImages', () => {
  test('ECR-12 sizes are those of the compressed blobs; of a list, that of its largest image', async () => {
    const [small, large] = [makeImage(['small']), makeImage(['large'.repeat(100), 'small'])];
    await push(undefined, small);
    await push(undefined, large);
    await push(
      'v1',
      makeIndex([
        { image: small, architecture: 'arm64' },
        { image: large, architecture: 'amd64' },
      ]),
    );
    const size = ({ blobs }: TestImage) => blobs.reduce((sum, blob) => sum + Buffer.byteLength(blob), 0);
    const sizes = (await describeAll()).map(({ imageSizeInBytes, imageManifestMediaType }) => [
      imageManifestMediaType,
      imageSizeInBytes,
    ]);
    expect(sizes).toEqual([
      [OCI_MANIFEST, size(small)],
      [OCI_MANIFEST, size(large)],
      [OCI_INDEX, size(large)],
    ]);
  });

  test('ECR-12 by tag and digest; one that is not there fails the call, in ECR’s words', async () => {
    const image = makeImage(['one']);
    await push('v1', image);
    await push('v2', image);
    const both = await ecr.describeImages({
      repositoryName,
      imageIds: [{ imageTag: 'v1' }, { imageDigest: image.digest }],
    });
    expect(both.imageDetails?.map(({ imageDigest }) => imageDigest)).toEqual([image.digest]);
    await expect(ecr.describeImages({ repositoryName, imageIds: [{ imageTag: 'nothere' }] })).rejects.toMatchObject({
      name: 'ImageNotFoundException',
      message: `The image with imageId {imageDigest:'null', imageTag:'nothere'} does not exist within the repository with name '${repositoryName}' in the registry with id '111122223333'`,
    });
    await expect(
      ecr.describeImages({ repositoryName, imageIds: [{ imageDigest: digestOf('other'), imageTag: 'v1' }] }),
    ).rejects.toMatchObject({
      name: 'ImageNotFoundException',
    });
    await expect(ecr.describeImages({ repositoryName, imageIds: [{}] })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(ecr.describeImages({ repositoryName, imageIds: [{ imageDigest: 'abc' }] })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  test('ECR-12 filters by tag status, and gives one entry for each tag', async () => {
    const [one, two] = [makeImage(['one']), makeImage(['two'])];
    await push('b', one);
    await push('a', one);
    await push(undefined, two);
    const list = async (tagStatus?: 'TAGGED' | 'UNTAGGED' | 'ANY') =>
      (await ecr.listImages({ repositoryName, ...(tagStatus ? { filter: { tagStatus } } : {}) })).imageIds;
    const tagged = [
      { imageDigest: one.digest, imageTag: 'a' },
      { imageDigest: one.digest, imageTag: 'b' },
    ];
    expect(await list()).toEqual([...tagged, { imageDigest: two.digest }]);
    expect(await list('ANY')).toEqual([...tagged, { imageDigest: two.digest }]);
    expect(await list('TAGGED')).toEqual(tagged);
    expect(await list('UNTAGGED')).toEqual([{ imageDigest: two.digest }]);
    const { imageDetails } = await ecr.describeImages({ repositoryName, filter: { tagStatus: 'UNTAGGED' } });
    expect(imageDetails?.map(({ imageDigest }) => imageDigest)).toEqual([two.digest]);
    expect((await ecr.describeImages({ repositoryName, filter: { imageStatus: 'ARCHIVED' } })).imageDetails).toEqual(
      [],
    );
  });

  test('ECR-12 pages hold every image and every tag once, while others are pushed and deleted', async () => {
    const images = Array.from({ length: 5 }, (_, index) => makeImage([`layer ${index}`]));
    for (const [index, image] of images.entries()) {
      await push(`v${index}`, image);
      await push(`w${index}`, image);
    }
    const first = await ecr.describeImages({ repositoryName, maxResults: 2 });
    await ecr.batchDeleteImage({ repositoryName, imageIds: [{ imageDigest: images[0]?.digest }] });
    await push('late', makeImage(['late']));
    const rest = await ecr.describeImages({ repositoryName, maxResults: 10, nextToken: first.nextToken });
    const digests = [...(first.imageDetails ?? []), ...(rest.imageDetails ?? [])].map(({ imageDigest }) => imageDigest);
    expect(digests).toEqual([...images.map(({ digest }) => digest), makeImage(['late']).digest]);

    const tags: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = await ecr.listImages({ repositoryName, maxResults: 3, nextToken });
      tags.push(...(page.imageIds ?? []).map(({ imageTag }) => imageTag));
      ({ nextToken } = page);
    } while (nextToken);
    expect(tags).toEqual(['v1', 'w1', 'v2', 'w2', 'v3', 'w3', 'v4', 'w4', 'late']);
  });

  test('ECR-37 a pull is recorded, not more than once a minute', async () => {
    const image = makeImage(['one']);
    await push('v1', image);
    const pulledAt = async () => (await describeAll())[0]?.lastRecordedPullTime?.getTime();
    await registry.request('HEAD', '/manifests/v1');
    expect(await pulledAt()).toBeUndefined();
    const first = server.time.now;
    await registry.request('GET', '/manifests/v1');
    server.time.now += 59_000;
    await registry.request('GET', '/manifests/v1');
    expect(await pulledAt()).toBe(first);
    server.time.now += 1_000;
    await registry.request('GET', '/manifests/v1');
    expect(await pulledAt()).toBe(first + 60_000);
  });
});

describe('BatchGetImage', () => {
  test('ECR-10 gives what it finds and lists the rest as failures', async () => {
    const image = makeImage(['one']);
    await push('v1', image);
    const answer = await ecr.batchGetImage({
      repositoryName,
      imageIds: [
        { imageTag: 'v1' },
        { imageDigest: image.digest },
        { imageTag: 'nothere' },
        { imageDigest: 'nonsense' },
        {},
      ],
    });
    expect(answer.images).toEqual([
      {
        registryId: '111122223333',
        repositoryName,
        imageId: { imageDigest: image.digest, imageTag: 'v1' },
        imageManifest: image.manifest,
        imageManifestMediaType: OCI_MANIFEST,
      },
      expect.objectContaining({ imageId: { imageDigest: image.digest }, imageManifest: image.manifest }),
    ]);
    expect(answer.failures).toEqual([
      { imageId: { imageTag: 'nothere' }, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' },
      {
        imageId: { imageDigest: 'nonsense' },
        failureCode: 'InvalidImageDigest',
        failureReason:
          "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
      },
      {
        imageId: {},
        failureCode: 'MissingDigestAndTag',
        failureReason: 'Invalid request parameters: both tag and digest cannot be null',
      },
    ]);
  });

  test.each([
    ['OCI', false, DOCKER_MANIFEST],
    ['Docker', true, OCI_MANIFEST],
  ])(
    'ECR-10 an image of %s is converted by tag for a client that accepts only the other kind, never by digest',
    async (_, docker, other) => {
      const image = makeImage(['one', 'two'], { docker });
      await push('v1', image);
      const pulled = await registry.request('GET', '/manifests/v1', { headers: { accept: other } });
      expect(pulled.headers.get('content-type')).toBe(other);
      expect(pulled.headers.get('docker-content-digest')).toBe(digestOf(pulled.bytes));
      const [converted, original] = [JSON.parse(pulled.text), JSON.parse(image.manifest)];
      expect(converted.mediaType).toBe(other);
      expect(converted.layers.map((layer: { digest: string }) => layer.digest)).toEqual(
        original.layers.map((layer: { digest: string }) => layer.digest),
      );
      expect(converted.config.mediaType).not.toBe(original.config.mediaType);

      const byDigest = await registry.request('GET', `/manifests/${image.digest}`, { headers: { accept: other } });
      expect(byDigest.text).toBe(image.manifest);
      const accepting = await registry.request('GET', '/manifests/v1', {
        headers: { accept: `${other}, ${image.mediaType};q=0.5` },
      });
      expect(accepting.text).toBe(image.manifest);
      const api = await ecr.batchGetImage({
        repositoryName,
        imageIds: [{ imageTag: 'v1' }],
        acceptedMediaTypes: [other],
      });
      expect(api.images?.[0]?.imageManifestMediaType).toBe(other);
    },
  );

  test('ECR-10 what cannot be converted is not found', async () => {
    const image = makeImage(['one']);
    await push(undefined, image);
    await push('list', makeIndex([{ image, architecture: 'amd64' }]));
    const strange = {
      ...JSON.parse(image.manifest),
      config: { ...JSON.parse(image.manifest).config, mediaType: 'application/vnd.cncf.helm.config.v1+json' },
    };
    await registry.request('PUT', '/manifests/chart', {
      headers: { 'content-type': OCI_MANIFEST },
      body: JSON.stringify(strange),
    });
    for (const tag of ['list', 'chart']) {
      const reply = await registry.request('GET', `/manifests/${tag}`, { headers: { accept: DOCKER_MANIFEST } });
      expect([reply.status, reply.error?.code]).toEqual([404, 'MANIFEST_UNKNOWN']);
      expect((await registry.request('GET', `/manifests/${tag}`, { headers: { accept: '*/*' } })).status).toBe(200);
    }
  });
});

describe('BatchDeleteImage', () => {
  test('ECR-11 by tag the tag goes, and the image with its last one; by digest everything goes', async () => {
    const [one, two] = [makeImage(['one']), makeImage(['two'])];
    for (const tag of ['a', 'b']) await push(tag, one);
    for (const tag of ['c', 'd']) await push(tag, two);
    const first = await ecr.batchDeleteImage({ repositoryName, imageIds: [{ imageTag: 'a' }] });
    expect(first.imageIds).toEqual([{ imageDigest: one.digest, imageTag: 'a' }]);
    expect((await describeAll()).map(({ imageTags }) => imageTags)).toEqual([['b'], ['c', 'd']]);
    await ecr.batchDeleteImage({ repositoryName, imageIds: [{ imageTag: 'b' }] });
    expect((await describeAll()).map(({ imageTags }) => imageTags)).toEqual([['c', 'd']]);
    const all = await ecr.batchDeleteImage({ repositoryName, imageIds: [{ imageDigest: two.digest }] });
    expect(all.imageIds).toEqual([
      { imageDigest: two.digest, imageTag: 'c' },
      { imageDigest: two.digest, imageTag: 'd' },
    ]);
    expect(await describeAll()).toEqual([]);
    expect((await registry.request('GET', '/manifests/c')).status).toBe(404);
  });

  test('ECR-11 lists what it cannot delete', async () => {
    const image = makeImage(['one']);
    await push('v1', image);
    const answer = await ecr.batchDeleteImage({
      repositoryName,
      imageIds: [
        { imageTag: 'nothere' },
        {},
        { imageDigest: 'nonsense' },
        { imageDigest: digestOf('other'), imageTag: 'v1' },
      ],
    });
    expect(answer.imageIds).toEqual([]);
    expect(answer.failures?.map(({ failureCode }) => failureCode)).toEqual([
      'ImageNotFound',
      'MissingDigestAndTag',
      'InvalidImageDigest',
      'ImageNotFound',
    ]);
    expect(await describeAll()).toHaveLength(1);
  });

  test('ECR-11 an image that a list names stays until the list goes', async () => {
    const image = makeImage(['one']);
    await push(undefined, image);
    const index = makeIndex([{ image, architecture: 'amd64' }]);
    await push('v1', index);
    const refused = await ecr.batchDeleteImage({ repositoryName, imageIds: [{ imageDigest: image.digest }] });
    expect(refused.failures).toEqual([
      {
        imageId: { imageDigest: image.digest },
        failureCode: 'ImageReferencedByManifestList',
        failureReason: `Requested image referenced by manifest list: [${index.digest}]`,
      },
    ]);
    const both = await ecr.batchDeleteImage({
      repositoryName,
      imageIds: [{ imageDigest: image.digest }, { imageTag: 'v1' }],
    });
    expect(both.failures).toEqual([]);
    expect(await describeAll()).toEqual([]);
  });

  test('ECR-34 layers that no image uses any more are cleaned up, a day after they were pushed', async () => {
    const [one, two] = [makeImage(['shared', 'own']), makeImage(['shared'])];
    await push('one', one);
    await push('two', two);
    const has = async (blob: string) => (await registry.request('HEAD', `/blobs/${digestOf(blob)}`)).status === 200;
    await ecr.batchDeleteImage({ repositoryName, imageIds: [{ imageTag: 'one' }] });
    expect([await has('shared'), await has('own')]).toEqual([true, true]);
    server.time.now += 86_400_000;
    registry = await openRegistry(server, repositoryName);
    await push('three', makeImage(['fresh']));
    await ecr.batchDeleteImage({ repositoryName, imageIds: [{ imageTag: 'three' }] });
    expect([await has('shared'), await has('own'), await has('fresh')]).toEqual([true, false, true]);
  });
});
