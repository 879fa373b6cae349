import { formatAmount } from '../../format-amount.ts';
import { formatCount } from '../../format-count.ts';
import { integer } from '../../inputs.ts';
import { mapConcurrently } from '../../jobs/concurrently.ts';
import { formatTime } from '../../report/format.ts';
import { type KnownRun, listRuns } from '../../runs/history.ts';
import { openLedger } from '../../runs/ledger.ts';
import { readStanding, type Standing } from '../../runs/standing.ts';
import { defineCommand } from '../command.ts';
import { openSession, sessionInputs } from './session.ts';
import { describeStanding, standingOf } from './standing.ts';

const MOST = 20;
/** Runs that are read at once. */
const READERS = 16;

/** The runs that the ledger knows, the newest first. */
export const runsListCommand = defineCommand({
  name: 'runs list',
  inputs: { ...sessionInputs, last: integer(1, 100_000) },
  run: async (inputs, ports) => {
    const { store } = await openSession(inputs, ports);
    const all = await listRuns(store);
    const asker = { clock: ports.clock, ...ports.process };
    const shown = await mapConcurrently(all.slice(0, inputs.last ?? MOST), READERS, async known => ({
      ...known,
      standing: await readStanding(known, openLedger(known.run, store), asker),
    }));
    return {
      exitCode: 0,
      outputs: {},
      report: [
        { type: 'heading', level: 2, content: `Runs in ${store.uri}` },
        all.length === 0
          ? { type: 'paragraph', content: 'There is none yet.' }
          : {
              type: 'table',
              columns: [
                { title: 'Run' },
                { title: 'Planned' },
                { title: 'State' },
                { title: 'Entries', align: 'right' },
                { title: 'Failed', align: 'right' },
                { title: 'Cost', align: 'right' },
                { title: 'Manifest' },
              ],
              rows: shown.map(describeRow),
            },
        ...(all.length > shown.length
          ? [{ type: 'paragraph', content: `${all.length - shown.length} older ones are not shown.` } as const]
          : []),
      ],
      json: shown.map(({ run, plan, summary, standing }) => ({
        run,
        plannedAt: plan.plannedAt,
        manifest: plan.manifest,
        ...standingOf(standing),
        entries: summary?.entries,
        cost: summary?.account?.total.cost,
      })),
    };
  },
});

function describeRow({ run, plan, summary, standing }: KnownRun & { readonly standing: Standing }) {
  const cost = summary?.account?.total.cost;
  return [
    run,
    formatTime(Date.parse(plan.plannedAt)),
    describeStanding(standing),
    formatCount(plan.manifest.entries),
    summary ? formatCount(summary.entries.failed) : '',
    cost ? `${formatAmount(cost)} ${summary.currency}` : '',
    plan.manifest.source,
  ];
}
