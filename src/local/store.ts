/** The state of the local AWS: tables in memory, and behind them a journal when a folder is given. */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { lockFolder } from './folder-lock.ts';
import { type JournalRecord, openJournal } from './journal.ts';
import { createJournalWriter, type JournalWriter } from './journal-writer.ts';
import type { Rows, Store, Table } from './model.ts';

export interface StoreOptions {
  /** Made when it does not exist. Without it nothing survives the process. */
  readonly folder?: string | undefined;
  /** The journal is rewritten when it is longer than this and has doubled since it was last written whole. */
  readonly compactBytes?: number | undefined;
}

/** Throws ConfigurationError when the folder is in use by another process, or holds something else or something damaged. */
export async function openStore({ folder, compactBytes = 32 << 20 }: StoreOptions = {}): Promise<Store> {
  return folder === undefined ? openTemporaryStore() : openDurableStore(resolve(folder), compactBytes);
}

type Tables = Map<string, Rows<unknown>>;

async function openTemporaryStore(): Promise<Store> {
  const tables: Tables = new Map();
  const hooks: (() => void)[] = [];
  const blobFolder = await mkdtemp(join(tmpdir(), 'batchwright-'));
  // The state is gone with the process anyway: do not leave its files behind on an exit without close().
  const remove = (): void => rmSync(blobFolder, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    durable: false,
    blobFolder,
    table: (name, rows) => openTable(tables, name, () => undefined, rows),
    onCommit: hook => {
      hooks.push(hook);
    },
    async commit() {
      for (const hook of hooks) hook();
    },
    async close() {
      process.off('exit', remove);
      await rm(blobFolder, { recursive: true, force: true });
    },
  };
}

async function openDurableStore(folder: string, compactBytes: number): Promise<Store> {
  const blobFolder = join(folder, 'blobs');
  await mkdir(blobFolder, { recursive: true });
  const unlock = await lockFolder(folder);
  try {
    const tables: Tables = new Map();
    const writer = await openWriter(join(folder, 'journal.ndjson'), tables, compactBytes);
    return {
      durable: true,
      blobFolder,
      table: (name, rows) => openTable(tables, name, writer.add, rows),
      onCommit: writer.onCommit,
      commit: writer.commit,
      async close() {
        await writer.close().finally(unlock);
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function openWriter(path: string, tables: Tables, compactBytes: number): Promise<JournalWriter> {
  const journal = await openJournal(path, record => applyRecord(tables, record));
  return createJournalWriter(journal, () => snapshotOf(tables), compactBytes);
}

function applyRecord(tables: Tables, record: JournalRecord): void {
  const [name, key, value] = record;
  const rows = rowsOf(tables, name);
  if (record.length === 2) rows.delete(key);
  else rows.set(key, value);
}

function* snapshotOf(tables: Tables): Generator<JournalRecord> {
  for (const [name, rows] of tables) for (const [key, value] of rows.entries()) yield [name, key, value];
}

function rowsOf(tables: Tables, name: string): Rows<unknown> {
  let rows = tables.get(name);
  if (!rows) {
    rows = new Map();
    tables.set(name, rows);
  }
  return rows;
}

function openTable<Value>(
  tables: Tables,
  name: string,
  add: (record: JournalRecord) => void,
  own?: Rows<Value>,
): Table<Value> {
  // What the journal gives back is what this same table was given, as JSON: the one place where the type is taken on trust.
  const known = rowsOf(tables, name) as Rows<Value>;
  const rows = own ?? known;
  if (own) {
    for (const [key, value] of known.entries()) own.set(key, value);
    tables.set(name, own as Rows<unknown>);
  }
  return {
    get: key => rows.get(key),
    entries: () => rows.entries(),
    put(key, value) {
      rows.set(key, value);
      add([name, key, value]);
    },
    delete(key) {
      const existed = rows.delete(key);
      if (existed) add([name, key]);
      return existed;
    },
    get size() {
      return rows.size;
    },
  };
}
