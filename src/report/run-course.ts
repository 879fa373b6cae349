/** How a run went on: children by state, and how many ended in a minute, from the first start to the last end. */
import type { Account } from '../runs/account.ts';
import type { Block } from './document.ts';
import { formatTime } from './format.ts';

/** Empty when nothing took time. */
export function reportCourse({ timeline, startedAt, stoppedAt }: Account): Block[] {
  if (startedAt === undefined || stoppedAt === undefined || stoppedAt <= startedAt) return [];
  const span = { type: 'chart', kind: 'line', from: formatTime(startedAt), to: formatTime(stoppedAt) } as const;
  const step = (stoppedAt - startedAt) / timeline.length;
  return [
    {
      ...span,
      title: 'Children by state',
      series: [
        { name: 'ended', values: timeline.map(({ ended }) => ended) },
        { name: 'running', values: timeline.map(({ running }) => running) },
        { name: 'waiting', values: timeline.map(({ waiting }) => waiting) },
      ],
    },
    {
      ...span,
      title: 'Children that ended in a minute',
      series: [
        {
          name: 'a minute',
          values: paceOf(
            timeline.map(({ ended }) => ended),
            step,
          ),
        },
      ],
    },
  ];
}

const MINUTE = 60_000;

/**
 * How many ended in the minute before the end of each step: from shorter times no pace can be told. `ended` by the end of each step, of
 * so many milliseconds.
 */
function paceOf(ended: readonly number[], step: number): readonly number[] {
  const steps = Math.ceil(MINUTE / step);
  const minutes = (steps * step) / MINUTE;
  return ended.map((count, at) => {
    const pace = (count - (ended[at - steps] ?? 0)) / minutes;
    return pace < 10 ? Number(pace.toFixed(2)) : Math.round(pace);
  });
}
