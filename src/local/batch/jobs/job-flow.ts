/**
 * How jobs move between states apart from running: dependencies, becoming runnable, ending, and what a child's end means for its
 * parent and for those who wait. One step may cause thousands (a chain of children that fail); they are worked off one by one.
 */
import { isFinished, type JobState, type Progress } from '../records.ts';
import type { WaitingLine } from '../scheduling/fair-share.ts';
import { type Job, WHOLE } from './job.ts';
import type { JobBook } from './job-book.ts';

export const DEPENDENCY_FAILED = 'Dependent Job failed';
export const CHILD_FAILED = 'Array Child Job failed';

export interface FlowParts {
  readonly book: JobBook;
  readonly lineOf: (job: Job) => Pick<WaitingLine, 'add' | 'addFront'>;
  readonly now: () => number;
  /** Why the job must fail instead of becoming runnable; undefined: it may. */
  readonly refusalOf: (job: Job) => string | undefined;
  /** Something became runnable, or capacity may have become free. */
  readonly wake: () => void;
}

export class JobFlow {
  readonly #parts: FlowParts;
  readonly #steps: (() => void)[] = [];
  #working = false;

  constructor(parts: FlowParts) {
    this.#parts = parts;
  }

  /** A job that has just been submitted, or was found unfinished at the start. */
  begin(job: Job): void {
    this.#do(() => this.#begin(job));
  }

  /** The job or child has come to its end. */
  finish(job: Job, index: number, progress: Progress): void {
    this.#do(() => this.#finish(job, index, progress));
  }

  /** An attempt failed and is tried again: to the front of its queue. */
  requeue(job: Job, index: number, progress: Progress): void {
    job.put(index, progress);
    this.#parts.lineOf(job).addFront({ job, index });
    this.#parts.wake();
  }

  /** Ends everything of the job that has not started: the job itself, or all children that no one has placed yet. */
  finishUnstarted(job: Job, ending: Progress): void {
    this.#do(() => this.#finishUnstarted(job, ending));
  }

  #do(step: () => void): void {
    this.#steps.push(step);
    if (this.#working) return;
    this.#working = true;
    try {
      for (let next = this.#steps.shift(); next; next = this.#steps.shift()) next();
    } finally {
      this.#working = false;
    }
  }

  #begin(job: Job): void {
    if (job.finished) return;
    const failed = this.#await(job);
    if (failed) this.#fail(job, DEPENDENCY_FAILED);
    else if (job.waitingFor > 0) this.#pend(job);
    else this.#release(job);
  }

