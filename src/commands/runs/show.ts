import { formatCount } from '../../format-count.ts';
import { text } from '../../inputs.ts';
import type { Document } from '../../report/document.ts';
import { count, formatTime } from '../../report/format.ts';
import { reportRun } from '../../report/run.ts';
import { adviseTiers } from '../../runs/advise.ts';
import { readRounds } from '../../runs/history.ts';
import { openLedger } from '../../runs/ledger.ts';
import type { RunPlan } from '../../runs/model.ts';
import { readStanding, type Standing } from '../../runs/standing.ts';
import { type CommandResult, defineCommand } from '../command.ts';
import { writeReports } from './reports.ts';
import { requireRun, requireSummary } from './require-run.ts';
import { chooseRun, openSession, sessionInputs } from './session.ts';
import { reportStanding, standingOf } from './standing.ts';

/** One run as the ledger has it; asks AWS nothing about its jobs, so that it works when Batch has forgotten them. */
export const runsShowCommand = defineCommand({
  name: 'runs show',
  inputs: { ...sessionInputs, run: text, 'report-folder': text },
  run: async (inputs, ports) => {
    const { store, environment } = await openSession(inputs, ports);
    const ledger = openLedger(chooseRun(inputs.run, ports, environment, false), store);
    const known = await requireRun(ledger, environment);
    const standing = await readStanding(known, ledger, { clock: ports.clock, ...ports.process });
    const folder = inputs['report-folder'];
    if (!known.summary && !folder && standing.state !== 'unwatched' && standing.state !== 'left')
      return describeUnsummed(known.plan, standing);
    const { plan, summary } = requireSummary(known, standing);
    const advice = adviseTiers(summary);
    if (folder) await writeReports(folder, { summary, advice, ledger, rounds: await readRounds(plan, ledger) }, ports);
    return {
      exitCode: 0,
      outputs: {},
      report: insertStanding(
        reportRun(summary, advice),
        standing.state === 'stopped' && summary.stopped ? [] : reportStanding(standing),
      ),
      json: { ...summary, advice, ...standingOf(standing) },
    };
  },
});

/** Below the heading. */
function insertStanding([heading, ...rest]: Document, standing: Document): Document {
  return heading ? [heading, ...standing, ...rest] : standing;
}

/** Of a run that nobody has summed up yet: how far it is. */
function describeUnsummed(plan: RunPlan, standing: Standing): CommandResult {
  const { run, environment, plannedAt, manifest } = plan;
  const entries = `${formatCount(manifest.entries)} entries in ${count(plan.shards.length, 'job')}`;
  return {
    exitCode: 0,
    outputs: {},
    report: [
      { type: 'heading', level: 2, content: `Run ${run}` },
      ...reportStanding(standing),
      {
        type: 'paragraph',
        content: `${environment}, planned ${formatTime(Date.parse(plannedAt))} from ${manifest.source}: ${entries}.`,
      },
    ],
    json: { run, environment, plannedAt, manifest, ...standingOf(standing) },
  };
}
