/** How a run went: for a terminal, a job summary and the top of its page. */
import { formatAmount } from '../format-amount.ts';
import { formatCount } from '../format-count.ts';
import type { Account, Usage } from '../runs/account.ts';
import type { FailureGroup } from '../runs/failure-groups.ts';
import type { RunSummary } from '../runs/summary.ts';
import { reportComparison } from './comparison.ts';
import type { Block, Cell, Document } from './document.ts';
import { count, formatDuration, formatTime, nameRound } from './format.ts';
import { reportBound } from './run-bound.ts';

/** Failure groups that are shown; all are in the JSON, and every entry in failures.ndjson. */
const MOST_GROUPS = 10;

export function reportRun(summary: RunSummary, advice: readonly string[] = []): Document {
  const { run, environment, entries, account } = summary;
  return [
    { type: 'heading', level: 2, content: `Run ${run}` },
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

function describeOutcome({ state, entries }: RunSummary): Cell {
  const { total, succeeded, failed, open, recovered } = entries;
  const good = `${formatCount(succeeded)} of ${formatCount(total)} entries succeeded${recovered > 0 ? `, ${formatCount(recovered)} of them after a retry` : ''}`;
  const bad = failed > 0 ? `, ${formatCount(failed)} failed` : '';
  if (state === 'running')
    return [{ badge: 'warning', text: 'running' }, ` ${good}${bad}, ${formatCount(open)} have not ended.`];
  return failed > 0
    ? [{ badge: 'bad', text: 'failed' }, ` ${good}${bad}.`]
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

function reportAccount(account: Account, { currency, pricing }: RunSummary): Block[] {
  const { total, byTier, timeline, startedAt, stoppedAt } = account;
  const priced = total.cost > 0;
  const chart: Block[] =
    startedAt !== undefined && stoppedAt !== undefined && stoppedAt > startedAt
      ? [
          {
            type: 'chart',
            kind: 'line',
            title: 'Children by state',
            from: formatTime(startedAt),
            to: formatTime(stoppedAt),
            series: [
              { name: 'ended', values: timeline.map(({ ended }) => ended) },
              { name: 'running', values: timeline.map(({ running }) => running) },
              { name: 'waiting', values: timeline.map(({ waiting }) => waiting) },
            ],
          },
          {
            type: 'chart',
            kind: 'line',
            title: 'Children that ended in a minute',
            from: formatTime(startedAt),
            to: formatTime(stoppedAt),
            series: [{ name: 'a minute', values: perMinute(account) }],
          },
        ]
      : [];
  return [
    { type: 'heading', level: 3, content: 'Time and cost' },
    ...chart,
    {
      type: 'table',
      columns: [
        { title: 'Tier' },
        { title: 'Children', align: 'right' },
        { title: 'Attempts', align: 'right' },
        { title: 'Median', align: 'right' },
        { title: '90 %', align: 'right' },
        { title: 'Longest', align: 'right' },
        { title: 'Median wait', align: 'right' },
        { title: 'vCPU-hours', align: 'right' },
        { title: 'GiB-hours', align: 'right' },
        ...(total.gpuHours > 0 ? [{ title: 'GPU-hours', align: 'right' } as const] : []),
        ...(priced ? [{ title: `Cost (${currency})`, align: 'right' } as const] : []),
      ],
      rows: [
        ...Object.entries(byTier).map(([tier, usage]) => [
          tier,
          formatCount(usage.children),
          formatCount(usage.attempts),
          formatDuration(usage.duration.p50),
          formatDuration(usage.duration.p90),
          formatDuration(usage.duration.longest),
          formatDuration(usage.wait.p50),
          ...usageCells(usage, total.gpuHours > 0, priced),
        ]),
        [
          'all',
          formatCount(total.children),
          formatCount(total.attempts),
          '',
          '',
          '',
          '',
          ...usageCells(total, total.gpuHours > 0, priced),
        ],
      ],
    },
    partsTable(account, priced, currency),
    {
      type: 'details',
      summary: 'How long children ran and waited, by tier',
      open: true,
      aside: true,
      blocks: Object.entries(byTier).flatMap(describeTimes),
    },
    ...reportBound(account, { currency, pricing }),
  ];
}

function perMinute({ timeline, startedAt = 0, stoppedAt = 0 }: Account): readonly number[] {
  const minutes = (stoppedAt - startedAt) / timeline.length / 60_000;
  return timeline.map(({ ended }, at) => {
    const pace = (ended - (timeline[at - 1]?.ended ?? 0)) / minutes;
    return pace < 10 ? pace : Math.round(pace);
  });
}

/** By job queue, region, and what the failed ones failed of. */
function partsTable({ byPriority, byRegion, byClass, total }: Account, priced: boolean, currency: string): Block {
  const rows = [
    ...Object.entries(byPriority).map(([name, usage]) => [`priority ${name}`, usage] as const),
    ...Object.entries(byRegion).map(([name, usage]) => [name, usage] as const),
    ...Object.entries(byClass).map(([name, usage]) => [`failed: ${name}`, usage] as const),
  ];
  return {
    type: 'table',
    columns: [
      { title: '' },
      { title: 'Children', align: 'right' },
      { title: 'Failed', align: 'right' },
      { title: 'Attempts', align: 'right' },
      { title: 'vCPU-hours', align: 'right' },
      { title: 'GiB-hours', align: 'right' },
      ...(total.gpuHours > 0 ? [{ title: 'GPU-hours', align: 'right' } as const] : []),
      ...(priced ? [{ title: `Cost (${currency})`, align: 'right' } as const] : []),
    ],
    rows: rows.map(([name, usage]) => [
      name,
      formatCount(usage.children),
      formatCount(usage.failed),
      formatCount(usage.attempts),
      ...usageCells(usage, total.gpuHours > 0, priced),
    ]),
  };
}

function describeTimes([tier, { duration, wait }]: readonly [string, Account['byTier'][string]]): Block[] {
  const chart = (title: string, { longest, bins }: typeof duration): Block => ({
    type: 'chart',
    kind: 'bar',
    title: `Tier ${tier}: ${title}`,
    from: '0 s',
    to: formatDuration(longest),
    series: [{ name: 'children', values: bins }],
  });
  return [chart('how long children ran', duration), chart('how long they waited', wait)];
}

function usageCells({ vcpuHours, gibHours, gpuHours, cost }: Usage, hasGpus: boolean, priced: boolean): string[] {
  return [
    formatHours(vcpuHours),
    formatHours(gibHours),
    ...(hasGpus ? [formatHours(gpuHours)] : []),
    ...(priced ? [formatAmount(cost)] : []),
  ];
}

function formatHours(hours: number): string {
  return hours >= 1000 ? formatCount(Math.round(hours)) : formatAmount(hours, 1);
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
