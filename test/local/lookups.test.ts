/** What a deployment looks up: roles, instance types, parameters and secrets. */
import { EC2, paginateDescribeInstanceTypes, paginateDescribeSpotPriceHistory } from '@aws-sdk/client-ec2';
import { IAM } from '@aws-sdk/client-iam';
import { Pricing, paginateGetProducts } from '@aws-sdk/client-pricing';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SSM } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startLocalAws } from '../../src/local/server.ts';
import { clientOptions, idleEngine, useLocalAws } from './fixtures/local.ts';
import { useTemporaryFolders } from './fixtures/temporary-folder.ts';

const local = useLocalAws();
const newFolder = useTemporaryFolders();
afterEach(() => local().faults.clear());

const options = (region?: string, account?: string) => clientOptions(local(), account, region);
const policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Sid: "it's (so)*!" }] });

describe('IAM', () => {
  test('IAM-1 a role with a path, from any region, whatever the case of its name', async () => {
    const iam = new IAM(options());
    const { Role: made } = await iam.createRole({
      RoleName: 'Trainer',
      Path: '/ml/',
      AssumeRolePolicyDocument: policy,
      Tags: [{ Key: 'team', Value: 'ml' }],
    });
    const { Role: got } = await new IAM(options('ap-south-1')).getRole({ RoleName: 'trainer' });
    expect(got).toEqual(made);
    expect(got).toMatchObject({
      Arn: 'arn:aws:iam::111122223333:role/ml/Trainer',
      RoleId: expect.stringMatching(/^AROA[A-Z0-9]{17}$/),
      MaxSessionDuration: 3600,
      Tags: [{ Key: 'team', Value: 'ml' }],
    });
    expect(got?.AssumeRolePolicyDocument).not.toContain("'");
    expect(decodeURIComponent(got?.AssumeRolePolicyDocument ?? '')).toBe(policy);

    await iam.updateAssumeRolePolicy({ RoleName: 'Trainer', PolicyDocument: '{"Statement":[]}' });
    const changed = (await iam.getRole({ RoleName: 'Trainer' })).Role;
    expect(decodeURIComponent(changed?.AssumeRolePolicyDocument ?? '')).toBe('{"Statement":[]}');
    await iam.deleteRole({ RoleName: 'Trainer' });
    await expect(iam.getRole({ RoleName: 'Trainer' })).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The role with name Trainer cannot be found.',
      $metadata: { httpStatusCode: 404 },
    });
  });

  test('IAM-2 refuses what is no role, no policy, or there already', async () => {
    const iam = new IAM(options());
    const create = (change: object) =>
      iam.createRole({ RoleName: 'twice', AssumeRolePolicyDocument: policy, ...change });
    await create({});
    await expect(create({ RoleName: 'TWICE' })).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
    await expect(create({ RoleName: 'a b' })).rejects.toMatchObject({ name: 'ValidationError' });
    await expect(create({ RoleName: undefined })).rejects.toThrow("Value null at 'roleName'");
    await expect(create({ Path: 'ml' })).rejects.toMatchObject({ name: 'ValidationError' });
    await expect(create({ AssumeRolePolicyDocument: undefined })).rejects.toThrow("'assumeRolePolicyDocument'");
    for (const AssumeRolePolicyDocument of ['{', '[]', '{}']) {
      const refused = create({ RoleName: 'other', AssumeRolePolicyDocument });
      await expect(refused).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
    }
    await expect(new IAM(options(undefined, '444455556666')).getRole({ RoleName: 'twice' })).rejects.toThrow();
  });
});

test('FRAME-3 IAM and EC2 do not know other operations', async () => {
  await expect(new IAM(options()).listUsers({})).rejects.toMatchObject({ name: 'InvalidAction' });
  await expect(new EC2(options()).describeVpcs({})).rejects.toMatchObject({ name: 'InvalidAction' });
});

