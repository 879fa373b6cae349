/** How far a run is, from the counts that its parents show. */

import { formatCount } from '../format-count.ts';
import { JOB_STATUSES, type JobStatus } from '../jobs/model.ts';
import type { StatusCounts } from './model.ts';

export function sumCounts(all: Iterable<Partial<StatusCounts>>): StatusCounts {
  const sum = Object.fromEntries(JOB_STATUSES.map(status => [status, 0])) as Record<JobStatus, number>;
  for (const counts of all) for (const status of JOB_STATUSES) sum[status] += counts[status] ?? 0;
  return sum;
}

export function endedOf(counts: StatusCounts): number {
  return counts.SUCCEEDED + counts.FAILED;
}

interface Sample {
  readonly at: number;
  readonly ended: number;
}

/** So far back counts for the throughput: long enough to smooth waves of instances. Milliseconds. */
const WINDOW = 600_000;

export interface Pace {
  /** Children that end in a minute; undefined before two samples differ. */
  readonly perMinute: number | undefined;
  /** Milliseconds until the rest has ended at this pace. */
  readonly remaining: number | undefined;
}

/** Measures how fast children end over the last ten minutes. */
export function createPaceMeter(): (at: number, counts: StatusCounts, total: number) => Pace {
  let samples: Sample[] = [];
  return (at, counts, total) => {
    const ended = endedOf(counts);
    samples = [...samples.filter(sample => at - sample.at <= WINDOW), { at, ended }];
    const [first] = samples;
    if (!first || ended <= first.ended || at <= first.at) return { perMinute: undefined, remaining: undefined };
    const perMillisecond = (ended - first.ended) / (at - first.at);
    return { perMinute: perMillisecond * 60_000, remaining: (total - ended) / perMillisecond };
  };
}

/** `41,200 of 50,000 ended (82 %), 310 failed; 2,900 running, 5,900 waiting; 190 a minute, about 46 min to go`. */
export function describeProgress(counts: StatusCounts, total: number, { perMinute, remaining }: Pace): string {
  const ended = endedOf(counts);
  const waiting = total - ended - counts.RUNNING - counts.STARTING;
  const parts = [
    `${formatCount(ended)} of ${formatCount(total)} ended (${Math.floor((ended / Math.max(1, total)) * 100)} %)${counts.FAILED > 0 ? `, ${formatCount(counts.FAILED)} failed` : ''}`,
    `${formatCount(counts.RUNNING + counts.STARTING)} running, ${formatCount(waiting)} waiting`,
  ];
  if (perMinute !== undefined && remaining !== undefined && ended < total) {
    parts.push(`${formatCount(Math.max(1, Math.round(perMinute)))} a minute, about ${formatMinutes(remaining)} to go`);
  }
  return parts.join('; ');
}

function formatMinutes(milliseconds: number): string {
  const minutes = Math.max(1, Math.round(milliseconds / 60_000));
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
