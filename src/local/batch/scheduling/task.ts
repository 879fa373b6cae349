/**
 * All containers of one attempt as one: a single container, or several that start in the order of `dependsOn` and end with the
 * first essential one. https://docs.aws.amazon.com/batch/latest/userguide/create-job-definition-single-node-multi-container.html
 */
import type { ContainerOutcome, ContainerRun } from '../../engines/model.ts';
import type { ContainerPlan } from '../jobs/plan.ts';
import type { AttemptContainer } from '../records.ts';

/** On AWS a stopped container has so long between SIGTERM and SIGKILL. */
export const STOP_GRACE_SECONDS = 30;

export interface TaskRun {
  /** SIGTERM, and after the grace SIGKILL. */
  stop(graceSeconds: number): void;
}

export interface TaskOutcome {
  /** The container that decided how the task ended. */
  readonly outcome: ContainerOutcome;
  /** Of a task with several containers: one each. */
  readonly containers?: readonly AttemptContainer[];
}

/** Told by plain calls, not promises: of ten thousand tasks each promise counts. */
export interface TaskListener {
  /** The first container runs, or it is certain that none ever will. */
  onStarted(): void;
  onEnded(outcome: TaskOutcome): void;
}

type Start = (plan: ContainerPlan) => ContainerRun;

/** The listener is never called before this returns. */
export function runTask(containers: readonly ContainerPlan[], start: Start, listener: TaskListener): TaskRun {
  const [only] = containers;
  if (!only || containers.length > 1) return new ManyContainers(containers, start, listener);
  const run = start(only);
  run.started.then(() => listener.onStarted(), ignore);
  run.ended.then(outcome => listener.onEnded({ outcome }), ignore);
  return run;
}

/** An engine's promises never reject. */
function ignore(): void {}

class ManyContainers implements TaskRun {
  readonly #start: Start;
  readonly #listener: TaskListener;
  readonly #waiting: Set<ContainerPlan>;
  readonly #plans: readonly ContainerPlan[];
  readonly #runs = new Map<string, ContainerRun>();
  readonly #outcomes = new Map<string, ContainerOutcome>();
  readonly #startedNames = new Set<string>();
  #decisive: ContainerOutcome | undefined;
  #stopping = false;
  #over = false;

  constructor(plans: readonly ContainerPlan[], start: Start, listener: TaskListener) {
    this.#plans = plans;
    this.#waiting = new Set(plans);
    this.#start = start;
    this.#listener = listener;
    queueMicrotask(() => this.#advance());
  }

  stop(graceSeconds: number): void {
    this.#stopping = true;
    this.#waiting.clear();
    for (const [name, run] of this.#runs) if (!this.#outcomes.has(name)) run.stop(graceSeconds);
    this.#settle();
  }

  #advance(): void {
    for (const plan of [...this.#waiting]) {
      const state = this.#dependenciesOf(plan);
      if (state === 'never') {
        this.#giveUp(plan);
        return;
      }
      if (state === 'met') this.#launch(plan);
    }
    this.#settle();
  }

  #dependenciesOf(plan: ContainerPlan): 'met' | 'waiting' | 'never' {
    for (const { containerName = '', condition } of plan.dependsOn) {
      const outcome = this.#outcomes.get(containerName);
      if (
        condition === 'START'
          ? this.#startedNames.has(containerName)
          : outcome && (condition === 'COMPLETE' || isSuccess(outcome))
      )
        continue;
      return outcome ? 'never' : 'waiting';
    }
    return 'met';
  }

  #launch(plan: ContainerPlan): void {
    this.#waiting.delete(plan);
    const run = this.#start(plan);
    this.#runs.set(plan.name, run);
    run.started.then(() => this.#onStarted(plan.name), ignore);
    run.ended.then(outcome => this.#onEnded(plan, outcome), ignore);
  }

  #onStarted(name: string): void {
    if (!this.#startedNames.size) this.#listener.onStarted();
    this.#startedNames.add(name);
    if (!this.#stopping) this.#advance();
  }

  #onEnded(plan: ContainerPlan, outcome: ContainerOutcome): void {
    this.#outcomes.set(plan.name, outcome);
    if (!this.#decisive && (plan.essential || outcome.kind !== 'exited')) {
      this.#decisive = outcome;
      this.stop(STOP_GRACE_SECONDS);
    } else if (this.#stopping) this.#settle();
    else this.#advance();
  }

  /** A container that can never start, since what it waits for has failed. */
  #giveUp(plan: ContainerPlan): void {
    const names = plan.dependsOn.map(({ containerName }) => containerName).join(', ');
    this.#decisive ??= { kind: 'exited', exitCode: 1, reason: `Container dependencies (${names}) not resolved` };
    this.stop(STOP_GRACE_SECONDS);
  }

  #settle(): void {
    if (this.#over || this.#waiting.size || this.#outcomes.size < this.#runs.size) return;
    this.#over = true;
    const outcome = this.#decisive ?? { kind: 'exited', exitCode: 0 };
    const containers = this.#plans.map(({ name }) => describeContainer(this.#outcomes.get(name)));
    this.#listener.onEnded({ outcome, containers });
  }
}

function isSuccess(outcome: ContainerOutcome): boolean {
  return outcome.kind === 'exited' && outcome.exitCode === 0;
}

function describeContainer(outcome: ContainerOutcome | undefined): AttemptContainer {
  if (outcome?.kind === 'exited')
    return { exitCode: outcome.exitCode, ...(outcome.reason ? { reason: outcome.reason } : {}) };
  return outcome?.kind === 'not-started' ? { reason: outcome.reason } : {};
}
