/**
 * One submitted job at work: a plain job, or a parent with its children. A child costs one byte until it leaves the crowd; from
 * then on it has a record of its own. The parent's counts are kept, never scanned for.
 */
import type { Realm } from '../realm.ts';
import { type Attempt, isFinished, JOB_STATES, type JobRecord, type JobState, type Progress } from '../records.ts';
import type { ChildRows } from './child-rows.ts';
import { WHOLE } from './progress-rows.ts';

export { WHOLE };

const OWN_RECORD = 0x80;
const STATE = 0x7f;
const CODES = Object.fromEntries(JOB_STATES.map((state, code) => [state, code])) as Record<JobState, number>;

export class Job {
  readonly realm: Realm;
  readonly size: number;
  /** Whole jobs that must succeed before any of this one may run. */
  waitingFor = 0;
  /** Per child: how many other children must succeed first. */
  indexWaits: Uint8Array | undefined;
  /** Children that became runnable one by one, when they do not all become so at once. */
  ready: number[] | undefined;
  /** Everything below this index has been handed out, when they do. */
  cursor = 0;
  /** It is in its queue's line. */
  inLine = false;
  /** When a child last changed state. */
  changedAt: number;
  readonly #now: () => number;
  #record: JobRecord;
  /** Of a parent. */
  readonly #children: ChildRows | undefined;
  readonly #states: Uint8Array;
  readonly #counts: number[] = JOB_STATES.map(() => 0);

  /** Takes up a job that the store knows, with all its children. */
  constructor(realm: Realm, record: JobRecord, now: () => number) {
    this.realm = realm;
    this.#now = now;
    this.changedAt = now();
    this.#record = record;
    this.size = record.size ?? 0;
    this.#children = this.size ? realm.progress.childrenOf(record.jobId) : undefined;
    this.#states = new Uint8Array(this.size);
    this.#counts[0] = this.size;
    const { rest } = this.progress();
    if (!rest) return;
    this.#spread(rest.status);
    for (let index = 0; index < this.size; index++) {
      const own = this.#children?.get(index);
      if (own) this.#mark(index, own.status);
    }
  }

  get record(): JobRecord {
    return this.#record;
  }

  get isParent(): boolean {
    return this.size > 0;
  }

  setTags(tags: Readonly<Record<string, string>>): void {
    this.#record = { ...this.#record, tags };
    this.realm.jobs.put(this.#record.jobId, this.#record);
  }

  idOf(index: number): string {
    return index === WHOLE ? this.#record.jobId : `${this.#record.jobId}:${index}`;
  }

  progress(index = WHOLE): Progress {
    const own = index === WHOLE ? undefined : this.#children?.get(index);
    if (own) return own;
    const whole = this.realm.progress.get(this.#record.jobId);
    return (index === WHOLE ? whole : whole?.rest) ?? { status: 'SUBMITTED' };
  }

  /** The attempts that have ended. */
  attempts(index: number): readonly Attempt[] | undefined {
    return index !== WHOLE && this.#children?.has(index)
      ? this.#children.attempts(index)
      : this.progress(index).attempts;
  }

  state(index = WHOLE): JobState {
    if (index === WHOLE) return this.progress().status;
    return JOB_STATES[(this.#states[index] ?? 0) & STATE] ?? 'SUBMITTED';
  }

  get finished(): boolean {
    return isFinished(this.progress().status);
  }

  put(index: number, progress: Progress): void {
    const { onStateChange } = this.realm;
    const before = onStateChange && this.state(index);
    // A million keys are worth avoiding where nothing is written to disk.
    if (index === WHOLE || this.realm.durable) this.realm.progress.put(this.idOf(index), progress);
    else this.#children?.put(index, progress);
    if (index !== WHOLE) this.#mark(index, progress.status);
    if (before !== progress.status) onStateChange?.(this, index);
  }

  /** How every child looks that has no record of its own, as part of the parent's progress. */
  putRest(parent: Progress, rest: Progress): void {
    const { onStateChange } = this.realm;
    const crowd = onStateChange ? this.#crowdLeaving(rest.status) : [];
    this.put(WHOLE, { ...parent, rest });
    this.#spread(rest.status);
    for (const index of crowd) onStateChange?.(this, index);
  }

  /** Children without a record of their own that change state with the crowd. */
  #crowdLeaving(state: JobState): number[] {
    const all = Array.from({ length: this.size }, (_, index) => index);
    return all.filter(index => !this.hasOwnRecord(index) && this.state(index) !== state);
  }

  /** Children by state; all seven states, zeros too. */
  statusSummary(): Record<JobState, number> {
    return Object.fromEntries(JOB_STATES.map((state, code) => [state, this.#counts[code] ?? 0])) as Record<
      JobState,
      number
    >;
  }

  countOf(state: JobState): number {
    return this.#counts[CODES[state]] ?? 0;
  }

  /** Indexes of the children in a state, from `start` on, at most `limit`. */
  indexesIn(state: JobState, start: number, limit: number): number[] {
    const code = CODES[state];
    const found: number[] = [];
    for (let index = start; index < this.size && found.length < limit; index++) {
      if (((this.#states[index] ?? 0) & STATE) === code) found.push(index);
    }
    return found;
  }

  /** Whether the child has left the crowd. */
  hasOwnRecord(index: number): boolean {
    return ((this.#states[index] ?? 0) & OWN_RECORD) !== 0;
  }

  #mark(index: number, state: JobState): void {
    this.changedAt = this.#now();
    const before = (this.#states[index] ?? 0) & STATE;
    this.#counts[before] = (this.#counts[before] ?? 0) - 1;
    this.#counts[CODES[state]] = (this.#counts[CODES[state]] ?? 0) + 1;
    this.#states[index] = CODES[state] | OWN_RECORD;
  }

  #spread(state: JobState): void {
    this.changedAt = this.#now();
    const code = CODES[state];
    for (let index = 0; index < this.size; index++) {
      const byte = this.#states[index] ?? 0;
      if (byte & OWN_RECORD) continue;
      this.#counts[byte] = (this.#counts[byte] ?? 0) - 1;
      this.#counts[code] = (this.#counts[code] ?? 0) + 1;
      this.#states[index] = code;
    }
  }
}
