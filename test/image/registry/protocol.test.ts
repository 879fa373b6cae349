/** The corners of the protocol, on a registry that answers just so. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf } from '../../../src/image/digest.ts';
import type { Authorization, Token } from '../../../src/image/registry/authorization.ts';
import { hasBlob, mountBlob, openBlob, readBlob, uploadBlob } from '../../../src/image/registry/blobs.ts';
import { createExchange, readAll } from '../../../src/image/registry/exchange.ts';
import { findManifest, putManifest, readManifest } from '../../../src/image/registry/manifests.ts';
import { openRepository, type Repository } from '../../../src/image/registry/repository.ts';
import type { HttpPort, HttpResponse } from '../../../src/ports.ts';
import { bodyOf } from '../workshop.ts';

type Request = Parameters<HttpPort['request']>[0];
type Answer = Partial<HttpResponse> | Error;

const HOST = 'registry.example';
const BLOB = Buffer.from('a blob');
const DIGEST = digestOf(BLOB);

let asked: (Request & { sent: string })[];
let answers: ((request: Request) => Answer)[];
let slept: number[];
let tokens: number;
let messages: string[];
let controller: AbortController;
beforeEach(() => {
  [asked, answers, slept, tokens, messages, controller] = [[], [], [], 0, [], new AbortController()];
});

const http: HttpPort = {
  async request(request) {
    const sent =
      request.body === undefined || request.body instanceof Uint8Array ? request.body : await readAll(request.body);
    asked.push({ ...request, sent: Buffer.from(sent ?? []).toString() });
    const answer = answers.shift();
    if (!answer) throw new Error(`nothing more was expected, but ${request.method} ${request.url} came`);
    const given = answer(request);
    if (given instanceof Error) throw given;
    return { status: 200, headers: {}, body: bodyOf(''), ...given };
  },
};

let current: Token | undefined;
const authorization: Authorization = {
  token: async () => {
    if (!current) {
      tokens += 1;
      current = {
        header: `Basic ${tokens}`,
        username: 'AWS',
        password: `${tokens}`,
        endpoint: `https://${HOST}`,
        expires: 0,
      };
    }
    return current;
  },
  refuse: token => {
    if (current === token) current = undefined;
  },
};

function open(host = HOST): Repository {
  current = undefined;
  const location = { host, prefix: '' };
  const exchange = createExchange(location, { http, authorization, signal: controller.signal });
  const ports = {
    clock: {
      now: () => 0,
      sleep: async (milliseconds: number) => {
        slept.push(milliseconds);
      },
    },
    notify: (event: { type: string; text?: string }) => messages.push(event.text ?? ''),
    random: () => 0.5,
    signal: controller.signal,
  };
  return openRepository({ location, region: 'eu-west-1', exchange, ports }, 'team/app');
}

const answer = (...given: (Answer | ((request: Request) => Answer))[]): void => {
  answers.push(...given.map(each => (typeof each === 'function' ? each : () => each)));
};
const error = (code: string): Error => Object.assign(new Error(`it was ${code}`), { code });
const refusal = (status: number, code: string, message: string, headers = {}): Answer => ({
  status,
  headers,
  body: bodyOf(JSON.stringify({ errors: [{ code, message }] })),
});
const source = { digest: DIGEST, bytes: BLOB.length, open: () => bodyOf('a ', 'blob') };
const trace = (): string[] => asked.map(({ method, url }) => `${method} ${url}`);

describe('an upload', () => {
  test.each([200, 201, 202, 204])(
    'goes on when the PATCH is answered %i, at the Location that came last',
    async status => {
      const repository = open();
      answer(
        { status: 202, headers: { location: '/v2/team/app/blobs/uploads/1?_state=a%2Bb~' } },
        { status, headers: { location: '../uploads/2?_state=c%20d&x' } },
        { status: 201, headers: { 'docker-content-digest': DIGEST } },
      );
      expect(await uploadBlob(repository, source)).toEqual({ digest: DIGEST, bytes: BLOB.length });
      expect(trace()).toEqual([
        'POST https://registry.example/v2/team/app/blobs/uploads/',
        'PATCH https://registry.example/v2/team/app/blobs/uploads/1?_state=a%2Bb~',
        `PUT https://registry.example/v2/team/app/blobs/uploads/2?_state=c%20d&x&digest=${DIGEST.replace(':', '%3A')}`,
      ]);
      expect(asked[1]).toMatchObject({ sent: 'a blob', headers: { 'content-length': '6', authorization: 'Basic 1' } });
    },
  );

  test('without a new Location ends where it was sent', async () => {
    answer({ status: 202, headers: { location: 'https://registry.example/u/1' } }, { status: 202 }, { status: 201 });
    await uploadBlob(open(), { open: () => bodyOf('a blob') });
    expect(trace()[2]).toBe(`PUT https://registry.example/u/1?digest=${DIGEST.replace(':', '%3A')}`);
    expect(asked[1]?.headers).not.toHaveProperty('content-length');
  });

  test.each([
    ['408', { status: 408 }],
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['502', { status: 502 }],
    ['503', { status: 503 }],
    ['504', { status: 504 }],
    ['a reset', error('ECONNRESET')],
    ['a broken pipe', error('EPIPE')],
    ['silence', error('ETIMEDOUT')],
    ['TOOMANYREQUESTS', refusal(400, 'TOOMANYREQUESTS', 'slow down')],
  ])('begins anew, from the first byte, after %s', async (_, failure) => {
    const repository = open();
    answer({ status: 202, headers: { location: '/u/1' } }, failure);
    answer({ status: 202, headers: { location: '/u/2' } }, { status: 202 }, { status: 201 });
    await uploadBlob(repository, source);
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST', 'PATCH', 'PUT']);
    expect(asked[3]).toMatchObject({ url: 'https://registry.example/u/2', sent: 'a blob' });
    expect(slept).toEqual([1000]);
    expect(messages[0]).toMatch(/^uploading sha256:[0-9a-f]{12}…: .*; again in 1000 ms$/);
  });

  test.each([
    ['400', refusal(400, 'SIZE_INVALID', 'wrong size'), 'SIZE_INVALID: wrong size'],
    [
      '403',
      refusal(403, 'DENIED', 'not authorized to perform: ecr:InitiateLayerUpload'),
      'ecr:PutImage on the repository',
    ],
    ['404', refusal(404, 'NAME_UNKNOWN', 'no such repository'), 'NAME_UNKNOWN'],
    ['an error of the program', error('ENOENT'), 'it was ENOENT'],
  ])('is not tried again after %s', async (_, failure, message) => {
    answer(failure);
    await expect(uploadBlob(open(), source)).rejects.toThrow(message);
    expect(slept).toEqual([]);
  });

  test('gives up after the third try, naming what, where and why', async () => {
    for (let index = 0; index < 3; index++) answer(refusal(503, 'UNAVAILABLE', 'please wait'));
    await expect(uploadBlob(open(), source)).rejects.toMatchObject({
      name: 'RemoteError',
      operation: 'PATCH blob',
      target: 'team/app in eu-west-1',
      code: 'UNAVAILABLE',
      message: expect.stringMatching(
        /^uploading sha256:.{12}… \(team\/app in eu-west-1\): .*503 UNAVAILABLE: please wait/,
      ),
    });
    expect(slept).toEqual([1000, 3000]);
  });

  test.each([
    ['as long as asked', '7', 7000],
    ['no longer than a minute', '3600', 60_000],
    ['its own time when asked for less', '0.1', 1000],
    ['its own time when a date was given', 'Wed, 21 Oct 2026 07:28:00 GMT', 1000],
  ])('waits %s', async (_, retryAfter, milliseconds) => {
    answer(refusal(429, 'X', '', { 'retry-after': retryAfter }));
    answer({ status: 202, headers: { location: '/u/2' } }, { status: 202 }, { status: 201 });
    await uploadBlob(open(), source);
    expect(slept).toEqual([milliseconds]);
  });

  test('of other bytes than promised is not finished', async () => {
    for (let index = 0; index < 3; index++) answer({ status: 202, headers: { location: '/u/1' } }, { status: 202 });
    const wrong = { digest: DIGEST, open: () => bodyOf('another blob') };
    await expect(uploadBlob(open(), wrong)).rejects.toThrow(/was read as sha256:/);
    expect(asked.some(({ method }) => method === 'PUT')).toBe(false);
  });

  test('that the registry stored as something else is an error', async () => {
    const bad = [
      { status: 202, headers: { location: '/u' } },
      { status: 202 },
      { status: 201, headers: { 'docker-content-digest': digestOf('x') } },
    ];
    answer(...bad, ...bad, ...bad);
    await expect(uploadBlob(open(), source)).rejects.toThrow('the registry stored');
  });

  test('cannot begin without a Location', async () => {
    answer({ status: 202 });
    await expect(uploadBlob(open(), source)).rejects.toThrow('gave no Location');
  });

  test('ends with the reason of the abort', async () => {
    const repository = open();
    answer(() => {
      controller.abort(new Error('cancelled by SIGINT'));
      return error('ECONNRESET');
    });
    await expect(uploadBlob(repository, source)).rejects.toThrow('cancelled by SIGINT');
    expect(slept).toEqual([]);
  });
});

describe('a mount', () => {
  const from = (): Repository => ({ ...open(), path: 'team/base' });

  test('names the blob and its repository together', async () => {
    const other = from();
    answer({ status: 201 });
    expect(await mountBlob(open(), DIGEST, other)).toBeUndefined();
    expect(trace()).toEqual([
      `POST https://registry.example/v2/team/app/blobs/uploads/?mount=${DIGEST}&from=team%2Fbase`,
    ]);
  });

  test('that became an upload gives the session, and the upload uses it', async () => {
    const other = from();
    const repository = open();
    answer({ status: 202, headers: { location: '/u/9?s=1' } }, { status: 202 }, { status: 201 });
    await uploadBlob(repository, source, await mountBlob(repository, DIGEST, other));
    expect(trace().slice(1)).toEqual([
      'PATCH https://registry.example/u/9?s=1',
      `PUT https://registry.example/u/9?s=1&digest=${DIGEST.replace(':', '%3A')}`,
    ]);
  });

  test('whose session broke gets a new one', async () => {
    const repository = open();
    answer({ status: 500 }, { status: 202, headers: { location: '/u/2' } }, { status: 202 }, { status: 201 });
    await uploadBlob(repository, source, 'https://registry.example/u/1');
    expect(asked.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      'PATCH /u/1',
      'POST /v2/team/app/blobs/uploads/',
      'PATCH /u/2',
      'PUT /u/2',
    ]);
  });
});

describe('a blob', () => {
  test('is read through redirects, and no other origin sees the login', async () => {
    answer(
      { status: 307, headers: { location: '/elsewhere' } },
      { status: 302, headers: { location: 'https://storage.example/b?X-Amz-Signature=1' } },
      { body: bodyOf('a b', 'lob') },
    );
    expect(Buffer.from(await readAll(openBlob(open(), { digest: DIGEST }))).toString()).toBe('a blob');
    expect(asked.map(({ url, headers }) => [url, headers?.['authorization']])).toEqual([
      [`https://registry.example/v2/team/app/blobs/${DIGEST}`, 'Basic 1'],
      ['https://registry.example/elsewhere', 'Basic 1'],
      ['https://storage.example/b?X-Amz-Signature=1', undefined],
    ]);
  });

  test.each([
    ['another port', 'https://registry.example:8443/b'],
    ['plain HTTP', 'http://registry.example/b'],
    ['a longer name', 'https://registry.example.evil.example/b'],
  ])('the login is not sent to %s', async (_, location) => {
    answer({ status: 307, headers: { location } }, { body: bodyOf('a blob') });
    await readAll(openBlob(open(), { digest: DIGEST }));
    expect(asked[1]?.headers).not.toHaveProperty('authorization');
  });

  test('that is redirected for ever is given up', async () => {
    for (let index = 0; index < 6; index++) answer({ status: 307, headers: { location: '/again' } });
    await expect(readAll(openBlob(open(), { digest: DIGEST }))).rejects.toThrow('too many redirects');
  });

  test('that came spoilt is read again', async () => {
    const repository = open();
    answer({ body: bodyOf('a blo') }, { body: bodyOf('a blob') });
    const bytes = await readBlob(repository, { digest: DIGEST, mediaType: 'x', size: 6 });
    expect(Buffer.from(bytes).toString()).toBe('a blob');
    expect(slept).toEqual([1000]);
  });

  test('that stays spoilt is an error', async () => {
    for (let index = 0; index < 3; index++) answer({ body: bodyOf('bad') });
    await expect(readBlob(open(), { digest: DIGEST, mediaType: 'x', size: 6 })).rejects.toThrow(
      /the blob sha256:.* came as sha256:/,
    );
  });

  test('that may not be read says what is needed', async () => {
    answer(refusal(403, 'DENIED', 'no'));
    await expect(readBlob(open(), { digest: DIGEST, mediaType: 'x', size: 6 })).rejects.toThrow(
      /reading it from registry\.example\/team\/app: 403 DENIED: no.*ecr:GetDownloadUrlForLayer/,
    );
  });

  test.each([
    [200, true],
    [404, false],
  ])('%i: is it there? %j', async (status, expected) => {
    answer({ status });
    expect(await hasBlob(open(), DIGEST)).toBe(expected);
  });
});

describe('the login', () => {
  test('is renewed once when the registry refuses it', async () => {
    answer({ status: 401 }, { status: 200 });
    expect(await hasBlob(open(), DIGEST)).toBe(true);
    expect(asked.map(({ headers }) => headers?.['authorization'])).toEqual(['Basic 1', 'Basic 2']);
  });

  const expired = refusal(403, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.');
  test('is renewed when ECR says with a 403 that it has expired', async () => {
    const bytes = '{"mediaType":"application/vnd.oci.image.manifest.v1+json"}';
    answer(expired, { status: 200, body: bodyOf(bytes) });
    expect((await readManifest(open(), 'v1'))?.digest).toBe(digestOf(Buffer.from(bytes)));
    expect(asked.map(({ headers }) => headers?.['authorization'])).toEqual(['Basic 1', 'Basic 2']);
  });

  test('is renewed once on a 403 to HEAD, which has no words', async () => {
    answer({ status: 403 }, { status: 200 });
    expect(await hasBlob(open(), DIGEST)).toBe(true);
  });

  test('is not renewed on any other 403', async () => {
    answer(refusal(403, 'DENIED', 'User is not authorized to perform: ecr:BatchGetImage'));
    await expect(readManifest(open(), 'v1')).rejects.toThrow('403 DENIED: User is not authorized');
    expect(asked).toHaveLength(1);
  });

  test('refused twice is an error that asks about the account', async () => {
    answer({ status: 401 }, refusal(401, 'UNAUTHORIZED', 'Not Authorized'));
    await expect(hasBlob(open(), DIGEST)).rejects.toThrow(
      /401 UNAUTHORIZED: Not Authorized.*the account of the configuration/,
    );
  });

  test('refused for a stream begins the whole upload anew with the next one', async () => {
    const repository = open();
    answer({ status: 202, headers: { location: '/u/1' } }, { status: 401 });
    answer({ status: 202, headers: { location: '/u/2' } }, { status: 202 }, { status: 201 });
    await uploadBlob(repository, source);
    expect(asked.map(({ headers }) => headers?.['authorization'])).toEqual([
      'Basic 1',
      'Basic 1',
      'Basic 2',
      'Basic 2',
      'Basic 2',
    ]);
    expect(asked[3]?.sent).toBe('a blob');
  });

  test.each([
    ['registry.example', 'https:'],
    ['127.0.0.1:4566', 'http:'],
    ['localhost', 'http:'],
    ['127.0.0.1.example', 'https:'],
  ])('goes to %s by %s', async (host, scheme) => {
    answer({ status: 200 });
    await hasBlob(open(host), DIGEST);
    expect(new URL(asked[0]?.url ?? '').protocol).toBe(scheme);
  });
});

const MANIFEST = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json' }),
);

describe('a manifest', () => {
  test('is asked for in all four media types', async () => {
    answer({ body: bodyOf(MANIFEST) });
    expect(await readManifest(open(), 'v1')).toMatchObject({ digest: digestOf(MANIFEST) });
    const accept = asked[0]?.headers?.['accept'] ?? '';
    expect(accept.split(', ').map(type => type.replace('application/vnd.', ''))).toEqual([
      'oci.image.manifest.v1+json',
      'oci.image.index.v1+json',
      'docker.distribution.manifest.v2+json',
      'docker.distribution.manifest.list.v2+json',
    ]);
  });

  test('without a media type inside has that of its answer', async () => {
    answer({ headers: { 'content-type': 'application/x; charset=utf-8' }, body: bodyOf('{}') });
    expect(await readManifest(open(), 'v1')).toMatchObject({ mediaType: 'application/x' });
  });

  test('that is not there is undefined', async () => {
    answer({ status: 404 }, { status: 404 });
    expect(await readManifest(open(), 'v1')).toBeUndefined();
    expect(await findManifest(open(), 'v1')).toBeUndefined();
  });

  test.each([
    ['the digest asked for', digestOf('x'), {}],
    ['the digest in its header', 'v1', { 'docker-content-digest': digestOf('x') }],
  ])('that is not %s is refused', async (_, reference, headers) => {
    for (let index = 0; index < 3; index++) answer({ headers, body: bodyOf(MANIFEST) });
    await expect(readManifest(open(), reference)).rejects.toThrow(`came as ${digestOf(MANIFEST)}`);
  });

  test.each([
    ['its header', 'v1', [{ headers: { 'docker-content-digest': DIGEST } }], DIGEST],
    ['the question', DIGEST, [{}], DIGEST],
    ['its bytes, when the header is missing', 'v1', [{}, { body: bodyOf(MANIFEST) }], digestOf(MANIFEST)],
  ])('is found by %s', async (_, reference, given, expected) => {
    answer(...given);
    expect(await findManifest(open(), reference)).toBe(expected);
  });

  test('is put with its media type, and must be stored as it is', async () => {
    const manifest = { digest: DIGEST, mediaType: 'application/x', bytes: BLOB };
    answer({ status: 201 }, { status: 201, headers: { 'docker-content-digest': digestOf('x') } });
    await putManifest(open(), 'v1', manifest);
    expect(asked[0]).toMatchObject({ method: 'PUT', sent: 'a blob', headers: { 'content-type': 'application/x' } });
    await expect(putManifest(open(), 'v1', manifest)).rejects.toThrow(`stored ${digestOf('x')} instead of ${DIGEST}`);
  });
});

test('an error page that is no JSON is repeated as plain text, not whole', async () => {
  answer({ status: 400, body: bodyOf(`<html><h1>Bad   Request</h1>${'x'.repeat(100_000)}</html>`) });
  await expect(hasBlob(open(), DIGEST)).rejects.toThrow(/400 Bad Request x{100,190}\./);
});
