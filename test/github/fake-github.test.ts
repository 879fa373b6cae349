/** The fake GitHub itself: what is not as GitHub describes it is caught, on either side. */
import { createPublicKey, createVerify, type JsonWebKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { operations } from './api.ts';
import { type Checker, checker, operationIds } from './description.ts';
import { type FakeGitHub, startFakeGitHub } from './fake-github.ts';
import { addRelease } from './state.ts';

let fake: FakeGitHub;
beforeEach(async () => {
  fake = await startFakeGitHub();
});
afterEach(() => fake.stop());

interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly to?: FakeGitHub;
}

async function send(path: string, { method = 'GET', body, headers = {}, to = fake }: Sent = {}) {
  const response = await fetch(`${to.apiUrl}/repos/acme/models${path}`, {
    method,
    headers: {
      authorization: `Bearer ${to.token}`,
      accept: 'application/vnd.github+json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
}
const post = (path: string, body: unknown) => send(path, { method: 'POST', body });

describe('a wrong request is refused, and remembered until the end', () => {
  test.each([
    [
      'an unknown member',
      () => post('/deployments', { ref: 'main', automerge: false }),
      /body: .*additional.*: automerge/,
    ],
    ['a missing member', () => post('/deployments', { environment: 'test' }), /body: .*'ref'/],
    [
      'a value of the wrong type',
      () => post('/deployments', { ref: 'main', auto_merge: 'no' }),
      /body\/auto_merge: must be boolean/,
    ],
    [
      'a state that there is not',
      () => post('/deployments/1/statuses', { state: 'cancelled' }),
      /body\/state: must be equal/,
    ],
    ['a body that is no JSON object', () => post('/dispatches', 'nightly'), /body: must be object/],
    ['a body where there is none', () => send('/deployments/1/statuses', { method: 'POST' }), /body: must be object/],
    ['an unknown query', () => send('/deployments?enviroment=test'), /query: .*: enviroment/],
    ['a path of the wrong type', () => send('/deployments/latest/statuses'), /path\/deployment_id: must be integer/],
    ['no token', () => send('/deployments', { headers: { authorization: '' } }), /authorization is missing/],
    ['another media type', () => send('/releases', { headers: { accept: 'text/html' } }), /accept asks for no JSON/],
    [
      'too many members of a payload',
      () =>
        post('/dispatches', {
          event_type: 'x',
          client_payload: Object.fromEntries([...'abcdefghijk'].map(name => [name, 1])),
        }),
      /client_payload: must NOT have more than 10/,
    ],
  ])('%s', async (_, ask, problem) => {
    expect(await ask()).toMatchObject({ status: 422, body: { message: expect.stringMatching(problem) } });
    expect(fake.violations).toEqual([expect.stringMatching(problem)]);
    await expect(fake.stop()).rejects.toThrow(problem);
    fake.violations.length = 0;
  });

  test('an operation that GitHub does not have', async () => {
    expect(await send('/deployment')).toMatchObject({ status: 404 });
    expect(fake.violations.splice(0)).toEqual([
      expect.stringContaining('GET /repos/acme/models/deployment is not among'),
    ]);
  });
});

describe('a wrong answer of the fake itself is caught', () => {
  test.each<[string, (answer: { body: unknown; status: number }) => { body: unknown; status: number }, RegExp]>([
    [
      'a member too many',
      ({ body, status }) => ({ status, body: { ...Object(body), colour: 1 } }),
      /answer: .*: colour/,
    ],
    ['a member too few', ({ status }) => ({ status, body: { id: 1 } }), /answer: must have required property 'sha'/],
    [
      'a wrong format',
      ({ body, status }) => ({ status, body: { ...Object(body), created_at: 'now' } }),
      /answer\/created_at: .*date-time/,
    ],
    [
      'a status that it never gives',
      ({ body }) => ({ status: 200, body }),
      /repos\/create-deployment never answers 200/,
    ],
  ])('%s', async (_, spoil, problem) => {
    const spoiling: Checker = {
      ...checker,
      checkAnswer: (called, status, body) => {
        const spoilt = spoil({ body, status });
        return checker.checkAnswer(called, spoilt.status, spoilt.body);
      },
    };
    const spoilt = await startFakeGitHub({ checker: spoiling });
    await send('/deployments', { method: 'POST', body: { ref: 'main', required_contexts: [] }, to: spoilt });
    await expect(spoilt.stop()).rejects.toThrow(problem);
  });
});

test('each operation of the description is done, and no other', () => {
  expect(Object.keys(operations).sort()).toEqual([...operationIds].sort());
});

describe('deployments', () => {
  test('a success retires the success before it, but not in production', async () => {
    const deploy = async (environment: string) => {
      const { body } = await post('/deployments', { ref: 'main', environment, required_contexts: [] });
      await post(`/deployments/${body.id}/statuses`, { state: 'success' });
    };
    for (const environment of ['test', 'test', 'production', 'production']) await deploy(environment);
    expect(fake.state.deployments.map(({ statuses }) => statuses.at(-1)?.state)).toEqual([
      'inactive',
      'success',
      'success',
      'success',
    ]);
  });

  test('checks that still run refuse a deployment that waits for them', async () => {
    expect(await post('/deployments', { ref: 'main' })).toMatchObject({ status: 409 });
  });

  test('are listed newest first, a page at a time', async () => {
    for (let number = 0; number < 5; number++)
      await post('/deployments', { ref: `c${number}`, required_contexts: [], environment: 'test' });
    const first = await send('/deployments?per_page=2&environment=test');
    expect(first.body.map(({ sha }: { sha: string }) => sha)).toEqual(['c4', 'c3']);
    expect(first.headers.get('link')).toContain('page=2>; rel="next"');
    const last = await send('/deployments?per_page=2&environment=test&page=3');
    expect(last.body.map(({ sha }: { sha: string }) => sha)).toEqual(['c0']);
    expect(last.headers.get('link')).toBeNull();
  });
});

test('a draft is listed for whoever may write, and has no tag to be found by', async () => {
  addRelease(fake.state, { tag: 'v1', draft: true });
  const authorization = `Bearer ${fake.createToken({ contents: 'read' })}`;
  expect((await send('/releases/tags/v1')).status).toBe(404);
  expect((await send('/releases')).body).toHaveLength(1);
  expect((await send('/releases', { headers: { authorization } })).body).toEqual([]);
});

test('a dispatched event makes a run that ends after some looks', async () => {
  fake.state.workflow = ({ eventType, clientPayload }) => ({
    title: `${eventType} ${clientPayload['day']}`,
    ending: { looks: 2, conclusion: 'failure' },
  });
  await post('/dispatches', { event_type: 'nightly', client_payload: { day: '2026-03-01' } });
  const { body } = await send('/actions/runs?event=repository_dispatch');
  expect(body).toMatchObject({
    total_count: 1,
    workflow_runs: [{ display_title: 'nightly 2026-03-01', status: 'queued' }],
  });
  const look = async () => (await send(`/actions/runs/${body.workflow_runs[0].id}`)).body;
  expect(await look()).toMatchObject({ status: 'in_progress', conclusion: null });
  expect(await look()).toMatchObject({ status: 'completed', conclusion: 'failure' });
});

describe('the token of a job', () => {
  const ask = async (environment: Record<string, string>, audience = 'sts.amazonaws.com') => {
    const response = await fetch(`${environment['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience=${audience}`, {
      headers: { authorization: `bearer ${environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}` },
    });
    return { status: response.status, value: ((await response.json()) as { value?: string }).value ?? '' };
  };
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

  test.each([
    [{}, 'repo:acme/models:ref:refs/heads/main'],
    [{ ref: 'refs/tags/v1' }, 'repo:acme/models:ref:refs/tags/v1'],
    [{ event_name: 'pull_request', ref: 'refs/pull/7/merge' }, 'repo:acme/models:pull_request'],
    [{ environment: 'production' }, 'repo:acme/models:environment:production'],
    [{ sub: 'repository_id:1' }, 'repository_id:1'],
  ])('with %j has the subject %s', async (claims, sub) => {
    const { value } = await ask(fake.environment(claims));
    expect(claimsOf(value)).toMatchObject({ ...claims, sub, aud: 'sts.amazonaws.com', repository: 'acme/models' });
  });

  test('is signed with the key that the fake publishes', async () => {
    const { value } = await ask(fake.environment());
    const response = await fetch(`${fake.url}/_oidc/.well-known/jwks`);
    const { keys } = (await response.json()) as { keys: [JsonWebKey] };
    const [header, payload, signature] = value.split('.');
    const verify = createVerify('RSA-SHA256').update(`${header}.${payload}`);
    expect(verify.verify(createPublicKey({ key: keys[0], format: 'jwk' }), signature ?? '', 'base64url')).toBe(true);
  });

  test('is refused on demand, and to whoever is no job', async () => {
    expect((await ask({ ...fake.environment(), ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'guess' })).status).toBe(401);
    fake.faults.on('oidc:token').deny().times(1);
    fake.faults.on('oidc:token').fail().times(1);
    expect((await ask(fake.environment())).status).toBe(403);
    expect((await ask(fake.environment())).status).toBe(502);
  });
});
