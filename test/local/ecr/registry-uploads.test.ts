import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EcrServer, startEcr } from './ecr-server.ts';
import { digestOf, makeImage, openRegistry, type RegistryClient } from './registry-client.ts';

let server: EcrServer;
let oci: EcrServer;
let registry: RegistryClient;
let ociRegistry: RegistryClient;
beforeAll(async () => {
  [server, oci] = await Promise.all([startEcr(), startEcr({ dialect: 'oci' })]);
  for (const each of [server, oci]) await each.client().createRepository({ repositoryName: 'uploads' });
  registry = await openRegistry(server, 'uploads');
  ociRegistry = await openRegistry(oci, 'uploads');
});
afterAll(async () => {
  await Promise.all([server.stop(), oci.stop()]);
  expect([...server.faults, ...oci.faults]).toEqual([]);
});

const begin = async (client = registry) =>
  (await client.request('POST', '/blobs/uploads/')).headers.get('location') ?? '';

describe('uploads', () => {
  test('ECR-16 ECR answers 201 to PATCH, the OCI specification wants 202', async () => {
    const [ecr, spec] = [
      await registry.request('PATCH', await begin(), { body: 'x' }),
      await ociRegistry.request('PATCH', await begin(ociRegistry), { body: 'x' }),
    ];
    expect([ecr.status, spec.status]).toEqual([201, 202]);
    for (const reply of [ecr, spec]) {
      expect(reply.headers.get('range')).toBe('0-0');
      expect(reply.headers.get('location')).toMatch(
        /\/v2\/111122223333\/eu-west-1\/uploads\/blobs\/uploads\/[0-9a-f-]{36}$/,
      );
    }
  });

  test('ECR-16 ECR wants 5 MiB in every part but the last, the OCI specification takes any', async () => {
    const push = async (client: RegistryClient) => {
      const location = await begin(client);
      await client.request('PATCH', location, { body: 'one', headers: { 'content-range': '0-2' } });
      await client.request('PATCH', location, { body: 'two', headers: { 'content-range': '3-5' } });
      return await client.request('PUT', `${location}?digest=${digestOf('onetwo')}`);
    };
    // The small one counts however many large ones come after it.
    const location = await begin();
    for (const body of ['one', Buffer.alloc(5 * 1024 * 1024), 'two'])
      await registry.request('PATCH', location, { body });
    const late = await registry.request('PUT', `${location}?digest=${digestOf('')}`);
    expect([late.status, late.error?.code]).toEqual([400, 'SIZE_INVALID']);
    const [ecr, spec] = [await push(registry), await push(ociRegistry)];
    expect([ecr.status, ecr.error]).toEqual([
      400,
      { code: 'SIZE_INVALID', message: 'All layer parts except the last part should be at least 5MB' },
    ]);
    expect(spec.status).toBe(201);
  });

  test('a blob goes in one POST, in one PUT, or as a stream', async () => {
    const single = await registry.request('POST', `/blobs/uploads/?digest=${digestOf('single')}`, { body: 'single' });
    expect([single.status, single.headers.get('docker-content-digest')]).toEqual([201, digestOf('single')]);
    expect(single.headers.get('location')).toBe(
      `${server.url}/v2/111122223333/eu-west-1/uploads/blobs/${digestOf('single')}`,
    );
    await registry.pushBlob('put');
    const location = await begin();
    await registry.request('PATCH', location, { body: 'stream' });
    expect((await registry.request('PUT', `${location}?digest=${digestOf('stream')}`)).status).toBe(201);
    for (const text of ['single', 'put', 'stream']) {
      const head = await registry.request('HEAD', `/blobs/${digestOf(text)}`);
      expect([head.status, head.headers.get('content-length')]).toEqual([200, String(text.length)]);
    }
  });

  test('ECR-17 a chunk that does not follow is 416 with what is there; status and cancel', async () => {
    const location = await begin();
    await registry.request('PATCH', location, { body: 'abcd', headers: { 'content-range': '0-3' } });
    for (const range of ['0-3', '5-8', '2-5']) {
      const reply = await registry.request('PATCH', location, { body: 'efgh', headers: { 'content-range': range } });
      expect([reply.status, reply.headers.get('range'), reply.error?.code]).toEqual([
        416,
        '0-3',
        'BLOB_UPLOAD_INVALID',
      ]);
    }
    for (const range of ['4-9', '4', '9-4']) {
      const reply = await registry.request('PATCH', location, { body: 'efgh', headers: { 'content-range': range } });
      expect([reply.status, reply.error?.code]).toEqual([400, 'SIZE_INVALID']);
    }
    const status = await registry.request('GET', location);
    expect([status.status, status.headers.get('range'), status.headers.get('location')]).toEqual([
      204,
      '0-3',
      location,
    ]);
    expect((await registry.request('DELETE', location)).status).toBe(204);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const gone = await registry.request(method, location, method === 'PATCH' ? { body: 'x' } : {});
      expect([gone.status, gone.error?.code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
    }
  });

  test('ECR-18 a blob with another digest is refused and not kept, and the upload can still be finished', async () => {
    const location = await begin();
    const wrong = digestOf('wrong');
    const refused = await registry.request('PUT', `${location}?digest=${wrong}`, { body: 'right' });
    expect([refused.status, refused.error?.code]).toEqual([400, 'DIGEST_INVALID']);
    expect((await registry.request('HEAD', `/blobs/${wrong}`)).status).toBe(404);
    expect((await registry.request('PUT', `${location}?digest=${digestOf('right')}`)).status).toBe(201);
  });

  test.each(['', '?digest=', '?digest=sha256:abc', '?digest=md5:d41d8cd98f00b204e9800998ecf8427e'])(
    'ECR-18 PUT with %p is DIGEST_INVALID',
    async query => {
      const reply = await registry.request('PUT', `${await begin()}${query}`, { body: 'x' });
      expect([reply.status, reply.error?.code]).toEqual([400, 'DIGEST_INVALID']);
    },
  );

  test('ECR-36 sha512 is refused by ECR and taken in the OCI dialect', async () => {
    const digest = `sha512:${createHash('sha512').update('strong').digest('hex')}`;
    const refused = await registry.request('POST', `/blobs/uploads/?digest=${digest}`, { body: 'strong' });
    expect([refused.status, refused.error?.code]).toEqual([400, 'DIGEST_INVALID']);
    expect((await ociRegistry.request('POST', `/blobs/uploads/?digest=${digest}`, { body: 'strong' })).status).toBe(
      201,
    );
    expect((await ociRegistry.request('GET', `/blobs/${digest}`)).text).toBe('strong');
    const wrong = digest.replace(/.$/, last => (last === '0' ? '1' : '0'));
    const bad = await ociRegistry.request('POST', `/blobs/uploads/?digest=${wrong}`, { body: 'strong' });
    expect([bad.status, bad.error?.code]).toEqual([400, 'DIGEST_INVALID']);
  });

  test('ECR-17 when the connection breaks, what had arrived stays and the upload goes on from there', async () => {
    const location = await begin();
    const sent = Buffer.alloc(6 * 1024 * 1024, 3);
    await breakOff(location, sent);
    // A broken connection may lose what was still under way; what counts is that the upload says how far it got.
    let range: string | null = null;
    for (let same = 0, tries = 0; same < 5 && tries < 200; tries++) {
      const seen = (await registry.request('GET', location)).headers.get('range');
      same = seen === range && seen !== '0-0' ? same + 1 : 0;
      range = seen;
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    const arrived = Number(range?.split('-')[1]) + 1;
    expect(arrived).toBeGreaterThan(1024);
    const whole = Buffer.concat([sent, Buffer.from('rest')]);
    const done = await registry.request('PUT', `${location}?digest=${digestOf(whole)}`, {
      body: whole.subarray(arrived),
    });
    expect(done.status).toBe(201);
  });

  test('ECR-17 two parts at once: one is refused and nothing is mixed', async () => {
    const location = await begin();
    const slow = openPatch(location);
    slow.write(Buffer.alloc(1024));
    await new Promise(resolve => setTimeout(resolve, 30));
    const second = await registry.request('PATCH', location, { body: 'meanwhile' });
    expect(second.status).toBe(416);
    slow.end();
    const [response] = (await once(slow, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
    response.resume();
    expect(response.statusCode).toBe(201);
    expect((await registry.request('GET', location)).headers.get('range')).toBe('0-1023');
  });

  function openPatch(location: string) {
    const authorization = `Basic ${Buffer.from(`AWS:${registry.password}`).toString('base64')}`;
    const patch = httpRequest(location, {
      method: 'PATCH',
      headers: { authorization, 'transfer-encoding': 'chunked' },
    });
    patch.on('error', () => undefined);
    return patch;
  }

  async function breakOff(location: string, bytes: Buffer): Promise<void> {
    const patch = openPatch(location);
    await new Promise<void>(resolve => patch.write(bytes, () => resolve()));
    await new Promise(resolve => setTimeout(resolve, 50));
    patch.destroy();
  }
});

describe('mounts', () => {
  const mount = async (client: RegistryClient, digest: string, from: string | undefined) =>
    await client.request('POST', `/blobs/uploads/?mount=${digest}${from === undefined ? '' : `&from=${from}`}`);

  test('ECR-19 a blob is mounted only where BLOB_MOUNTING is ENABLED, and only when an image of the source has it', async () => {
    const ecr = server.client('777788889999');
    for (const repositoryName of ['base', 'app', 'app2', 'kms']) {
      const encryptionType = repositoryName === 'kms' ? 'KMS' : 'AES256';
      await ecr.createRepository({ repositoryName, encryptionConfiguration: { encryptionType } });
    }
    const where = { account: '777788889999' };
    const [base, app, kms] = [
      await openRegistry(server, 'base', where),
      await openRegistry(server, 'app', where),
      await openRegistry(server, 'kms', where),
    ];
    const image = makeImage(['mounted']);
    for (const blob of [...image.blobs, 'loose']) await base.pushBlob(blob);
    const digest = digestOf('mounted');
    const from = '777788889999/eu-west-1/base';
    const statuses = async () => [
      (await mount(app, digest, from)).status,
      (await app.request('HEAD', `/blobs/${digest}`)).status,
    ];

    await base.pushImage('v1', image);
    expect(await statuses()).toEqual([202, 404]);
    await ecr.putAccountSetting({ name: 'BLOB_MOUNTING', value: 'ENABLED' });
    expect((await mount(app, digestOf('loose'), from)).status).toBe(202);
    expect((await mount(app, digestOf('nothere'), from)).status).toBe(202);
    expect((await mount(app, digest, undefined)).status).toBe(202);
    expect((await mount(app, digest, '777788889999/eu-west-1/nothere')).status).toBe(202);
    expect((await mount(app, digest, '777788889999/us-east-1/base')).status).toBe(202);
    expect((await mount(kms, digest, from)).status).toBe(202);
    expect(await statuses()).toEqual([201, 200]);
    expect((await app.request('GET', `/blobs/${digest}`)).text).toBe('mounted');
    await ecr.putAccountSetting({ name: 'BLOB_MOUNTING', value: 'DISABLED' });
    const app2 = await openRegistry(server, 'app2', where);
    expect((await mount(app2, digest, from)).status).toBe(202);
  });

  test('ECR-19 the upload that a refused mount begins can be used', async () => {
    const refused = await mount(registry, digestOf('used'), 'elsewhere');
    const done = await registry.request('PUT', `${refused.headers.get('location')}?digest=${digestOf('used')}`, {
      body: 'used',
    });
    expect(done.status).toBe(201);
  });
});
