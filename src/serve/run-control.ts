/** What a server may be asked to change: a new run, a retry, a stop. Each is in the ledger before it is answered. */
import { ConfigurationError } from '../errors.ts';
import { decideFailing } from '../runs/decide-retry.ts';
import { readOutcomes } from '../runs/drive.ts';
import { explainNotRetried } from '../runs/explain-retry.ts';
import { readRounds } from '../runs/history.ts';
import { type Ledger, openLedger } from '../runs/ledger.ts';
import type { ManifestItems } from '../runs/manifest/lines.ts';
import type { Order, RunPlan } from '../runs/model.ts';
import { allowMore } from '../runs/plan-round.ts';
import { planRun } from '../runs/plan-run.ts';
import { type StopResult, stopRun } from '../runs/stop-run.ts';
import { createGate, createNamedGates } from './gate.ts';
import type { ServerContext } from './model.ts';
import { addRetry } from './order-retry.ts';
import type { RunDrivers } from './run-drivers.ts';

export interface RunRequest {
  readonly run: string;
  readonly source: string;
  readonly items: ManifestItems;
  readonly skipInvalid: boolean;
  /** Who asks. */
  readonly by: string;
}

export interface RunControl {
  /**
   * Plans the run, unless it is planned already from the same entries, and begins to drive it. Throws as planRun does; nothing is
   * submitted then.
   */
  submit(request: RunRequest): Promise<{ readonly plan: RunPlan; readonly isNew: boolean }>;
  /**
   * Retries these classes too, in so many rounds more than there are when it begins: those under way are done before. Gives what that comes
   * to, as far as it is known.
   */
  retry(
    plan: RunPlan,
    more: { readonly rounds: number; readonly classes: readonly string[]; readonly by: string },
  ): Promise<Retrying | undefined>;
  stop(plan: RunPlan, reason: string): Promise<StopResult>;
}

/** What a retry comes to. */
export interface Retrying {
  /** That will be submitted again. */
  readonly entries: number;
  /** Why others will not, and how they would be: a sentence for each class and reason. */
  readonly notRetried: readonly string[];
}

/** Manifests that are read at once; each takes some tens of MB per million entries. */
const READERS = 2;

export function createRunControl(server: ServerContext, drivers: RunDrivers): RunControl {
  const named = createNamedGates();
  const readers = createGate(READERS);
  const { clock } = server.ports;
  const ledgerOf = (run: string) => openLedger(run, server.store, server.openEntries);
  const order = async (ledger: Ledger, by: string, retryOf: (before: Order | undefined) => Promise<Order['retry']>) => {
    for (;;) {
      const found = await ledger.readOrder();
      const retry = await retryOf(found?.order);
      const next: Order = { at: new Date(clock.now()).toISOString(), by, open: true, ...(retry && { retry }) };
      if (await ledger.writeOrder(next, found?.version)) return;
    }
  };
  return {
    // The same run asked for twice at the same moment is planned once, and the second one compares.
    submit: ({ run, source, items, skipInvalid, by }) =>
      named.run(run, async () => {
        const ledger = ledgerOf(run);
        const isNew = (await ledger.readPlan()) === undefined;
        const manifest = { source, items };
        const { targets, definitions, entriesUri, commit } = server;
        const plan = await readers.run(() =>
          planRun({ run, targets, definitions, manifest, skipInvalid, entriesUri, commit }, ledger, server.ports),
        );
        if (!(await ledger.readOrder())) await order(ledger, by, async before => before?.retry);
        drivers.begin(run);
        return { plan, isNew };
      }),
    retry: (plan, { rounds, classes, by }) =>
      named.run(plan.run, async () => {
        const ledger = ledgerOf(plan.run);
        const retrying = await requireRetry(plan, { rounds, classes }, ledger);
        await order(ledger, by, async before => {
          const despiteStop = (await ledger.readStop())?.at;
          return addRetry(before, { rounds, classes, despiteStop });
        });
        drivers.begin(plan.run);
        return retrying;
      }),
    async stop(plan, reason) {
      return stopRun(plan, ledgerOf(plan.run), reason, server.ports);
    },
  };
}

/**
 * What would be submitted again; undefined of a run that is under way, of which more may fail. Throws ConfigurationError when nothing
 * would be, as far as that is known.
 */
async function requireRetry(
  plan: RunPlan,
  { rounds: more, classes }: { readonly rounds: number; readonly classes: readonly string[] },
  ledger: Ledger,
): Promise<Retrying | undefined> {
  const rounds = await readRounds(plan, ledger);
  if (rounds.some(({ ended, shards }) => ended.length < shards.length)) return undefined;
  if (!rounds.some(({ ended }) => ended.some(({ end }) => end.failed.length > 0)))
    throw new ConfigurationError(`no entry of run ${plan.run} has failed, as far as is known`);
  const asked = allowMore(plan, { rounds: rounds.length - 1 + more, classes }, rounds.length);
  const failing = [...(await readOutcomes(rounds, ledger)).values()];
  const entries = failing.filter(one => decideFailing(one, asked)?.retry).length;
  const reasons = explainNotRetried(failing, asked, kind => `{"classes": ["${kind}"]}`);
  if (entries > 0) return { entries, notRetried: reasons };
  throw new ConfigurationError({
    message: `nothing of run ${plan.run} would be submitted again. ${reasons.join('; ')}`,
  });
}
