/** Runs over HTTP, through the real clients: asked for, driven to their end, and told in every form. */

import { afterAll, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { ENTRIES, READER, useServers } from './server.ts';

const { start, jobs, s3, bucket, contract } = useServers(({ environment }) => {
  const index = Number(environment['AWS_BATCH_JOB_ARRAY_INDEX'] ?? 0);
  const { BATCHWRIGHT_RUN: run, BATCHWRIGHT_ENTRIES: entries = '' } = environment;
  const bad = run === 'all-bad' || (index === 1 && entries.includes('/0-'));
  const isMissing = run === 'mixed' && index === 2 && entries.includes('/0-');
  return { kind: 'exited', exitCode: bad ? 3 : isMissing ? 127 : 0 };
});
const ndjson = { body: ENTRIES, headers: { 'content-type': 'application/x-ndjson' } };

test('a run is submitted once however often it is asked for, and told in every form when it has ended', async () => {
  const server = await start();
  const first = await server.ask('POST', '/runs?run=daily', ndjson);
  expect(first).toMatchObject({ status: 201, body: { run: 'daily', state: 'running', entries: { total: 3 } } });
  expect(first.headers.get('location')).toBe('/runs/daily');
  const again = await server.ask('POST', '/runs?run=daily', ndjson);
  expect(again).toMatchObject({ status: 200, body: { run: 'daily', plannedAt: first.body['plannedAt'] } });

  expect(await server.settle('daily')).toMatchObject({
    state: 'ended',
    result: 'failed',
    entries: { total: 3, succeeded: 2, failed: 1, open: 0, recovered: 0 },
    rounds: [{ round: 0, jobs: 1, endedJobs: 1, entries: 3, failedEntries: 1 }],
    failedByClass: { application: 1 },
    cost: expect.any(Number),
  });
  expect(await jobs()).toEqual(['models-daily-0-small-default-eu-west-1-0']);
  const { body: failures } = await server.ask('GET', '/runs/daily/failures');
  expect(failures).toMatchObject({
    complete: true,
    total: 1,
    failures: [{ id: '102', class: 'application', lastWords: 'model of 1' }],
  });
  expect((await server.ask('GET', '/runs/daily/entries/102')).body).toMatchObject({
    entry: { id: '102' },
    status: 'failed',
    outcome: { class: 'application' },
    jobs: [{ round: 0, jobId: expect.stringMatching(/:1$/) }],
  });
  expect((await server.ask('GET', '/runs/daily/report')).text).toContain('<title>Run daily</title>');
  expect((await server.ask('GET', '/runs/daily/children')).text.trim().split('\n')).toHaveLength(3);
  expect((await server.ask('GET', '/runs/daily/metrics')).text).toMatch(/batchwright_run_entries\{.*"failed"\} 1\n/);
  const { text } = await server.ask('GET', '/metrics', { token: READER });
  expect(text).toContain('batchwright_serve_runs{state="ended"} 1\n');
  expect(text).toContain('batchwright_serve_requests_total{method="POST",route="/runs",status="201"} 1\n');
  expect(text).toMatch(
    /batchwright_run_entries\{project="models",environment="test",run="daily",status="succeeded"\} 2\n/,
  );
  expect((await server.ask('GET', '/healthz', { token: null })).body).toMatchObject({ status: 'ok' });
});

test('a retry builds what failed when it is asked for, and the runs are listed a page at a time', async () => {
  const server = await start();
  for (const run of ['one', 'two']) {
    await server.ask('POST', `/runs?run=${run}`, ndjson);
    await server.settle(run);
  }
  const refused = await server.ask('POST', '/runs/one/retry', {
    body: '{"rounds":0}',
    headers: { 'content-type': 'application/json' },
  });
  expect(refused).toMatchObject({ status: 400, body: { detail: 'The field rounds must be at least 1.' } });
  const retried = await server.ask('POST', '/runs/one/retry', {
    body: '{"classes":["application"]}',
    headers: { 'content-type': 'application/json' },
  });
  expect(retried).toMatchObject({ status: 202, body: { state: 'running', retry: { entries: 1, notRetried: [] } } });
  expect(await server.settle('one')).toMatchObject({
    result: 'passed',
    entries: { succeeded: 3, failed: 0, recovered: 1 },
    rounds: [{ round: 0 }, { round: 1, entries: 1 }],
  });
  expect(await server.ask('POST', '/runs/two/retry')).toMatchObject({
    status: 422,
    body: {
      detail: expect.stringMatching(/nothing of run two .*1 of class application: .*\{"classes": \["application"\]\}/),
    },
  });
  expect((await server.ask('GET', '/runs/two')).body).toMatchObject({ state: 'ended' });
  expect((await jobs()).filter(name => name.includes('-two-'))).toHaveLength(1);

  const first = await server.ask('GET', '/runs?limit=1');
  expect(first.body).toMatchObject({ runs: [{ run: 'two', state: 'ended', result: 'failed' }], next: '1' });
  const second = await server.ask('GET', `/runs?limit=1&cursor=${first.body['next']}`);
  expect(second.body).toEqual({ runs: [expect.objectContaining({ run: 'one', state: 'ended', result: 'passed' })] });
});

test('a retry says how many it submits again, and why not the others', async () => {
  const server = await start();
  await server.ask('POST', '/runs?run=mixed', ndjson);
  expect(await server.settle('mixed')).toMatchObject({ failedByClass: { application: 1, command: 1 } });
  const retried = await server.ask('POST', '/runs/mixed/retry', {
    body: '{"classes":["application"]}',
    headers: { 'content-type': 'application/json' },
  });
  expect(retried.body['retry']).toEqual({
    entries: 1,
    notRetried: [
      '1 of class command: trying again does not help; mend the cause, then retry with {"classes": ["command"]}',
    ],
  });
  expect(await server.settle('mixed')).toMatchObject({ entries: { succeeded: 2, failed: 1 } });
});

test('a manifest comes as NDJSON, CSV or JSON, or from S3', async () => {
  const server = await start();
  const send = (run: string, type: string, body: string) =>
    server.ask('POST', `/runs?run=${run}`, { body, headers: { 'content-type': type } });
  expect((await send('csv', 'text/csv; charset=utf-8', 'id,tickets\n1,2\n2,3\n')).body).toMatchObject({
    entries: { total: 2 },
  });
  expect((await send('json', 'application/json', '{"entries":[{"id":"1"}]}')).body).toMatchObject({
    entries: { total: 1 },
  });
  expect((await send('list', 'application/json', '[{"id":"1"},{"id":2}]')).body).toMatchObject({
    entries: { total: 2 },
  });
  expect((await send('said&format=csv', 'application/octet-stream', 'id\n7\n')).status).toBe(201);
  await s3().putObject({ Bucket: bucket(), Key: 'today.ndjson', Body: ENTRIES });
  const uri = encodeURIComponent(`s3://${bucket()}/today.ndjson`);
  const fromS3 = await server.ask('POST', `/runs?run=s3&manifest=${uri}`);
  expect(fromS3).toMatchObject({
    status: 201,
    body: { entries: { total: 3 }, manifest: { source: `s3://${bucket()}/today.ndjson` } },
  });
  for (const run of ['csv', 'json', 'list', 'said', 's3']) await server.settle(run);
});

test('failures come a page at a time, and of one class', async () => {
  const server = await start();
  await server.ask('POST', '/runs?run=all-bad', ndjson);
  await server.settle('all-bad');
  const first = await server.ask('GET', '/runs/all-bad/failures?limit=2');
  expect(first.body).toMatchObject({ total: 3, failures: [{ id: '101' }, { id: '102' }], next: '2' });
  const second = await server.ask('GET', '/runs/all-bad/failures?limit=2&cursor=2');
  expect(second.body).toMatchObject({ total: 3, failures: [{ id: '103' }] });
  expect(second.body['next']).toBeUndefined();
  expect((await server.ask('GET', '/runs/all-bad/failures?class=out-of-memory')).body).toMatchObject({
    total: 0,
    failures: [],
  });
});

test('the description is OpenAPI 3.1', async () => {
  const server = await start();
  const { body } = await server.ask('GET', '/openapi.json', { token: null });
  expect(body['openapi']).toBe('3.1.0');
  expect(await new Validator().validate(body)).toEqual({ valid: true });
  expect(body).toMatchObject({
    components: {
      schemas: { RetryRequest: { additionalProperties: false }, StopRequest: { additionalProperties: false } },
    },
  });
});

// What is described and never seen would be held by no test.
afterAll(() => {
  const seen = contract()?.seen ?? new Set();
  const good = [...seen].filter(one => /20\d$/.test(one)).map(one => one.replace(/ \d+$/, ''));
  expect(new Set(good)).toEqual(
    new Set([
      'POST /runs',
      'GET /runs',
      'GET /runs/{run}',
      'GET /runs/{run}/failures',
      'GET /runs/{run}/entries/{id}',
      'GET /runs/{run}/report',
      'GET /runs/{run}/children',
      'GET /runs/{run}/metrics',
      'POST /runs/{run}/retry',
      'GET /metrics',
      'GET /healthz',
      'GET /openapi.json',
    ]),
  );
});
