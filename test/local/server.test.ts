import { once } from 'node:events';
import { type RequestOptions, request } from 'node:http';
import { connect, createServer } from 'node:net';
import * as batch from '@aws-sdk/client-batch';
import { ECRClient } from '@aws-sdk/client-ecr';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from '@jest/globals';
import { NormalizedSchema } from '@smithy/core/schema';
import { routeRequest, type Services } from '../../src/local/route.ts';
import { startLocalAws } from '../../src/local/server.ts';
import { clientOptions, idleEngine, useLocalAws } from './fixtures/local.ts';
import { useTemporaryFolders } from './fixtures/temporary-folder.ts';

const local = useLocalAws();
const newFolder = useTemporaryFolders();

const scope =
  'AWS4-HMAC-SHA256 Credential=111122223333/20260101/eu-west-1/sts/aws4_request, SignedHeaders=host, Signature=0';
const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const ecrTarget = { 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.Nonsense' };
const logsTarget = { 'x-amz-target': 'Logs_20140328.Nonsense' };
const unknownOperation = (call: string) =>
  `{"__type":"UnknownOperationException","message":"The local AWS does not do ${call}."}`;

describe('the caller', () => {
  test.each([
    ['twelve digits', '444455556666', 'ap-south-1', '444455556666'],
    ['a key of another form', 'AKIAIOSFODNN7EXAMPLE', 'us-east-1', '123456789012'],
    ['eleven digits', '44445555666', 'us-east-1', '123456789012'],
  ])('FRAME-1 with %s is read from the credential scope', async (_, account, region, expected) => {
    const client = new STSClient(clientOptions(local(), account, region));
    expect((await client.send(new GetCallerIdentityCommand({}))).Account).toBe(expected);
  });

  test('FRAME-1 of a presigned request is read from the query', async () => {
    const query =
      'Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential=444455556666%2F20260101%2Feu-west-1%2Fsts%2Faws4_request';
    const text = await (await fetch(`${local().url}/?${query}`)).text();
    expect(text).toContain('<Account>444455556666</Account>');
  });
});

describe('the wire', () => {
  test.each([
    ['batch', '/v1/submitjob', {}, '', 403, 'application/json', '{"message":"Missing Authentication Token"}'],
    [
      'ecr',
      '/',
      ecrTarget,
      '{}',
      400,
      'application/x-amz-json-1.1',
      '{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}',
    ],
    [
      'logs',
      '/',
      logsTarget,
      '{}',
      400,
      'application/x-amz-json-1.1',
      '{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}',
    ],
    [
      'sts',
      '/',
      form,
      'Action=GetCallerIdentity',
      403,
      'text/xml',
      expect.stringContaining(
        '<Code>MissingAuthenticationToken</Code><Message>Request is missing Authentication Token</Message>',
      ),
    ],
  ])('FRAME-2 FRAME-4 of %s, without credentials', async (_, path, headers, body, status, type, expected) => {
    const response = await fetch(local().url + path, { method: 'POST', headers, body });
    expect([response.status, response.headers.get('content-type')]).toEqual([status, type]);
    expect(await response.text()).toEqual(expected);
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    if (path !== '/') expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
  });

  test.each([
    ['batch', 'POST', '/v1/nonsense', {}, '', 403, '{"message":"Missing Authentication Token"}'],
    ['batch, a wrong method', 'GET', '/v1/submitjob', {}, undefined, 403, '{"message":"Missing Authentication Token"}'],
    ['ecr', 'POST', '/', ecrTarget, '{}', 400, unknownOperation('ecr:Nonsense')],
    ['logs', 'POST', '/', logsTarget, '{}', 400, unknownOperation('logs:Nonsense')],
    [
      'logs, a name of every object',
      'POST',
      '/',
      { 'x-amz-target': 'Logs_20140328.toString' },
      '{}',
      400,
      unknownOperation('logs:toString'),
    ],
    [
      'sts',
      'POST',
      '/',
      form,
      'Action=Nonsense',
      400,
      expect.stringContaining(
        '<Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation Nonsense for version 2011-06-15. The local AWS does not do sts:Nonsense.</Message></Error><RequestId>',
      ),
    ],
  ])('FRAME-3 of %s, for an operation it does not know', async (_, method, path, headers, body, status, expected) => {
    const init = { method, headers: { authorization: scope, ...headers }, ...(body === undefined ? {} : { body }) };
    const response = await fetch(local().url + path, init);
    expect(response.status).toBe(status);
    expect(await response.text()).toEqual(expected);
  });

  test('FRAME-7 what Batch has and the local one does not is refused by name, and not tried again', async () => {
    const client = new batch.Batch({ ...clientOptions(local(), '111122223333'), maxAttempts: 3 });
    const refusal = {
      name: 'ClientException',
      $metadata: expect.objectContaining({ httpStatusCode: 400, attempts: 1 }),
    };
    await expect(client.listConsumableResources({})).rejects.toMatchObject(refusal);
    await expect(client.describeServiceJob({ jobId: 'x' })).rejects.toThrow(
      'The local AWS does not do batch:DescribeServiceJob.',
    );
    local().faults.on('batch:DescribeServiceJob').deny().times(1);
    await expect(client.describeServiceJob({ jobId: 'x' })).rejects.toThrow('batch:DescribeServiceJob');
  });

  test.each([
    ['ecs', '/', { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListClusters' }, '{}', 'ListClusters'],
    ['sns', '/', form, 'Action=ListTopics', 'ListTopics'],
    ['lambda', '/2015-03-31/functions', {}, undefined, 'POST /2015-03-31/functions'],
  ])('FRAME-8 %s is not there, and says so', async (service, path, headers, body, operation) => {
    const authorization = scope.replace('/sts/', `/${service}/`);
    const init = { method: 'POST', headers: { authorization, ...headers }, ...(body === undefined ? {} : { body }) };
    const response = await fetch(local().url + path, init);
    const text = await response.text();
    expect([response.status, text]).toEqual([
      400,
      expect.stringContaining(`The local AWS has no ${service} (asked for ${operation}). It has batch, ecr, logs, `),
    ]);
    expect(text + response.headers.get('x-amzn-errortype')).toContain('UnknownOperationException');
  });

  test.each([
    ['no JSON', '{', 'Could not parse the request body as JSON'],
    ['no object', '[]', 'Start of structure or map found where not expected.'],
    ['null', 'null', 'Start of structure or map found where not expected.'],
  ])('FRAME-4 of a body that is %s', async (_, body, message) => {
    const response = await fetch(local().url, {
      method: 'POST',
      headers: { authorization: scope, ...logsTarget },
      body,
    });
    expect([response.status, await response.json()]).toEqual([400, { __type: 'SerializationException', message }]);
  });

  test('a body beyond every service’s limit is refused', async () => {
    const body = Buffer.alloc((32 << 20) + 1, 32);
    const response = await fetch(local().url, {
      method: 'POST',
      headers: { authorization: scope, ...logsTarget },
      body,
    });
    expect(response.status).toBe(413);
  });

  test('a target that is no URL gets 400', async () => {
    const answer = await exchange({ path: 'http://[', method: 'GET' });
    expect(answer).toBe(400);
  });

  function exchange(options: RequestOptions): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: local().port, ...options }, response => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
  }
});

describe('the paths of Batch', () => {
  /** Every operation of the SDK, with the method and path in its schema. */
  const operations = Object.values(batch)
    .filter(value => Array.isArray(value) && value[0] === 9)
    .map(value => {
      const schema = NormalizedSchema.of(value as never);
      const [method = '', path = ''] = (schema.getMergedTraits() as { http?: string[] }).http ?? [];
      return [schema.getName() ?? '', method, path] as const;
    });
  const empty = (name: string) => ({ name, operations: {}, handle: () => Promise.resolve() });
  const services: Services = {
    batch: {
      name: 'batch',
      operations: Object.fromEntries(operations.map(([name]) => [name, () => ({})])),
    },
    ecr: empty('ecr'),
    logs: empty('logs'),
    ssm: empty('ssm'),
    secretsManager: empty('secretsmanager'),
    sts: empty('sts'),
    iam: empty('iam'),
    ec2: empty('ec2'),
    pricing: empty('pricing'),
    sqs: empty('sqs'),
    events: empty('events'),
    registry: empty('registry'),
    s3: empty('s3'),
  };

  test('are those of the SDK’s schemas, every one', () => {
    expect(operations.length).toBeGreaterThan(40);
    for (const [name, method, path] of operations) {
      const url = new URL(path.replace('{resourceArn}', encodeURIComponent('arn:aws:batch:x')), 'http://local');
      const route = routeRequest({ method, headers: {} } as never, url, services);
      expect(route).toMatchObject({ kind: 'call', service: { name: 'batch' }, operation: name });
    }
  });

  test.each([
    ['GET', '', { operation: 'ListTagsForResource', input: { resourceArn: 'arn:aws:batch:x:1:job/2' } }],
    ['POST', '', { operation: 'TagResource', input: { resourceArn: 'arn:aws:batch:x:1:job/2' } }],
    [
      'DELETE',
      '?tagKeys=a&tagKeys=b',
      { operation: 'UntagResource', input: { resourceArn: 'arn:aws:batch:x:1:job/2', tagKeys: ['a', 'b'] } },
    ],
  ])('carry the ARN of %s tags', (method, query, expected) => {
    const url = new URL(`/v1/tags/arn%3Aaws%3Abatch%3Ax%3A1%3Ajob%2F2${query}`, 'http://local');
    expect(routeRequest({ method, headers: {} } as never, url, services)).toMatchObject(expected);
  });
});

describe('listening', () => {
  test.each(['0.0.0.0', '::', '192.168.1.1', '127.evil.example'])(
    'FRAME-5 on %s is refused unless allowed',
    async host => {
      const starting = startLocalAws({ engine: idleEngine, host });
      await expect(starting).rejects.toThrow(`does not listen on ${host}`);
      await expect(starting).rejects.toMatchObject({ name: 'ConfigurationError' });
    },
  );

  test('FRAME-5 on every address is possible when allowed, and 127.0.0.1 is the default', async () => {
    const open = await startLocalAws({ engine: idleEngine, host: '0.0.0.0', allowRemote: true });
    expect(open.url).toBe(`http://127.0.0.1:${open.port}`);
    await open.stop();
    expect(local().url).toBe(`http://127.0.0.1:${local().port}`);
  });

  test('a taken port is a ConfigurationError, and the state folder is free again', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const stateFolder = newFolder();
    await expect(startLocalAws({ engine: idleEngine, port, stateFolder })).rejects.toThrow(
      `port ${port} on 127.0.0.1 is in use`,
    );
    other.close();
    await (await startLocalAws({ engine: idleEngine, stateFolder })).stop();
  });

  test('FRAME-6 starts within 300 ms and stops at once although a connection is kept alive', async () => {
    const began = performance.now();
    const started = await startLocalAws({ engine: idleEngine, stateFolder: newFolder() });
    expect(performance.now() - began).toBeLessThan(300);
    const socket = connect(started.port, '127.0.0.1').on('error', () => undefined);
    socket.write('GET /_batchwright/health HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await once(socket, 'data');
    const stopping = performance.now();
    const closed = once(socket, 'close');
    await Promise.all([started.stop(), started.stop()]);
    await closed;
    expect(performance.now() - stopping).toBeLessThan(1000);
  });

  test('gives the variables for any SDK', () => {
    expect(local().environment('444455556666', 'us-west-2')).toEqual({
      AWS_ENDPOINT_URL: local().url,
      AWS_ACCESS_KEY_ID: '444455556666',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: 'us-west-2',
      AWS_DEFAULT_REGION: 'us-west-2',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
  });
});

describe('the parts', () => {
  test('are stopped with the server, the engine too, and the engine may ask for the endpoint and the images', async () => {
    let closed = 0;
    let askEndpoint: () => string = () => '';
    const started = await startLocalAws({
      engine: context => {
        askEndpoint = context.endpoint;
        expect(typeof context.images.resolve).toBe('function');
        expect(context.endpoint).toThrow('not known before the server listens');
        return {
          ...idleEngine,
          close: async () => {
            closed += 1;
          },
        };
      },
    });
    expect(askEndpoint()).toBe(started.url);
    await started.stop();
    expect(closed).toBe(1);
  });

  test('when the engine cannot be made, nothing is left open', async () => {
    const stateFolder = newFolder();
    const engine = () => Promise.reject(new Error('no docker'));
    await expect(startLocalAws({ engine, stateFolder })).rejects.toThrow('no docker');
    await (await startLocalAws({ engine: idleEngine, stateFolder })).stop();
  });

  test('health names the engine and its caveats', async () => {
    const answer = await (await fetch(`${local().url}/_batchwright/health`)).json();
    expect(answer).toMatchObject({
      status: 'running',
      engine: { name: 'simulated', caveats: ['runs nothing'], concurrency: 1 },
    });
  });

  test.each([
    ['GET', '/_batchwright/nonsense'],
    ['PUT', '/_batchwright/faults'],
    ['POST', '/_batchwright/'],
  ])('%s %s is not there', async (method, path) => {
    const response = await fetch(local().url + path, { method });
    expect([response.status, await response.json()]).toEqual([
      404,
      { error: 'NotFound', message: `There is no ${method} ${path} here.` },
    ]);
  });
});

test('the client errors carry the codes of the services', async () => {
  const ecr = new ECRClient(clientOptions(local()));
  local().faults.on('ecr:DescribeRepositories').deny().times(1);
  const { DescribeRepositoriesCommand } = await import('@aws-sdk/client-ecr');
  await expect(ecr.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: 'User: arn:aws:iam::111122223333:user/local is not authorized to perform: ecr:DescribeRepositories',
  });
});
