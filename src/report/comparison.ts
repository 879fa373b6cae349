/** What differs from one run to a later one, in the few sentences that a report has room for. */
import { formatAmount } from '../format-amount.ts';
import type { Ratio, RunComparison } from '../runs/compare.ts';
import type { FailureGroup } from '../runs/failure-groups.ts';
import type { Block } from './document.ts';
import { count, formatDuration } from './format.ts';

/** Smaller changes are weather. */
const TELLING = 0.1;
const MOST_GROUPS = 10;

export function reportComparison(comparison: RunComparison): Block[] {
  const { before, failedShare, costPerEntry, tiers, newGroups, goneGroups } = comparison;
  const share = (value: number) => `${(value * 100).toFixed(2)} %`;
  const items = [
    ...describeChange('cost per entry', costPerEntry, value => formatAmount(value, 5)),
    ...Object.entries(tiers).flatMap(([tier, { median, p90, wait }]) => [
      ...describeChange(`tier ${tier}, median duration`, median, formatDuration),
      ...describeChange(`tier ${tier}, 90 % of the durations`, p90, formatDuration),
      ...describeChange(`tier ${tier}, median wait`, wait, formatDuration),
    ]),
    ...(share(failedShare.before) === share(failedShare.after)
      ? []
      : [`failed in the end: ${share(failedShare.before)}, now ${share(failedShare.after)}`]),
    ...newGroups.slice(0, MOST_GROUPS).map(group => `new: ${describeGroup(group)}`),
    ...goneGroups.slice(0, MOST_GROUPS).map(group => `gone: ${describeGroup(group)}`),
  ];
  return [
    { type: 'heading', level: 3, content: `Compared with ${before}` },
    items.length > 0
      ? { type: 'list', items }
      : { type: 'paragraph', content: 'As fast and as dear within a tenth, and no failure that was not there before.' },
  ];
}

function describeChange(what: string, { before, after, ratio }: Ratio, format: (value: number) => string): string[] {
  if (ratio === undefined || before === undefined || after === undefined || Math.abs(ratio - 1) < TELLING) return [];
  return [`${what}: ${describeRatio(ratio)}, from ${format(before)} to ${format(after)}`];
}

export function describeRatio(ratio: number): string {
  return `${ratio >= 1 ? '+' : ''}${Math.round((ratio - 1) * 100)} %`;
}

export function describeGroup({ entries, class: kind, evidence, lastWords }: FailureGroup): string {
  return `${count(entries, 'entry', 'entries')}, ${kind}: ${lastWords ?? evidence}`;
}
