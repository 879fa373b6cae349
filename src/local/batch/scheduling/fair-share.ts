/**
 * A queue with a fair-share policy: the share that has used least, by its weight, goes first; within a share by scheduling
 * priority. Use fades: what was used `shareDecaySeconds` ago counts 1/e. `computeReservation` is kept and shown, but holds nothing
 * back. https://docs.aws.amazon.com/batch/latest/userguide/fair-share-scheduling.html
 */
import type { Job } from '../jobs/job.ts';
import type { FairShare } from '../records.ts';
import { Line, type Runnable } from './line.ts';

/** A decay of 0 stands for the least window, ten minutes. */
const LEAST_DECAY_SECONDS = 600;

export interface WaitingLine {
  add(job: Job): void;
  addFront(runnable: Runnable): void;
  peek(): Runnable | undefined;
  take(runnable: Runnable): void;
  /** So many vCPUs are taken (or, negative, given back) by a job. */
  use(job: Job, vcpus: number): void;
}

interface Share {
  readonly line: Line;
  running: number;
  /** vCPU-seconds, faded. */
  used: number;
  at: number;
}

export class FairShareLine implements WaitingLine {
  readonly #policy: () => FairShare | undefined;
  readonly #now: () => number;
  readonly #rankOf: (job: Job) => number;
  readonly #shares = new Map<string, Share>();

  constructor(policy: () => FairShare | undefined, now: () => number, rankOf: (job: Job) => number) {
    this.#policy = policy;
    this.#now = now;
    this.#rankOf = rankOf;
  }

  add(job: Job): void {
    this.#shareOf(job).line.add(job);
  }

  addFront(runnable: Runnable): void {
    this.#shareOf(runnable.job).line.addFront(runnable);
  }

  take(runnable: Runnable): void {
    this.#shareOf(runnable.job).line.take(runnable);
  }

  peek(): Runnable | undefined {
    let best: { readonly runnable: Runnable; readonly load: number } | undefined;
    for (const [name, share] of this.#shares) {
      const runnable = share.line.peek();
      if (!runnable) continue;
      const load = this.#loadOf(name, share);
      if (!best || load < best.load) best = { runnable, load };
    }
    return best?.runnable;
  }

  use(job: Job, vcpus: number): void {
    const share = this.#shareOf(job);
    this.#fade(share);
    share.running += vcpus;
  }

  #loadOf(name: string, share: Share): number {
    this.#fade(share);
    return (share.used + share.running * this.#decaySeconds()) * this.#weightOf(name);
  }

  #fade(share: Share): void {
    const now = this.#now();
    const seconds = Math.max(0, now - share.at) / 1000;
    share.used = share.used * Math.exp(-seconds / this.#decaySeconds()) + share.running * seconds;
    share.at = now;
  }

  #decaySeconds(): number {
    return Math.max(this.#policy()?.shareDecaySeconds ?? 0, LEAST_DECAY_SECONDS);
  }

  /** The weight of the identifier, or of the longest `prefix*` that fits it; 1 when nothing names it. */
  #weightOf(name: string): number {
    const entries = this.#policy()?.shareDistribution ?? [];
    const fitting = entries.filter(({ shareIdentifier: id }) =>
      id.endsWith('*') ? name.startsWith(id.slice(0, -1)) : id === name,
    );
    const [longest] = fitting.toSorted((one, other) => other.shareIdentifier.length - one.shareIdentifier.length);
    return longest?.weightFactor ?? 1;
  }

  #shareOf(job: Job): Share {
    const name = job.record.overrides.shareIdentifier ?? '';
    const known = this.#shares.get(name);
    if (known) return known;
    const share = { line: new Line(this.#rankOf), running: 0, used: 0, at: this.#now() };
    this.#shares.set(name, share);
    return share;
  }
}
