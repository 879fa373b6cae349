import { idAt } from './entries-file.ts';
import type { Ledger } from './ledger.ts';
import type { EntryOutcome, Shard } from './model.ts';
import { collectOutcomes, type EndedShard } from './outcomes.ts';

/**
 * What became of every entry that failed at least once and is not being tried again just now. Reads the entries of a retry's open jobs,
 * a job at a time. Throws ConfigurationError when the ledger has lost them.
 */
export async function readSettledOutcomes(
  rounds: readonly { readonly shards: readonly Shard[]; readonly ended: readonly EndedShard[] }[],
  ledger: Pick<Ledger, 'readEntries'>,
): Promise<readonly EntryOutcome[]> {
  const failing = await collectOutcomes(
    rounds.map(({ ended }) => ended),
    ledger,
  );
  for (const { shards, ended } of rounds.slice(1)) {
    const over = new Set(ended.map(({ shard }) => shard.id));
    for (const shard of shards.filter(({ id }) => !over.has(id))) {
      const bytes = await ledger.readEntries(shard);
      for (let at = 0; at < shard.entries; at += 1) failing.delete(idAt(bytes, shard.stride, at));
    }
  }
  return [...failing.values()].map(({ outcome }) => outcome);
}
