import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EcrServer, startEcr } from './ecr-server.ts';
import {
  digestOf,
  makeImage,
  makeIndex,
  OCI_INDEX,
  OCI_MANIFEST,
  openRegistry,
  type RegistryClient,
} from './registry-client.ts';

let server: EcrServer;
let registry: RegistryClient;
beforeAll(async () => {
  server = await startEcr();
  await server.client().createRepository({ repositoryName: 'reads' });
  registry = await openRegistry(server, 'reads');
});
afterAll(async () => {
  await server.stop();
  expect(server.faults).toEqual([]);
});

describe('blobs', () => {
  const text = '0123456789';
  test.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-30', 206, text, 'bytes 0-9/10'],
    ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
    ['bytes=10-', 416, undefined, 'bytes */10'],
    ['bytes=5-2', 416, undefined, 'bytes */10'],
    ['bytes=-', 200, text, null],
    ['lines=1-2', 200, text, null],
    [undefined, 200, text, null],
  ])('ECR-20 a GET of %p is %i', async (range, status, body, contentRange) => {
    const digest = await registry.pushBlob(text);
    const reply = await registry.request('GET', `/blobs/${digest}`, { headers: range ? { range } : {} });
    expect(reply.status).toBe(status);
    expect(reply.headers.get('content-range')).toBe(contentRange);
    if (body !== undefined) expect(reply.text).toBe(body);
  });

  test('an empty blob is one too', async () => {
    const digest = await registry.pushBlob('');
    const reply = await registry.request('GET', `/blobs/${digest}`);
    expect([reply.status, reply.bytes.length, reply.headers.get('docker-content-digest')]).toEqual([200, 0, digest]);
  });

  test.each([
    ['GET', digestOf('nothere'), 404, 'BLOB_UNKNOWN'],
    ['GET', 'sha256:abc', 400, 'DIGEST_INVALID'],
    ['DELETE', digestOf('nothere'), 404, 'BLOB_UNKNOWN'],
    ['PUT', digestOf('nothere'), 405, 'UNSUPPORTED'],
  ])('%s of blob %s is %i %s', async (method, reference, status, code) => {
    const reply = await registry.request(method, `/blobs/${reference}`);
    expect([reply.status, reply.error?.code]).toEqual([status, code]);
  });

  test('ECR-21 on request a GET is redirected to a signed address, which refuses the credentials of the registry', async () => {
    const redirecting = await startEcr({ redirectBlobs: true });
    try {
      await redirecting.client().createRepository({ repositoryName: 'reads' });
      const client = await openRegistry(redirecting, 'reads');
      const digest = await client.pushBlob(text);
      expect((await client.request('HEAD', `/blobs/${digest}`)).status).toBe(200);
      const reply = await client.request('GET', `/blobs/${digest}`);
      const location = reply.headers.get('location') ?? '';
      expect([reply.status, new URL(location).searchParams.has('X-Amz-Signature')]).toEqual([307, true]);
      // Another host, so that clients which follow it drop their credentials.
      expect(new URL(location).hostname).toBe('localhost');
      const back = await client.request(
        'GET',
        `${redirecting.url.replace('127.0.0.1', 'localhost')}/v2/111122223333/eu-west-1/reads/blobs/${digest}`,
      );
      expect(new URL(back.headers.get('location') ?? '').hostname).toBe('127.0.0.1');
      expect((await client.request('GET', location)).status).toBe(400);
      const got = await fetch(location, { headers: { range: 'bytes=2-4' } });
      expect([got.status, await got.text()]).toEqual([206, '234']);
    } finally {
      await redirecting.stop();
    }
  });

  test('ECR-21 without it, nothing is redirected', async () => {
    const digest = await registry.pushBlob(text);
    expect((await registry.request('GET', `/blobs/${digest}`)).status).toBe(200);
  });
});

