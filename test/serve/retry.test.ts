/** What is asked for again over HTTP is done: while rounds are under way, after a restart, and no oftener than asked. */
import { afterEach, expect, test } from '@jest/globals';
import type { ContainerOutcome } from '../../src/local/engines/model.ts';
import { type TestServer, useServers } from './server.ts';

/** Of each job, by the beginning of its shard's name; a job that is not here succeeds at once. */
let outcomes: Readonly<Record<string, (index: number) => ContainerOutcome | Promise<ContainerOutcome>>> = {};
const gates: (() => void)[] = [];
afterEach(() => {
  for (const open of gates.splice(0)) open();
  outcomes = {};
});
const { start } = useServers(({ environment }) => {
  const { BATCHWRIGHT_ENTRIES: entries = '', AWS_BATCH_JOB_ARRAY_INDEX: index = '0' } = environment;
  const own = Object.entries(outcomes).find(([shard]) => entries.includes(`/entries/${shard}`));
  return own?.[1](Number(index)) ?? good;
});
const good: ContainerOutcome = { kind: 'exited', exitCode: 0 };
const bad: ContainerOutcome = { kind: 'exited', exitCode: 3 };
const lost: ContainerOutcome = { kind: 'host-lost', statusReason: 'Host EC2 (instance i-1) terminated.' };
/** Ends as `outcome` says when it is opened. */
const gated = (outcome: ContainerOutcome) => {
  const { promise, resolve } = Promise.withResolvers<ContainerOutcome>();
  gates.push(() => resolve(outcome));
  return { open: () => resolve(outcome), wait: () => promise };
};

const submit = (server: TestServer, body: string) =>
  server.ask('POST', '/runs?run=daily', { body, headers: { 'content-type': 'application/x-ndjson' } });
const retry = (server: TestServer, asked: object) =>
  server.ask('POST', '/runs/daily/retry', {
    body: JSON.stringify(asked),
    headers: { 'content-type': 'application/json' },
  });
/** Asks until the rounds have so many ended jobs. */
const untilEnded = async (server: TestServer, ...jobs: readonly number[]) => {
  for (;;) {
    const rounds = (await server.ask('GET', '/runs/daily')).body['rounds'] as readonly { endedJobs: number }[];
    if (JSON.stringify(rounds.map(({ endedJobs }) => endedJobs)) === JSON.stringify(jobs)) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
};
const APART = '{"id":"101"}\n{"id":"102"}\n{"id":"103","region":"us-east-1"}\n';

test('asked for while a round is under way, it comes after the rounds that come by themselves', async () => {
  const [first, automatic] = [gated(good), gated(good)];
  outcomes = {
    '0-small-default-eu-west-1': index => (index === 0 ? bad : lost),
    '0-small-default-us-east-1': first.wait,
    '1-small-default-eu-west-1': automatic.wait,
  };
  const server = await start();
  await submit(server, APART);
  await untilEnded(server, 1);
  expect(await retry(server, { classes: ['application'] })).toMatchObject({ status: 202, body: { state: 'running' } });
  first.open();
  await untilEnded(server, 2, 0);
  expect((await server.ask('GET', '/runs/daily')).body).toMatchObject({ entries: { failed: 1, open: 1 } });
  expect((await server.ask('GET', '/runs/daily/failures')).body).toMatchObject({ total: 1, failures: [{ id: '101' }] });
  automatic.open();
  expect(await server.settle('daily')).toMatchObject({
    result: 'passed',
    entries: { succeeded: 3, failed: 0, open: 0, recovered: 2 },
    rounds: [
      { round: 0, entries: 3 },
      { round: 1, entries: 1 },
      { round: 2, entries: 1 },
    ],
  });
});

test('taken over by another server when it has begun, it comes no oftener than asked', async () => {
  const again = gated(bad);
  outcomes = { '0-': () => bad, '1-': again.wait };
  const server = await start();
  await submit(server, '{"id":"101"}\n{"id":"102"}\n');
  await server.settle('daily');
  await retry(server, { classes: ['application'] });
  await untilEnded(server, 1, 0);
  await server.stop();
  const next = await start();
  again.open();
  expect(await next.settle('daily')).toMatchObject({
    result: 'failed',
    failedByClass: { application: 2 },
    rounds: [{ round: 0 }, { round: 1 }],
  });
});

test('asked for by two at the same time, each gets what they asked for', async () => {
  const first = gated(good);
  outcomes = {
    '0-small-default-eu-west-1': index => (index === 0 ? bad : { kind: 'exited', exitCode: 139 }),
    '0-small-default-us-east-1': first.wait,
  };
  const server = await start();
  await submit(server, APART);
  await untilEnded(server, 1);
  for (const kind of ['application', 'crash']) expect((await retry(server, { classes: [kind] })).status).toBe(202);
  first.open();
  expect(await server.settle('daily')).toMatchObject({ result: 'passed', rounds: [{}, { entries: 2 }] });
});
