import type { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EcrServer, startEcr } from './ecr-server.ts';
import { makeImage, openRegistry } from './registry-client.ts';

let server: EcrServer;
let ecr: ECR;
beforeAll(async () => {
  server = await startEcr();
  ecr = server.client();
});
afterAll(async () => {
  await server.stop();
  expect(server.faults).toEqual([]);
});

describe('CreateRepository', () => {
  test('ECR-2 a bare repository has the documented defaults', async () => {
    const { repository } = await ecr.createRepository({ repositoryName: 'defaults/bare' });
    expect(repository).toEqual({
      repositoryArn: 'arn:aws:ecr:eu-west-1:111122223333:repository/defaults/bare',
      registryId: '111122223333',
      repositoryName: 'defaults/bare',
      repositoryUri: `${server.host}/111122223333/eu-west-1/defaults/bare`,
      createdAt: new Date(server.time.now),
      imageTagMutability: 'MUTABLE',
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: 'AES256' },
    });
  });

  test('ECR-2 KMS without a key gets the key of the account, the same one each time', async () => {
    const make = async (repositoryName: string) =>
      (await ecr.createRepository({ repositoryName, encryptionConfiguration: { encryptionType: 'KMS' } })).repository;
    const [one, other] = [await make('defaults/kms'), await make('defaults/kms2')];
    expect(one?.encryptionConfiguration?.kmsKey).toMatch(/^arn:aws:kms:eu-west-1:111122223333:key\/[0-9a-f-]{36}$/);
    expect(other?.encryptionConfiguration).toEqual(one?.encryptionConfiguration);
    const own = { encryptionType: 'KMS', kmsKey: 'alias/mine' } as const;
    const given = await ecr.createRepository({ repositoryName: 'defaults/kms3', encryptionConfiguration: own });
    expect(given.repository?.encryptionConfiguration).toEqual(own);
  });

  test.each([
    ['eu-west-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
  ])('the ARN in %s is of the partition %s', async (region, partition) => {
    const { repository } = await server
      .client('111122223333', region)
      .createRepository({ repositoryName: 'partition' });
    expect(repository?.repositoryArn).toBe(`arn:${partition}:ecr:${region}:111122223333:repository/partition`);
  });

  test.each(['a', 'Upper', 'two//slashes', '/lead', 'trail/', 'a___b', 'sp ace', 'x'.repeat(257), 'a..b'])(
    'ECR-3 the name %p is refused',
    async repositoryName => {
      await expect(ecr.createRepository({ repositoryName })).rejects.toMatchObject({
        name: 'InvalidParameterException',
        message: expect.stringContaining(
          "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '",
        ),
      });
    },
  );

  test.each(['ab', 'a__b', 'a--b/c.d/e_f', 'x'.repeat(256)])('the name %p is taken', async repositoryName => {
    await expect(ecr.createRepository({ repositoryName })).resolves.toBeDefined();
  });

  test('ECR-3 the same name again is RepositoryAlreadyExistsException', async () => {
    await ecr.createRepository({ repositoryName: 'twice' });
    await expect(ecr.createRepository({ repositoryName: 'twice' })).rejects.toMatchObject({
      name: 'RepositoryAlreadyExistsException',
      message: "The repository with name 'twice' already exists in the registry with id '111122223333'",
    });
  });

  const filters = [{ filterType: 'WILDCARD', filter: 'dev-*' }] as const;
  test.each([
    ['IMMUTABLE_WITH_EXCLUSION', undefined, /is required with/],
    ['MUTABLE_WITH_EXCLUSION', undefined, /is required with/],
    ['IMMUTABLE', [...filters], /is only allowed with/],
    [undefined, [...filters], /is only allowed with/],
    ['MUTABLE_WITH_EXCLUSION', [], /length greater than or equal to 1/],
    ['MUTABLE_WITH_EXCLUSION', Array.from({ length: 6 }, () => filters[0]), /length less than or equal to 5/],
    ['MUTABLE_WITH_EXCLUSION', [{ filterType: 'WILDCARD', filter: 'a b' }], /must satisfy regular expression/],
    ['MUTABLE_WITH_EXCLUSION', [{ filterType: 'REGEX', filter: 'a' }], /enum value set: \[WILDCARD\]/],
    ['NEVER', undefined, /enum value set/],
  ])(
    'ECR-5 mutability %p with filters %j is refused',
    async (imageTagMutability, imageTagMutabilityExclusionFilters, message) => {
      const input = { repositoryName: 'refused', imageTagMutability, imageTagMutabilityExclusionFilters };
      await expect(ecr.createRepository(input as never)).rejects.toMatchObject({
        name: 'InvalidParameterException',
        message: expect.stringMatching(message),
      });
    },
  );
});

