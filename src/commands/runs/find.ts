import { ConfigurationError } from '../../errors.ts';
import { formatAmount } from '../../format-amount.ts';
import { integer, text } from '../../inputs.ts';
import type { Block } from '../../report/document.ts';
import { formatTime } from '../../report/format.ts';
import { type FoundEntry, findEntry, listRuns } from '../../runs/history.ts';
import { openLedger } from '../../runs/ledger.ts';
import { defineCommand } from '../command.ts';
import { openSession, sessionInputs } from './session.ts';

/** Every run reads all its entries files to be searched. */
const MOST = 10;

/** What became of one entry in the last runs: which jobs worked on it, how they ended, and what they cost. */
export const runsFindCommand = defineCommand({
  name: 'runs find',
  inputs: { ...sessionInputs, id: text, last: integer(1, 1000) },
  run: async (inputs, ports) => {
    const { id } = inputs;
    if (id === undefined) throw new ConfigurationError('which entry? Say it with --id.');
    const { store } = await openSession(inputs, ports);
    const runs = (await listRuns(store)).slice(0, inputs.last ?? MOST);
    const found: FoundEntry[] = [];
    for (const run of runs) {
      const entry = await findEntry(run, id, openLedger(run.run, store));
      if (entry) found.push(entry);
    }
    const missing = found.length === 0;
    return {
      exitCode: missing ? 1 : 0,
      failure: missing ? `none of the last ${runs.length} runs in ${store.uri} has an entry "${id}"` : undefined,
      outputs: {},
      report: [{ type: 'heading', level: 2, content: `Entry ${id}` }, ...(missing ? [] : [describe(found)])],
      json: found,
    };
  },
});

function describe(found: readonly FoundEntry[]): Block {
  const priced = found.some(({ cost }) => cost);
  return {
    type: 'table',
    columns: [
      { title: 'Run' },
      { title: 'Planned' },
      { title: 'Result' },
      { title: 'Why' },
      ...(priced ? [{ title: 'Cost', align: 'right' } as const] : []),
      { title: 'Jobs, the last one last' },
    ],
    rows: found.map(({ run, plannedAt, status, outcome, jobs, cost, currency }) => [
      run,
      formatTime(Date.parse(plannedAt)),
      { badge: status === 'failed' ? 'bad' : status === 'open' ? 'warning' : 'good', text: status },
      outcome?.class
        ? `${outcome.class}: ${outcome.evidence ?? ''}`
        : outcome
          ? `after ${outcome.earlier.join(', ')}`
          : '',
      ...(priced ? [cost ? `${formatAmount(cost)} ${currency}` : ''] : []),
      jobs.map(({ jobId, tier }) => `${jobId ?? 'not submitted'} (${tier})`).join(', '),
    ]),
  };
}
