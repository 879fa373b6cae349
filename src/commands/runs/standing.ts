/** How a run stands, for people and for programs. */
import { formatCount } from '../../format-count.ts';
import type { Block } from '../../report/document.ts';
import { formatTime } from '../../report/format.ts';
import { reportStop } from '../../report/run.ts';
import type { Progress, Stop } from '../../runs/model.ts';
import { describeProgress, endedOf } from '../../runs/progress.ts';
import type { Standing } from '../../runs/standing.ts';

/** A few words, for a cell: `being driven by process 7 on host: 120 of 300 ended`. */
export function describeStanding(standing: Standing): string {
  switch (standing.state) {
    case 'driven':
      return `being driven by ${standing.by}${describeShort(standing.progress)}`;
    case 'left':
      return `running, ${describeLast(standing) ?? 'driven by nobody'}${describeShort(standing.progress)}`;
    case 'unwatched':
      return describeLast(standing) ?? 'not watched yet';
    default:
      return standing.state;
  }
}

/** `last driven by process 7 on host, which is gone`; undefined where the last one let go of it. */
export function describeLast({ lastBy }: { readonly lastBy?: string | undefined }): string | undefined {
  return lastBy && `last driven by ${lastBy}, which is gone`;
}

function describeShort(progress: Progress | undefined): string {
  if (!progress) return '';
  const { round, counts, total } = progress;
  return `: ${nameRound(round)}${formatCount(endedOf(counts))} of ${formatCount(total)} ended`;
}

function nameRound(round: number): string {
  return round > 0 ? `retry ${round}, ` : '';
}

/** What stands under the heading of a run that is driven or stopped; nothing for the others. */
export function reportStanding(standing: Standing): Block[] {
  if (standing.state === 'stopped') return [reportStop(standing.stop)];
  if (standing.state !== 'driven') return [];
  const { by, progress } = standing;
  const far = progress
    ? ` At ${formatTime(progress.at)}: ${nameRound(progress.round)}${describeProgress(progress.counts, progress.total, { perMinute: progress.perMinute, remaining: progress.remaining })}.`
    : ' Nothing has been looked at yet.';
  return [{ type: 'paragraph', content: [{ badge: 'warning', text: 'running' }, ` Being driven by ${by}.${far}`] }];
}

/** The same as plain data; without a state for what nobody has watched. Times are milliseconds. */
export function standingOf(standing: Standing): {
  readonly state?: 'running' | 'stopped' | 'ended';
  readonly drivenBy?: string;
  readonly lastDrivenBy?: string;
  readonly progress?: Progress | undefined;
  readonly stopped?: Stop;
} {
  switch (standing.state) {
    case 'driven':
      return { state: 'running', drivenBy: standing.by, progress: standing.progress };
    case 'left':
      return { state: 'running', ...lastOf(standing), progress: standing.progress };
    case 'stopped':
      return { state: 'stopped', stopped: standing.stop };
    case 'ended':
      return { state: 'ended' };
    default:
      return lastOf(standing);
  }
}

function lastOf({ lastBy }: { readonly lastBy?: string | undefined }): { readonly lastDrivenBy?: string } {
  return lastBy === undefined ? {} : { lastDrivenBy: lastBy };
}
