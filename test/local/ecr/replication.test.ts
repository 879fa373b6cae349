import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EcrServer, startEcr } from './ecr-server.ts';
import { digestOf, makeImage, makeIndex, openRegistry } from './registry-client.ts';

let server: EcrServer;
beforeAll(async () => {
  server = await startEcr();
});
afterAll(async () => {
  await server.stop();
  expect(server.faults).toEqual([]);
});

const account = '111122223333';
const rule = (destinations: { region: string; registryId: string }[], ...prefixes: string[]) => ({
  destinations,
  ...(prefixes.length > 0
    ? { repositoryFilters: prefixes.map(filter => ({ filter, filterType: 'PREFIX_MATCH' as const })) }
    : {}),
});

/** Until no copy is in progress. */
async function settle(repositoryName: string, imageTag: string) {
  for (let tries = 0; tries < 100; tries++) {
    const { replicationStatuses = [] } = await server
      .client()
      .describeImageReplicationStatus({ repositoryName, imageId: { imageTag } });
    if (replicationStatuses.every(({ status }) => status !== 'IN_PROGRESS')) return replicationStatuses;
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  throw new Error('replication does not end');
}

describe('replication', () => {
  test('ECR-29 what is pushed from then on is copied to the regions and accounts of the matching rules', async () => {
    const ecr = server.client();
    for (const repositoryName of ['models/topics', 'other'])
      await ecr.createRepository({ repositoryName, imageTagMutability: 'IMMUTABLE' });
    const registry = await openRegistry(server, 'models/topics');
    await registry.pushImage('before', makeImage(['before']));
    const here = { region: 'us-east-1', registryId: account };
    const there = { region: 'eu-west-1', registryId: '444455556666' };
    const configuration = {
      rules: [
        rule([here, there], 'models/'),
        rule([here], 'mod', 'zz'),
        rule([{ region: 'eu-north-1', registryId: account }], 'zz'),
      ],
    };
    expect(
      (await ecr.putReplicationConfiguration({ replicationConfiguration: configuration })).replicationConfiguration,
    ).toEqual(configuration);
    expect(await ecr.describeRegistry({})).toMatchObject({
      registryId: account,
      replicationConfiguration: configuration,
    });

    const children = [makeImage(['amd64']), makeImage(['arm64'])];
    for (const child of children) await registry.pushImage(undefined, child);
    const index = makeIndex(children.map((image, at) => ({ image, architecture: at === 0 ? 'amd64' : 'arm64' })));
    await registry.pushImage('v1', index);
    // The other account has not said that it may.
    expect(await settle('models/topics', 'v1')).toEqual([
      { region: 'us-east-1', registryId: account, status: 'COMPLETE' },
      { region: 'eu-west-1', registryId: '444455556666', status: 'FAILED', failureCode: 'AccessDenied' },
    ]);
    const copy = await openRegistry(server, 'models/topics', { region: 'us-east-1' });
    expect((await copy.request('GET', '/manifests/v1')).text).toBe(index.manifest);
    expect((await copy.request('GET', `/manifests/${children[0]?.digest}`)).text).toBe(children[0]?.manifest);
    expect((await copy.request('GET', `/blobs/${digestOf('arm64')}`)).text).toBe('arm64');
    expect((await copy.request('HEAD', '/manifests/before')).status).toBe(404);
    const { repositories } = await server.client(account, 'us-east-1').describeRepositories({});
    expect(repositories?.map(({ repositoryName, imageTagMutability }) => [repositoryName, imageTagMutability])).toEqual(
      [['models/topics', 'MUTABLE']],
    );
    await expect(
      server.client(account, 'eu-north-1').describeImages({ repositoryName: 'models/topics' }),
    ).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
    await (await openRegistry(server, 'other')).pushImage('v1', makeImage(['other']));
    expect(await settle('other', 'v1')).toEqual([]);
    expect(await settle('models/topics', 'before')).toEqual([]);
  });

  test('ECR-29 another account lets it in by its registry policy', async () => {
    const policyText = JSON.stringify({
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: ['ecr:CreateRepository', 'ecr:ReplicateImage'],
          Resource: '*',
        },
      ],
    });
    await server.client('444455556666').putRegistryPolicy({ policyText });
    await (await openRegistry(server, 'models/topics')).pushImage('v2', makeImage(['allowed']));
    expect((await settle('models/topics', 'v2')).map(({ status }) => status)).toEqual(['COMPLETE', 'COMPLETE']);
    const { imageIds } = await server.client('444455556666').listImages({ repositoryName: 'models/topics' });
    expect(imageIds?.map(({ imageTag }) => imageTag)).toEqual(['v2']);
  });

  test('ECR-29 where an immutable tag is taken the image arrives without it', async () => {
    const far = server.client(account, 'us-east-1');
    await far.putImageTagMutability({ repositoryName: 'models/topics', imageTagMutability: 'IMMUTABLE' });
    await (await openRegistry(server, 'models/topics', { region: 'us-east-1' })).pushImage('v3', makeImage(['taken']));
    const image = makeImage(['later']);
    await (await openRegistry(server, 'models/topics')).pushImage('v3', image);
    await settle('models/topics', 'v3');
    const { imageDetails } = await far.describeImages({
      repositoryName: 'models/topics',
      imageIds: [{ imageDigest: image.digest }],
    });
    expect(imageDetails?.[0]?.imageTags).toBeUndefined();
  });

  test.each([
    [{ rules: [rule([{ region: 'eu-west-1', registryId: account }])] }, /same as the source registry/],
    [{ rules: Array.from({ length: 26 }, () => rule([])) }, /less than or equal to 25/],
    [
      { rules: [rule(Array.from({ length: 26 }, (_, at) => ({ region: `xx-test-${at}`, registryId: account })))] },
      /at most 25 unique destinations/,
    ],
    [{ rules: [rule([{ region: 'EU', registryId: account }])] }, /rules\[0\]|destinations\[0\]/],
    [{ rules: [rule([{ region: 'eu-north-1', registryId: '7' }])] }, /registryId/],
    [{ rules: [{ destinations: [], repositoryFilters: [{ filter: 'ab', filterType: 'SUFFIX' }] }] }, /PREFIX_MATCH/],
    [{}, /rules/],
  ])('ECR-29 %j is refused', async (replicationConfiguration, message) => {
    await expect(
      server.client().putReplicationConfiguration({ replicationConfiguration: replicationConfiguration as never }),
    ).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(message),
    });
  });
});