describe('DescribeRepositories', () => {
  const names = Array.from({ length: 7 }, (_, index) => `page/${index}`);
  let own: ECR;
  beforeAll(async () => {
    own = server.client('222233334444');
    for (const repositoryName of [...names].reverse()) await own.createRepository({ repositoryName });
  });

  test('ECR-4 pages hold every repository once, also when one is deleted between two pages', async () => {
    const first = await own.describeRepositories({ maxResults: 3 });
    expect(first.repositories?.map(repository => repository.repositoryName)).toEqual(names.slice(0, 3));
    await own.deleteRepository({ repositoryName: 'page/2' });
    const second = await own.describeRepositories({ maxResults: 3, nextToken: first.nextToken });
    expect(second.repositories?.map(repository => repository.repositoryName)).toEqual(names.slice(3, 6));
    const third = await own.describeRepositories({ maxResults: 3, nextToken: second.nextToken });
    expect(third.repositories?.map(repository => repository.repositoryName)).toEqual(names.slice(6));
    expect(third.nextToken).toBeUndefined();
    const exact = await own.describeRepositories({ maxResults: 6 });
    expect([exact.repositories?.length, exact.nextToken]).toEqual([6, undefined]);
  });

  test('ECR-4 by name, in the order asked for; one that is not there fails the call', async () => {
    const found = await own.describeRepositories({ repositoryNames: ['page/5', 'page/1'] });
    expect(found.repositories?.map(repository => repository.repositoryName)).toEqual(['page/5', 'page/1']);
    await expect(own.describeRepositories({ repositoryNames: ['page/1', 'nothere'] })).rejects.toMatchObject({
      name: 'RepositoryNotFoundException',
      message: "The repository with name 'nothere' does not exist in the registry with id '222233334444'",
    });
  });

  test.each([
    [{ maxResults: 0 }, 'maxResults'],
    [{ maxResults: 1001 }, 'maxResults'],
    [{ maxResults: 1.5 }, 'maxResults'],
    [{ maxResults: 'many' }, 'maxResults'],
    [{ nextToken: 'nonsense' }, 'nextToken'],
    [{ nextToken: 5 }, 'nextToken'],
    [{ repositoryNames: [] }, 'repositoryNames'],
    [{ repositoryNames: 'page/1' }, 'repositoryNames'],
    [{ repositoryNames: [7] }, 'repositoryNames[0]'],
    [{ registryId: 'abc' }, 'registryId'],
  ])('ECR-35 %j is refused by name', async (input, parameter) => {
    const body = JSON.stringify(input);
    const answer = await call('DescribeRepositories', body);
    expect(answer).toMatchObject({ __type: 'InvalidParameterException' });
    expect(answer.message).toContain(`Invalid parameter at '${parameter}' failed to satisfy constraint: '`);
  });

  test('another account sees nothing of it', async () => {
    const { repositories } = await server.client('999988887777').describeRepositories({ registryId: '222233334444' });
    expect(repositories).toEqual([]);
  });
});

describe('DeleteRepository', () => {
  test('ECR-3 one with images needs force, and gives what it was', async () => {
    await ecr.createRepository({ repositoryName: 'gone' });
    const registry = await openRegistry(server, 'gone');
    await registry.pushImage('v1', makeImage(['of gone']));
    await expect(ecr.deleteRepository({ repositoryName: 'gone' })).rejects.toMatchObject({
      name: 'RepositoryNotEmptyException',
      message:
        "The repository with name 'gone' in registry with id '111122223333' cannot be deleted because it still contains images",
    });
    const { repository } = await ecr.deleteRepository({ repositoryName: 'gone', force: true });
    expect(repository?.repositoryName).toBe('gone');
    expect((await registry.request('GET', '/manifests/v1')).error?.code).toBe('NAME_UNKNOWN');
  });

  test('a repository of the same name begins empty', async () => {
    await ecr.createRepository({ repositoryName: 'again' });
    const registry = await openRegistry(server, 'again');
    const image = makeImage(['of again']);
    await registry.pushImage('v1', image);
    await ecr.deleteRepository({ repositoryName: 'again', force: true });
    await ecr.createRepository({ repositoryName: 'again' });
    expect((await ecr.listImages({ repositoryName: 'again' })).imageIds).toEqual([]);
    expect((await registry.request('GET', '/tags/list')).text).toContain('"tags":[]');
    expect((await registry.request('HEAD', `/blobs/${JSON.parse(image.manifest).config.digest}`)).status).toBe(404);
  });
});

