import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type EcrServer, startEcr } from './ecr-server.ts';
import { makeImage, openRegistry, readPassword } from './registry-client.ts';

let server: EcrServer;
beforeAll(async () => {
  server = await startEcr();
  await server.client().createRepository({ repositoryName: 'guarded' });
  await (await openRegistry(server, 'guarded')).pushImage('v1', makeImage(['secret']));
});
afterAll(async () => {
  await server.stop();
  expect(server.faults).toEqual([]);
});

const get = async (authorization: string | undefined, path = '/v2/') =>
  await fetch(`${server.url}${path}`, { headers: authorization === undefined ? {} : { authorization } });
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('the token', () => {
  test('ECR-13 it is AWS and a password in base64, good for twelve hours, for this server', async () => {
    const { authorizationData } = await server.client().getAuthorizationToken({});
    expect(authorizationData).toHaveLength(1);
    const [data] = authorizationData ?? [];
    expect(Buffer.from(data?.authorizationToken ?? '', 'base64').toString()).toMatch(/^AWS:\S+$/);
    expect(data?.expiresAt?.getTime()).toBe(server.time.now + 12 * 3_600_000);
    expect(data?.proxyEndpoint).toBe(server.url);
    const many = await server.client().getAuthorizationToken({ registryIds: ['111122223333', '444455556666'] });
    expect(many.authorizationData).toHaveLength(2);
  });

  test('ECR-13 without a good one the answer is 401 and asks for Basic', async () => {
    const password = await readPassword(server.client());
    const payload = JSON.parse(Buffer.from(password, 'base64').toString());
    const forged = Buffer.from(
      JSON.stringify({ ...payload, payload: payload.payload.replace('111122223333', '444455556666') }),
    ).toString('base64');
    const wrong = [
      undefined,
      basic(`AWS:x${password}`),
      basic('AWS:'),
      basic(`user:${password}`),
      basic(`AWS:${forged}`),
      `Bearer ${password}`,
      basic(`AWS:${Buffer.from('7').toString('base64')}`),
      basic(`AWS:${Buffer.from('{"payload":1,"datakey":2}').toString('base64')}`),
    ];
    for (const authorization of wrong) {
      const reply = await get(authorization);
      expect([reply.status, reply.headers.get('www-authenticate')]).toEqual([
        401,
        `Basic realm="${server.url}/",service="ecr.amazonaws.com"`,
      ]);
    }
    const good = await get(basic(`AWS:${password}`));
    expect([good.status, good.headers.get('docker-distribution-api-version')]).toEqual([200, 'registry/2.0']);
  });

  test('ECR-13 one that has expired is 403 in ECR’s words, after exactly twelve hours', async () => {
    const authorization = basic(`AWS:${await readPassword(server.client())}`);
    server.time.now += 12 * 3_600_000 - 1;
    expect((await get(authorization)).status).toBe(200);
    server.time.now += 1;
    const reply = await get(authorization);
    expect([reply.status, await reply.json()]).toEqual([
      403,
      { errors: [{ code: 'DENIED', message: 'Your authorization token has expired. Reauthenticate and try again.' }] },
    ]);
  });

  test('ECR-13 it is good in every region of its account', async () => {
    await server.client('111122223333', 'us-east-1').createRepository({ repositoryName: 'guarded' });
    const authorization = basic(`AWS:${await readPassword(server.client())}`);
    expect((await get(authorization, '/v2/111122223333/us-east-1/guarded/tags/list')).status).toBe(200);
  });
});

