import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openStore } from '../../src/local/store.ts';
import { useTemporaryFolders } from './fixtures/temporary-folder.ts';

const newFolder = useTemporaryFolders();
const journalOf = (folder: string): string => join(folder, 'journal.ndjson');

async function rowsIn(folder: string, name = 'rows'): Promise<[string, unknown][]> {
  const store = await openStore({ folder });
  const rows = [...store.table(name).entries()];
  await store.close();
  return rows;
}

describe('tables', () => {
  test('keep the order of first insertion, here and after a restart', async () => {
    const folder = newFolder();
    const store = await openStore({ folder });
    const table = store.table<number>('rows');
    table.put('a', 1);
    table.put('b', 2);
    table.put('a', 3);
    table.put('c', 4);
    expect(table.delete('b')).toBe(true);
    expect(table.delete('b')).toBe(false);
    table.put('b', 5);
    const expected = [
      ['a', 3],
      ['c', 4],
      ['b', 5],
    ];
    expect([...table.entries()]).toEqual(expected);
    expect([table.size, table.get('c'), table.get('d')]).toEqual([3, 4, undefined]);
    await store.close();
    expect(await rowsIn(folder)).toEqual(expected);
  });

  test('of the same name are the same table; others are apart', async () => {
    const store = await openStore();
    store.table<number>('one').put('key', 1);
    expect(store.table<number>('one').get('key')).toBe(1);
    expect(store.table<number>('two').size).toBe(0);
    await store.close();
  });

  test('without a folder leave nothing behind', async () => {
    const store = await openStore();
    writeFileSync(join(store.blobFolder, 'blob'), 'content');
    store.table('rows').put('key', 1);
    await store.commit();
    expect(store.durable).toBe(false);
    await store.close();
    expect(existsSync(store.blobFolder)).toBe(false);
  });
});

describe('a state folder', () => {
  test('FRAME-10 gives back after a restart what was committed, and what was only put a moment before the end', async () => {
    const folder = newFolder();
    const store = await openStore({ folder });
    const table = store.table<{ text: string }>('rows');
    table.put('committed', { text: 'line\nbreak "quoted" \u2028' });
    await store.commit();
    table.put('late', { text: '' });
    await store.close();
    expect(await rowsIn(folder)).toEqual([
      ['committed', { text: 'line\nbreak "quoted" \u2028' }],
      ['late', { text: '' }],
    ]);
  });

  test('writes what nobody commits after a moment by itself', async () => {
    const folder = newFolder();
    const store = await openStore({ folder });
    store.table('rows').put('key', 'value');
    for (let tries = 0; tries < 100 && !readFileSync(journalOf(folder), 'utf8').includes('value'); tries += 1) {
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    expect(readFileSync(journalOf(folder), 'utf8')).toContain('["rows","key","value"]\n[]\n');
    await store.close();
  });

  test('many commits at once share one group', async () => {
    const folder = newFolder();
    const store = await openStore({ folder });
    const table = store.table<number>('rows');
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => {
        table.put(`key ${index}`, index);
        return store.commit();
      }),
    );
    expect(readFileSync(journalOf(folder), 'utf8').split('\n[]\n')).toHaveLength(2);
    await store.close();
  });

  test('a row put many times before a commit is written once', async () => {
    const folder = newFolder();
    const store = await openStore({ folder });
    for (let index = 0; index < 50; index += 1) store.table('rows').put('key', index);
    await store.commit();
    expect(readFileSync(journalOf(folder), 'utf8').match(/"key"/g)).toHaveLength(1);
    await store.close();
    expect(await rowsIn(folder)).toEqual([['key', 49]]);
  });

  test('hooks add rows to the commit that follows', async () => {
    const folder = newFolder();
    const store = await openStore({ folder });
    const gathered = [1, 2];
    store.onCommit(() => {
      if (gathered.length > 0) store.table('rows').put('gathered', gathered.splice(0));
    });
    await store.commit();
    await store.close();
    expect(await rowsIn(folder)).toEqual([['gathered', [1, 2]]]);
  });
});

