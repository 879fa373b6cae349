import { formatCount } from '../../format-count.ts';
import { mapConcurrently } from '../../jobs/concurrently.ts';
import { count } from '../../report/format.ts';
import { readRounds } from '../../runs/history.ts';
import type { Ledger } from '../../runs/ledger.ts';
import type { RunPlan } from '../../runs/model.ts';

/** Reads of the ledger at once. */
const READERS = 16;

/** Of a run that was begun before, maybe by a process that was killed: how much of it was done. */
export async function describeGoingOn(plan: RunPlan, ledger: Ledger): Promise<string> {
  const shards = (await readRounds(plan, ledger)).flatMap(round => round.shards);
  const known = await mapConcurrently(shards, READERS, shard => ledger.readSubmission(shard));
  const submitted = known.filter(submission => submission?.state === 'submitted').length;
  return `Go on with run ${plan.run}: ${formatCount(submitted)} of ${count(shards.length, 'job')} ${submitted === 1 ? 'is' : 'are'} submitted already`;
}
