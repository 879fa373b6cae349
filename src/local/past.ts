/**
 * What a store held a while ago, for reads that answer from before the latest writes. Nothing is remembered until it is asked for;
 * from then on each change leaves behind what it replaced.
 */
import type { Caller, Rows, Store, Table } from './model.ts';

/** How far back an answer looks: a time, a number of calls that changed something, or whichever of both is earlier. */
export interface Staleness {
  readonly milliseconds?: number | undefined;
  readonly writes?: number | undefined;
}

/** A moment of the past; it stays the same whatever is written later. */
export interface PastMoment {
  readonly at: number;
  /** The number of the first change that had not been made yet. */
  readonly change: number;
}

interface Change {
  readonly table: string;
  readonly key: string;
  /** undefined: there was none. */
  readonly previous: unknown;
  readonly at: number;
}

interface Write {
  readonly caller: string;
  /** The number of its first change. */
  readonly change: number;
}

export interface Past {
  /** The store itself, watched; it calls itself durable while changes are remembered, and may change its mind at any time. */
  readonly store: Store;
  /** How far back anybody may look from now on; undefined: forget, and remember nothing. */
  keep(furthest: Staleness | undefined): void;
  /** Runs a call; when it changes something, it counts as a write of the caller. */
  watch<Answer>(caller: Caller, call: () => Answer): Answer;
  /** Never earlier than what is remembered. */
  momentOf(caller: Caller, staleness: Staleness): PastMoment;
  /** The tables as they were, to be read only. */
  storeAt(moment: PastMoment): Store;
}

/** Changes are let go of so many at a time. */
const SWEEP = 1024;

export function createPast(store: Store, now: () => number): Past {
  let furthest: Staleness | undefined;
  let changes: Change[] = [];
  let writes: Write[] = [];
  /** The number of `changes[0]`. */
  let first = 0;

  const forget = (): void => {
    first += changes.length;
    changes = [];
    writes = [];
  };

  const note = (change: Change): void => {
    changes.push(change);
    if (changes.length % SWEEP === 0) sweep();
  };

  /** Lets go of what is too old for any answer. */
  const sweep = (): void => {
    const byTime = firstAfter(changes, now() - (furthest?.milliseconds ?? 0));
    const byWrites = Math.min(first + changes.length, ...latestWrites(writes, furthest?.writes ?? 0));
    const gone = Math.min(byTime, byWrites - first);
    changes = changes.slice(gone);
    first += gone;
    writes = writes.filter(({ change }) => change >= first);
  };

  return {
    store: {
      ...store,
      // Who keeps rows apart from the tables where nothing is durable must not do so while changes are watched.
      get durable() {
        return store.durable || furthest !== undefined;
      },
      table: <Value>(name: string, rows?: Rows<Value>) =>
        watchTable(name, store.table(name, rows), now, () => furthest && note),
    },
    keep(wanted) {
      furthest = wanted;
      if (!wanted) forget();
    },
    watch({ account, region }, call) {
      const change = first + changes.length;
      const answer = call();
      if (first + changes.length > change) writes.push({ caller: `${account}/${region}`, change });
      return answer;
    },
    momentOf({ account, region }, staleness) {
      const own = writes.filter(({ caller }) => caller === `${account}/${region}`);
      const byWrites = staleness.writes ? (own.at(-staleness.writes)?.change ?? first) : first + changes.length;
      const at = now() - (staleness.milliseconds ?? 0);
      const byTime = staleness.milliseconds ? first + firstAfter(changes, at) : first + changes.length;
      const change = Math.min(byWrites, byTime);
      return { change, at: Math.min(at, changes[change - first]?.at ?? at) };
    },
    storeAt: ({ change }) => ({
      ...store,
      durable: false,
      table: <Value>(name: string, rows?: Rows<Value>) =>
        pastTable(store.table<Value>(name), name, changes.slice(change - first), rows),
      commit: () => Promise.resolve(),
      onCommit: () => undefined,
      close: () => Promise.resolve(),
    }),
  };
}

/** The place of the first change that was made after that time. */
function firstAfter(changes: readonly Change[], at: number): number {
  const place = changes.findIndex(change => change.at > at);
  return place < 0 ? changes.length : place;
}

/** Where the earliest of each caller's last so many writes began. */
function latestWrites(writes: readonly Write[], count: number): number[] {
  if (count === 0) return [];
  const byCaller = Map.groupBy(writes, ({ caller }) => caller);
  return [...byCaller.values()].map(own => own[Math.max(0, own.length - count)]?.change ?? 0);
}

function watchTable<Value>(
  name: string,
  table: Table<Value>,
  now: () => number,
  noting: () => ((change: Change) => void) | undefined,
): Table<Value> {
  const note = (key: string): void => noting()?.({ table: name, key, previous: table.get(key), at: now() });
  return {
    get: key => table.get(key),
    entries: () => table.entries(),
    put(key, value) {
      note(key);
      table.put(key, value);
    },
    delete(key) {
      note(key);
      return table.delete(key);
    },
    get size() {
      return table.size;
    },
  };
}

function pastTable<Value>(
  table: Table<Value>,
  name: string,
  undone: readonly Change[],
  rows: Rows<Value> = new Map(),
): Table<Value> {
  for (const [key, value] of table.entries()) rows.set(key, value);
  for (const { table: changed, key, previous } of undone.toReversed()) {
    if (changed !== name) continue;
    if (previous === undefined) rows.delete(key);
    // It came from this very table.
    else rows.set(key, previous as Value);
  }
  return {
    get: key => rows.get(key),
    entries: () => rows.entries(),
    put: (key, value) => void rows.set(key, value),
    delete: key => rows.delete(key),
    get size() {
      return rows.size;
    },
  };
}
