/** Maps with at most `limit` calls under way, in order of the results. The first error is thrown, when the calls begun have ended. */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  limit: number,
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<number, Result>();
  const queue = items.entries();
  const work = async (): Promise<void> => {
    for (const [at, item] of queue) results.set(at, await map(item));
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, work));
  const failed = ends.find(end => end.status === 'rejected');
  if (failed) throw failed.reason;
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}
