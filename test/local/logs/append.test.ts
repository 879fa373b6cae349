import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createLogs } from '../../../src/local/logs/create-logs.ts';
import { openStore } from '../../../src/local/store.ts';
import { useTemporaryFolders } from '../fixtures/temporary-folder.ts';

const newFolder = useTemporaryFolders();
const clock = { now: () => 1000, sleep: () => Promise.resolve() };
const caller = { account: '111122223333', region: 'eu-west-1', requestId: '' };
const where = ['111122223333', 'eu-west-1', '/aws/batch/job', 'a/default/1'] as const;

async function newLogs(folder?: string) {
  const store = await openStore({ folder });
  return { store, logs: createLogs({ store, clock, endpoint: () => '', uuid: () => '' }) };
}

function read({ api }: ReturnType<typeof createLogs>) {
  const input = { logGroupName: '/aws/batch/job', logStreamName: 'a/default/1', startFromHead: true };
  const output = api.operations['GetLogEvents']?.({ ...caller, operation: 'GetLogEvents', input });
  const { events = [] } = (output ?? {}) as { events?: { timestamp: number; message: string }[] };
  return events.map(({ timestamp, message }) => [timestamp, message]);
}

test('LOGS-18 lines of containers make group and stream and can be read at once, without a commit', async () => {
  const { store, logs } = await newLogs();
  logs.append(...where, { timestamp: 1, message: 'first' });
  logs.append(...where, { timestamp: 2, message: 'second' });
  expect(read(logs)).toEqual([
    [1, 'first'],
    [2, 'second'],
  ]);
  await store.close();
});

test('LOGS-18 many lines go to disk as one record with the next commit, and are there after a restart', async () => {
  const folder = newFolder();
  const { store, logs } = await newLogs(folder);
  for (let index = 0; index < 1000; index += 1) logs.append(...where, { timestamp: index, message: `line ${index}` });
  await store.commit();
  logs.append(...where, { timestamp: 1000, message: 'later' });
  await store.close();
  expect(readFileSync(join(folder, 'journal.ndjson'), 'utf8').match(/"logs.events"/g)).toHaveLength(2);
  const again = await newLogs(folder);
  expect(read(again.logs)).toHaveLength(1001);
  await again.store.close();
});

test('LOGS-19 empty lines give no event, and lines beyond 256 KiB several, cut between characters', async () => {
  const { store, logs } = await newLogs();
  logs.append(...where, { timestamp: 1, message: '' });
  expect(read(logs)).toEqual([]);
  const long = `x${'é'.repeat(200_000)}`;
  logs.append(...where, { timestamp: 2, message: long });
  const parts = read(logs).map(([, message]) => String(message));
  expect(parts.map(part => Buffer.byteLength(part))).toEqual([262_117, 137_884]);
  expect(parts.join('')).toBe(long);
  await store.close();
});