describe('settings of a repository', () => {
  test('ECR-5 PutImageTagMutability and PutImageScanningConfiguration are seen in DescribeRepositories', async () => {
    await ecr.createRepository({ repositoryName: 'settings' });
    const mutability = {
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'latest' }],
    } as const;
    const put = await ecr.putImageTagMutability({
      repositoryName: 'settings',
      imageTagMutability: mutability.imageTagMutability,
      imageTagMutabilityExclusionFilters: [...mutability.imageTagMutabilityExclusionFilters],
    });
    expect(put).toMatchObject({ registryId: '111122223333', repositoryName: 'settings', ...mutability });
    const scanning = { repositoryName: 'settings', imageScanningConfiguration: { scanOnPush: true } };
    expect(await ecr.putImageScanningConfiguration(scanning)).toMatchObject(scanning);
    const described = await ecr.describeRepositories({ repositoryNames: ['settings'] });
    expect(described.repositories?.[0]).toMatchObject({
      ...mutability,
      imageScanningConfiguration: { scanOnPush: true },
    });
    await ecr.putImageTagMutability({ repositoryName: 'settings', imageTagMutability: 'MUTABLE' });
    const back = (await ecr.describeRepositories({ repositoryNames: ['settings'] })).repositories?.[0];
    expect(back?.imageTagMutabilityExclusionFilters).toBeUndefined();
  });

  test('ECR-30 tags are given at creation, added, replaced, removed and listed', async () => {
    const created = await ecr.createRepository({ repositoryName: 'tagged', tags: [{ Key: 'team', Value: 'cues' }] });
    const resourceArn = created.repository?.repositoryArn;
    await ecr.tagResource({
      resourceArn,
      tags: [
        { Key: 'team', Value: 'topics' },
        { Key: 'cost', Value: '7' },
      ],
    });
    expect((await ecr.listTagsForResource({ resourceArn })).tags).toEqual([
      { Key: 'team', Value: 'topics' },
      { Key: 'cost', Value: '7' },
    ]);
    await ecr.untagResource({ resourceArn, tagKeys: ['team', 'nothere'] });
    expect((await ecr.listTagsForResource({ resourceArn })).tags).toEqual([{ Key: 'cost', Value: '7' }]);
  });

  test.each([
    ['TooManyTagsException', Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' }))],
    ['InvalidTagParameterException', [{ Key: 'aws:mine', Value: '' }]],
    ['InvalidTagParameterException', [{ Key: '', Value: '' }]],
    ['InvalidTagParameterException', [{ Key: 'k', Value: 'v'.repeat(257) }]],
    ['InvalidParameterException', ['text']],
    ['InvalidParameterException', undefined],
  ])('ECR-30 %s for wrong tags', async (name, tags) => {
    const { repository } = await ecr.createRepository({
      repositoryName: `wrong/${Math.random().toString(36).slice(2)}`,
    });
    const input = { resourceArn: repository?.repositoryArn, tags } as never;
    await expect(ecr.tagResource(input)).rejects.toMatchObject({ name });
  });

  test.each([
    ['arn:aws:ecr:eu-west-1:111122223333:repository/nothere', 'RepositoryNotFoundException'],
    ['arn:aws:ecr:us-east-1:111122223333:repository/tagged', 'InvalidParameterException'],
    ['arn:aws:ecr:eu-west-1:444455556666:repository/tagged', 'InvalidParameterException'],
    ['tagged', 'InvalidParameterException'],
  ])('tags of %s: %s', async (resourceArn, name) => {
    await expect(ecr.listTagsForResource({ resourceArn })).rejects.toMatchObject({ name });
  });
});

async function call(operation: string, body: string): Promise<{ __type?: string; message?: string }> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=222233334444/20260115/eu-west-1/ecr/aws4_request, SignedHeaders=host, Signature=0';
  const headers = {
    'x-amz-target': `AmazonEC2ContainerRegistry_V20150921.${operation}`,
    'content-type': 'application/x-amz-json-1.1',
    authorization,
  };
  const response = await fetch(server.url, { method: 'POST', headers, body });
  return (await response.json()) as { __type?: string; message?: string };
}
