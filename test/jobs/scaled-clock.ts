import type { Clock } from '../../src/ports.ts';

/** The machine's clock, so many times faster: seconds of waiting take milliseconds. */
export function scaledClock(factor: number): Clock {
  const began = Date.now();
  return {
    now: () => began + (Date.now() - began) * factor,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', stop);
          resolve();
        }, milliseconds / factor);
        signal?.addEventListener('abort', stop, { once: true });
      }),
  };
}
