/** How often to ask. */
import type { Clock } from '../ports.ts';

export interface PauseRange {
  readonly firstMilliseconds: number;
  readonly longestMilliseconds: number;
}

/** Quick at first, for a job that fails at once; then slow, for the API's other users. */
export const WATCH_PAUSES: PauseRange = { firstMilliseconds: 1000, longestMilliseconds: 30_000 };
export const LOG_PAUSES: PauseRange = { firstMilliseconds: 1000, longestMilliseconds: 5000 };
/** Of a local AWS, where nobody throttles reads. */
export const LOCAL_PAUSES: PauseRange = { firstMilliseconds: 200, longestMilliseconds: 1000 };

/** Each pause a quarter longer than the one before, up to the longest: what is learned comes at most a fifth late. */
export function* growingPauses({ firstMilliseconds, longestMilliseconds }: PauseRange): Generator<number, never> {
  for (let pause = firstMilliseconds; ; pause *= 1.25) yield Math.min(pause, longestMilliseconds);
}

/** Resolves when the next call may be made, so that calls keep to a rate (without end: at once), however many ask at once. */
export type Pace = (signal?: AbortSignal) => Promise<void>;

export function createPace(clock: Clock, perSecond: number): Pace {
  const gap = 1000 / perSecond;
  let next = 0;
  return async signal => {
    const now = clock.now();
    const at = Math.max(now, next);
    next = at + gap;
    if (at > now) await clock.sleep(at - now, signal);
  };
}
