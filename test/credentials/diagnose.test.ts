/** What is said about a refusal, as a table of claims and AWS's words. */
import { describe, expect, test } from '@jest/globals';
import { diagnoseRefusal } from '../../src/credentials/diagnose.ts';
import type { TokenClaims } from '../../src/credentials/model.ts';
import { sessionNameOf } from '../../src/credentials/session-name.ts';
import { trustStatement } from '../../src/credentials/trust-statement.ts';

const REQUEST = {
  ...{ role: 'arn:aws:iam::111122223333:role/ci/deploy', region: 'eu-west-1' },
  ...{ audience: 'sts.amazonaws.com', durationSeconds: 3600 },
};
const PUSH: TokenClaims = {
  iss: 'https://token.actions.githubusercontent.com',
  sub: 'repo:us/app:ref:refs/heads/main',
  aud: 'sts.amazonaws.com',
  repository: 'us/app',
  ref: 'refs/heads/main',
  event_name: 'push',
};
const UNTRUSTED = { code: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity' };
const invalid = (message: string) => ({ code: 'InvalidIdentityToken', message });

describe('not authorized: the likeliest cause comes first', () => {
  test.each<[string, Partial<TokenClaims>, RegExp]>([
    ['a branch', {}, /^The policy may name another branch/],
    [
      'an environment',
      { sub: 'repo:us/app:environment:test', environment: 'test' },
      /^The job has `environment: test`, so `sub` names the environment and neither branch nor tag: a policy for `repo:…:ref:refs\/heads\/main`/,
    ],
    [
      'an environment with a colon in its name',
      { sub: 'repo:us/app:environment:eu%3Atest', environment: 'eu:test' },
      /^The job has `environment: eu:test`/,
    ],
    [
      'a pull request',
      { sub: 'repo:us/app:pull_request', event_name: 'pull_request', ref: 'refs/pull/3/merge' },
      /^In a `pull_request` event `sub` ends in `:pull_request`/,
    ],
    [
      'a tag',
      { sub: 'repo:us/app:ref:refs/tags/v1', ref: 'refs/tags/v1', event_name: 'release' },
      /^The workflow runs for a tag/,
    ],
    [
      'a customised subject',
      { sub: 'repo:us/app:job_workflow_ref:x' },
      /^`sub` is not GitHub's usual one, `repo:us\/app:ref:refs\/heads\/main`/,
    ],
  ])('%s', (_, claims, first) => {
    const { causes, statement } = diagnoseRefusal(REQUEST, { ...PUSH, ...claims }, UNTRUSTED);
    expect(causes[0]).toMatch(first);
    expect(causes[1]).toContain(
      'The role may not exist: look for a typing error in `arn:aws:iam::111122223333:role/ci/deploy`',
    );
    expect(statement).toMatchObject({
      Condition: {
        StringEquals: expect.objectContaining({ 'token.actions.githubusercontent.com:sub': claims.sub ?? PUSH.sub }),
      },
    });
  });

  test('a called workflow and an issuer that is not github.com are said too', () => {
    const claims = {
      ...PUSH,
      iss: 'https://github.example.com/_services/token',
      job_workflow_ref: 'batchwright/batchwright/.github/workflows/deploy.yml@refs/tags/v1',
      workflow_ref: 'us/app/.github/workflows/deploy.yml@refs/heads/main',
    };
    const text = diagnoseRefusal(REQUEST, claims, UNTRUSTED).causes.join('\n');
    expect(text).toContain("The token's issuer is https://github.example.com/_services/token, not github.com's");
    expect(text).toContain(
      "The job's steps stand in the called workflow `batchwright/batchwright/.github/workflows/deploy.yml@refs/tags/v1`",
    );
  });
});

describe('AWS says more: then only that is said, and no trust policy', () => {
  test.each([
    [
      invalid('No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com'),
      'Account 111122223333 has no OIDC provider for https://token.actions.githubusercontent.com. Create it once: `aws iam create-open-id-connect-provider --url https://token.actions.githubusercontent.com --client-id-list sts.amazonaws.com`.',
    ],
    [invalid('Incorrect token audience'), 'The token is meant for `sts.amazonaws.com`'],
    [
      invalid("Couldn't retrieve verification key from your identity provider"),
      'AWS fetches the keys of https://token.actions.githubusercontent.com from `https://token.actions.githubusercontent.com/.well-known/openid-configuration`',
    ],
    [
      {
        code: 'ValidationError',
        message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      },
      '`duration-seconds` is 3600 and the role allows less. Leave it away',
    ],
    [{ code: 'ValidationError', message: 'Request ARN is invalid' }, 'is not the ARN of a role'],
    [
      { code: 'ExpiredToken', message: 'Token expired: current date/time 2 must be before the expiration date/time 1' },
      'A token is good for five minutes',
    ],
    [
      { code: 'RegionDisabled', message: 'STS is not activated in this region for account' },
      'STS is not active in eu-west-1 for account 111122223333',
    ],
    [
      {
        code: 'AccessDenied',
        message:
          'User: x is not authorized to perform: sts:AssumeRoleWithWebIdentity on resource: y with an explicit deny in a resource control policy',
      },
      'denies it explicitly',
    ],
  ])('%j', (refusal, first) => {
    const { causes, statement, summary } = diagnoseRefusal(REQUEST, PUSH, refusal);
    expect(causes[0]).toContain(first);
    expect(statement).toBeUndefined();
    expect(summary).toBe(`AWS does not give the role ${REQUEST.role} to this job: ${refusal.code}: ${refusal.message}`);
  });
});

test('what the token says is told in the order in which people look at it', () => {
  const { facts } = diagnoseRefusal(REQUEST, PUSH, UNTRUSTED);
  expect(facts.map(([name]) => name)).toEqual(['iss', 'sub', 'aud', 'repository', 'ref', 'event_name']);
});

test('the statement is of the role’s partition and account', () => {
  expect(trustStatement('arn:aws-cn:iam::444455556666:role/deploy', PUSH)).toEqual({
    Effect: 'Allow',
    Principal: { Federated: 'arn:aws-cn:iam::444455556666:oidc-provider/token.actions.githubusercontent.com' },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: {
        'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
        'token.actions.githubusercontent.com:sub': 'repo:us/app:ref:refs/heads/main',
      },
    },
  });
});

test.each([
  [{ repository: 'models/models', run_id: '7301' }, 'models-models-7301'],
  [{ repository: 'a b/ü.py', run_id: '1' }, 'a-b-.py-1'],
  [{ repository: `o/${'r'.repeat(100)}`, run_id: '12345678901' }, `o-${'r'.repeat(50)}-12345678901`],
  [{}, 'batchwright'],
])('the session of %j is called %s', (claims, name) => {
  expect(sessionNameOf(claims)).toBe(name);
});
