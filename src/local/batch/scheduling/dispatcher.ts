/**
 * Places runnable jobs: queues by priority, first come first served in each, on the queue's compute environments in their order,
 * as long as their vCPUs and the engine allow. Runs when something has changed, never by the clock.
 */
import type { EngineCapacity } from '../../engines/model.ts';
import { blockedReason } from '../capacity/placement.ts';
import type { ComputeEnvironmentRecord, JobQueueRecord } from '../records.ts';
import type { AttemptRunner } from './attempt-runner.ts';
import type { Runnable } from './line.ts';
import type { RealmWork } from './realm-work.ts';
import { NO_CAPACITY, roomIn } from './room.ts';
import type { Placement } from './running-attempt.ts';

export interface DispatcherParts {
  readonly runner: AttemptRunner;
  readonly concurrency: number;
  readonly capacity: EngineCapacity | undefined;
  readonly now: () => number;
  readonly works: () => Iterable<RealmWork>;
}

export class Dispatcher {
  readonly #parts: DispatcherParts;
  #free: number;
  #scheduled = false;
  #stopped = false;
  /** Whose turn it is when there is room for one more only. */
  #turn = 0;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#free = parts.concurrency;
  }

  /** Dispatches once the present piece of work is done. */
  readonly wake = (): void => {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#dispatch();
    });
  };

  stop(): void {
    this.#stopped = true;
  }

  /** One job of each account and region in turn, until nothing more fits. */
  #dispatch(): void {
    const works = [...this.#parts.works()];
    let idle = 0;
    while (!this.#stopped && this.#free > 0 && idle < works.length) {
      const work = works[this.#turn++ % works.length];
      idle = work && this.#placeOne(work) ? 0 : idle + 1;
    }
    // What can never be placed says so also while the engine has no room for anything.
    if (this.#free <= 0 && !this.#stopped)
      for (const work of works) for (const head of heads(work)) this.#seek(work, head);
  }

  #placeOne(work: RealmWork): boolean {
    for (const head of heads(work)) {
      const environment = this.#seek(work, head);
      if (!environment) continue;
      this.#start(work, head.runnable, environment);
      return true;
    }
    return false;
  }

  /** Where the head can be placed now; if nowhere, it says why. */
  #seek(work: RealmWork, { queue, runnable }: Head): ComputeEnvironmentRecord | undefined {
    const candidates = work.environmentsOf(queue);
    const environment = this.#choose(work, runnable, candidates);
    if (!environment) work.blocked.mark(queue, runnable, this.#whyBlocked(work, runnable, candidates));
    return environment;
  }

  #choose(
    work: RealmWork,
    { job }: Runnable,
    candidates: readonly ComputeEnvironmentRecord[],
  ): ComputeEnvironmentRecord | undefined {
    const plan = work.planOf(job);
    return candidates.find(
      each =>
        work.isReady(each) && !work.obstacle(each, plan) && roomIn(work, each, plan, this.#parts.capacity) === 'room',
    );
  }

  /** undefined: it only waits for others to end, or for something that AWS is silent about. */
  #whyBlocked(work: RealmWork, { job }: Runnable, candidates: readonly ComputeEnvironmentRecord[]): string | undefined {
    const plan = work.planOf(job);
    const reason = blockedReason(candidates.map(each => work.obstacle(each, plan)));
    if (reason !== undefined || !this.#parts.capacity) return reason;
    const able = candidates.filter(each => !work.obstacle(each, plan));
    return able.length && able.every(each => roomIn(work, each, plan, this.#parts.capacity) === 'short')
      ? NO_CAPACITY
      : undefined;
  }

  #start(work: RealmWork, runnable: Runnable, environment: ComputeEnvironmentRecord): void {
    const { job, index } = runnable;
    const plan = work.planOf(job);
    const name = environment.computeEnvironmentName;
    work.lineOf(job).take(runnable);
    work.use(name, job, plan.vcpus);
    this.#free--;
    this.#parts.runner.start({ job, index, plan, environment: name, work, release: this.#release });
  }

  readonly #release = ({ job, environment, plan, work }: Placement): void => {
    work.use(environment, job, -plan.vcpus);
    this.#free++;
    this.wake();
  };
}

interface Head {
  readonly queue: JobQueueRecord;
  readonly runnable: Runnable;
}

/** What stands first in each queue, by the priority of the queues. */
function* heads(work: RealmWork): Generator<Head> {
  for (const queue of work.queuesByPriority()) {
    const runnable = work.lineNamed(queue.jobQueueName).peek();
    if (runnable) yield { queue, runnable };
  }
}