describe('repositories of another account', () => {
  const allow = (Action: unknown, Principal: unknown, more = {}) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action, ...more }] });
  const pull = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
  const root = { AWS: 'arn:aws:iam::444455556666:root' };
  beforeEach(async () => {
    await server
      .client()
      .deleteRepositoryPolicy({ repositoryName: 'guarded' })
      .catch(() => undefined);
  });

  test('ECR-13 another account’s token is 403 DENIED', async () => {
    const other = await openRegistry(server, 'guarded', { as: '444455556666' });
    const reply = await other.request('GET', '/manifests/v1');
    expect([reply.status, reply.error?.code]).toEqual([403, 'DENIED']);
    expect(reply.error?.message).toContain(
      'not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:eu-west-1:111122223333:repository/guarded',
    );
  });

  const deny = JSON.stringify({
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 'ecr:*' },
      { Effect: 'Deny', Principal: root, Action: 'ecr:Batch*' },
    ],
  });
  test.each([
    ['the pull actions for the root', allow(pull, root), true],
    ['all actions for everybody', allow('ecr:*', '*'), true],
    ['everybody as a list', allow(['ECR:batchgetimage', 'ecr:GetDownload*'], { AWS: ['999999999999', '*'] }), true],
    ['the bare account', allow('*', { AWS: '444455556666' }), true],
    ['a role of the account', allow(pull, { AWS: ['arn:aws:iam::444455556666:role/batch'] }), true],
    ['a third account', allow(pull, { AWS: 'arn:aws:iam::999999999999:root' }), false],
    ['pushes alone', allow('ecr:PutImage', root), false],
    ['a service', allow('ecr:*', { Service: 'lambda.amazonaws.com' }), false],
    ['under a condition', allow('ecr:*', root, { Condition: { StringEquals: { 'aws:x': 'y' } } }), false],
    ['all, but denies it', deny, false],
  ])('ECR-27 a repository policy that allows %s decides who may pull', async (_, policyText, allowed) => {
    await server.client().setRepositoryPolicy({ repositoryName: 'guarded', policyText });
    const other = await openRegistry(server, 'guarded', { as: '444455556666' });
    expect((await other.request('GET', '/manifests/v1')).status).toBe(allowed ? 200 : 403);
    const call = server
      .client('444455556666')
      .batchGetImage({ registryId: '111122223333', repositoryName: 'guarded', imageIds: [{ imageTag: 'v1' }] });
    if (allowed) expect((await call).images).toHaveLength(1);
    else await expect(call).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('ECR-27 pulling is not pushing', async () => {
    await server.client().setRepositoryPolicy({ repositoryName: 'guarded', policyText: allow(pull, root) });
    const other = await openRegistry(server, 'guarded', { as: '444455556666' });
    expect((await other.request('POST', '/blobs/uploads/')).status).toBe(403);
    await expect(
      server.client('444455556666').deleteRepository({ registryId: '111122223333', repositoryName: 'guarded' }),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('paths', () => {
  test.each([
    ['POST', '/blobs/uploads/'],
    ['HEAD', '/manifests/v1'],
    ['GET', '/tags/list'],
    ['PUT', '/manifests/v1'],
  ])('ECR-25 %s %s of an unknown repository is 404 NAME_UNKNOWN in ECR’s words', async (method, path) => {
    const registry = await openRegistry(server, 'nothere');
    const reply = await registry.request(method, path, method === 'PUT' ? { body: '{}' } : {});
    expect(reply.status).toBe(404);
    if (method !== 'HEAD') {
      expect(reply.error).toEqual({
        code: 'NAME_UNKNOWN',
        message: "The repository with name 'nothere' does not exist in the registry with id '111122223333'",
      });
    }
  });

  test('ECR-25 a path without account and region is nobody’s', async () => {
    const registry = await openRegistry(server, 'guarded');
    const reply = await registry.request('GET', '/v2/library/alpine/manifests/latest');
    expect([reply.status, reply.error]).toEqual([
      404,
      {
        code: 'NAME_UNKNOWN',
        message: "The repository with name 'library/alpine' does not exist in the registry with id '111122223333'",
      },
    ]);
  });

  test('a repository may be named like a part of the path', async () => {
    const repositoryName = 'x/blobs/uploads/manifests/tags/list';
    await server.client().createRepository({ repositoryName });
    const registry = await openRegistry(server, repositoryName);
    expect((await registry.pushImage('v1', makeImage(['odd']))).status).toBe(201);
    expect(JSON.parse((await registry.request('GET', '/tags/list')).text).tags).toEqual(['v1']);
  });

  test.each([
    ['GET', '/v2/111122223333/eu-west-1/guarded/nothing', 404],
    ['PATCH', '/v2/111122223333/eu-west-1/guarded/tags/list', 405],
    ['POST', '/v2/111122223333/eu-west-1/guarded/manifests/v1', 405],
  ])('%s %s is %i', async (method, path, status) => {
    const registry = await openRegistry(server, 'guarded');
    expect((await registry.request(method, path)).status).toBe(status);
  });
});

describe('faults and rates of the registry', () => {
  test('ECR-38 a fault finds a push by the call of ECR that it is, in the region of its path', async () => {
    for (const region of ['eu-west-1', 'us-east-1']) {
      await server.client('565656565656', region).createRepository({ repositoryName: 'faulty' });
    }
    const fault = server.inject.on('registry:PutImage', { region: 'us-east-1' }).throttle();
    try {
      const push = async (region: string) => {
        const registry = await openRegistry(server, 'faulty', { account: '565656565656', region });
        const { status, error } = await registry.pushImage('v1', makeImage(['one']));
        return [status, error?.code];
      };
      expect(await push('eu-west-1')).toEqual([201, undefined]);
      expect(await push('us-east-1')).toEqual([429, 'TOOMANYREQUESTS']);
      expect(fault.rule.hits).toBe(1);
    } finally {
      fault.remove();
    }
  });

  test('ECR-38 a lost answer of a push has pushed', async () => {
    await server.client().createRepository({ repositoryName: 'lost' });
    const registry = await openRegistry(server, 'lost');
    const image = makeImage(['one']);
    for (const blob of image.blobs) await registry.pushBlob(blob);
    server.inject.on('registry:PutImage').lose().times(1);
    await expect(registry.pushImage('v1', image)).rejects.toThrow();
    expect((await registry.request('GET', '/manifests/v1')).text).toBe(image.manifest);
  });

  test.each([
    ['POST', '/blobs/uploads/', 'InitiateLayerUpload'],
    ['PATCH', '/blobs/uploads/x', 'UploadLayerPart'],
    ['PUT', '/blobs/uploads/x', 'CompleteLayerUpload'],
    ['HEAD', '/blobs/sha256:x', 'BatchCheckLayerAvailability'],
    ['GET', '/blobs/sha256:x', 'GetDownloadUrlForLayer'],
    ['GET', '/manifests/v1', 'BatchGetImage'],
    ['DELETE', '/manifests/v1', 'BatchDeleteImage'],
    ['GET', '/tags/list', 'ListImages'],
    ['GET', '/v2/', 'GET'],
  ])('ECR-38 %s %s is %s', async (method, path, operation) => {
    const registry = await openRegistry(server, 'guarded');
    const fault = server.inject.on(`registry:${operation}`).fail();
    try {
      const { status } = await registry.request(method, path, method === 'PATCH' ? { body: 'x' } : {});
      expect(status).toBe(500);
    } finally {
      fault.remove();
    }
  });
});