describe('manifests', () => {
  test('by tag and by digest, with HEAD as with GET', async () => {
    const image = makeImage(['one']);
    const put = await registry.pushImage('v1', image);
    expect(put.headers.get('location')).toBe(`${server.url}/v2/111122223333/eu-west-1/reads/manifests/v1`);
    for (const reference of ['v1', image.digest]) {
      const [head, get] = [
        await registry.request('HEAD', `/manifests/${reference}`),
        await registry.request('GET', `/manifests/${reference}`),
      ];
      for (const reply of [head, get]) {
        expect(reply.headers.get('docker-content-digest')).toBe(image.digest);
        expect(reply.headers.get('content-type')).toBe(OCI_MANIFEST);
        expect(reply.headers.get('content-length')).toBe(String(image.manifest.length));
      }
      expect([head.text, get.text]).toEqual(['', image.manifest]);
    }
  });

  test.each([
    ['nothere', 404, 'MANIFEST_UNKNOWN'],
    [digestOf('nothere'), 404, 'MANIFEST_UNKNOWN'],
    ['sha256:abc', 400, 'DIGEST_INVALID'],
    ['-bad', 400, 'TAG_INVALID'],
    ['a+b', 400, 'TAG_INVALID'],
  ])('GET of manifest %s is %i %s', async (reference, status, code) => {
    const reply = await registry.request('GET', `/manifests/${reference}`);
    expect([reply.status, reply.error?.code]).toEqual([status, code]);
  });

  test('one of more than 4 MiB is refused', async () => {
    const reply = await registry.request('PUT', '/manifests/v1', {
      headers: { 'content-type': OCI_MANIFEST },
      body: Buffer.alloc(4_194_305, 32),
    });
    expect([reply.status, reply.error?.code]).toEqual([413, 'MANIFEST_INVALID']);
  });

  test('ECR-24 DELETE by tag untags, by digest removes; blobs of an image stay until it goes', async () => {
    const image = makeImage(['deleted']);
    await registry.pushImage('d1', image);
    await registry.pushImage('d2', image);
    expect((await registry.request('DELETE', `/blobs/${digestOf('deleted')}`)).error?.code).toBe('UNSUPPORTED');
    expect((await registry.request('DELETE', '/manifests/d1')).status).toBe(202);
    expect((await registry.request('HEAD', '/manifests/d1')).status).toBe(404);
    expect((await registry.request('HEAD', '/manifests/d2')).status).toBe(200);
    const index = makeIndex([{ image, architecture: 'amd64' }]);
    await registry.pushImage('list', index);
    expect((await registry.request('DELETE', `/manifests/${image.digest}`)).status).toBe(405);
    expect((await registry.request('DELETE', `/manifests/${index.digest}`)).status).toBe(202);
    expect((await registry.request('DELETE', `/manifests/${image.digest}`)).status).toBe(202);
    for (const reference of ['d2', image.digest]) {
      expect((await registry.request('DELETE', `/manifests/${reference}`)).error?.code).toBe('MANIFEST_UNKNOWN');
    }
    expect((await registry.request('DELETE', `/blobs/${digestOf('deleted')}`)).status).toBe(202);
    expect((await registry.request('GET', `/blobs/${digestOf('deleted')}`)).status).toBe(404);
  });
});

describe('listings', () => {
  test('ECR-22 tags come sorted, in pages of n, each with a link to the next', async () => {
    await server.client().createRepository({ repositoryName: 'listed' });
    const client = await openRegistry(server, 'listed');
    for (const tag of ['b', 'a', 'd', 'C', 'e']) await client.pushImage(tag, makeImage(['tags']));
    const tags: string[] = [];
    let path: string | undefined = '/tags/list?n=2';
    let pages = 0;
    while (path) {
      const reply = await client.request('GET', path);
      const body = JSON.parse(reply.text) as { name: string; tags: string[] };
      expect(body.name).toBe('111122223333/eu-west-1/listed');
      tags.push(...body.tags);
      path = /^<(\/v2\/[^>]+)>; rel="next"$/.exec(reply.headers.get('link') ?? '')?.[1];
      pages++;
    }
    expect([tags, pages]).toEqual([['C', 'a', 'b', 'd', 'e'], 3]);
    expect(JSON.parse((await client.request('GET', '/tags/list?last=b')).text).tags).toEqual(['d', 'e']);
    expect(JSON.parse((await client.request('GET', '/tags/list?n=0')).text).tags).toEqual([]);
    expect((await client.request('GET', '/tags/list?n=x')).status).toBe(400);
  });

  test('ECR-22 the catalog has the repositories of the account, of every region', async () => {
    const where = { account: '333322221111' };
    for (const region of ['us-east-1', 'eu-west-1'])
      await server.client(where.account, region).createRepository({ repositoryName: 'mine' });
    const client = await openRegistry(server, 'mine', where);
    const reply = await client.request('GET', '/v2/_catalog?n=1');
    expect(JSON.parse(reply.text)).toEqual({ repositories: ['333322221111/eu-west-1/mine'] });
    expect(reply.headers.get('link')).toContain('</v2/_catalog?last=');
    expect(JSON.parse((await client.request('GET', '/v2/_catalog')).text).repositories).toHaveLength(2);
  });
});

