/** Which jobs callers can see: not yet those just submitted (when that is asked for), and no longer those ended long ago. */
import type { BatchSettings } from '../settings.ts';
import type { Job } from './job.ts';
import type { JobBook } from './job-book.ts';

const DOCUMENTED_HISTORY_HOURS = 7 * 24;

export class Visibility {
  readonly #now: () => number;
  readonly #visibleAfterMs: number;
  readonly #historyMs: number;

  constructor(settings: BatchSettings, now: () => number) {
    this.#now = now;
    this.#visibleAfterMs = settings.visibleAfterMs ?? 0;
    this.#historyMs = (settings.historyHours ?? DOCUMENTED_HISTORY_HOURS) * 3_600_000;
  }

  isVisible(job: Job): boolean {
    return this.#now() >= job.record.createdAt + this.#visibleAfterMs && !this.#isPast(job);
  }

  /** Drops the oldest jobs that nobody can see any more. Called with every submission: a few at a time. */
  forgetPast(book: JobBook): void {
    for (const job of book.oldest(10)) if (this.#isPast(job)) book.forget(job);
  }

  #isPast(job: Job): boolean {
    const { stoppedAt } = job.progress();
    return job.finished && stoppedAt !== undefined && stoppedAt + this.#historyMs < this.#now();
  }
}
