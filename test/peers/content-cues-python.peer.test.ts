/** The example's Python builder, with Debian's python3-sklearn and python3-boto3. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { describeTickets, generateTickets } from '../../examples/content-cues/tickets.mjs';
import { type ObjectStore, startObjectStore } from '../examples/object-store.ts';
import { EXAMPLE, JAVASCRIPT, PYTHON, runBuilder } from '../examples/run-builder.ts';

let store: ObjectStore;
beforeEach(async () => {
  store = await startObjectStore();
  for (const account of ['101', '105']) {
    store.objects.set(`data/tickets/${account}.ndjson`, describeTickets(generateTickets(account)));
  }
});
afterEach(() => store.close());

const settings = () => ({
  AWS_ENDPOINT_URL: store.endpoint,
  TICKETS: 's3://data/tickets',
  MODELS: 's3://data/models',
  RUN_ID: 'r1',
  ACCOUNTS: '101,105,999',
  PYTHONDONTWRITEBYTECODE: '1',
});
const build = (environment: Record<string, string>) => runBuilder(PYTHON, { ...settings(), ...environment });

test('writes what the schema describes, the same bytes each time, every line with the account', async () => {
  const { exitCode, lines } = await build({ AWS_BATCH_JOB_ARRAY_INDEX: '0', AWS_BATCH_JOB_ATTEMPT: '1' });
  expect(lines.filter(line => !line.startsWith('account=101 '))).toEqual([]);
  expect(exitCode).toBe(0);
  const text = store.objects.get('data/models/r1/101.json') ?? '';
  const schema = z.fromJSONSchema(JSON.parse(await readFile(`${EXAMPLE}model.schema.json`, 'utf8')));
  expect(schema.parse(JSON.parse(text))).toMatchObject({ account: '101', tickets: 80, builder: 'python' });
  expect(store.requests.at(-1)).toBe('PUT data/models/r1/101.success');
  const first = new Map(store.objects);
  await build({ AWS_BATCH_JOB_ARRAY_INDEX: '0', AWS_BATCH_JOB_ATTEMPT: '2', AWS_BATCH_JOB_ID: 'other:0' });
  expect(store.objects).toEqual(first);
});

test('says the same as the JavaScript builder where they must agree', async () => {
  await build({ AWS_BATCH_JOB_ARRAY_INDEX: '0' });
  const python = JSON.parse(store.objects.get('data/models/r1/101.json') ?? '{}');
  await runBuilder(JAVASCRIPT, { ...settings(), AWS_BATCH_JOB_ARRAY_INDEX: '0' });
  const javascript = JSON.parse(store.objects.get('data/models/r1/101.json') ?? '{}');
  for (const member of ['format', 'account', 'run', 'tickets', 'from', 'to', 'unassigned']) {
    expect([member, python[member]]).toEqual([member, javascript[member]]);
  }
  expect(Object.keys(python)).toEqual(Object.keys(javascript));
});

test.each([
  [undefined, 'account=999 error: reading s3://data/tickets/999.ndjson: NoSuchKey'],
  ['\n', 'account=999 error: reading s3://data/tickets/999.ndjson: it has no tickets'],
  ['{"id":', 'ndjson: line 1 is not JSON'],
  ['null', 'ndjson: line 1 has no text in id, subject, body, created_at'],
])('tickets %j: exit code 1 and one line that says where', async (tickets, expected) => {
  if (tickets !== undefined) store.objects.set('data/tickets/999.ndjson', tickets);
  const { exitCode, lines } = await build({ AWS_BATCH_JOB_ARRAY_INDEX: '2' });
  expect(exitCode).toBe(1);
  expect(lines.at(-1)).toContain(expected);
});

test('--break app gives a traceback, each line with the account', async () => {
  const { exitCode, lines } = await build({ AWS_BATCH_JOB_ARRAY_INDEX: '0', BREAK: 'app' });
  expect(exitCode).toBe(1);
  expect(lines.filter(line => !line.startsWith('account=101 '))).toEqual([]);
  expect(lines.at(-1)).toBe("account=101 AttributeError: 'NoneType' object has no attribute 'lower'");
});

test('SIGTERM ends it without a model', async () => {
  store.objects.set('data/tickets/103.ndjson', describeTickets(generateTickets('103')));
  const { exitCode, lines } = await runBuilder(
    PYTHON,
    { ...settings(), ACCOUNTS: '103', TOPICS: '40' },
    (line, signal) => line.includes('read 4000 tickets') && signal('SIGTERM'),
  );
  expect(exitCode).toBe(143);
  expect(lines.at(-1)).toBe('account=103 SIGTERM: stopping without a model');
});

test('--break oom takes real memory', async () => {
  const { lines } = await runBuilder(PYTHON, { ...settings(), ACCOUNTS: '101', BREAK: 'oom' }, (line, signal) => {
    if (line.includes('dense matrix: 512 MiB')) signal('SIGKILL');
  });
  expect(lines).toContain('account=101 dense matrix: 256 MiB');
});
