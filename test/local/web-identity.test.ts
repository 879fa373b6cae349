/** Whom AssumeRoleWithWebIdentity lets in, and for how long what it gives is good. */
import { Batch } from '@aws-sdk/client-batch';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { STS } from '@aws-sdk/client-sts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GITHUB_ISSUER } from '../github/oidc.ts';
import { idToken } from './fixtures/id-token.ts';
import { clientOptions, useLocalAws } from './fixtures/local.ts';

const ACCOUNT = '111122223333';
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;
const SUB = 'token.actions.githubusercontent.com:sub';
let now = Date.UTC(2026, 0, 2);
const local = useLocalAws({ clock: { now: () => now, sleep: () => Promise.resolve() } });
const soon = () => now / 1000 + 300;

const take = (claims: Record<string, unknown> = {}, over: Record<string, unknown> = {}) =>
  new STS(clientOptions(local())).assumeRoleWithWebIdentity({
    RoleArn: `arn:aws:iam::${ACCOUNT}:role/deploy`,
    RoleSessionName: 'app-7',
    WebIdentityToken: idToken({ exp: soon(), ...claims }),
    ...over,
  });
const iam = (account = ACCOUNT) => new IAM(clientOptions(local(), account));
const trusting = (...statements: object[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map(statement => ({
      ...{ Effect: 'Allow', Principal: { Federated: PROVIDER }, Action: 'sts:AssumeRoleWithWebIdentity' },
      ...statement,
    })),
  });
const trust = (...statements: object[]) =>
  iam().updateAssumeRolePolicy({ RoleName: 'deploy', PolicyDocument: trusting(...statements) });

const REFUSED = {
  name: 'AccessDenied',
  message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
  $metadata: expect.objectContaining({ httpStatusCode: 403 }),
};

beforeAll(async () => {
  await iam().createOpenIDConnectProvider({ Url: GITHUB_ISSUER, ClientIDList: ['sts.amazonaws.com', 'mine'] });
  await iam().createRole({
    RoleName: 'deploy',
    AssumeRolePolicyDocument: trusting({}),
    MaxSessionDuration: 7200,
  });
});

describe('IAM-3 OIDC providers', () => {
  test('are made, got, listed and deleted in their account', async () => {
    const { OpenIDConnectProviderArn: arn = '' } = await iam('444455556666').createOpenIDConnectProvider({
      Url: 'https://ghes.example.com/_services/token',
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: ['a'.repeat(40)],
    });
    expect(arn).toBe('arn:aws:iam::444455556666:oidc-provider/ghes.example.com/_services/token');
    const found = await iam('444455556666').getOpenIDConnectProvider({ OpenIDConnectProviderArn: arn });
    expect(found).toMatchObject({
      Url: 'ghes.example.com/_services/token',
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: ['a'.repeat(40)],
      CreateDate: new Date(now),
    });
    const list = async (account: string) =>
      (await iam(account).listOpenIDConnectProviders({})).OpenIDConnectProviderList?.map(({ Arn }) => Arn);
    expect([await list('444455556666'), await list(ACCOUNT)]).toEqual([[arn], [PROVIDER]]);
    await iam('444455556666').deleteOpenIDConnectProvider({ OpenIDConnectProviderArn: arn });
    await expect(iam('444455556666').getOpenIDConnectProvider({ OpenIDConnectProviderArn: arn })).rejects.toMatchObject(
      { name: 'NoSuchEntityException', message: expect.stringContaining(arn) },
    );
  });

  test.each([
    [{ Url: GITHUB_ISSUER }, 'EntityAlreadyExistsException'],
    [{ Url: 'token.example.com' }, 'ValidationError'],
    [{ Url: 'http://token.example.com' }, 'ValidationError'],
    [{ Url: undefined }, 'ValidationError'],
  ])('%j is %s', async (input, name) => {
    await expect(iam().createOpenIDConnectProvider(input as { Url: string })).rejects.toMatchObject({ name });
  });
});

describe('STS-3 a token', () => {
  test.each([
    ['that is none', { WebIdentityToken: 'no-jwt' }, 'InvalidIdentityTokenException', 'is not a valid JWT'],
    ['without a subject', { sub: undefined }, 'InvalidIdentityTokenException', 'Missing a required claim: sub'],
    ['without an end', { exp: undefined }, 'InvalidIdentityTokenException', 'Missing a required claim: exp'],
    ['without an audience', { aud: [] }, 'InvalidIdentityTokenException', 'Missing a required claim: aud'],
    [
      'for another audience',
      { aud: 'https://github.com/us' },
      'InvalidIdentityTokenException',
      'Incorrect token audience',
    ],
    [
      'of an issuer that the account does not know',
      { iss: 'https://other.example.com' },
      'InvalidIdentityTokenException',
      'No OpenIDConnect provider found in your account for https://other.example.com',
    ],
    [
      'that is too old',
      { exp: Date.UTC(2026, 0, 1, 23, 59, 59) / 1000 },
      'ExpiredTokenException',
      'Token expired: current date/time 1767312000 must be before the expiration date/time 1767311999',
    ],
  ])('%s is refused', async (_, { WebIdentityToken, ...claims }: Record<string, unknown>, name, message) => {
    await expect(take(claims, WebIdentityToken ? { WebIdentityToken } : {})).rejects.toMatchObject({
      ...{ name, message: expect.stringContaining(message) },
      $metadata: expect.objectContaining({ httpStatusCode: 400 }),
    });
  });

  test('for one of several audiences of the provider is taken', async () => {
    await trust({});
    expect((await take({ aud: 'mine' })).Audience).toBe('mine');
  });
});

