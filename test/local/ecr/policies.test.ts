import type { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type EcrServer, startEcr } from './ecr-server.ts';
import { makeImage, openRegistry, type RegistryClient } from './registry-client.ts';

const DAY = 86_400_000;
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
  repositoryName = `policies/r${++count}`;
  await ecr.createRepository({ repositoryName });
  registry = await openRegistry(server, repositoryName);
});
afterAll(async () => {
  await server.stop();
  expect(server.faults).toEqual([]);
});

const lifecyclePolicyText = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: 'keep one',
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 },
      action: { type: 'expire' },
    },
  ],
});

describe('lifecycle policies', () => {
  test('ECR-26 put, got and deleted; without one the error is ECR’s', async () => {
    const message = `Lifecycle policy does not exist for the repository with name '${repositoryName}' in the registry with id '111122223333'`;
    const none = { name: 'LifecyclePolicyNotFoundException', message };
    await expect(ecr.getLifecyclePolicy({ repositoryName })).rejects.toMatchObject(none);
    await expect(ecr.deleteLifecyclePolicy({ repositoryName })).rejects.toMatchObject(none);
    await expect(ecr.startLifecyclePolicyPreview({ repositoryName })).rejects.toMatchObject(none);
    const owner = { registryId: '111122223333', repositoryName };
    expect(await ecr.putLifecyclePolicy({ repositoryName, lifecyclePolicyText })).toMatchObject({
      ...owner,
      lifecyclePolicyText,
    });
    const got = await ecr.getLifecyclePolicy({ repositoryName });
    expect(got).toMatchObject({ ...owner, lifecyclePolicyText, lastEvaluatedAt: new Date(server.time.now) });
    await expect(ecr.putLifecyclePolicy({ repositoryName, lifecyclePolicyText: '{}' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    expect(await ecr.deleteLifecyclePolicy({ repositoryName })).toMatchObject({ ...owner, lifecyclePolicyText });
    await expect(ecr.getLifecyclePolicy({ repositoryName })).rejects.toMatchObject(none);
  });

  test('ECR-26 a day after the policy was put, what it expires is gone, on both faces', async () => {
    const [old, young] = [makeImage(['old']), makeImage(['young'])];
    await registry.pushImage('old', old);
    server.time.now += 1000;
    await registry.pushImage('young', young);
    await ecr.putLifecyclePolicy({ repositoryName, lifecyclePolicyText });
    server.time.now += DAY - 1;
    registry = await openRegistry(server, repositoryName);
    expect((await registry.request('HEAD', '/manifests/old')).status).toBe(200);
    server.time.now += 1;
    expect((await registry.request('HEAD', '/manifests/old')).status).toBe(404);
    const { imageIds } = await ecr.listImages({ repositoryName });
    expect(imageIds).toEqual([{ imageDigest: young.digest, imageTag: 'young' }]);
    expect((await ecr.getLifecyclePolicy({ repositoryName })).lastEvaluatedAt?.getTime()).toBe(server.time.now);
  });

  test('ECR-26 a preview tells what would go and deletes nothing', async () => {
    const images = ['a', 'b', 'c'].map(layer => makeImage([layer]));
    for (const [index, image] of images.entries()) {
      await registry.pushImage(index === 0 ? undefined : `v${index}`, image);
      server.time.now += 1000;
    }
    await expect(ecr.getLifecyclePolicyPreview({ repositoryName })).rejects.toMatchObject({
      name: 'LifecyclePolicyPreviewNotFoundException',
    });
    const started = await ecr.startLifecyclePolicyPreview({ repositoryName, lifecyclePolicyText });
    expect(started.status).toBe('IN_PROGRESS');
    const preview = await ecr.getLifecyclePolicyPreview({ repositoryName });
    expect(preview).toMatchObject({ status: 'COMPLETE', lifecyclePolicyText, summary: { expiringImageTotalCount: 2 } });
    expect(preview.previewResults).toEqual([
      {
        imageTags: [],
        imageDigest: images[0]?.digest,
        imagePushedAt: expect.any(Date),
        action: { type: 'EXPIRE' },
        appliedRulePriority: 1,
      },
      {
        imageTags: ['v1'],
        imageDigest: images[1]?.digest,
        imagePushedAt: expect.any(Date),
        action: { type: 'EXPIRE' },
        appliedRulePriority: 1,
      },
    ]);
    const digests = async (input: object) =>
      (await ecr.getLifecyclePolicyPreview({ repositoryName, ...input })).previewResults?.map(
        ({ imageDigest }) => imageDigest,
      );
    expect(await digests({ filter: { tagStatus: 'UNTAGGED' } })).toEqual([images[0]?.digest]);
    expect(await digests({ imageIds: [{ imageTag: 'v1' }, { imageTag: 'v2' }] })).toEqual([images[1]?.digest]);
    expect(await digests({ maxResults: 1 })).toEqual([images[0]?.digest]);
    expect((await ecr.listImages({ repositoryName })).imageIds).toHaveLength(3);
  });
});

describe('repository and registry policies', () => {
  const policyText = JSON.stringify({
    Version: '2008-10-17',
    Statement: [{ Sid: 'a', Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' }],
  });

  test('ECR-27 a repository policy is put, got and deleted', async () => {
    const none = {
      name: 'RepositoryPolicyNotFoundException',
      message: `Repository policy does not exist for the repository with name '${repositoryName}' in the registry with id '111122223333'`,
    };
    await expect(ecr.getRepositoryPolicy({ repositoryName })).rejects.toMatchObject(none);
    await expect(ecr.deleteRepositoryPolicy({ repositoryName })).rejects.toMatchObject(none);
    expect(await ecr.setRepositoryPolicy({ repositoryName, policyText })).toMatchObject({ repositoryName, policyText });
    expect(await ecr.getRepositoryPolicy({ repositoryName })).toMatchObject({ repositoryName, policyText });
    expect(await ecr.deleteRepositoryPolicy({ repositoryName })).toMatchObject({ repositoryName, policyText });
    await expect(ecr.getRepositoryPolicy({ repositoryName })).rejects.toMatchObject(none);
  });

  test('ECR-27 a registry policy is of its account and region', async () => {
    const own = server.client('121212121212');
    const none = {
      name: 'RegistryPolicyNotFoundException',
      message: "Registry policy does not exist in the registry with id '121212121212'",
    };
    await expect(own.getRegistryPolicy({})).rejects.toMatchObject(none);
    expect(await own.putRegistryPolicy({ policyText })).toMatchObject({ registryId: '121212121212', policyText });
    expect(await own.getRegistryPolicy({})).toMatchObject({ policyText });
    await expect(server.client('121212121212', 'us-east-1').getRegistryPolicy({})).rejects.toMatchObject(none);
    expect(await own.deleteRegistryPolicy({})).toMatchObject({ policyText });
    await expect(own.deleteRegistryPolicy({})).rejects.toMatchObject(none);
  });

  test.each([
    'text',
    '{}',
    '[]',
    '{"Statement":[]}',
    '{"Statement":[{"Effect":"Maybe","Principal":"*","Action":"ecr:*"}]}',
    '{"Statement":[{"Effect":"Allow","Action":"ecr:*"}]}',
    '{"Statement":[{"Effect":"Allow","Principal":"*"}]}',
    '{"Statement":[{"Effect":"Allow","Principal":"*","NotPrincipal":"*","Action":"ecr:*"}]}',
  ])('ECR-27 %s is no policy', async text => {
    const message = (what: string) =>
      `Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid ${what} policy provided'`;
    await expect(ecr.setRepositoryPolicy({ repositoryName, policyText: text })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: message('repository'),
    });
    await expect(ecr.putRegistryPolicy({ policyText: text })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: message('registry'),
    });
  });
});

describe('account settings', () => {
  test('ECR-31 each has its default, and is set for one account and region', async () => {
    const own = server.client('131313131313');
    const read = async (client: ECR, name: string) => (await client.getAccountSetting({ name })).value;
    expect(await read(own, 'BLOB_MOUNTING')).toBe('DISABLED');
    expect(await read(own, 'BASIC_SCAN_TYPE_VERSION')).toBe('AWS_NATIVE');
    expect(await own.putAccountSetting({ name: 'BLOB_MOUNTING', value: 'ENABLED' })).toMatchObject({
      name: 'BLOB_MOUNTING',
      value: 'ENABLED',
    });
    expect(await read(own, 'BLOB_MOUNTING')).toBe('ENABLED');
    expect(await read(server.client('131313131313', 'us-east-1'), 'BLOB_MOUNTING')).toBe('DISABLED');
    for (const [name, value] of [
      ['BLOB_MOUNTING', 'ON'],
      ['NOTHING', 'ENABLED'],
      ['toString', 'ENABLED'],
    ] as const) {
      await expect(own.putAccountSetting({ name, value })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }
  });
});

describe('scanning', () => {
  test('ECR-28 a scan is in progress for two seconds, then complete and without findings; the next may come after a day', async () => {
    const image = makeImage(['scanned']);
    await registry.pushImage('v1', image);
    const imageId = { imageTag: 'v1' };
    const both = { imageDigest: image.digest, imageTag: 'v1' };
    await expect(ecr.describeImageScanFindings({ repositoryName, imageId })).rejects.toMatchObject({
      name: 'ScanNotFoundException',
      message: `Image scan does not exist for the image with '{imageDigest:'${image.digest}', imageTag:'v1'}' in the repository with name '${repositoryName}' in the registry with id '111122223333'`,
    });
    expect(await ecr.startImageScan({ repositoryName, imageId })).toMatchObject({
      imageId: both,
      imageScanStatus: { status: 'IN_PROGRESS' },
    });
    const running = await ecr.describeImageScanFindings({ repositoryName, imageId });
    expect([running.imageScanStatus?.status, running.imageScanFindings]).toEqual(['IN_PROGRESS', undefined]);
    server.time.now += 2000;
    const done = await ecr.describeImageScanFindings({ repositoryName, imageId });
    expect(done).toMatchObject({
      imageId: both,
      imageScanStatus: { status: 'COMPLETE' },
      imageScanFindings: { findings: [], findingSeverityCounts: {}, imageScanCompletedAt: new Date(server.time.now) },
    });
    const [described] = (await ecr.describeImages({ repositoryName })).imageDetails ?? [];
    expect(described).toMatchObject({
      imageScanStatus: { status: 'COMPLETE' },
      imageScanFindingsSummary: { findingSeverityCounts: {} },
    });
    await expect(ecr.startImageScan({ repositoryName, imageId })).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'The scan quota per image has been exceeded. Wait and try again.',
    });
    server.time.now += DAY - 2000 - 1;
    await expect(ecr.startImageScan({ repositoryName, imageId })).rejects.toMatchObject({
      name: 'LimitExceededException',
    });
    server.time.now += 1;
    await expect(ecr.startImageScan({ repositoryName, imageId })).resolves.toBeDefined();
  });

  test('ECR-28 scanOnPush scans what is pushed', async () => {
    await ecr.putImageScanningConfiguration({ repositoryName, imageScanningConfiguration: { scanOnPush: true } });
    await registry.pushImage('v1', makeImage(['one']));
    const { imageScanStatus } = await ecr.describeImageScanFindings({ repositoryName, imageId: { imageTag: 'v1' } });
    expect(imageScanStatus?.status).toBe('IN_PROGRESS');
  });
});
