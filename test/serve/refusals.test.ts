/** What the server refuses, and that each refusal says what to do. */
import { expect, test } from '@jest/globals';
import { ENTRIES, READER, useServers } from './server.ts';

const { start, jobs, local, bucket } = useServers(() => ({ kind: 'exited', exitCode: 0 }));
const ndjson = { body: ENTRIES, headers: { 'content-type': 'application/x-ndjson' } };

test('nobody without a token, and no change by one that may only read', async () => {
  const server = await start();
  const none = await server.ask('GET', '/runs', { token: null });
  expect(none).toMatchObject({
    status: 401,
    body: { type: 'urn:batchwright:problem:unauthorized', status: 401, requestId: none.headers.get('x-request-id') },
  });
  expect(none.headers.get('www-authenticate')).toBe('Bearer realm="batchwright"');
  const wrong = await server.ask('GET', '/metrics', { token: 'c'.repeat(32) });
  expect(wrong.status).toBe(401);
  expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"');
  expect((await server.ask('GET', '/anything', { token: null })).status).toBe(401);
  const reader = await server.ask('POST', '/runs?run=daily', { ...ndjson, token: READER });
  expect(reader).toMatchObject({ status: 403, body: { detail: 'The token of prometheus may only read.' } });
  expect((await server.ask('POST', '/runs/daily/stop', { token: READER })).status).toBe(403);
  const told = server.events.flatMap(event => (event.type === 'message' ? [event.text] : []));
  expect(told).toContainEqual(expect.stringMatching(/^POST \/runs\/daily\/stop: 403 for prometheus in /));
  expect((await server.ask('GET', '/runs', { token: READER })).status).toBe(200);
  expect(await jobs()).toEqual([]);
});

test('a bad manifest, line by line; nothing is planned, and the name stays free', async () => {
  const server = await start();
  const body = '{"id":"1"}\n{"id":"1"}\nnonsense\n{"id":"2","tier":"huge"}\n';
  const refused = await server.ask('POST', '/runs?run=daily', { ...ndjson, body });
  expect(refused).toMatchObject({
    status: 422,
    body: {
      detail: expect.stringContaining('3 of the entries of the request cannot be used; nothing was submitted'),
      problems: [
        { line: 2, message: '"1" was there before, in line 1' },
        { line: 3, message: expect.stringContaining('is no JSON') },
        { line: 4, message: expect.stringContaining('has tier "huge", which is none of small') },
        { message: expect.stringContaining('skip-invalid') },
      ],
    },
  });
  expect((await server.ask('GET', '/runs/daily')).status).toBe(404);
  const skipped = await server.ask('POST', '/runs?run=daily&skip-invalid=true', { ...ndjson, body });
  expect(skipped).toMatchObject({ status: 201, body: { manifest: { entries: 1, skipped: 3 } } });
  await server.settle('daily');
});

test('other entries under a name that is taken', async () => {
  const server = await start();
  await server.ask('POST', '/runs?run=daily', ndjson);
  const other = await server.ask('POST', '/runs?run=daily', { ...ndjson, body: `${ENTRIES}{"id":"104"}\n` });
  expect(other).toMatchObject({
    status: 409,
    body: { type: 'urn:batchwright:problem:other-entries', detail: expect.stringContaining('give another run id') },
  });
  await server.settle('daily');
  expect(await jobs()).toHaveLength(1);
});

test.each([
  ['a name that is none', 'POST', '/runs?run=-x', ndjson, 400, 'The parameter run must be 1 to 80 letters'],
  ['no name', 'POST', '/runs', ndjson, 400, 'The parameter run is missing.'],
  ['two names', 'POST', '/runs?run=a&run=b', ndjson, 400, 'The parameter run may be given once.'],
  ['a name in the path that is none', 'GET', '/runs/-x', {}, 400, 'The path parameter run must be 1 to 80 letters'],
  ['a page of nothing', 'GET', '/runs?limit=0', {}, 400, 'The parameter limit must be at least 1.'],
  ['a page of too much', 'GET', '/runs?limit=1001', {}, 400, 'The parameter limit must be at most 1000.'],
  ['a page of words', 'GET', '/runs?limit=all', {}, 400, 'The parameter limit must be a number.'],
  [
    'a choice that is none',
    'POST',
    '/runs?run=a&skip-invalid=1',
    ndjson,
    400,
    'skip-invalid must be one of true, false.',
  ],
  ['a parameter that is none', 'GET', '/runs?limt=1', {}, 400, 'There is no parameter "limt". Did you mean "limit"?'],
  [
    'a parameter of another spelling',
    'POST',
    '/runs?run=daily&skip_invalid=true',
    ndjson,
    400,
    'There is no parameter "skip_invalid". Did you mean "skip-invalid"?',
  ],
  [
    'parameters where there are none',
    'GET',
    '/runs/x?a=1&b=2',
    {},
    400,
    'There is no parameter "a". Nor is there "b".',
  ],
  ['a cursor that is none', 'GET', '/runs?cursor=x', {}, 400, '"x" is no cursor'],
  ['no manifest', 'POST', '/runs?run=daily', {}, 422, 'There is no manifest'],
  ['a file of the server', 'POST', '/runs?run=daily&manifest=/etc/passwd', {}, 400, 'must be s3://bucket/key'],
  [
    'a manifest in no known form',
    'POST',
    '/runs?run=daily',
    { body: 'x', headers: { 'content-type': 'image/png' } },
    415,
    'image/png',
  ],
  [
    'a manifest that is too long',
    'POST',
    '/runs?run=daily',
    { ...ndjson, body: '{"id":"1"}\n'.repeat(100) },
    413,
    'longer than 1000 bytes',
  ],
  [
    'a body that is no JSON',
    'POST',
    '/runs/daily/stop',
    { body: '{', headers: { 'content-type': 'application/json' } },
    400,
    'JSON',
  ],
  ['a run that is not there', 'GET', '/runs/none', {}, 404, 'has no run "none"'],
  ['a report of a run that is not there', 'GET', '/runs/none/report', {}, 404, 'GET /runs lists'],
  ['a route that is none', 'GET', '/nothing', {}, 404, 'GET /openapi.json says what there is'],
] as const)('%s', async (_, method, path, init, status, detail) => {
  const server = await start();
  expect(await server.ask(method, path, init)).toMatchObject({
    status,
    body: { detail: expect.stringContaining(detail) },
  });
  expect(await jobs()).toEqual([]);
});

