import type { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EcrServer, startEcr } from './ecr-server.ts';
import { digestOf, makeImage, openRegistry, type RegistryClient } from './registry-client.ts';

const repositoryName = 'layers';
const MIB = 1024 * 1024;
let server: EcrServer;
let ecr: ECR;
let registry: RegistryClient;
beforeAll(async () => {
  server = await startEcr();
  ecr = server.client();
  await ecr.createRepository({ repositoryName });
  registry = await openRegistry(server, repositoryName);
});
afterAll(async () => {
  await server.stop();
  expect(server.faults).toEqual([]);
});

const start = async () => (await ecr.initiateLayerUpload({ repositoryName })).uploadId ?? '';
const part = async (uploadId: string, first: number, bytes: Uint8Array) =>
  await ecr.uploadLayerPart({
    repositoryName,
    uploadId,
    partFirstByte: first,
    partLastByte: first + bytes.length - 1,
    layerPartBlob: bytes,
  });
const complete = async (uploadId: string, bytes: Uint8Array | string) =>
  await ecr.completeLayerUpload({ repositoryName, uploadId, layerDigests: [digestOf(bytes)] });

describe('layer uploads over the API', () => {
  test('ECR-14 parts must follow one another; the refusal says from where to go on', async () => {
    const uploadId = await start();
    await part(uploadId, 0, Buffer.from('0123'));
    for (const [first, text] of [
      [5, 'gap'],
      [2, 'overlap'],
      [0, 'again'],
    ] as const) {
      await expect(part(uploadId, first, Buffer.from(text))).rejects.toMatchObject({
        name: 'InvalidLayerPartException',
        registryId: '111122223333',
        repositoryName,
        uploadId,
        lastValidByteReceived: 3,
      });
    }
    const lying = { repositoryName, uploadId, partFirstByte: 4, partLastByte: 9, layerPartBlob: Buffer.from('short') };
    await expect(ecr.uploadLayerPart(lying)).rejects.toMatchObject({ name: 'InvalidLayerPartException' });
  });

  test('ECR-14 every part but the last has at least 5 MiB', async () => {
    const uploadId = await start();
    const [one, two] = [Buffer.alloc(5 * MIB - 1, 1), Buffer.alloc(6 * MIB, 2)];
    await part(uploadId, 0, one);
    await part(uploadId, one.length, two);
    await expect(complete(uploadId, Buffer.concat([one, two]))).rejects.toMatchObject({
      name: 'LayerPartTooSmallException',
      message: 'All layer parts except the last part should be at least 5MB',
    });
  });

  test('ECR-14 a part has at most 20 MiB', async () => {
    const uploadId = await start();
    await expect(part(uploadId, 0, Buffer.alloc(20 * MIB + 1))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(part(uploadId, 0, Buffer.alloc(20 * MIB))).resolves.toMatchObject({ lastByteReceived: 20 * MIB - 1 });
  });

  test('ECR-14 the digest is checked; a layer that is there already is LayerAlreadyExistsException', async () => {
    const uploadId = await start();
    await expect(complete(uploadId, 'nothing')).rejects.toMatchObject({ name: 'EmptyUploadException' });
    await part(uploadId, 0, Buffer.from('layer'));
    await expect(complete(uploadId, 'other')).rejects.toMatchObject({ name: 'InvalidLayerException' });
    const malformed = { repositoryName, uploadId, layerDigests: ['sha256:abc'] };
    await expect(ecr.completeLayerUpload(malformed)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    expect((await complete(uploadId, 'layer')).layerDigest).toBe(digestOf('layer'));
    await expect(complete(uploadId, 'layer')).rejects.toMatchObject({ name: 'UploadNotFoundException' });
    const again = await start();
    await part(again, 0, Buffer.from('layer'));
    await expect(complete(again, 'layer')).rejects.toMatchObject({ name: 'LayerAlreadyExistsException' });
    expect((await registry.request('GET', `/blobs/${digestOf('layer')}`)).text).toBe('layer');
  });

  test('ECR-14 an upload belongs to its repository, and is given up after a day', async () => {
    await ecr.createRepository({ repositoryName: 'elsewhere' });
    const uploadId = await start();
    const bytes = { uploadId, partFirstByte: 0, partLastByte: 0, layerPartBlob: Buffer.from('x') };
    await expect(ecr.uploadLayerPart({ ...bytes, repositoryName: 'elsewhere' })).rejects.toMatchObject({
      name: 'UploadNotFoundException',
    });
    server.time.now += 86_400_001;
    await start();
    await expect(ecr.uploadLayerPart({ ...bytes, repositoryName })).rejects.toMatchObject({
      name: 'UploadNotFoundException',
    });
    registry = await openRegistry(server, repositoryName);
  });

  test('ECR-1 an upload begun over the API can be finished over /v2/', async () => {
    const uploadId = await start();
    const first = Buffer.alloc(5 * MIB, 8);
    await part(uploadId, 0, first);
    const digest = digestOf(Buffer.concat([first, Buffer.from('last')]));
    const put = await registry.request('PUT', `/blobs/uploads/${uploadId}?digest=${digest}`, { body: 'last' });
    expect(put.status).toBe(201);
    const { layers } = await ecr.batchCheckLayerAvailability({ repositoryName, layerDigests: [digest] });
    expect(layers?.[0]).toMatchObject({ layerAvailability: 'AVAILABLE', layerSize: first.length + 4 });
  });
});

describe('what there is', () => {
  test('ECR-15 BatchCheckLayerAvailability tells of each digest', async () => {
    const there = await registry.pushBlob('present');
    const absent = digestOf('absent');
    const answer = await ecr.batchCheckLayerAvailability({
      repositoryName,
      layerDigests: [there, absent, 'nonsense', ''],
    });
    expect(answer.layers).toEqual([
      {
        layerDigest: there,
        layerAvailability: 'AVAILABLE',
        layerSize: 7,
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
      },
      { layerDigest: absent, layerAvailability: 'UNAVAILABLE' },
    ]);
    expect(answer.failures?.map(({ layerDigest, failureCode }) => [layerDigest, failureCode])).toEqual([
      ['nonsense', 'InvalidLayerDigest'],
      ['', 'MissingLayerDigest'],
    ]);
  });

  test('ECR-15 GetDownloadUrlForLayer gives an address that needs no credentials and ends after an hour', async () => {
    const image = makeImage(['downloaded']);
    await registry.pushImage('v1', image);
    const { downloadUrl = '' } = await ecr.getDownloadUrlForLayer({
      repositoryName,
      layerDigest: digestOf('downloaded'),
    });
    expect(await (await fetch(downloadUrl)).text()).toBe('downloaded');
    const tampered = await fetch(downloadUrl.replace(digestOf('downloaded'), digestOf(image.blobs[0] ?? '')));
    expect([tampered.status, await tampered.text()]).toEqual([
      403,
      expect.stringContaining('<Code>SignatureDoesNotMatch</Code>'),
    ]);
    const signed = await fetch(downloadUrl, { headers: { authorization: 'Basic QVdTOng=' } });
    expect([signed.status, await signed.text()]).toEqual([
      400,
      expect.stringContaining('Only one auth mechanism allowed'),
    ]);
    server.time.now += 3_600_000;
    const late = await fetch(downloadUrl);
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
  });

  test('ECR-15 only layers of an image have an address', async () => {
    const layerDigest = await registry.pushBlob('loose');
    await expect(ecr.getDownloadUrlForLayer({ repositoryName, layerDigest })).rejects.toMatchObject({
      name: 'LayerInaccessibleException',
    });
    await expect(ecr.getDownloadUrlForLayer({ repositoryName, layerDigest: digestOf('none') })).rejects.toMatchObject({
      name: 'LayersNotFoundException',
    });
  });
});
