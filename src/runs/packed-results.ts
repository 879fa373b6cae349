import { idAt } from './entries-file.ts';
import { entriesUriOf } from './entries-uri.ts';
import type { Ledger } from './ledger.ts';
import type { FailedChild, RunPlan, Shard, ShardEnd } from './model.ts';

/** Read at once. */
const CONCURRENCY = 16;

/**
 * Adds to each failed child of a packed shard which of its entries it had done: it writes `{"id": …, "ok": true}` a line to
 * `results/<shard>/<index>.ndjson` beside the entries, after each entry. A child without such an object has done none.
 */
export async function readPackedResults(plan: RunPlan, shard: Shard, end: ShardEnd, ledger: Ledger): Promise<ShardEnd> {
  const failed: FailedChild[] = [];
  const queue = end.failed.values();
  const bytes = await ledger.readEntries(shard);
  const entriesUri = entriesUriOf(plan, ledger);
  const work = async () => {
    for (const child of queue) {
      const found = await ledger.readResult(shard, child.index, entriesUri);
      failed.push({ ...child, ...(found && { done: findDone(shard, child, bytes, found) }) });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return { ...end, failed: failed.sort((a, b) => a.index - b.index) };
}

function findDone(
  shard: Shard,
  { index }: FailedChild,
  entries: Uint8Array,
  result: string,
): NonNullable<FailedChild['done']> {
  const ok = new Set(result.split('\n').flatMap(parseOk));
  const first = index * shard.pack;
  const count = Math.min(shard.pack, shard.entries - first);
  return Array.from({ length: count }, (_, at) => first + at).filter(position =>
    ok.has(idAt(entries, shard.stride, position)),
  );
}

/** A line that was cut off by the child's death says nothing. */
function parseOk(line: string): string[] {
  try {
    const { id, ok } = JSON.parse(line) as { id?: unknown; ok?: unknown };
    return ok === true && typeof id === 'string' ? [id] : [];
  } catch {
    return [];
  }
}
