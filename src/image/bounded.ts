/** Runs `work` on every item, at most `limit` at once; results in the items' order. The first failure ends it: nothing new begins. */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker));
  for (const outcome of workers) if (outcome.status === 'rejected') throw outcome.reason;
  return results;
}

/** How many blobs move at once: more gave broken connections on ECR (dotnet/sdk-container-builds#279). */
export const BLOBS_AT_ONCE = 4;