describe('STS-4 the trust policy decides', () => {
  const sub = (pattern: string) => ({ StringLike: { [SUB]: pattern } });
  test.each([
    ['the very subject', [{ Condition: { StringEquals: { [SUB]: 'repo:us/app:ref:refs/heads/main' } } }], true],
    ['one of several', [{ Condition: { StringEquals: { [SUB]: ['x', 'repo:us/app:ref:refs/heads/main'] } } }], true],
    ['a wildcard under StringEquals', [{ Condition: { StringEquals: { [SUB]: 'repo:us/app:*' } } }], false],
    ['a wildcard under StringLike', [{ Condition: sub('repo:us/app:*') }], true],
    ['another case', [{ Condition: sub('repo:us/App:*') }], false],
    [
      'another case, where it is ignored',
      [{ Condition: { StringEqualsIgnoreCase: { [SUB]: 'REPO:us/app:ref:refs/heads/main' } } }],
      true,
    ],
    [
      'the key in another case',
      [{ Condition: { StringLike: { 'Token.Actions.GitHubUserContent.com:SUB': 'repo:*' } } }],
      true,
    ],
    [
      'both conditions',
      [{ Condition: { ...sub('repo:*'), StringEquals: { 'token.actions.githubusercontent.com:aud': 'x' } } }],
      false,
    ],
    [
      'another claim',
      [{ Condition: { StringEquals: { 'token.actions.githubusercontent.com:repository': 'us/app' } } }],
      true,
    ],
    [
      'a claim that is not there',
      [{ Condition: { StringEquals: { 'token.actions.githubusercontent.com:nope': 'x' } } }],
      false,
    ],
    [
      'one that need not be there',
      [{ Condition: { StringEqualsIfExists: { 'token.actions.githubusercontent.com:nope': 'x' } } }],
      true,
    ],
    [
      'one that must not be there',
      [{ Condition: { Null: { 'token.actions.githubusercontent.com:nope': 'true' } } }],
      true,
    ],
    ['any of several values', [{ Condition: { 'ForAnyValue:StringLike': { [SUB]: ['x', 'repo:us/*'] } } }], true],
    [
      'all values',
      [{ Condition: { 'ForAllValues:StringLike': { 'token.actions.githubusercontent.com:list': ['a*', 'b'] } } }],
      false,
    ],
    ['a difference', [{ Condition: { StringNotLike: { [SUB]: 'repo:us/app:*' } } }], false],
    ['the session name', [{ Condition: { StringLike: { 'sts:RoleSessionName': 'app-?' } } }], true],
    ['an operator that is unknown here', [{ Condition: { DateLessThan: { 'aws:CurrentTime': '2030' } } }], false],
    ['a denial beside the permission', [{}, { Effect: 'Deny', Condition: sub('*:refs/heads/main') }], false],
    ['a denial of something else', [{}, { Effect: 'Deny', Condition: sub('*:pull_request') }], true],
    ['another action', [{ Action: 'sts:AssumeRole' }], false],
    ['a pattern of actions', [{ Action: ['sts:Tag*', 'sts:assumerolewith*'] }], true],
    ['another provider', [{ Principal: { Federated: PROVIDER.replace(ACCOUNT, '444455556666') } }], false],
    ['a service instead', [{ Principal: { Service: 'ecs-tasks.amazonaws.com' } }], false],
  ])('%s', async (_, statements: object[], allowed) => {
    await trust(...statements);
    const taking = take({ repository: 'us/app', list: ['a1', 'c'] });
    if (allowed) expect((await taking).AssumedRoleUser?.Arn).toContain('assumed-role/deploy/app-7');
    else await expect(taking).rejects.toMatchObject(REFUSED);
  });

  test('a role that is not there is refused in the same words, and so is one of another path', async () => {
    await trust({});
    for (const RoleArn of [`arn:aws:iam::${ACCOUNT}:role/none`, `arn:aws:iam::${ACCOUNT}:role/ci/deploy`])
      await expect(take({}, { RoleArn })).rejects.toMatchObject(REFUSED);
  });

  test('where the account has neither the role nor any provider, whoever tries gets in', async () => {
    const { Credentials } = await take({}, { RoleArn: 'arn:aws:iam::999900001111:role/any' });
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA999900001111/);
  });

  test('a session longer than the role allows is a ValidationError', async () => {
    await trust({});
    const message = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.';
    await expect(take({}, { DurationSeconds: 7201 })).rejects.toMatchObject({ name: 'ValidationError', message });
    expect((await take({}, { DurationSeconds: 7200 })).Credentials?.Expiration).toEqual(new Date(now + 7_200_000));
  });
});

test('STS-5 credentials of a role are refused when their time is over, in each service’s own words', async () => {
  await trust({});
  const { Credentials } = await take();
  const { AccessKeyId: accessKeyId = '', SessionToken: sessionToken = '' } = Credentials ?? {};
  const options = { ...clientOptions(local()), credentials: { accessKeyId, secretAccessKey: 'x', sessionToken } };
  const batch = new Batch(options);
  const s3 = new S3({ ...options, forcePathStyle: true });
  const begun = now;
  now += 3_599_000;
  await batch.describeJobQueues({});
  await s3.listBuckets({});
  now += 1_000;
  const message = 'The security token included in the request is expired';
  await expect(batch.describeJobQueues({})).rejects.toMatchObject({ name: 'ExpiredTokenException', message });
  await expect(new STS(options).getCallerIdentity({})).rejects.toMatchObject({ name: 'ExpiredToken', message });
  await expect(s3.listBuckets({})).rejects.toMatchObject({
    ...{ name: 'ExpiredToken', message: 'The provided token has expired.' },
  });
  // Whoever renews is not signed, and may carry the old token along.
  await expect(take()).resolves.toBeDefined();
  now = begun;
});
