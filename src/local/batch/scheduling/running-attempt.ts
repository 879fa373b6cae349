/** One attempt at work: STARTING, RUNNING, and what its end makes of the job. Ten thousand at once are usual, so it is lean. */

import type { Clock } from '../../../ports.ts';
import type { ContainerListener, ContainerOutcome } from '../../engines/model.ts';
import type { Job } from '../jobs/job.ts';
import type { JobPlan } from '../jobs/plan.ts';
import { isRetried } from '../jobs/retry.ts';
import type { Attempt, Progress } from '../records.ts';
import type { Alarm, Alarms } from './alarms.ts';
import type { RealmWork } from './realm-work.ts';
import { STOP_GRACE_SECONDS, type TaskListener, type TaskOutcome, type TaskRun } from './task.ts';

export const EXITED = 'Essential container in task exited';
export const FAILED_TO_START = 'Task failed to start';
export const TIMED_OUT = 'Job attempt duration exceeded timeout';

const LONGEST_REASON = 255;

export interface Placement {
  readonly job: Job;
  readonly index: number;
  readonly plan: JobPlan;
  /** The compute environment's name. */
  readonly environment: string;
  readonly work: RealmWork;
  /** Told once, when the attempt holds no capacity any more. */
  readonly release: (placement: Placement) => void;
}

export interface AttemptParts {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly forget: (attempt: RunningAttempt) => void;
}

export class RunningAttempt implements TaskListener, ContainerListener {
  readonly placement: Placement;
  /** Counts from 1. */
  readonly number: number;
  readonly #parts: AttemptParts;
  #task: TaskRun | undefined;
  #startedAt: number | undefined;
  #timeout: Alarm | undefined;
  /** What it will have failed with, once it is being stopped; then it is never tried again. */
  #stopReason: string | undefined;
  #ended = false;

  constructor(placement: Placement, parts: AttemptParts) {
    const { job, index, environment } = placement;
    this.placement = placement;
    this.#parts = parts;
    const attempts = job.attempts(index);
    this.number = (attempts?.length ?? 0) + 1;
    job.put(index, attempts ? { status: 'STARTING', environment, attempts } : { status: 'STARTING', environment });
  }

  /** The job's or child's. */
  get id(): string {
    return this.placement.job.idOf(this.placement.index);
  }

  attach(task: TaskRun): void {
    this.#task = task;
  }

  stop(statusReason: string): void {
    if (this.#stopReason !== undefined) return;
    this.#stopReason = statusReason;
    this.#task?.stop(STOP_GRACE_SECONDS);
  }

  /** An engine says "started" also when it is certain that nothing ever will: then the end is told in the same breath. */
  onStarted(): void {
    const startedAt = this.#parts.clock.now();
    queueMicrotask(() => queueMicrotask(() => this.#run(startedAt)));
  }

  onRunning(): void {
    this.#run(this.#parts.clock.now());
  }

  onOutcome(outcome: ContainerOutcome): void {
    this.#end(outcome, undefined);
  }

  #run(startedAt: number): void {
    if (this.#ended) return;
    const { job, index, plan } = this.placement;
    this.#startedAt = startedAt;
    job.put(index, { ...job.progress(index), status: 'RUNNING', startedAt });
    if (plan.timeoutSeconds === undefined) return;
    this.#timeout = this.#parts.alarms.set(startedAt + plan.timeoutSeconds * 1000, () => this.stop(TIMED_OUT));
  }

  onEnded({ outcome, containers }: TaskOutcome): void {
    this.#end(outcome, containers);
  }

  #end(outcome: ContainerOutcome, containers: TaskOutcome['containers']): void {
    this.#ended = true;
    this.#parts.alarms.cancel(this.#timeout);
    this.#parts.forget(this);
    const described = this.#describe(outcome);
    const attempt = containers ? { ...described, containers } : described;
    const { job, index } = this.placement;
    // Terminating marks the job from outside while it runs.
    const isTerminated = this.#stopReason === undefined ? undefined : job.progress(index).isTerminated;
    const earlier = job.attempts(index);
    this.placement.release(this.placement);
    this.#settle(attempt, earlier ? [...earlier, attempt] : [attempt], isTerminated);
  }

  #settle(attempt: Attempt, attempts: readonly Attempt[], isTerminated: boolean | undefined): void {
    const { job, index, plan, work } = this.placement;
    const stopped = this.#stopReason !== undefined;
    const succeeded = !stopped && attempt.exitCode === 0;
    if (!succeeded && !stopped && isRetried(attempt, this.number, plan.attempts, plan.rules)) {
      work.flow.requeue(job, index, { status: 'RUNNABLE', attempts });
      return;
    }
    const { statusReason, startedAt, stoppedAt } = attempt;
    const status = succeeded ? 'SUCCEEDED' : 'FAILED';
    const ending: Progress = { status, statusReason, startedAt, stoppedAt, attempts };
    work.flow.finish(job, index, isTerminated ? { ...ending, isTerminated } : ending);
  }

  #describe(outcome: ContainerOutcome): Attempt {
    const { environment } = this.placement;
    const stoppedAt = this.#parts.clock.now();
    const startedAt = this.#startedAt;
    switch (outcome.kind) {
      case 'exited': {
        const { exitCode, reason } = outcome;
        const ran = {
          environment,
          startedAt: startedAt ?? stoppedAt,
          stoppedAt,
          statusReason: this.#stopReason ?? EXITED,
          exitCode,
        };
        return reason === undefined ? ran : { ...ran, reason: reason.slice(0, LONGEST_REASON) };
      }
      case 'not-started':
        return {
          environment,
          // A container whose end nobody could see had run.
          ...(startedAt === undefined ? {} : { startedAt }),
          stoppedAt,
          statusReason: this.#stopReason ?? FAILED_TO_START,
          reason: outcome.reason.slice(0, LONGEST_REASON),
        };
      case 'host-lost':
      case 'task-failed':
        return { environment, startedAt, stoppedAt, statusReason: this.#stopReason ?? outcome.statusReason };
    }
  }
}
