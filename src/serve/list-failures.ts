import type { z } from '@hono/zod-openapi';
import { parseFailureClasses } from '../jobs/failure-class.ts';
import { readRounds } from '../runs/history.ts';
import type { EntryOutcome } from '../runs/model.ts';
import { readSettledOutcomes } from '../runs/settled-outcomes.ts';
import type { failuresBody } from './bodies.ts';
import { requireRun } from './describe-run.ts';
import type { ServerContext } from './model.ts';
import { pageOf } from './page.ts';

export interface FailuresRequest {
  readonly run: string;
  readonly class?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Of an ended run the file that its summary left; of one under way what its ended jobs tell, without what is being tried again. Throws ProblemError, ConfigurationError for a class that is none. */
export async function listFailures(
  request: FailuresRequest,
  server: ServerContext,
): Promise<z.infer<typeof failuresBody>> {
  if (request.class !== undefined) parseFailureClasses([request.class]);
  const { plan, summary, ledger } = await requireRun(request.run, server);
  const complete = summary?.state === 'ended' && (await ledger.readOrder())?.order.open !== true;
  const all = complete ? await readKept(ledger) : await readSoFar(plan, ledger);
  const wanted = request.class === undefined ? all : all.filter(one => one.class === request.class);
  const { items, next } = pageOf(wanted, request);
  return { run: request.run, complete, total: wanted.length, failures: items.map(describe), ...(next && { next }) };
}

type Known = Awaited<ReturnType<typeof requireRun>>;

async function readKept({ store, keyOf }: Known['ledger']): Promise<readonly EntryOutcome[]> {
  const kept = await store.read(keyOf('failures.ndjson'));
  const lines = kept ? new TextDecoder().decode(kept.bytes).split('\n').filter(Boolean) : [];
  return lines.map(line => JSON.parse(line) as EntryOutcome);
}

async function readSoFar(plan: Known['plan'], ledger: Known['ledger']): Promise<readonly EntryOutcome[]> {
  const outcomes = await readSettledOutcomes(await readRounds(plan, ledger), ledger);
  return outcomes.filter(({ status }) => status === 'failed');
}

export function describe({ earlier, ...outcome }: EntryOutcome) {
  return { ...outcome, earlier: [...earlier] };
}