describe('EC2', () => {
  const ec2 = () => new EC2(options());

  test('EC2-1 instance types by name, with what a job must know', async () => {
    const { InstanceTypes: types = [] } = await ec2().describeInstanceTypes({
      InstanceTypes: ['g5.12xlarge', 'c4.8xlarge', 'm6g.medium', 't3.nano', 'c5.metal'],
    });
    const shown = types.map(type => [
      type.InstanceType,
      type.VCpuInfo?.DefaultVCpus,
      type.MemoryInfo?.SizeInMiB,
      type.ProcessorInfo?.SupportedArchitectures?.join(),
      type.GpuInfo?.Gpus?.map(({ Count, Manufacturer, Name }) => `${Count} ${Manufacturer} ${Name}`).join(),
    ]);
    expect(shown).toEqual([
      ['c4.8xlarge', 36, 61_440, 'x86_64', undefined],
      ['c5.metal', 96, 196_608, 'x86_64', undefined],
      ['g5.12xlarge', 48, 196_608, 'x86_64', '4 NVIDIA A10G'],
      ['m6g.medium', 1, 4096, 'arm64', undefined],
      ['t3.nano', 2, 512, 'x86_64', undefined],
    ]);
  });

  test('EC2-1 by filters with wildcards, page after page', async () => {
    const names: string[] = [];
    const request = {
      Filters: [
        { Name: 'instance-type', Values: ['m6?.*', 't4g.nano'] },
        { Name: 'processor-info.supported-architecture', Values: ['arm64'] },
      ],
    };
    for await (const page of paginateDescribeInstanceTypes({ client: ec2(), pageSize: 5 }, request)) {
      expect(page.InstanceTypes?.length).toBeLessThanOrEqual(5);
      names.push(...(page.InstanceTypes ?? []).map(({ InstanceType }) => String(InstanceType)));
    }
    expect(names).toHaveLength(10);
    expect(new Set(names).size).toBe(10);
    expect(names).toContain('t4g.nano');
    expect(names.every(name => /^(m6g|t4g)\./.test(name))).toBe(true);
  });

  test.each([
    [{ InstanceTypes: ['m5.huge'] }, 'InvalidInstanceType'],
    [{ InstanceTypes: ['m5.large'], MaxResults: 5 }, 'InvalidParameterCombination'],
    [{ MaxResults: 4 }, 'InvalidParameterValue'],
    [{ Filters: [{ Name: 'colour', Values: ['red'] }] }, 'InvalidParameterValue'],
    [{ NextToken: 'nonsense' }, 'InvalidNextToken'],
  ])('EC2-2 refuses %j: %s', async (request, name) => {
    await expect(ec2().describeInstanceTypes(request as never)).rejects.toMatchObject({ name });
  });

  test('EC2-2 a denied call and a throttled one', async () => {
    local().faults.on('ec2:DescribeInstanceTypes').deny().times(1);
    await expect(ec2().describeInstanceTypes({})).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    local().faults.on('ec2:DescribeInstanceTypes').throttle().times(1);
    await expect(ec2().describeInstanceTypes({})).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
  });
});

describe('spot prices', () => {
  const ec2 = () => new EC2(options());
  const StartTime = new Date('2026-11-29T12:34:56Z');

  test('EC2-3 one for each type and zone, by name, zone and product', async () => {
    const InstanceTypes = ['m5.large', 'g5.xlarge'] as const;
    const ask = (more: object = {}) =>
      ec2().describeSpotPriceHistory({ InstanceTypes: [...InstanceTypes], StartTime, EndTime: StartTime, ...more });
    const { SpotPriceHistory: all = [], NextToken } = await ask();
    expect(NextToken).toBe('');
    expect(
      all.map(({ InstanceType, AvailabilityZone, SpotPrice }) => [InstanceType, AvailabilityZone, SpotPrice]),
    ).toEqual([
      ['g5.xlarge', 'eu-west-1a', '0.220400'],
      ['g5.xlarge', 'eu-west-1b', '0.231420'],
      ['g5.xlarge', 'eu-west-1c', '0.242440'],
      ['m5.large', 'eu-west-1a', '0.035200'],
      ['m5.large', 'eu-west-1b', '0.036960'],
      ['m5.large', 'eu-west-1c', '0.038720'],
    ]);
    expect(all[0]).toMatchObject({ ProductDescription: 'Linux/UNIX', Timestamp: new Date('2026-11-29T00:00:00Z') });
    expect((await ask({ AvailabilityZone: 'eu-west-1b' })).SpotPriceHistory).toHaveLength(2);
    expect((await ask({ ProductDescriptions: ['Windows'] })).SpotPriceHistory).toEqual([]);
  });

  test('EC2-3 page after page', async () => {
    const found: string[] = [];
    for await (const { SpotPriceHistory = [] } of paginateDescribeSpotPriceHistory(
      { client: ec2(), pageSize: 500 },
      {},
    )) {
      expect(SpotPriceHistory.length).toBeLessThanOrEqual(500);
      found.push(
        ...SpotPriceHistory.map(({ InstanceType, AvailabilityZone }) => `${InstanceType} ${AvailabilityZone}`),
      );
    }
    expect(found.length).toBeGreaterThan(1000);
    expect(new Set(found).size).toBe(found.length);
  });

  test.each([
    [{ InstanceTypes: ['m5.huge'] }, 'InvalidInstanceType'],
    [{ StartTime, EndTime: new Date(0) }, 'InvalidParameterValue'],
    [{ Filters: [{ Name: 'instance-type', Values: ['m5.large'] }] }, 'InvalidParameterValue'],
  ])('EC2-3 refuses %j: %s', async (request, name) => {
    await expect(ec2().describeSpotPriceHistory(request as never)).rejects.toMatchObject({ name });
  });
});

