import { ConfigurationError } from '../../errors.ts';
import { formatAmount } from '../../format-amount.ts';
import { formatCount } from '../../format-count.ts';
import { text } from '../../inputs.ts';
import { describeGroup, describeRatio } from '../../report/comparison.ts';
import type { Block } from '../../report/document.ts';
import { formatDuration } from '../../report/format.ts';
import { compareRuns, type Ratio, type RunComparison } from '../../runs/compare.ts';
import { listRuns } from '../../runs/history.ts';
import { openLedger } from '../../runs/ledger.ts';
import { defineCommand } from '../command.ts';
import { requireRun, requireSummary } from './require-run.ts';
import { openSession, sessionInputs } from './session.ts';

/** Slower, dearer, new failures: one run beside the one before, or any other. */
export const runsCompareCommand = defineCommand({
  name: 'runs compare',
  inputs: { ...sessionInputs, run: text, before: text },
  run: async (inputs, ports) => {
    const { store, environment } = await openSession(inputs, ports);
    const known = (await listRuns(store)).filter(({ summary }) => summary);
    const after = inputs.run ?? known[0]?.run;
    const before = inputs.before ?? known[known.findIndex(({ run }) => run === after) + 1]?.run;
    if (after === undefined || before === undefined)
      throw new ConfigurationError('there are no two watched runs to compare; say which with --run and --before');
    const [one, other] = await Promise.all(
      [before, after].map(async run => requireSummary(await requireRun(openLedger(run, store), environment))),
    );
    if (!one || !other) throw new Error('two runs were asked for');
    const comparison = compareRuns(one.summary, other.summary);
    return { exitCode: 0, outputs: {}, report: describe(comparison), json: comparison };
  },
});

function describe({
  before,
  after,
  entries,
  failedShare,
  cost,
  costPerEntry,
  tiers,
  newGroups,
  goneGroups,
}: RunComparison): Block[] {
  const share = (value: number) => `${(value * 100).toFixed(2)} %`;
  return [
    { type: 'heading', level: 2, content: `Run ${after}, compared with ${before}` },
    {
      type: 'table',
      columns: [
        { title: '' },
        { title: before, align: 'right' },
        { title: after, align: 'right' },
        { title: 'Change', align: 'right' },
      ],
      rows: [
        row('entries', { ...entries, ratio: entries.after / entries.before }, formatCount),
        ['failed', share(failedShare.before), share(failedShare.after), describePoints(failedShare)],
        row('cost', cost, formatAmount),
        row('cost per entry', costPerEntry, value => formatAmount(value, 5)),
        ...Object.entries(tiers).flatMap(([tier, { median, p90, wait }]) => [
          row(`${tier}: median`, median, formatDuration),
          row(`${tier}: 90 %`, p90, formatDuration),
          row(`${tier}: median wait`, wait, formatDuration),
        ]),
      ],
    },
    ...describeGroups('New failures', newGroups),
    ...describeGroups('Failures that are gone', goneGroups),
  ];
}

function row(title: string, values: Ratio, format: (value: number) => string): string[] {
  const cell = (value: number | undefined) => (value === undefined ? '–' : format(value));
  return [title, cell(values.before), cell(values.after), describeChange(values, format)];
}

/** Empty where there is nothing to compare with: the other cells say so. */
function describeChange({ before, after, ratio, within }: Ratio, format: (value: number) => string): string {
  if (ratio !== undefined) return describeRatio(ratio);
  if (before === undefined || after === undefined) return '';
  return within === undefined ? `+${format(after - before)}` : `within ${formatDuration(within)}`;
}

/** A share that was 0 % has no ratio to what it is now. */
function describePoints({ before, after }: RunComparison['failedShare']): string {
  const points = (after - before) * 100;
  return `${points < 0 ? '' : '+'}${points.toFixed(2)} points`;
}

function describeGroups(title: string, groups: RunComparison['newGroups']): Block[] {
  if (groups.length === 0) return [];
  return [
    { type: 'heading', level: 3, content: title },
    {
      type: 'list',
      items: groups.slice(0, 10).map(describeGroup),
    },
  ];
}
