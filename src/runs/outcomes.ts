import type { FailureClass } from '../failure-classes.ts';
import { entryAt } from './entries-file.ts';
import type { Ledger } from './ledger.ts';
import type { EntryOutcome, FailedChild, Shard, ShardEnd } from './model.ts';

/** An entry whose last job failed, with what is needed to submit it again. */
export interface Failing {
  readonly outcome: EntryOutcome;
  readonly retryable: boolean;
  readonly text: string;
}

export interface EndedShard {
  readonly shard: Shard;
  readonly end: ShardEnd;
}

/** Positions of the entries of a failed child that it did not do: all of them, but for packed children that wrote down what they did. */
export function failedPositions({ pack, entries }: Shard, { index, done }: FailedChild): readonly number[] {
  const first = index * pack;
  const all = Array.from({ length: Math.min(pack, entries - first) }, (_, at) => first + at);
  return done ? all.filter(position => !done.includes(position)) : all;
}

/** How many entries of a shard failed. */
export function countFailedEntries(shard: Shard, { failed }: ShardEnd): number {
  if (shard.pack === 1) return failed.length;
  return failed.reduce((sum, child) => sum + failedPositions(shard, child).length, 0);
}

/**
 * The last word on every entry that failed at least once, over the rounds that have ended, by id. What is not in it succeeded in the
 * first round. Holds no more than the entries that failed, and reads one shard at a time.
 */
export async function collectOutcomes(
  rounds: readonly (readonly EndedShard[])[],
  ledger: Pick<Ledger, 'readEntries'>,
): Promise<Map<string, Failing>> {
  const failing = new Map<string, Failing>();
  for (const ended of rounds) for (const one of ended) await addShard(one, ledger, failing);
  return failing;
}

async function addShard(
  { shard, end }: EndedShard,
  ledger: Pick<Ledger, 'readEntries'>,
  failing: Map<string, Failing>,
): Promise<void> {
  if (shard.round === 0 && end.failed.length === 0) return;
  const bytes = await ledger.readEntries(shard);
  const children = new Map(
    end.failed.flatMap(child => failedPositions(shard, child).map(position => [position, child])),
  );
  const positions = shard.round === 0 ? children.keys() : Array.from({ length: shard.entries }, (_, at) => at);
  for (const position of positions) {
    const text = entryAt(bytes, shard.stride, position);
    const { id } = JSON.parse(text) as { readonly id: string };
    const outcome = describeOutcome({ shard, end }, id, position, children.get(position), failing.get(id)?.outcome);
    failing.set(id, { outcome, text, retryable: children.get(position)?.retryable ?? false });
  }
}

function describeOutcome(
  { shard, end }: EndedShard,
  id: string,
  position: number,
  child: FailedChild | undefined,
  before: EntryOutcome | undefined,
): EntryOutcome {
  const { tier, region, priority, round } = shard;
  return {
    id,
    status: child ? 'failed' : 'succeeded',
    tier,
    region,
    priority,
    round,
    shard: shard.id,
    index: Math.floor(position / shard.pack),
    ...(end.jobId !== undefined && { jobId: end.jobId }),
    ...(child && { class: child.class, evidence: child.evidence }),
    earlier: before ? [...before.earlier, ...(before.class ? [before.class] : [])] : [],
  };
}

/** Losses of the instance in a row, the last round's included. */
export function countSpotLosses({ class: last, earlier }: Pick<EntryOutcome, 'class' | 'earlier'>): number {
  const classes: (FailureClass | undefined)[] = [...earlier, last];
  const other = classes.findLastIndex(one => one !== 'spot-reclaim');
  return classes.length - 1 - other;
}