describe('referrers', () => {
  test('ECR-23 what has an image as its subject is listed on both faces, filtered by artifact type', async () => {
    await server.client().createRepository({ repositoryName: 'signed' });
    const client = await openRegistry(server, 'signed');
    const image = makeImage(['signed']);
    const subject = { mediaType: OCI_MANIFEST, digest: image.digest, size: image.manifest.length };
    const refer = (artifactType: string | undefined, layer: string) =>
      makeImage([layer], {
        more: { subject, ...(artifactType ? { artifactType } : {}), annotations: { made: layer } },
      });
    const [signature, sbom, plain] = [
      refer('application/x-signature', 'sig'),
      refer('application/x-sbom', 'sbom'),
      refer(undefined, 'plain'),
    ];
    // The subject may come after what refers to it.
    const early = await client.pushImage(undefined, signature);
    expect(early.headers.get('oci-subject')).toBe(image.digest);
    expect((await client.pushImage('v1', image)).headers.get('oci-subject')).toBeNull();
    await client.pushImage(undefined, sbom);
    await client.pushImage(undefined, plain);

    const all = await client.request('GET', `/referrers/${image.digest}`);
    expect([all.headers.get('content-type'), all.headers.get('oci-filters-applied')]).toEqual([OCI_INDEX, null]);
    expect(JSON.parse(all.text).manifests).toEqual([
      {
        mediaType: OCI_MANIFEST,
        digest: signature.digest,
        size: signature.manifest.length,
        artifactType: 'application/x-signature',
        annotations: { made: 'sig' },
      },
      {
        mediaType: OCI_MANIFEST,
        digest: sbom.digest,
        size: sbom.manifest.length,
        artifactType: 'application/x-sbom',
        annotations: { made: 'sbom' },
      },
      {
        mediaType: OCI_MANIFEST,
        digest: plain.digest,
        size: plain.manifest.length,
        artifactType: 'application/vnd.oci.image.config.v1+json',
        annotations: { made: 'plain' },
      },
    ]);
    const some = await client.request('GET', `/referrers/${image.digest}?artifactType=application/x-sbom`);
    expect(some.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(JSON.parse(some.text).manifests).toHaveLength(1);
    expect(JSON.parse((await client.request('GET', `/referrers/${digestOf('none')}`)).text).manifests).toEqual([]);
    expect((await client.request('GET', '/referrers/v1')).status).toBe(400);

    const ecr = server.client();
    const input = { repositoryName: 'signed', subjectId: { imageDigest: image.digest } };
    const first = await ecr.listImageReferrers({ ...input, maxResults: 2 });
    expect(first.referrers?.map(({ digest }) => digest)).toEqual([signature.digest, sbom.digest]);
    const second = await ecr.listImageReferrers({ ...input, nextToken: first.nextToken });
    expect(second.referrers?.map(({ digest, artifactStatus }) => [digest, artifactStatus])).toEqual([
      [plain.digest, 'ACTIVE'],
    ]);
    const filtered = await ecr.listImageReferrers({ ...input, filter: { artifactTypes: ['application/x-sbom'] } });
    expect(filtered.referrers?.map(({ digest }) => digest)).toEqual([sbom.digest]);
    await expect(ecr.listImageReferrers({ ...input, subjectId: { imageDigest: 'v1' } })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    const described = await ecr.describeImages({ repositoryName: 'signed', imageIds: [{ imageDigest: sbom.digest }] });
    expect(described.imageDetails?.[0]).toMatchObject({
      subjectManifestDigest: image.digest,
      artifactMediaType: 'application/x-sbom',
    });
  });
});
