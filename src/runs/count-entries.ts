import type { Shard } from './model.ts';
import { countFailedEntries, type EndedShard } from './outcomes.ts';

export interface EntryCounts {
  readonly total: number;
  readonly succeeded: number;
  /** And not being tried again. */
  readonly failed: number;
  /** Not submitted yet, or not ended. */
  readonly open: number;
  /** Of the succeeded: after at least one round that failed. */
  readonly recovered: number;
}

/** An entry succeeds once, in one shard of one round; it is open while a shard that holds it has not ended. */
export function countEntries(
  total: number,
  rounds: readonly {
    readonly round: number;
    readonly shards: readonly Shard[];
    readonly ended: readonly EndedShard[];
  }[],
): EntryCounts {
  let [succeeded, recovered, open] = [0, 0, 0];
  for (const { round, shards, ended } of rounds) {
    const over = new Set(ended.map(({ shard }) => shard.id));
    open += shards.filter(({ id }) => !over.has(id)).reduce((sum, { entries }) => sum + entries, 0);
    for (const { shard, end } of ended) {
      const good = shard.entries - countFailedEntries(shard, end);
      succeeded += good;
      if (round > 0) recovered += good;
    }
  }
  return { total, succeeded, failed: total - succeeded - open, open, recovered };
}
