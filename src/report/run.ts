/** How a run went: for a terminal, a job summary and the top of its page. */
import { formatCount } from '../format-count.ts';
import type { FailureGroup } from '../runs/failure-groups.ts';
import type { Stop } from '../runs/model.ts';
import type { RunSummary } from '../runs/summary.ts';
import { reportComparison } from './comparison.ts';
import type { Block, Cell, Document } from './document.ts';
import { count, formatTime, nameRound } from './format.ts';
import { reportAccount } from './run-account.ts';

/** Failure groups that are shown; all are in the JSON, and every entry in failures.ndjson. */
const MOST_GROUPS = 10;

export function reportRun(summary: RunSummary, advice: readonly string[] = []): Document {
  const { run, environment, entries, account } = summary;
  return [
    { type: 'heading', level: 2, content: `Run ${run}` },
    ...(summary.stopped ? [reportStop(summary.stopped)] : []),
    { type: 'paragraph', content: describeOutcome(summary) },
    {
      type: 'paragraph',
      content: `${environment}, planned ${formatTime(Date.parse(summary.plannedAt))} from ${summary.manifest.source}${summary.commit ? ` at commit ${summary.commit.slice(0, 12)}` : ''}${summary.manifest.skipped > 0 ? `; ${formatCount(summary.manifest.skipped)} lines were left out` : ''}.`,
    },
    ...(summary.rounds.length > 1 ? [roundTable(summary)] : []),
    ...(account ? reportAccount(account, summary) : []),
    ...(entries.failed > 0 ? reportFailures(summary) : []),
    ...reportRecovered(summary),
    ...(summary.comparison ? reportComparison(summary.comparison) : []),
    ...(advice.length > 0
      ? ([
          { type: 'heading', level: 3, content: 'What to change' },
          { type: 'list', items: advice },
        ] satisfies Block[])
      : []),
  ];
}

/** When somebody ended the run by hand, and why. */
export function reportStop({ at, reason }: Stop): Block {
  return { type: 'paragraph', content: `Stopped at ${formatTime(at)}: ${reason}` };
}

function describeOutcome({ state, stopped, entries }: RunSummary): Cell {
  const { total, succeeded, failed, open, recovered } = entries;
  const good = `${formatCount(succeeded)} of ${formatCount(total)} entries succeeded${recovered > 0 ? `, ${formatCount(recovered)} of them after a retry` : ''}`;
  const bad = failed > 0 ? `, ${formatCount(failed)} failed` : '';
  if (state === 'running')
    return [{ badge: 'warning', text: 'running' }, ` ${good}${bad}, ${formatCount(open)} have not ended.`];
  return failed > 0
    ? [{ badge: 'bad', text: stopped ? 'stopped' : 'failed' }, ` ${good}${bad}.`]
    : [{ badge: 'good', text: 'passed' }, ` ${good}.`];
}

function roundTable({ rounds }: RunSummary): Block {
  return {
    type: 'table',
    columns: [
      { title: 'Round' },
      { title: 'Jobs', align: 'right' },
      { title: 'Entries', align: 'right' },
      { title: 'Failed children', align: 'right' },
      { title: 'Why these' },
    ],
    rows: rounds.map(({ round, jobs, entries, failed, decisions }) => [
      nameRound(round),
      formatCount(jobs),
      formatCount(entries),
      formatCount(failed),
      decisions ? describeDecisions(decisions) : 'the manifest',
    ]),
  };
}

const DECISIONS: Readonly<Record<string, string>> = {
  same: 'again as they were',
  'larger-tier': 'out of memory, in the next larger tier',
  'on-demand': 'lost to spot again, on on-demand instances',
  'asked-for': 'asked for',
  permanent: 'left: would fail again',
  'largest-tier': 'left: out of memory in the largest tier',
  'not-asked-for': 'left: retried only when asked for',
};

function describeDecisions(decisions: Readonly<Record<string, number>>): string {
  return Object.entries(decisions)
    .map(([what, number]) => `${formatCount(number)} ${DECISIONS[what] ?? what}`)
    .join('; ');
}

function reportFailures({ groups, entries }: RunSummary): Block[] {
  const shown = groups.slice(0, MOST_GROUPS);
  const rest = groups.slice(MOST_GROUPS).reduce((sum, group) => sum + group.entries, 0);
  return [
    {
      type: 'heading',
      level: 3,
      content: `What failed: ${count(entries.failed, 'entry', 'entries')} in ${count(groups.length, 'group')}`,
    },
    {
      type: 'table',
      columns: [
        { title: 'Entries', align: 'right' },
        { title: 'Class' },
        { title: 'Why' },
        { title: 'Tiers' },
        { title: 'Such as' },
      ],
      rows: shown.map(group => [
        formatCount(group.entries),
        { badge: 'bad', text: group.class },
        describeWhy(group),
        Object.entries(group.tiers)
          .map(([tier, number]) => `${tier} ${formatCount(number)}`)
          .join(', '),
        group.ids.slice(0, 3).join(', '),
      ]),
    },
    ...(rest > 0
      ? ([
          {
            type: 'paragraph',
            content: `${formatCount(rest)} more in ${count(groups.length - MOST_GROUPS, 'smaller group')}: failures.ndjson has every one.`,
          },
        ] satisfies Block[])
      : []),
    ...shown.flatMap(({ sample, class: kind }): Block[] =>
      sample && sample.lines.length > 0
        ? [
            {
              type: 'details',
              summary: [`The log's end of ${sample.id} (${kind}), job `, { code: sample.jobId }],
              blocks: [{ type: 'code', language: 'text', text: sample.lines.join('\n') }],
            },
          ]
        : [],
    ),
  ];
}

function describeWhy({ evidence, lastWords, class: kind }: FailureGroup): Cell {
  if (lastWords !== undefined) return [{ code: lastWords }, ` (${evidence})`];
  return kind === 'application' ? `${evidence} (these logs were not read)` : evidence;
}

function reportRecovered({ recoveredFromClass }: RunSummary): Block[] {
  const classes = Object.entries(recoveredFromClass);
  if (classes.length === 0) return [];
  const list = classes.map(([kind, number]) => `${formatCount(number)} ${kind}`).join(', ');
  return [{ type: 'paragraph', content: `Made good by retries: ${list}.` }];
}
