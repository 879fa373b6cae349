/** A ledger's store in memory, with conditions as S3 has them. */
import type { StoredValue, StorePort } from '../../src/ports.ts';

export interface MemoryStore extends StorePort {
  readonly values: Map<string, StoredValue>;
  /** Every call in order: `write run/plan.json`. */
  readonly calls: string[];
}

export function createMemoryStore(uri = 's3://ledger/runs', values = new Map<string, StoredValue>()): MemoryStore {
  const calls: string[] = [];
  let versions = values.size;
  return {
    uri,
    values,
    calls,
    async read(key) {
      calls.push(`read ${key}`);
      return values.get(key);
    },
    async write(key, bytes, condition) {
      calls.push(`write ${key}`);
      const there = values.get(key);
      if (condition === 'absent' && there) return undefined;
      if (typeof condition === 'object' && there?.version !== condition.version) return undefined;
      versions += 1;
      values.set(key, { bytes: Uint8Array.from(bytes), version: `"${versions}"` });
      return `"${versions}"`;
    },
    async *list(folder) {
      const names = new Set<string>();
      for (const key of values.keys()) {
        if (key.startsWith(folder)) names.add(key.slice(folder.length).replace(/\/.*$/, '/'));
      }
      yield* [...names].sort();
    },
  };
}
