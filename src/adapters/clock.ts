/** The machine's own clock. */
import type { Clock } from '../ports.ts';

/** The longest that one timer can wait (about 24.8 days); a longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** `sleep` keeps the process alive until it ends or is aborted; an aborted one leaves no timer behind. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    for (let left = milliseconds; ; left -= LONGEST_TIMER) {
      await waitOnce(Math.min(Math.max(left, 0), LONGEST_TIMER), signal);
      if (left <= LONGEST_TIMER) return;
    }
  },
};

function waitOnce(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
