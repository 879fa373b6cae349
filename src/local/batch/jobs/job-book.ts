/** The jobs of one realm, found by id, by queue and by who waits for them. */
import type { Realm } from '../realm.ts';
import type { JobRecord } from '../records.ts';
import { Job, WHOLE } from './job.ts';

export interface Found {
  readonly job: Job;
  readonly index: number;
}

/** Who waits for a job or child: as a whole, or child by child (N_TO_N). */
export interface Dependent {
  readonly job: Job;
  readonly kind: 'whole' | 'by-index';
}

const NOBODY: readonly Dependent[] = [];

export class JobBook {
  readonly realm: Realm;
  readonly #now: () => number;
  readonly #jobs = new Map<string, Job>();
  readonly #byQueue = new Map<string, Job[]>();
  readonly #countByName = new Map<string, number>();
  readonly #dependents = new Map<string, Dependent[]>();
  /** Parents some of whose children are waited for one by one. */
  readonly #awaitedParents = new Set<string>();
  #lastOrder = 0;

  /** Takes up everything that the store knows. */
  constructor(realm: Realm, now: () => number) {
    this.realm = realm;
    this.#now = now;
    for (const [, record] of realm.jobs.entries()) this.#enter(new Job(realm, record, now));
  }

  add(record: Omit<JobRecord, 'order'>): Job {
    const numbered = { ...record, order: this.#lastOrder + 1 };
    this.realm.jobs.put(record.jobId, numbered);
    this.realm.progress.put(record.jobId, {
      status: 'SUBMITTED',
      ...(record.size ? { rest: { status: 'SUBMITTED' } } : {}),
    });
    const job = new Job(this.realm, numbered, this.#now);
    this.#enter(job);
    return job;
  }

  /** A job, or a child by `parent:index`. */
  find(id: string): Found | undefined {
    const [jobId = '', child, ...more] = id.split(':');
    if (more.length) return undefined;
    const job = this.#jobs.get(jobId);
    if (!job || child === undefined) return job && { job, index: WHOLE };
    const index = /^\d+$/.test(child) ? Number(child) : -1;
    return index >= 0 && index < job.size && String(index) === child ? { job, index } : undefined;
  }

  /** How many jobs of that name were submitted, as far as anybody remembers. */
  countNamed(jobName: string): number {
    return this.#countByName.get(jobName) ?? 0;
  }

  all(): Iterable<Job> {
    return this.#jobs.values();
  }

  /** In order of submission. */
  inQueue(queue: string): readonly Job[] {
    return this.#byQueue.get(queue) ?? [];
  }

  forget(job: Job): void {
    const { jobId, queue } = job.record;
    for (let index = 0; index < job.size; index++)
      if (job.hasOwnRecord(index)) this.realm.progress.delete(job.idOf(index));
    this.realm.progress.delete(jobId);
    this.realm.jobs.delete(jobId);
    this.#jobs.delete(jobId);
    const line = this.#byQueue.get(queue) ?? [];
    line.splice(line.indexOf(job), 1);
  }

  /** The first so many that were submitted. */
  oldest(count: number): Job[] {
    const found: Job[] = [];
    for (const job of this.#jobs.values()) {
      if (found.length === count) break;
      found.push(job);
    }
    return found;
  }

  awaitJob(id: string, dependent: Dependent): void {
    const [parent = '', child] = id.split(':');
    if (child !== undefined) this.#awaitedParents.add(parent);
    const waiting = this.#dependents.get(id);
    if (waiting) waiting.push(dependent);
    else this.#dependents.set(id, [dependent]);
  }

  dependentsOf(id: string): readonly Dependent[] {
    return (this.#dependents.size && this.#dependents.get(id)) || NOBODY;
  }

  /** Whether anything at all is waited for. */
  get hasDependents(): boolean {
    return this.#dependents.size > 0;
  }

  hasChildDependents(job: Job): boolean {
    return this.#awaitedParents.has(job.record.jobId);
  }

  stopAwaiting(id: string): void {
    this.#dependents.delete(id);
  }

  #enter(job: Job): void {
    const { jobId, jobName, queue, order } = job.record;
    this.#jobs.set(jobId, job);
    this.#countByName.set(jobName, this.countNamed(jobName) + 1);
    const line = this.#byQueue.get(queue);
    if (line) line.push(job);
    else this.#byQueue.set(queue, [job]);
    this.#lastOrder = Math.max(this.#lastOrder, order);
  }
}