describe('the price list', () => {
  const pricing = (region = 'us-east-1') => new Pricing(options(region));
  const ofRegion = (Value: string) => [{ Type: 'TERM_MATCH' as const, Field: 'regionCode', Value }];

  test('PRICING-1 the products of Fargate in a region, page after page', async () => {
    const prices = new Map<string, string>();
    const request = { ServiceCode: 'AmazonECS', Filters: ofRegion('eu-west-1') };
    for await (const { PriceList = [] } of paginateGetProducts({ client: pricing(), pageSize: 4 }, request)) {
      expect(PriceList.length).toBeLessThanOrEqual(4);
      for (const text of PriceList) {
        const { product, terms } = JSON.parse(String(text));
        const [term] = Object.values<{ priceDimensions: Record<string, { pricePerUnit: { USD: string } }> }>(
          terms.OnDemand,
        );
        const [dimension] = Object.values(term?.priceDimensions ?? {});
        prices.set(product.attributes.usagetype, dimension?.pricePerUnit.USD ?? '');
      }
    }
    expect(prices.size).toBe(10);
    expect(prices.get('EU-Fargate-vCPU-Hours:perCPU')).toBe('0.0404800000');
    expect(prices.get('EU-Fargate-ARM-GB-Hours')).toBe('0.0035600000');
  });

  test('PRICING-1 by other attributes, in other regions', async () => {
    const Filters = [...ofRegion('sa-east-1'), { Type: 'EQUALS' as const, Field: 'memorytype', Value: 'pergb' }];
    const { PriceList, NextToken } = await pricing('ap-south-1').getProducts({ ServiceCode: 'AmazonECS', Filters });
    expect(PriceList).toHaveLength(5);
    expect(NextToken).toBeUndefined();
  });

  test.each([
    ['eu-west-1', {}, 'NotFoundException'],
    ['us-east-1', { ServiceCode: 'AmazonEC2' }, 'InvalidParameterException'],
    ['us-east-1', { FormatVersion: 'v2' }, 'InvalidParameterException'],
    ['us-east-1', { MaxResults: 101 }, 'InvalidParameterException'],
    ['us-east-1', { NextToken: 'nonsense' }, 'InvalidNextTokenException'],
    ['us-east-1', { Filters: [{ Type: 'CONTAINS', Field: 'usagetype', Value: 'x' }] }, 'InvalidParameterException'],
  ])('PRICING-2 in %s refuses %j: %s', async (region, change, name) => {
    const request = { ServiceCode: 'AmazonECS', ...change };
    await expect(pricing(region).getProducts(request as never)).rejects.toMatchObject({ name });
  });
});

describe('Parameter Store', () => {
  const ssm = () => new SSM(options());

  test('SSM-1 parameters by name, ARN and version', async () => {
    await ssm().putParameter({ Name: '/app/key', Value: 'open', Type: 'SecureString' });
    await ssm().putParameter({ Name: 'plain', Value: 'one' });
    const again = { Name: 'plain', Value: 'two', Type: 'String' } as const;
    await expect(ssm().putParameter(again)).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
    expect((await ssm().putParameter({ ...again, Overwrite: true })).Version).toBe(2);

    const { Parameter: plain } = await ssm().getParameter({ Name: 'plain:2' });
    expect(plain).toMatchObject({
      Value: 'two',
      Version: 2,
      ARN: 'arn:aws:ssm:eu-west-1:111122223333:parameter/plain',
    });
    const secure = await ssm().getParameter({ Name: 'arn:aws:ssm:eu-west-1:111122223333:parameter/app/key' });
    expect(secure.Parameter).toMatchObject({ Name: '/app/key', Type: 'SecureString' });
    expect(secure.Parameter?.Value).not.toContain('open');
    expect((await ssm().getParameter({ Name: '/app/key', WithDecryption: true })).Parameter?.Value).toBe('open');
  });

  test('SSM-2 several at once, the unknown ones told', async () => {
    await ssm().putParameter({ Name: '/there', Value: 'x', Overwrite: true });
    const found = await ssm().getParameters({ Names: ['/there', '/gone', '/there:7'] });
    expect(found.Parameters?.map(({ Name }) => Name)).toEqual(['/there']);
    expect(found.InvalidParameters).toEqual(['/gone', '/there:7']);
    await ssm().deleteParameter({ Name: '/there' });
    await expect(ssm().getParameter({ Name: '/there' })).rejects.toMatchObject({ name: 'ParameterNotFound' });
    await expect(ssm().deleteParameter({ Name: '/there' })).rejects.toMatchObject({ name: 'ParameterNotFound' });
  });

  test.each([
    [{ Names: [] }, "'names'"],
    [{ Names: Array.from({ length: 11 }, (_, index) => `p${index}`) }, 'less than or equal to 10'],
  ])('SSM-2 refuses %j', async (request, message) => {
    await expect(ssm().getParameters(request)).rejects.toThrow(message);
  });

  test.each([
    [{ Name: 'a b', Value: 'x' }, 'Parameter name'],
    [{ Name: 'a', Value: '' }, "'value'"],
    [{ Name: 'a', Value: 'x', Type: 'Number' }, 'SecureString, StringList, String'],
  ])('SSM-1 refuses %j', async (request, message) => {
    await expect(ssm().putParameter(request as never)).rejects.toThrow(message);
  });
});

