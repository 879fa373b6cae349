/** Which revisions runs may yet submit jobs of. */
import { mapConcurrently } from '../jobs/concurrently.ts';
import type { StorePort } from '../ports.ts';
import { listRunNames, readRun } from './history.ts';
import { openLedger } from './ledger.ts';

/** As long as Batch remembers jobs; a run that nobody has gone on with for longer is hardly gone on with any more. */
export const PINNED_DAYS = 7;
/** Runs that are read at once. */
const READERS = 16;

/**
 * By the ARN of each pinned revision, the newest run that is pinned to it: of the runs that were planned, or watched, in the last seven
 * days and in which something failed or has not ended. One read for each older run, whatever became of it.
 *
 * Throws what the store throws.
 */
export async function readPins(store: StorePort, now: number): Promise<ReadonlyMap<string, string>> {
  const since = now - PINNED_DAYS * 86_400_000;
  const found = await mapConcurrently(await listRunNames(store), READERS, name => readPinning(name, since, store));
  const plans = found.filter(plan => plan !== undefined);
  const oldestFirst = plans.sort((a, b) => (a.plannedAt < b.plannedAt ? -1 : 1));
  return new Map(oldestFirst.flatMap(({ run, arns }) => arns.map(arn => [arn, run] as const)));
}

interface Pinning {
  readonly run: string;
  readonly plannedAt: string;
  /** Of the plan, and of each round that was pinned anew. */
  readonly arns: readonly string[];
}

/** Undefined for a run that nobody goes on with, or that has nothing left to retry. */
async function readPinning(name: string, since: number, store: StorePort): Promise<Pinning | undefined> {
  const ledger = openLedger(name, store);
  const progress = await ledger.readProgress();
  // It is older than its progress.
  if (progress && progress.at < since) return undefined;
  const known = await readRun(ledger);
  if (!known || (!progress && Date.parse(known.plan.plannedAt) < since)) return undefined;
  const { plan, summary } = known;
  if (summary?.state === 'ended' && summary.entries.failed === 0) return undefined;
  const pinned = [...plan.definitions];
  for (let number = 1, round = await ledger.readRound(number); round; round = await ledger.readRound(++number))
    pinned.push(...(round.definitions ?? []));
  return { run: plan.run, plannedAt: plan.plannedAt, arns: pinned.map(({ arn }) => arn) };
}
