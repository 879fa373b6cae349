import type { StoredValue, StorePort } from '../ports.ts';

export interface MemoryStore extends StorePort {
  readonly values: Map<string, StoredValue>;
}

/** A store that is gone with the process, with conditions as S3 has them: for simulations. */
export function createMemoryStore(uri = 'memory'): MemoryStore {
  const values = new Map<string, StoredValue>();
  let versions = 0;
  return {
    uri,
    values,
    async read(key) {
      return values.get(key);
    },
    async write(key, bytes, condition) {
      const there = values.get(key);
      if (condition === 'absent' && there) return undefined;
      if (typeof condition === 'object' && there?.version !== condition.version) return undefined;
      versions += 1;
      values.set(key, { bytes: Uint8Array.from(bytes), version: `"${versions}"` });
      return `"${versions}"`;
    },
    async *list(folder) {
      const below = [...values.keys()].filter(key => key.startsWith(folder));
      yield* [...new Set(below.map(key => key.slice(folder.length).replace(/\/.*$/, '/')))].sort();
    },
  };
}
