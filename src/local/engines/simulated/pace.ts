/** Makes a virtual clock go beside the machine's, so many times as fast, for clients in other processes. */
import type { Clock } from '../../../ports.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Often enough to look smooth, seldom enough to cost nothing. */
const STEP_MILLISECONDS = 20;

/**
 * `speed`: virtual seconds in one second; Infinity: whatever is due happens at once, and time stands still when nothing is. Gives a
 * function that stops it.
 */
export function paceClock(
  timeline: Pick<VirtualClock, 'now' | 'advanceTo' | 'run'>,
  speed: number,
  real: Clock,
  onError: (error: unknown) => void = () => undefined,
): () => void {
  const stop = new AbortController();
  const begun = { real: real.now(), virtual: timeline.now() };
  const go = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const due = begun.virtual + (real.now() - begun.real) * speed;
      await (speed === Number.POSITIVE_INFINITY ? timeline.run(() => stop.signal.aborted) : timeline.advanceTo(due));
      await real.sleep(STEP_MILLISECONDS, stop.signal);
    }
  };
  go().catch(error => (stop.signal.aborted ? undefined : onError(error)));
  return () => stop.abort();
}
