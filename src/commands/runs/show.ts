import { ConfigurationError } from '../../errors.ts';
import { text } from '../../inputs.ts';
import { reportRun } from '../../report/run.ts';
import { adviseTiers } from '../../runs/advise.ts';
import { readRounds, readRun } from '../../runs/history.ts';
import { type Ledger, openLedger } from '../../runs/ledger.ts';
import type { RunSummary } from '../../runs/summary.ts';
import { defineCommand } from '../command.ts';
import { writeReports } from './reports.ts';
import { chooseRun, openSession, sessionInputs } from './session.ts';

/** One run as the ledger has it; asks AWS nothing about its jobs, so that it works when Batch has forgotten them. */
export const runsShowCommand = defineCommand({
  name: 'runs show',
  inputs: { ...sessionInputs, run: text, 'report-folder': text },
  run: async (inputs, ports) => {
    const { store } = await openSession(inputs, ports);
    const ledger = openLedger(chooseRun(inputs.run, ports, false), store);
    const { plan, summary } = await requireSummary(ledger);
    const advice = adviseTiers(summary);
    const folder = inputs['report-folder'];
    if (folder) await writeReports(folder, { summary, advice, ledger, rounds: await readRounds(plan, ledger) }, ports);
    return { exitCode: 0, outputs: {}, report: reportRun(summary, advice), json: { ...summary, advice } };
  },
});

/** Throws ConfigurationError for a run that is not there, or that nobody has watched yet. */
export async function requireSummary(
  ledger: Ledger,
): Promise<{ readonly plan: NonNullable<Awaited<ReturnType<typeof readRun>>>['plan']; readonly summary: RunSummary }> {
  const known = await readRun(ledger);
  if (!known)
    throw new ConfigurationError({
      message: `the ledger has no run ${ledger.run} (${ledger.uri})`,
      remedy: 'batchwright runs list shows all.',
    });
  const { plan, summary } = known;
  if (summary) return { plan, summary };
  throw new ConfigurationError({
    message: `nobody has watched run ${ledger.run} yet, so nothing is known of it but its plan`,
    remedy: `Watch it: batchwright watch --run ${ledger.run}`,
  });
}
