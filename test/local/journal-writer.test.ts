import { expect, test } from '@jest/globals';
import type { Journal, JournalRecord } from '../../src/local/journal.ts';
import { createJournalWriter } from '../../src/local/journal-writer.ts';

/** A journal on a disk that can be full. */
function journalOnDisk() {
  const disk = {
    full: false,
    slow: false,
    groups: [] as JournalRecord[][],
    syncs: 0,
    bytes: 0,
    writing: false,
    closed: false,
  };
  const check = () => {
    if (disk.full) throw new Error('ENOSPC: no space left on device');
  };
  const journal: Journal = {
    get bytes() {
      return disk.bytes;
    },
    async append(records) {
      check();
      const group = [...records];
      disk.writing = true;
      if (disk.slow) await new Promise(resolve => setTimeout(resolve, 5));
      disk.groups.push(group);
      disk.bytes += group.length * 10;
    },
    async sync() {
      check();
      disk.syncs += 1;
    },
    async rewrite(records, last) {
      const rows = [...records];
      await Promise.resolve();
      const end = [...last()];
      check();
      disk.groups = [[...rows, ...end]];
      disk.bytes = disk.groups[0]?.length ?? 0;
    },
    async close() {
      disk.closed = true;
    },
  };
  return { disk, journal };
}

test('FRAME-10 a commit fails while the disk is full; what was put stays in order and is written later', async () => {
  const { disk, journal } = journalOnDisk();
  const writer = createJournalWriter(journal, () => [], 1000);
  disk.full = true;
  writer.add(['rows', 'a', 1]);
  await expect(writer.commit()).rejects.toThrow('ENOSPC');
  writer.add(['rows', 'b', 1]);
  writer.add(['rows', 'a', 2]);
  writer.add(['rows', 'b']);
  await expect(writer.commit()).rejects.toThrow('ENOSPC');
  disk.full = false;
  await writer.commit();
  expect(disk.groups).toEqual([
    [
      ['rows', 'a', 2],
      ['rows', 'b', 1],
      ['rows', 'b'],
    ],
  ]);
  await writer.close();
  expect(disk.closed).toBe(true);
});

test('FRAME-12 a rewrite that fails keeps what came meanwhile', async () => {
  const { disk, journal } = journalOnDisk();
  const rows: JournalRecord[] = [['rows', 'a', 1]];
  const writer = createJournalWriter(journal, () => rows, 15);
  for (const key of ['a', 'b']) writer.add(['rows', key, 1]);
  await writer.commit();
  disk.full = true;
  writer.add(['rows', 'c', 1]);
  await expect(writer.commit()).rejects.toThrow('ENOSPC');
  disk.full = false;
  await writer.commit();
  expect(disk.groups).toEqual([
    [
      ['rows', 'a', 1],
      ['rows', 'c', 1],
    ],
  ]);
  await writer.close();
});

test('FRAME-10 a sync that fails is made up for by the next commit, though nothing new was put', async () => {
  const { disk, journal } = journalOnDisk();
  const writer = createJournalWriter(
    {
      ...journal,
      sync: () => (disk.groups.length === 1 && disk.syncs === 0 && !disk.slow ? failOnce() : journal.sync()),
    },
    () => [],
    1000,
  );
  const failOnce = async () => {
    disk.slow = true;
    throw new Error('EIO');
  };
  writer.add(['rows', 'a', 1]);
  await expect(writer.commit()).rejects.toThrow('EIO');
  await writer.commit();
  expect([disk.groups.length, disk.syncs]).toEqual([1, 1]);
  await writer.commit();
  expect(disk.syncs).toBe(1);
  await writer.close();
});

test('a commit while another is being written waits for its own records', async () => {
  const { disk, journal } = journalOnDisk();
  disk.slow = true;
  const writer = createJournalWriter(journal, () => [], 1000);
  writer.add(['rows', 'a', 1]);
  const first = writer.commit();
  while (!disk.writing) await new Promise(resolve => setImmediate(resolve));
  writer.add(['rows', 'b', 1]);
  await Promise.all([first, writer.commit()]);
  expect(disk.groups).toEqual([[['rows', 'a', 1]], [['rows', 'b', 1]]]);
  await writer.close();
});

test('what could not be written by itself is not lost, and its error does not go unhandled', async () => {
  const { disk, journal } = journalOnDisk();
  const writer = createJournalWriter(journal, () => [], 1000);
  disk.full = true;
  writer.add(['rows', 'a', 1]);
  await new Promise(resolve => setTimeout(resolve, 60));
  disk.full = false;
  await writer.close();
  expect(disk.groups).toEqual([[['rows', 'a', 1]]]);
});
