import type { Clock } from '../../src/ports.ts';

/** Time passes only in sleeps, at once: what would wait for hours is over in a moment, and every pause is on record. */
export class ManualClock implements Clock {
  readonly pauses: number[] = [];
  time = 0;

  now(): number {
    return this.time;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.pauses.push(milliseconds);
    this.time += milliseconds;
    await new Promise(resolve => setImmediate(resolve));
    signal?.throwIfAborted();
  }
}
