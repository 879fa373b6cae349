/** What a run took: its course, how long children ran and waited, and what they used, by tier, priority, region and failure. */
import { formatAmount } from '../format-amount.ts';
import { formatCount } from '../format-count.ts';
import type { Account, Usage } from '../runs/account.ts';
import type { Distribution } from '../runs/distribution.ts';
import type { RunSummary } from '../runs/summary.ts';
import type { Block, Column } from './document.ts';
import { formatDuration, formatTime } from './format.ts';
import { reportBound } from './run-bound.ts';
import { reportCourse } from './run-course.ts';

/** Where nothing started there is no time. */
const NONE = '–';

export function reportAccount(account: Account, { currency, pricing }: RunSummary): Block[] {
  const usage = describeUsage(account.total, currency);
  return [
    { type: 'heading', level: 3, content: 'Time and cost' },
    ...reportCourse(account),
    tierTable(account, usage),
    priorityTable(account, usage),
    partsTable(account, usage),
    ...reportTimes(account),
    ...reportBound(account, { currency, pricing }),
  ];
}

/** The last columns of each table: GPUs and cost only where there are any. */
interface UsageColumns {
  readonly columns: readonly Column[];
  readonly cells: (usage: Usage) => readonly string[];
}

function describeUsage(total: Usage, currency: string): UsageColumns {
  const shown = [
    ['vCPU-hours', ({ vcpuHours }: Usage) => formatHours(vcpuHours)] as const,
    ['GiB-hours', ({ gibHours }: Usage) => formatHours(gibHours)] as const,
    ...(total.gpuHours > 0 ? [['GPU-hours', ({ gpuHours }: Usage) => formatHours(gpuHours)] as const] : []),
    ...(total.cost > 0 ? [[`Cost (${currency})`, ({ cost }: Usage) => formatAmount(cost)] as const] : []),
  ];
  return {
    columns: shown.map(([title]) => alignRight(title)),
    cells: usage => shown.map(([, describe]) => describe(usage)),
  };
}

function tierTable({ byTier, total }: Account, { columns, cells }: UsageColumns): Block {
  return {
    type: 'table',
    columns: [
      { title: 'Tier' },
      ...['Children', 'Attempts', 'Median', '90 %', 'Longest', 'Median wait'].map(alignRight),
      ...columns,
    ],
    rows: [
      ...Object.entries(byTier).map(([tier, usage]) => [
        tier,
        formatCount(usage.children),
        formatCount(usage.attempts),
        formatTimes(usage.duration, 'p50'),
        formatTimes(usage.duration, 'p90'),
        formatTimes(usage.duration, 'longest'),
        formatTimes(usage.wait, 'p50'),
        ...cells(usage),
      ]),
      ['all', formatCount(total.children), formatCount(total.attempts), '', '', '', '', ...cells(total)],
    ],
  };
}

/** A priority is a job queue: what waits long, waits in one. */
function priorityTable({ byPriority }: Account, { columns, cells }: UsageColumns): Block {
  return {
    type: 'table',
    columns: [
      { title: 'Priority' },
      ...['Children', 'Failed', 'Attempts', 'Median wait', '90 % wait', 'Last end'].map(alignRight),
      ...columns,
    ],
    rows: Object.entries(byPriority).map(([priority, usage]) => [
      priority,
      formatCount(usage.children),
      formatCount(usage.failed),
      formatCount(usage.attempts),
      formatTimes(usage.wait, 'p50'),
      formatTimes(usage.wait, 'p90'),
      usage.stoppedAt === undefined ? NONE : formatTime(usage.stoppedAt),
      ...cells(usage),
    ]),
  };
}

/** By region, and by what the failed ones failed of. */
function partsTable({ byRegion, byClass }: Account, { columns, cells }: UsageColumns): Block {
  const rows = [
    ...Object.entries(byRegion),
    ...Object.entries(byClass).map(([name, usage]) => [`failed: ${name}`, usage] as const),
  ];
  return {
    type: 'table',
    columns: [{ title: '' }, ...['Children', 'Failed', 'Attempts'].map(alignRight), ...columns],
    rows: rows.map(([name, usage]) => [
      name,
      formatCount(usage.children),
      formatCount(usage.failed),
      formatCount(usage.attempts),
      ...cells(usage),
    ]),
  };
}

function reportTimes({ byTier }: Account): Block[] {
  const chart = (title: string, { count, longest, bins }: Distribution): Block[] =>
    count === 0
      ? []
      : [
          {
            type: 'chart',
            kind: 'bar',
            title,
            from: '0 s',
            to: formatDuration(longest),
            series: [{ name: 'children', values: bins }],
          },
        ];
  const blocks = Object.entries(byTier).flatMap(([tier, { duration, wait }]) => [
    ...chart(`Tier ${tier}: how long children ran`, duration),
    ...chart(`Tier ${tier}: how long they waited`, wait),
  ]);
  if (blocks.length === 0) return [];
  const summary = 'How long children ran and waited, by tier';
  return [{ type: 'details', summary, open: true, aside: true, blocks }];
}

function formatTimes(times: Distribution | undefined, quantile: 'p50' | 'p90' | 'longest'): string {
  return times && times.count > 0 ? formatDuration(times[quantile]) : NONE;
}

function formatHours(hours: number): string {
  return hours >= 1000 ? formatCount(Math.round(hours)) : formatAmount(hours, 1);
}

function alignRight(title: string): Column {
  return { title, align: 'right' };
}
