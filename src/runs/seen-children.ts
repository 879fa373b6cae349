import type { ChildLine } from './children-file.ts';

/** What Batch tells of a child that has ended. */
export type Seen = Pick<ChildLine, 'jobId' | 'createdAt' | 'startedAt' | 'stoppedAt' | 'exitCode' | 'attempts'>;

export interface SeenChildren {
  note(index: number, seen: Seen): void;
  find(index: number): Seen | undefined;
}

const TIMES = ['createdAt', 'startedAt', 'stoppedAt', 'exitCode'] as const;

/**
 * The children of one shard by index. Batch lists them in an order of its own, so that all must be known before the first is told: as
 * numbers, thirty-two bytes each, for ten thousand objects that live until then burden the garbage collector.
 */
export function createSeenChildren(size: number): SeenChildren {
  const numbers = new Float64Array(size * TIMES.length).fill(Number.NaN);
  const jobIds: (string | undefined)[] = [];
  const attempts = new Map<number, NonNullable<Seen['attempts']>>();
  return {
    note(index, { jobId, attempts: all, ...seen }) {
      jobIds[index] = jobId;
      for (const [at, name] of TIMES.entries()) numbers[index * TIMES.length + at] = seen[name] ?? Number.NaN;
      if (all) attempts.set(index, all);
    },
    find(index) {
      const jobId = jobIds[index];
      if (jobId === undefined) return undefined;
      const number = (at: number) => {
        const value = numbers[index * TIMES.length + at] ?? Number.NaN;
        return Number.isNaN(value) ? undefined : value;
      };
      const all = attempts.get(index);
      const [createdAt, startedAt, stoppedAt, exitCode] = [number(0), number(1), number(2), number(3)];
      return { jobId, createdAt, startedAt, stoppedAt, exitCode, ...(all && { attempts: all }) };
    },
  };
}
