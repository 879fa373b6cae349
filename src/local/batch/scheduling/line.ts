/**
 * One queue's runnable jobs, first come first served: retried jobs first, then jobs by rank and order of submission. Entries that
 * are no longer runnable are dropped when they come to the head, so that cancelling costs nothing here.
 */
import { type Job, WHOLE } from '../jobs/job.ts';

export interface Runnable {
  readonly job: Job;
  /** The child's index, or WHOLE. */
  readonly index: number;
}

export class Line {
  readonly #front: Runnable[] = [];
  #frontHead = 0;
  #jobs: Job[] = [];
  #head = 0;
  readonly #rankOf: (job: Job) => number;

  /** Jobs of a higher rank go first. */
  constructor(rankOf: (job: Job) => number = () => 0) {
    this.#rankOf = rankOf;
  }

  /** A job that has become runnable, or some of whose children have. */
  add(job: Job): void {
    if (job.inLine) return;
    job.inLine = true;
    let low = this.#head;
    let high = this.#jobs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#jobs[middle];
      if (other && this.#before(other, job)) low = middle + 1;
      else high = middle;
    }
    this.#jobs.splice(low, 0, job);
  }

  /** A job whose attempt failed goes back to the front. */
  addFront(runnable: Runnable): void {
    this.#front.push(runnable);
  }

  peek(): Runnable | undefined {
    return this.#peekFront() ?? this.#peekJobs();
  }

  /** Takes what `peek` has just shown. */
  take({ job, index }: Runnable): void {
    const front = this.#front[this.#frontHead];
    if (front?.job === job && front.index === index) this.#dropFront();
    else if (index !== WHOLE) advance(job, index);
  }

  /** Order of arrival takes no account of use. */
  use(): void {}

  #peekFront(): Runnable | undefined {
    while (this.#frontHead < this.#front.length) {
      const front = this.#front[this.#frontHead];
      if (front && front.job.state(front.index) === 'RUNNABLE') return front;
      this.#dropFront();
    }
    return undefined;
  }

  #peekJobs(): Runnable | undefined {
    while (this.#head < this.#jobs.length) {
      const job = this.#jobs[this.#head];
      const runnable = job && nextRunnable(job);
      if (runnable) return runnable;
      if (job) job.inLine = false;
      this.#head++;
      if (this.#head > 1000) this.#compact();
    }
    return undefined;
  }

  #dropFront(): void {
    this.#frontHead++;
    if (this.#frontHead < this.#front.length) return;
    this.#front.length = 0;
    this.#frontHead = 0;
  }

  #compact(): void {
    this.#jobs = this.#jobs.slice(this.#head);
    this.#head = 0;
  }

  #before(one: Job, other: Job): boolean {
    const byRank = this.#rankOf(other) - this.#rankOf(one);
    return byRank === 0 ? one.record.order < other.record.order : byRank < 0;
  }
}

function nextRunnable(job: Job): Runnable | undefined {
  if (!job.isParent) return job.state() === 'RUNNABLE' ? { job, index: WHOLE } : undefined;
  if (job.ready) {
    while (job.ready.length > job.cursor) {
      const index = job.ready[job.cursor];
      if (index !== undefined && job.state(index) === 'RUNNABLE') return { job, index };
      job.cursor++;
    }
    return undefined;
  }
  while (job.cursor < job.size && job.state(job.cursor) !== 'RUNNABLE') job.cursor++;
  return job.cursor < job.size ? { job, index: job.cursor } : undefined;
}

function advance(job: Job, index: number): void {
  job.cursor = job.ready ? job.cursor + 1 : index + 1;
}
