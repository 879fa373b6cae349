/** Gathers what is written while the disk is busy and writes it as one group: one write and one sync for many callers. */
import { setImmediate } from 'node:timers/promises';
import type { Journal, JournalRecord } from './journal.ts';

export interface JournalWriter {
  readonly add: (record: JournalRecord) => void;
  /** Resolves when everything added before the call is on disk. Rejects when it could not be written; it then stays waiting. */
  readonly commit: () => Promise<void>;
  /** Called at the start of each commit, for what is gathered elsewhere and has to go with it. */
  readonly onCommit: (hook: () => void) => void;
  close(): Promise<void>;
}

/** Without a commit, records are written after this many milliseconds. */
const lingerMilliseconds = 25;

export function createJournalWriter(
  journal: Journal,
  snapshot: () => Iterable<JournalRecord>,
  compactBytes: number,
): JournalWriter {
  let waiting = new WaitingRecords();
  let unsynced = false;
  let compactAt = Math.max(compactBytes, journal.bytes > compactBytes ? 0 : journal.bytes * 2);
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  let busy = false;
  let timer: NodeJS.Timeout | undefined;
  const hooks: (() => void)[] = [];

  const flush = async (): Promise<void> => {
    if (journal.bytes > compactAt) return compact();
    const taken = takeWaiting();
    if (taken.size > 0) await append(taken);
    if (unsynced) await journal.sync();
    unsynced = false;
  };
  const takeWaiting = (): WaitingRecords => {
    const taken = waiting;
    waiting = new WaitingRecords();
    return taken;
  };
  const append = async (taken: WaitingRecords): Promise<void> => {
    try {
      await journal.append(taken.records());
    } catch (error) {
      waiting = taken.followedBy(waiting);
      throw error;
    }
    unsynced = true;
  };
  const compact = async (): Promise<void> => {
    let taken: WaitingRecords | undefined;
    const takeLast = (): Iterable<JournalRecord> => {
      taken = takeWaiting();
      return taken.records();
    };
    try {
      await journal.rewrite(snapshot(), takeLast);
    } catch (error) {
      if (taken) waiting = taken.followedBy(waiting);
      throw error;
    }
    unsynced = false;
    compactAt = Math.max(compactBytes, journal.bytes * 2);
  };
  const run = async (): Promise<void> => {
    await last.catch(() => undefined);
    // Everybody who is served in this turn of the event loop shares the write.
    await setImmediate();
    next = undefined;
    clearTimeout(timer);
    timer = undefined;
    busy = true;
    try {
      await flush();
    } finally {
      busy = false;
    }
  };
  const commit = (): Promise<void> => {
    for (const hook of hooks) hook();
    if (!next) {
      if (waiting.size === 0 && !unsynced && !busy) return Promise.resolve();
      next = run();
      last = next;
    }
    return next;
  };
  return {
    add(record) {
      waiting.add(record);
      // An error here is not lost: the records stay waiting and the next commit meets it again.
      timer ??= setTimeout(() => commit().catch(() => undefined), lingerMilliseconds).unref();
    },
    commit,
    onCommit(hook) {
      hooks.push(hook);
    },
    async close() {
      clearTimeout(timer);
      await commit().finally(() => journal.close());
    },
  };
}

/** Records in order; a value put again before the last one was written replaces it in its place. */
class WaitingRecords {
  readonly #records: JournalRecord[] = [];
  readonly #places = new Map<string, Map<string, number>>();

  get size(): number {
    return this.#records.length;
  }

  add(record: JournalRecord): void {
    const [table, key] = record;
    const places = this.#placesOf(table);
    const place = places.get(key);
    if (record.length === 2) {
      // A put after a delete moves the row to the end of its table, so it must not slip into the old put's place.
      places.delete(key);
      this.#records.push(record);
    } else if (place === undefined) {
      places.set(key, this.#records.push(record) - 1);
    } else {
      this.#records[place] = record;
    }
  }

  records(): Iterable<JournalRecord> {
    return this.#records;
  }

  followedBy(later: WaitingRecords): WaitingRecords {
    for (const record of later.records()) this.add(record);
    return this;
  }

  #placesOf(table: string): Map<string, number> {
    const places = this.#places.get(table) ?? new Map<string, number>();
    this.#places.set(table, places);
    return places;
  }
}