  /** Counts what the job waits for; true when some of that has failed already. */
  #await(job: Job): boolean {
    const { book } = this.#parts;
    let failed = false;
    for (const { jobId, type } of job.record.dependsOn) {
      if (jobId === undefined) this.#awaitPrevious(job);
      else if (type === 'N_TO_N') this.#awaitByIndex(job, jobId);
      else {
        const found = book.find(jobId);
        const state = found?.job.state(found.index);
        if (state === undefined || state === 'SUCCEEDED') continue;
        if (state === 'FAILED') failed = true;
        else {
          job.waitingFor++;
          book.awaitJob(jobId, { job, kind: 'whole' });
        }
      }
    }
    return failed;
  }

  #awaitPrevious(job: Job): void {
    const waits = waitsOf(job);
    for (let index = 1; index < job.size; index++) {
      const state = job.state(index - 1);
      if (state !== 'SUCCEEDED') waits[index] = (waits[index] ?? 0) + 1;
      // After a restart, whose host it was that was lost.
      if (state === 'FAILED') this.#do(() => this.#failChild(job, index));
    }
    this.#parts.book.awaitJob(`${job.record.jobId}:previous`, { job, kind: 'by-index' });
  }

  #awaitByIndex(job: Job, jobId: string): void {
    const upstream = this.#parts.book.find(jobId)?.job;
    if (!upstream) return;
    const waits = waitsOf(job);
    for (let index = 0; index < job.size; index++) {
      const state = upstream.state(index);
      if (state !== 'SUCCEEDED') waits[index] = (waits[index] ?? 0) + 1;
      if (state === 'FAILED') this.#do(() => this.#failChild(job, index));
    }
    this.#parts.book.awaitJob(`${jobId}:each`, { job, kind: 'by-index' });
  }

  #pend(job: Job): void {
    const progress = job.progress();
    if (isEnded(progress.rest)) return;
    if (job.isParent) job.putRest({ ...progress, status: 'PENDING' }, { status: 'PENDING' });
    else job.put(WHOLE, { ...progress, status: 'PENDING' });
  }

  #release(job: Job): void {
    const refusal = this.#parts.refusalOf(job);
    if (refusal) this.#fail(job, refusal);
    else this.#makeRunnable(job);
  }

  #makeRunnable(job: Job): void {
    const progress = job.progress();
    if (!job.isParent) job.put(WHOLE, { ...progress, status: 'RUNNABLE' });
    else if (isEnded(progress.rest)) job.put(WHOLE, { ...progress, status: 'PENDING' });
    else if (!job.indexWaits) job.putRest({ ...progress, status: 'PENDING' }, { status: 'RUNNABLE' });
    else this.#releaseFree(job, progress);
    this.#parts.lineOf(job).add(job);
    this.#parts.wake();
  }

  /** Those children that wait for no other; the rest become runnable one by one. */
  #releaseFree(job: Job, progress: Progress): void {
    job.putRest({ ...progress, status: 'PENDING' }, { status: 'PENDING' });
    job.ready = [];
    for (let index = 0; index < job.size; index++) if (!job.indexWaits?.[index]) this.#releaseChild(job, index);
  }

  #releaseChild(job: Job, index: number): void {
    const state = job.state(index);
    if (isFinished(state)) return;
    if (state !== 'RUNNABLE') job.put(index, { ...job.progress(index), status: 'RUNNABLE' });
    job.ready?.push(index);
    this.#parts.lineOf(job).add(job);
  }

  #fail(job: Job, statusReason: string): void {
    job.put(WHOLE, { ...job.progress(), statusReason });
    this.#finishUnstarted(job, { status: 'FAILED', statusReason, stoppedAt: this.#parts.now() });
  }

  #failChild(job: Job, index: number): void {
    const progress = job.progress(index);
    if (isFinished(progress.status)) return;
    this.#finish(job, index, {
      ...progress,
      status: 'FAILED',
      statusReason: DEPENDENCY_FAILED,
      stoppedAt: this.#parts.now(),
    });
  }

  #finishUnstarted(job: Job, ending: Progress): void {
    if (job.isParent) this.#finishChildren(job, ending);
    else this.#finish(job, WHOLE, { ...job.progress(), ...ending });
  }

  #finishChildren(job: Job, ending: Progress): void {
    for (let index = 0; index < job.size; index++) {
      if (job.hasOwnRecord(index) && isWaiting(job.state(index)))
        this.#finish(job, index, { ...job.progress(index), ...ending });
    }
    const rest = job.progress().rest ?? { status: 'SUBMITTED' };
    if (!isWaiting(rest.status)) return;
    const crowd: number[] = [];
    if (this.#parts.book.hasChildDependents(job)) {
      for (let index = 0; index < job.size; index++) if (!job.hasOwnRecord(index)) crowd.push(index);
    }
    job.putRest(job.progress(), { ...rest, ...ending });
    for (const index of crowd) {
      this.#tell(job.idOf(index), 'FAILED');
      this.#tellIndex(job, index, 'FAILED');
    }
    this.#rollUp(job);
  }

  #finish(job: Job, index: number, progress: Progress): void {
    job.put(index, progress);
    this.#tell(job.idOf(index), progress.status);
    if (index !== WHOLE) {
      this.#tellIndex(job, index, progress.status);
      this.#rollUp(job);
    }
    this.#parts.wake();
  }

  /** A parent ends when all children have, whatever they ended as. */
  #rollUp(job: Job): void {
    const failed = job.countOf('FAILED');
    if (job.countOf('SUCCEEDED') + failed < job.size || job.finished) return;
    const progress = job.progress();
    const ending: Partial<Progress> = failed
      ? { status: 'FAILED', statusReason: progress.statusReason ?? CHILD_FAILED }
      : { status: 'SUCCEEDED', statusReason: undefined };
    job.put(WHOLE, { ...progress, ...ending, stoppedAt: this.#parts.now() });
    this.#tell(job.record.jobId, job.progress().status);
  }

  /** Those who wait for the job or child as a whole. */
  #tell(id: string, state: JobState): void {
    const { book } = this.#parts;
    const dependents = book.dependentsOf(id);
    if (!dependents.length) return;
    for (const { job } of dependents) this.#do(() => this.#dependencyEnded(job, state));
    book.stopAwaiting(id);
  }

  /** Those children who wait for this one: the next of the same array, the same index of others. */
  #tellIndex(job: Job, index: number, state: JobState): void {
    const { jobId } = job.record;
    const { book } = this.#parts;
    if (!book.hasDependents) return;
    if (book.dependentsOf(`${jobId}:previous`).length)
      this.#do(() => this.#childDependencyEnded(job, index + 1, state));
    for (const each of book.dependentsOf(`${jobId}:each`))
      this.#do(() => this.#childDependencyEnded(each.job, index, state));
  }

  #dependencyEnded(job: Job, state: JobState): void {
    if (job.finished) return;
    if (state === 'FAILED') this.#fail(job, DEPENDENCY_FAILED);
    else if (--job.waitingFor === 0) this.#release(job);
  }

  #childDependencyEnded(job: Job, index: number, state: JobState): void {
    if (index >= job.size || isFinished(job.state(index))) return;
    if (state === 'FAILED') this.#failChild(job, index);
    else this.#childFreed(job, index);
  }

  #childFreed(job: Job, index: number): void {
    const waits = waitsOf(job);
    waits[index] = (waits[index] ?? 1) - 1;
    if (waits[index] !== 0 || job.waitingFor > 0) return;
    this.#releaseChild(job, index);
    this.#parts.wake();
  }
}

/** Not yet placed: it can be cancelled. */
export function isWaiting(state: JobState): boolean {
  return state === 'SUBMITTED' || state === 'PENDING' || state === 'RUNNABLE';
}

/** The crowd has been cancelled or terminated: it stays so, also after a restart. */
function isEnded(rest: Progress | undefined): boolean {
  return rest !== undefined && isFinished(rest.status);
}

function waitsOf(job: Job): Uint8Array {
  job.indexWaits ??= new Uint8Array(job.size);
  return job.indexWaits;
}