describe('a process killed', () => {
  test.each([30, 90, 200])(
    'FRAME-10 FRAME-12 with -9 after %i ms, compacting all the while, loses nothing it acknowledged',
    async milliseconds => {
      const folder = newFolder();
      const child = spawn(process.execPath, ['test/local/fixtures/write-until-killed.ts', folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      await once(child.stdout, 'data');
      await new Promise(resolve => setTimeout(resolve, milliseconds));
      child.kill('SIGKILL');
      await once(child, 'close');
      const acknowledged = Number(said.trimEnd().split('\n').at(-1));
      const rows = new Map(await rowsIn(folder)) as Map<string, { number: number }>;
      const last = rows.get('last')?.number ?? -1;
      expect(last).toBeGreaterThanOrEqual(acknowledged);
      // The two rows of one group are there together or not at all.
      expect(rows.get(`row ${last % 50}`)?.number).toBe(last);
      for (let number = Math.max(0, last - 49); number <= last; number += 1) {
        expect(rows.get(`row ${number % 50}`)?.number).toBe(number);
      }
    },
    20_000,
  );
});

describe('a journal', () => {
  async function writtenFolder(): Promise<string> {
    const folder = newFolder();
    const store = await openStore({ folder });
    store.table('rows').put('first', 1);
    await store.commit();
    store.table('rows').put('second', 2);
    store.table('rows').put('third', 3);
    await store.close();
    return folder;
  }

  test('FRAME-11 cut short at any byte of its last group is as it was before that group', async () => {
    const folder = await writtenFolder();
    const whole = readFileSync(journalOf(folder));
    const firstGroup = whole.indexOf('[]\n') + 3;
    for (let length = firstGroup; length < whole.length; length += 1) {
      writeFileSync(journalOf(folder), whole.subarray(0, length));
      expect(await rowsIn(folder)).toEqual([['first', 1]]);
      expect(statSync(journalOf(folder)).size).toBe(firstGroup);
    }
  });

  test('FRAME-11 with zeros at its end, as a power cut leaves them, drops them and takes new rows', async () => {
    const folder = await writtenFolder();
    appendFileSync(journalOf(folder), Buffer.alloc(4096));
    const store = await openStore({ folder });
    store.table('rows').put('fourth', 4);
    await store.close();
    expect((await rowsIn(folder)).map(([key]) => key)).toEqual(['first', 'second', 'third', 'fourth']);
  });

  test('FRAME-11 damaged before a closed group is refused, with the byte', async () => {
    const folder = await writtenFolder();
    const text = readFileSync(journalOf(folder), 'utf8');
    const start = text.indexOf('["rows","second"');
    writeFileSync(journalOf(folder), text.replace('["rows","second"', '["rows;"second"'));
    await expect(openStore({ folder })).rejects.toThrow(`damaged at byte ${start}`);
    writeFileSync(journalOf(folder), text);
    expect(await rowsIn(folder)).toHaveLength(3);
  });

  test('of another kind is refused and left alone', async () => {
    const folder = newFolder();
    writeFileSync(journalOf(folder), '{"something":"else"}\n');
    await expect(openStore({ folder })).rejects.toThrow('not a state journal that this version can read');
    expect(readFileSync(journalOf(folder), 'utf8')).toBe('{"something":"else"}\n');
  });

  test('that holds no whole header yet is begun anew', async () => {
    const folder = newFolder();
    writeFileSync(journalOf(folder), '{"jour');
    expect(await rowsIn(folder)).toEqual([]);
    truncateSync(journalOf(folder), 0);
    expect(await rowsIn(folder)).toEqual([]);
  });

  test('FRAME-12 is rewritten when most of it is out of date, with everything in it, also what came meanwhile', async () => {
    const folder = newFolder();
    const store = await openStore({ folder, compactBytes: 10_000 });
    const table = store.table<string>('rows');
    table.put('deleted', '');
    for (let index = 0; index < 400; index += 1) {
      table.put(`key ${index % 10}`, `${index} ${'x'.repeat(90)}`);
      const committed = store.commit();
      table.put('meanwhile', String(index));
      if (index === 200) table.delete('deleted');
      await committed;
    }
    await store.close();
    expect(statSync(journalOf(folder)).size).toBeLessThan(12_500);
    const rows = new Map(await rowsIn(folder));
    expect(rows.size).toBe(11);
    expect(rows.get('meanwhile')).toBe('399');
    expect(rows.get('key 9')).toMatch(/^399 /);
  });

  test('FRAME-12 left half rewritten beside the old one is ignored', async () => {
    const folder = await writtenFolder();
    writeFileSync(`${journalOf(folder)}.new`, '{"journal":"batchwright","version":1}\n["rows","fir');
    expect(await rowsIn(folder)).toHaveLength(3);
  });
});

describe('the lock', () => {
  test('FRAME-13 refuses a second store on the same folder until the first is closed', async () => {
    const folder = newFolder();
    const store = await openStore({ folder });
    await expect(openStore({ folder })).rejects.toThrow(
      `the state folder ${folder} is in use by process ${process.pid}`,
    );
    await store.close();
    expect(await rowsIn(folder)).toEqual([]);
  });

  test('FRAME-13 of another living process holds', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'lock'), `${process.ppid} \n`);
    await expect(openStore({ folder })).rejects.toThrow(`in use by process ${process.ppid}`);
  });

  test.each([
    ['a process that is gone', '4194999 77'],
    ['a process whose id another one has now', `${process.ppid} 1`],
    ['a process of an earlier container with our own id', `${process.pid} 5`],
    ['nobody', ''],
  ])('FRAME-13 of %s is taken over', async (_, text) => {
    const folder = newFolder();
    writeFileSync(join(folder, 'lock'), text);
    expect(await rowsIn(folder)).toEqual([]);
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });
});