describe('Secrets Manager', () => {
  const secrets = () => new SecretsManager(options());

  test('SECRETS-1 a secret by name, ARN and shortened ARN, with its two newest versions', async () => {
    const { ARN = '' } = await secrets().createSecret({ Name: 'db/main', SecretString: '{"user":"a"}' });
    expect(ARN).toMatch(/^arn:aws:secretsmanager:eu-west-1:111122223333:secret:db\/main-[0-9a-f]{6}$/);
    const second = await secrets().putSecretValue({ SecretId: ARN, SecretString: 'two' });
    for (const SecretId of ['db/main', ARN, ARN.slice(0, -7)]) {
      expect(await secrets().getSecretValue({ SecretId })).toMatchObject({ ARN, SecretString: 'two' });
    }
    const previous = await secrets().getSecretValue({ SecretId: ARN, VersionStage: 'AWSPREVIOUS' });
    expect(previous).toMatchObject({ SecretString: '{"user":"a"}', VersionStages: ['AWSPREVIOUS'] });
    const { VersionId = '' } = second;
    expect((await secrets().getSecretValue({ SecretId: ARN, VersionId })).SecretString).toBe('two');
    const { VersionIdsToStages } = await secrets().describeSecret({ SecretId: ARN });
    expect(VersionIdsToStages).toEqual({ [VersionId]: ['AWSCURRENT'], [previous.VersionId ?? '']: ['AWSPREVIOUS'] });
  });

  test('SECRETS-2 marked for deletion, deleted, and never there', async () => {
    const SecretId = 'short-lived';
    const create = () => secrets().createSecret({ Name: SecretId, SecretBinary: Buffer.from('b') });
    await create();
    await expect(create()).rejects.toMatchObject({ name: 'ResourceExistsException' });
    expect((await secrets().getSecretValue({ SecretId })).SecretBinary).toEqual(new Uint8Array([98]));
    await expect(secrets().getSecretValue({ SecretId, VersionStage: 'AWSPREVIOUS' })).rejects.toThrow('AWSPREVIOUS');
    await expect(secrets().getSecretValue({ SecretId, VersionId: 'x'.repeat(32) })).rejects.toThrow('VersionId');

    const { DeletionDate } = await secrets().deleteSecret({ SecretId, RecoveryWindowInDays: 7 });
    expect((await secrets().describeSecret({ SecretId })).DeletedDate).toEqual(DeletionDate);
    await expect(secrets().getSecretValue({ SecretId })).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await secrets().deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true });
    for (const gone of [SecretId, 'arn:aws:secretsmanager:us-east-1:111122223333:secret:db/main-abcdef']) {
      await expect(secrets().describeSecret({ SecretId: gone })).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
      });
    }
    await expect(secrets().createSecret({ Name: 'a b' })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(secrets().describeSecret({ SecretId: '' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});

test('SECRETS-3 all of it is there after a restart, and in its own region and account alone', async () => {
  const stateFolder = newFolder();
  const first = await startLocalAws({ engine: idleEngine, stateFolder });
  const before = clientOptions(first);
  await new IAM(before).createRole({ RoleName: 'kept', AssumeRolePolicyDocument: policy });
  await new SSM(before).putParameter({ Name: '/kept', Value: 'p' });
  await new SecretsManager(before).createSecret({ Name: 'kept', SecretString: 's' });
  await first.stop();

  const second = await startLocalAws({ engine: idleEngine, stateFolder });
  const after = clientOptions(second);
  expect((await new IAM(after).getRole({ RoleName: 'kept' })).Role?.RoleName).toBe('kept');
  expect((await new SSM(after).getParameter({ Name: '/kept' })).Parameter?.Value).toBe('p');
  expect((await new SecretsManager(after).getSecretValue({ SecretId: 'kept' })).SecretString).toBe('s');
  for (const elsewhere of [clientOptions(second, undefined, 'us-east-1'), clientOptions(second, '444455556666')]) {
    await expect(new SSM(elsewhere).getParameter({ Name: '/kept' })).rejects.toThrow();
    await expect(new SecretsManager(elsewhere).getSecretValue({ SecretId: 'kept' })).rejects.toThrow();
  }
  await second.stop();
});
