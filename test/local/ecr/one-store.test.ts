import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EcrServer, startEcr } from './ecr-server.ts';
import { DOCKER_MANIFEST, digestOf, makeImage, openRegistry } from './registry-client.ts';

let server: EcrServer;
beforeAll(async () => {
  server = await startEcr();
});
afterAll(async () => await server.stop());

describe('one store behind both faces', () => {
  test('ECR-1 what is pushed over /v2/ is seen by the API of that account and region, and of no other', async () => {
    const ecr = server.client();
    const { repository } = await ecr.createRepository({ repositoryName: 'shared/pushed' });
    expect(repository?.repositoryUri).toBe(`${server.host}/111122223333/eu-west-1/shared/pushed`);
    expect(repository?.repositoryArn).toBe('arn:aws:ecr:eu-west-1:111122223333:repository/shared/pushed');
    const image = makeImage(['a layer'], { docker: true });
    const registry = await openRegistry(server, 'shared/pushed');
    const put = await registry.pushImage('v1', image);
    expect(put.status).toBe(201);
    expect(put.headers.get('docker-content-digest')).toBe(image.digest);

    const { imageDetails } = await ecr.describeImages({ repositoryName: 'shared/pushed' });
    expect(imageDetails).toEqual([
      {
        registryId: '111122223333',
        repositoryName: 'shared/pushed',
        imageDigest: image.digest,
        imageTags: ['v1'],
        imageSizeInBytes: Buffer.concat(image.blobs.map(blob => Buffer.from(blob))).length,
        imagePushedAt: new Date(server.time.now),
        imageManifestMediaType: DOCKER_MANIFEST,
        artifactMediaType: 'application/vnd.docker.container.image.v1+json',
        imageStatus: 'ACTIVE',
      },
    ]);
    for (const other of [server.client('444455556666'), server.client('111122223333', 'us-east-1')]) {
      await expect(other.describeImages({ repositoryName: 'shared/pushed' })).rejects.toMatchObject({
        name: 'RepositoryNotFoundException',
      });
    }
  });

  test('ECR-1 what is put over the API is pulled over /v2/, byte for byte', async () => {
    const ecr = server.client();
    await ecr.createRepository({ repositoryName: 'shared/put' });
    const image = makeImage([Buffer.alloc(6 * 1024 * 1024, 7), 'small']);
    for (const blob of image.blobs) {
      const bytes = Buffer.from(blob);
      const { uploadId, partSize } = await ecr.initiateLayerUpload({ repositoryName: 'shared/put' });
      expect(partSize).toBe(10_485_760);
      const half = bytes.length > 5_242_880 ? 5_242_880 : bytes.length;
      let last: number | undefined;
      for (const [first, end] of [
        [0, half],
        [half, bytes.length],
      ] as const) {
        if (first === end) continue;
        const part = { partFirstByte: first, partLastByte: end - 1, layerPartBlob: bytes.subarray(first, end) };
        last = (await ecr.uploadLayerPart({ repositoryName: 'shared/put', uploadId, ...part })).lastByteReceived;
      }
      expect(last).toBe(bytes.length - 1);
      const done = await ecr.completeLayerUpload({
        repositoryName: 'shared/put',
        uploadId,
        layerDigests: [digestOf(bytes)],
      });
      expect(done.layerDigest).toBe(digestOf(bytes));
    }
    const put = await ecr.putImage({ repositoryName: 'shared/put', imageManifest: image.manifest, imageTag: 'v1' });
    expect(put.image?.imageId).toEqual({ imageDigest: image.digest, imageTag: 'v1' });

    const registry = await openRegistry(server, 'shared/put');
    expect((await registry.request('GET', '/manifests/v1')).text).toBe(image.manifest);
    for (const blob of image.blobs) {
      const got = await registry.request('GET', `/blobs/${digestOf(blob)}`);
      expect(digestOf(got.bytes)).toBe(digestOf(blob));
    }
  });
});
