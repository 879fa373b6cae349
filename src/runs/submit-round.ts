import { CancelledError } from '../errors.ts';
import type { Shard } from './model.ts';
import type { RunPorts } from './ports.ts';
import { StoppedError } from './run-stop.ts';
import { type SubmitContext, submitShard } from './submit-shard.ts';

/** Shards under way at once in one region; the limiter decides how fast. */
const CONCURRENCY = 8;

export interface SubmittedShard {
  readonly shard: Shard;
  readonly jobId: string;
}

/**
 * Submits what is not submitted yet, all regions at once. When one is refused, those under way are finished and no other is begun;
 * what was submitted stays in the ledger, so that the same run goes on from there. When the run is stopped meanwhile, it gives what was
 * submitted by then. Throws the first error.
 */
export async function submitRound(
  shards: readonly Shard[],
  context: SubmitContext,
  ports: RunPorts,
): Promise<readonly SubmittedShard[]> {
  const jobs = new Map<Shard, string>();
  const failures: unknown[] = [];
  let stopped = false;
  const work = async (queue: Iterable<Shard>) => {
    for (const shard of queue) {
      if (stopped || failures.length > 0) return;
      try {
        jobs.set(shard, (await submitShard(shard, context, ports)).jobId);
      } catch (error) {
        if (error instanceof StoppedError) stopped = true;
        else failures.push(error);
      }
    }
  };
  const regions = [...Map.groupBy(shards, ({ region }) => region).values()].map(own => own.values());
  await Promise.all(regions.flatMap(queue => Array.from({ length: CONCURRENCY }, () => work(queue))));
  if (failures.length > 0) throw failures.find(failure => !(failure instanceof CancelledError)) ?? failures[0];
  return shards.flatMap(shard => {
    const jobId = jobs.get(shard);
    return jobId === undefined ? [] : [{ shard, jobId }];
  });
}
