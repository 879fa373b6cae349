/** Servers come and go; a run is driven by one of them, to its end, and submitted once. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import type { Ports } from '../../src/commands/command.ts';
import { ENTRIES, type TestServer, useServers } from './server.ts';

let gate = Promise.withResolvers<void>();
afterEach(() => {
  gate.resolve();
  gate = Promise.withResolvers<void>();
});
const { start, jobs, local, s3, bucket } = useServers(async () => {
  await gate.promise;
  return { kind: 'exited', exitCode: 0 };
});
const ndjson = { body: ENTRIES, headers: { 'content-type': 'application/x-ndjson' } };
const another = (alive = true): Pick<Ports, 'process'> => ({
  process: { holder: { id: randomUUID(), host: 'here', pid: 1, name: 'another server' }, isAlive: () => alive },
});
const until = async (test: () => Promise<boolean>) => {
  while (!(await test())) await new Promise(resolve => setTimeout(resolve, 10));
};
const states = async (server: TestServer) => (await server.ask('GET', '/metrics')).text;

test('a server that ends leaves its runs, and the next one goes on with them', async () => {
  const first = await start({}, another());
  await first.ask('POST', '/runs?run=daily', ndjson);
  await until(async () => (await jobs()).length === 1);
  await first.stop();
  const second = await start({}, another());
  await until(async () => (await states(second)).includes('batchwright_serve_runs{state="driving"} 1'));
  expect((await second.ask('GET', '/runs/daily')).body).toMatchObject({ state: 'running', entries: { open: 3 } });
  expect((await second.ask('GET', '/runs/daily/report')).status).toBe(409);
  gate.resolve();
  expect(await second.settle('daily')).toMatchObject({ result: 'passed' });
  expect(await jobs()).toHaveLength(1);
});

test('two servers on one ledger: one drives, the other knows who, and takes over when that one ends', async () => {
  const [one, other] = [await start({}, another()), await start({}, another())];
  const answers = await Promise.all([one, other].map(server => server.ask('POST', '/runs?run=daily', ndjson)));
  expect(answers.map(({ status }) => status).every(status => status < 300)).toBe(true);
  expect(answers[0]?.body['plannedAt']).toBe(answers[1]?.body['plannedAt']);
  await until(async () => (await jobs()).length > 0);
  const bodies = await Promise.all([one, other].map(server => server.ask('GET', '/runs/daily')));
  const idle = bodies.findIndex(({ body }) => body['drivenBy'] === 'another server');
  expect(bodies[1 - idle]?.body).toMatchObject({ state: 'running' });
  expect(bodies[1 - idle]?.body['drivenBy']).toBeUndefined();
  const [driver, heir] = idle === 0 ? [other, one] : [one, other];
  await driver.stop();
  // The heir looks once a minute, on a clock that goes sixty times faster.
  await until(async () => (await states(heir)).includes('batchwright_serve_runs{state="driving"} 1'));
  gate.resolve();
  expect(await heir.settle('daily')).toMatchObject({ result: 'passed' });
  expect(await jobs()).toHaveLength(1);
});

test('what does not pass halts a run with its reason; asked for again it goes on', async () => {
  const server = await start();
  const fault = local().faults.add({ on: 'batch:SubmitJob', kind: 'deny' });
  await server.ask('POST', '/runs?run=daily', ndjson);
  await until(async () => (await server.ask('GET', '/runs/daily')).body['state'] === 'halted');
  expect((await server.ask('GET', '/runs/daily')).body).toMatchObject({
    problem: expect.stringContaining('AccessDenied'),
    nextTryAt: expect.any(String),
    entries: { open: 3 },
  });
  expect(await states(server)).toContain('batchwright_serve_runs{state="halted"} 1');
  fault.remove();
  gate.resolve();
  expect((await server.ask('POST', '/runs?run=daily', ndjson)).status).toBe(200);
  expect(await server.settle('daily')).toMatchObject({ result: 'passed' });
});

test('a stop ends the jobs, and a restart does not begin them anew', async () => {
  const server = await start();
  await server.ask('POST', '/runs?run=daily', ndjson);
  await until(async () => (await jobs()).length === 1);
  const stopped = await server.ask('POST', '/runs/daily/stop', {
    body: '{"reason":"the wrong day"}',
    headers: { 'content-type': 'application/json' },
  });
  expect(stopped).toMatchObject({
    status: 202,
    body: { run: 'daily', hadEnded: false, stopped: [expect.any(String)], refused: [] },
  });
  expect(await server.settle('daily')).toMatchObject({
    result: 'failed',
    stopped: { reason: 'the wrong day' },
    failedByClass: { cancelled: 3 },
  });
  expect((await server.ask('GET', '/runs/daily/failures')).body).toMatchObject({ total: 3 });
  expect(await server.ask('POST', '/runs/daily/stop')).toMatchObject({
    status: 202,
    body: { hadEnded: true, stopped: [] },
  });
  expect((await server.ask('GET', '/runs/daily')).body).toMatchObject({ stopped: { reason: 'the wrong day' } });
  await server.stop();
  const next = await start();
  expect((await next.ask('POST', '/runs?run=daily', ndjson)).body).toMatchObject({ state: 'ended' });
  expect(await jobs()).toHaveLength(1);
});

test('a run that the command line submitted is known, and driven when it is asked for', async () => {
  const server = await start();
  await server.ask('POST', '/runs?run=daily', ndjson);
  gate.resolve();
  await server.settle('daily');
  await server.stop();
  // As if no server had ever been asked.
  await s3().deleteObject({ Bucket: bucket(), Key: 'test/daily/order.json' });
  const next = await start();
  expect((await next.ask('GET', '/runs/daily')).body).toMatchObject({ state: 'ended', result: 'passed' });
  expect((await next.ask('POST', '/runs?run=daily', ndjson)).status).toBe(200);
  expect(await next.settle('daily')).toMatchObject({ result: 'passed' });
  expect(await jobs()).toHaveLength(1);
});