test('what AWS refuses is told as that, and what passes by itself with a time to come back', async () => {
  const server = await start();
  const fault = local().faults.add({ on: 'batch:DescribeJobDefinitions', kind: 'deny' });
  const denied = await server.ask('POST', '/runs?run=daily', ndjson);
  expect(denied).toMatchObject({ status: 502, body: { detail: expect.stringContaining('AccessDenied') } });
  fault.remove();
  const broken = local().faults.add({ on: 'batch:DescribeJobDefinitions', kind: 'fail' });
  const busy = await server.ask('POST', '/runs?run=daily', ndjson);
  expect(busy.status).toBe(503);
  expect(busy.headers.get('retry-after')).toBe('30');
  broken.remove();
});

test.each(['s3://LEDGER/none.csv', 's3://no-bucket/none.csv', 's3://no-bucket/prefix/'])(
  'a manifest that is not in S3, so that nobody repeats it: %s',
  async address => {
    const server = await start();
    const manifest = address.replace('LEDGER', bucket());
    expect(await server.ask('POST', `/runs?run=daily&manifest=${manifest}`)).toMatchObject({
      status: 422,
      body: {
        detail: expect.stringMatching(/(reading the manifest|listing) s3:.*NoSuch.* Write it first, or correct/),
      },
    });
  },
);

const json = (body: string) => ({ body, headers: { 'content-type': 'application/json' } });

test.each([
  ['retry', '{"clases":["application"]}', 'There is no field "clases". Did you mean "classes"?'],
  ['retry', '{"rounds":0}', 'The field rounds must be at least 1.'],
  [
    'retry',
    '{"rounds":1.5,"classes":"application"}',
    'rounds must be a whole number. The field classes must be a list.',
  ],
  ['retry', '{"classes":[1]}', 'The field classes.0 must be text.'],
  ['retry', '[]', 'The body must be an object with fields.'],
  ['stop', '{"reason":""}', 'The field reason must not be empty.'],
  ['stop', '{"why":"late"}', 'There is no field "why". Known is reason.'],
])('a body of %s that is not as described: %s', async (verb, body, detail) => {
  const server = await start();
  expect(await server.ask('POST', `/runs/daily/${verb}`, json(body))).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining(detail) },
  });
});

test('an entry whose id has a slash is found, and one that is not there is not', async () => {
  const server = await start();
  await server.ask('POST', '/runs?run=daily', { ...ndjson, body: '{"id":"eu/1 %2F"}\n' });
  await server.settle('daily');
  expect((await server.ask('GET', `/runs/daily/entries/${encodeURIComponent('eu/1 %2F')}`)).body).toMatchObject({
    status: 'succeeded',
    entry: { id: 'eu/1 %2F' },
  });
  expect((await server.ask('GET', '/runs/daily/entries/2')).status).toBe(404);
});

test('a manifest of which nothing more comes, so that it holds up nobody', async () => {
  const server = await start();
  const body = new ReadableStream({
    start: controller => controller.enqueue(new TextEncoder().encode('{"id":"1"}\n')),
  });
  expect(await server.ask('POST', '/runs?run=daily', { ...ndjson, body, duplex: 'half' })).toMatchObject({
    status: 408,
    body: { detail: expect.stringContaining('No byte of the manifest came for 60 seconds, and nothing was submitted') },
  });
  expect((await server.ask('GET', '/runs/daily')).status).toBe(404);
});

test('an address that others can reach, unless that is allowed', async () => {
  await expect(start({ host: '0.0.0.0' })).rejects.toThrow(
    'batchwright serve does not listen on 0.0.0.0: it speaks plain HTTP, so whoever is on the way reads the tokens. Listen on 127.0.0.1, or allow remote access explicitly (--allow-remote).',
  );
  const server = await start({ host: '0.0.0.0', allowRemote: true });
  expect((await server.ask('GET', '/healthz')).status).toBe(200);
});

test('a retry or a stop that is no JSON, and failure classes that are none', async () => {
  const server = await start();
  await server.ask('POST', '/runs?run=typed', ndjson);
  await server.settle('typed');
  const form = {
    body: '{"classes":["application"]}',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  };
  for (const path of ['/runs/typed/retry', '/runs/typed/stop']) {
    const refused = await server.ask('POST', path, form);
    expect(refused).toMatchObject({
      status: 415,
      body: {
        type: 'urn:batchwright:problem:unsupported-media-type',
        detail: 'Send JSON with the header Content-Type: application/json, or no body at all.',
      },
    });
    expect(refused.headers.get('accept')).toBe('application/json');
  }
  const wrong = { body: '{"classes":["aplication"]}', headers: { 'content-type': 'application/json' } };
  const unknown = {
    status: 422,
    body: { detail: 'there is no failure class "aplication". Did you mean "application"?' },
  };
  expect(await server.ask('POST', '/runs/typed/retry', wrong)).toMatchObject(unknown);
  expect(await server.ask('GET', '/runs/typed/failures?class=aplication')).toMatchObject(unknown);
});
