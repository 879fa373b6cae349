import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { describeTickets, generateTickets } from '../../examples/content-cues/tickets.mjs';
import { type ObjectStore, startObjectStore } from './object-store.ts';
import { EXAMPLE, JAVASCRIPT, runBuilder } from './run-builder.ts';

const TICKETS = ['101', '105'].map(
  account => [`data/tickets/${account}.ndjson`, describeTickets(generateTickets(account, { count: 60 }))] as const,
);
let store: ObjectStore;
beforeEach(async () => {
  store = await startObjectStore();
  for (const [key, text] of TICKETS) store.objects.set(key, text);
});
afterEach(() => store.close());

const build = (environment: Record<string, string>, ...args: string[]) =>
  runBuilder([...JAVASCRIPT, ...args], {
    AWS_ENDPOINT_URL: store.endpoint,
    TICKETS: 's3://data/tickets',
    MODELS: 's3://data/models',
    RUN_ID: 'r1',
    ACCOUNTS: '101,105,999',
    ...environment,
  });

test('writes a model that the schema describes, and then its marker', async () => {
  const { exitCode, lines } = await build({ AWS_BATCH_JOB_ARRAY_INDEX: '0' });
  expect(lines.join('\n')).toContain('account=101 wrote 8 topics');
  expect(exitCode).toBe(0);
  const text = store.objects.get('data/models/r1/101.json') ?? '';
  const schema = z.fromJSONSchema(JSON.parse(await readFile(`${EXAMPLE}model.schema.json`, 'utf8')));
  const model: unknown = schema.parse(JSON.parse(text));
  expect(model).toMatchObject({ account: '101', run: 'r1', tickets: 60, builder: 'javascript' });
  expect(store.objects.get('data/models/r1/101.success')).toBe(`${createHash('sha256').update(text).digest('hex')}\n`);
  expect(store.requests).toEqual([
    'GET data/tickets/101.ndjson',
    'PUT data/models/r1/101.json',
    'PUT data/models/r1/101.success',
  ]);
});

test('the schema refuses a model with a member too many', async () => {
  const schema = z.fromJSONSchema(JSON.parse(await readFile(`${EXAMPLE}model.schema.json`, 'utf8')));
  expect(schema.safeParse({ format: 'content-cues/1' }).success).toBe(false);
});

test('the array index picks the account, and every line names it', async () => {
  const { exitCode, lines } = await build({ AWS_BATCH_JOB_ARRAY_INDEX: '1' });
  expect(exitCode).toBe(0);
  expect(lines.filter(line => !line.startsWith('account=105 '))).toEqual([]);
  expect([...store.objects.keys()]).toContain('data/models/r1/105.json');
});

test('of a run, the child reads its own entry and no other', async () => {
  const entries = ['{"id":"101","tickets":80}', '{"id":"105"}'].map(text => `${text.padEnd(30)}\n`).join('');
  store.objects.set('data/ledger/entries.ndjson', entries);
  const run = { BATCHWRIGHT_ENTRIES: 's3://data/ledger/entries.ndjson', BATCHWRIGHT_STRIDE: '31' };
  const { exitCode, lines } = await build({ AWS_BATCH_JOB_ARRAY_INDEX: '1', ...run });
  expect(lines.filter(line => !line.startsWith('account=105 '))).toEqual([]);
  expect(exitCode).toBe(0);
  expect(store.requests[0]).toBe('GET data/ledger/entries.ndjson');
});

test('another attempt under another job id writes the same bytes to the same keys', async () => {
  await build({ AWS_BATCH_JOB_ARRAY_INDEX: '0', AWS_BATCH_JOB_ID: 'a:0', AWS_BATCH_JOB_ATTEMPT: '1' });
  const first = new Map(store.objects);
  await build({ AWS_BATCH_JOB_ARRAY_INDEX: '0', AWS_BATCH_JOB_ID: 'b:0', AWS_BATCH_JOB_ATTEMPT: '2' });
  expect(store.objects).toEqual(first);
});

test('the account list may be an object with one account a line', async () => {
  store.objects.set('data/lists/today', '# today\n999\n101\n\n');
  const { exitCode } = await build({ ACCOUNTS: 's3://data/lists/today', AWS_BATCH_JOB_ARRAY_INDEX: '1' });
  expect(exitCode).toBe(0);
  expect(store.objects.has('data/models/r1/101.success')).toBe(true);
});

test('a plain job takes --account, or a list of one', async () => {
  expect((await build({ RUN_ID: 'r2' }, '--account', '105')).exitCode).toBe(0);
  expect((await build({ RUN_ID: 'r3', ACCOUNTS: '105' })).exitCode).toBe(0);
  expect(store.objects.get('data/models/r2/105.json')?.replace('r2', 'r3')).toBe(
    store.objects.get('data/models/r3/105.json'),
  );
});

test.each([
  ['a missing object', '2', undefined, 'account=999 error: reading s3://data/tickets/999.ndjson: NoSuchKey'],
  ['an empty object', '2', '\n', 'account=999 error: reading s3://data/tickets/999.ndjson: it has no tickets'],
  ['a broken line', '2', '{"id":"1","subject":"s","body":"b","created_at":"c"}\n{"id":', 'ndjson: line 2 is not JSON'],
  ['a line that is no object', '2', 'null', 'ndjson: line 1 has no text in id, subject, body, created_at'],
  ['a member of another type', '2', '{"id":1,"subject":"s","body":"b","created_at":"c"}', 'line 1 has no text in id'],
  ['an index beyond the list', '3', undefined, 'account=? error: array index 3 is beyond the 3 accounts'],
])('%s: exit code 1 and one line that says where', async (_, index, tickets, expected) => {
  if (tickets !== undefined) store.objects.set('data/tickets/999.ndjson', tickets);
  const { exitCode, lines } = await build({ AWS_BATCH_JOB_ARRAY_INDEX: index });
  expect(exitCode).toBe(1);
  expect(lines.at(-1)).toContain(expected);
  expect([...store.objects.keys()].filter(key => key.startsWith('data/models/'))).toEqual([]);
});

test.each([
  [{ TICKETS: '', MODELS: 'models' }, '--tickets (or TICKETS) is missing; --models is not s3://bucket/prefix'],
  [{ RUN_ID: '../x', TOPICS: '0' }, '--run ../x has characters'],
  [{ RUN_ID: '../x', TOPICS: '0' }, '--topics is not a whole number above 0'],
  [{ ACCOUNTS: '' }, '--accounts or --account is missing'],
  [{ BREAK: 'leg' }, '--break is not app or oom'],
  [{}, '3 accounts, but neither AWS_BATCH_JOB_ARRAY_INDEX nor --account says which'],
  [{ ACCOUNTS: 'a/b' }, 'account "a/b" has characters'],
  [{ AWS_REGION: '' }, 'AWS_REGION is not set'],
  [{ AWS_ACCESS_KEY_ID: '', ACCOUNTS: '101' }, 'no credentials: give the job definition a jobRoleArn'],
])('settings %j: all that is wrong, on one line', async (environment, expected) => {
  const { exitCode, lines } = await build(environment);
  expect(exitCode).toBe(1);
  expect(lines.at(-1)).toContain(expected);
});

test('an unknown flag is an error that names it', async () => {
  const { exitCode, lines } = await build({}, '--acount', '101');
  expect(exitCode).toBe(1);
  expect(lines.at(-1)).toContain("Unknown option '--acount'");
});

test('throttling, a 500 and a cut connection are tried again', async () => {
  store.faults.push(503, 'reset', 500);
  const { exitCode } = await build({ AWS_BATCH_JOB_ARRAY_INDEX: '1' });
  expect(exitCode).toBe(0);
  expect(store.requests.filter(line => line === 'GET data/tickets/105.ndjson')).toHaveLength(4);
});

test('what S3 refuses is told in its own words, once', async () => {
  const { exitCode, lines } = await build({ AWS_SECRET_ACCESS_KEY: 'wrong', AWS_BATCH_JOB_ARRAY_INDEX: '1' });
  expect(exitCode).toBe(1);
  expect(lines.at(-1)).toContain('SignatureDoesNotMatch The request signature we calculated does not match.');
  expect(store.requests).toHaveLength(1);
});

test('SIGTERM ends it at once, without a model', async () => {
  store.objects.set('data/tickets/103.ndjson', describeTickets(generateTickets('103')));
  const command = [...JAVASCRIPT, '--account', '103', '--topics', '40'] as [string, ...string[]];
  const settings = { TICKETS: 's3://data/tickets', MODELS: 's3://data/models', RUN_ID: 'r1' };
  const started = performance.now();
  const { exitCode, lines } = await runBuilder(
    command,
    { ...settings, AWS_ENDPOINT_URL: store.endpoint },
    (line, signal) => line.includes('read 4000 tickets') && signal('SIGTERM'),
  );
  expect(exitCode).toBe(143);
  expect(lines.at(-1)).toBe('account=103 SIGTERM: stopping without a model');
  expect([...store.objects.keys()].filter(key => key.startsWith('data/models/'))).toEqual([]);
  expect(performance.now() - started).toBeLessThan(4000);
});

test('--resume leaves at once when the marker is there', async () => {
  store.objects.set('data/models/r1/101.success', 'x');
  const { exitCode, lines } = await build({ AWS_BATCH_JOB_ARRAY_INDEX: '0', RESUME: '1' });
  expect(exitCode).toBe(0);
  expect(lines.at(-1)).toBe('account=101 s3://data/models/r1/101.success is there: nothing to do');
  expect(store.requests).toEqual(['HEAD data/models/r1/101.success']);
});

test('--break app throws a real stack trace, each line with the account', async () => {
  const { exitCode, lines } = await build({ AWS_BATCH_JOB_ARRAY_INDEX: '0', BREAK: 'app:101' });
  expect(exitCode).toBe(1);
  expect(lines).toContainEqual(expect.stringMatching(/^account=101 TypeError: Cannot read properties of null/));
  expect(lines.at(-1)).toMatch(/^account=101 {5}at .*build-model\.mjs:\d+:\d+/);
  expect(store.objects.has('data/models/r1/101.success')).toBe(false);
});

test('--break names one account: the others are built', async () => {
  expect((await build({ AWS_BATCH_JOB_ARRAY_INDEX: '1', BREAK: 'app:101' })).exitCode).toBe(0);
});

test('--break oom takes real memory until something stops it', async () => {
  const resident: number[] = [];
  const command = [...JAVASCRIPT, '--account', '101', '--break', 'oom'] as [string, ...string[]];
  const settings = { TICKETS: 's3://data/tickets', MODELS: 's3://data/models', RUN_ID: 'r1' };
  const { exitCode } = await runBuilder(command, { ...settings, AWS_ENDPOINT_URL: store.endpoint }, (line, signal) => {
    const [, mebibytes] = /dense matrix: (\d+) MiB/.exec(line) ?? [];
    if (mebibytes) resident.push(Number(mebibytes));
    if (Number(mebibytes) >= 512) signal('SIGKILL');
  });
  expect(resident).toEqual([256, 512]);
  expect(exitCode).toBeNull();
});
