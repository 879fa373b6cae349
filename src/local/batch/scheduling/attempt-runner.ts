/** Starts attempts on the engine, and stops them. */
import type { ContainerRun, Engine } from '../../engines/model.ts';
import type { LocalContext, LogWriter } from '../../model.ts';
import type { Job } from '../jobs/job.ts';
import type { ContainerPlan } from '../jobs/plan.ts';
import type { Alarms } from './alarms.ts';
import { AttemptRequest, type RequestSurroundings, readAll } from './attempt-request.ts';
import { type AttemptParts, type Placement, RunningAttempt } from './running-attempt.ts';
import { type FetchSecrets, fetchForTask } from './secrets.ts';
import { runTask, type TaskRun } from './task.ts';

export class AttemptRunner {
  readonly #engine: Engine;
  readonly #surroundings: RequestSurroundings;
  readonly #parts: AttemptParts;
  readonly #fetchSecrets: FetchSecrets | undefined;
  readonly #running = new Map<Job, Map<number, RunningAttempt>>();

  constructor(
    context: LocalContext,
    engine: Engine,
    logs: LogWriter,
    alarms: Alarms,
    fetchSecrets: FetchSecrets | undefined,
  ) {
    this.#engine = engine;
    this.#fetchSecrets = fetchSecrets;
    this.#surroundings = { endpoint: context.endpoint, logs };
    this.#parts = { clock: context.clock, alarms, forget: attempt => this.#forget(attempt) };
  }

  start(placement: Placement): void {
    const attempt = new RunningAttempt(placement, this.#parts);
    const { job, index, plan } = placement;
    const ofJob = this.#running.get(job);
    if (ofJob) ofJob.set(index, attempt);
    else this.#running.set(job, new Map([[index, attempt]]));
    const [only, another] = plan.containers;
    attempt.attach(
      only && !another && this.#engine.launch
        ? this.#engine.launch(this.#requestFor(attempt, only), attempt)
        : this.#startTask(attempt),
    );
  }

  /** Where a secret cannot be had, no container is made. Where nothing runs, nothing reads them. */
  #startTask(attempt: RunningAttempt): TaskRun {
    const { job, plan } = attempt.placement;
    const fetch = this.#engine.name === 'simulated' ? undefined : this.#fetchSecrets;
    const secrets = fetchForTask(fetch, job.realm, plan.containers, plan.fargate);
    if (typeof secrets !== 'string') {
      const start = (container: ContainerPlan) => this.#startContainer(attempt, container, secrets.get(container));
      return runTask(plan.containers, start, attempt);
    }
    queueMicrotask(() => attempt.onEnded({ outcome: { kind: 'task-failed', statusReason: secrets } }));
    return { stop: () => undefined };
  }

  /** Stops a placed job or child: SIGTERM, later SIGKILL. `statusReason` is what it will have failed with. */
  stop(job: Job, index: number, statusReason: string): void {
    this.#running.get(job)?.get(index)?.stop(statusReason);
  }

  #forget({ placement: { job, index } }: RunningAttempt): void {
    const ofJob = this.#running.get(job);
    ofJob?.delete(index);
    if (ofJob?.size === 0) this.#running.delete(job);
  }

  /** An engine that throws has not started anything. */
  #startContainer(
    attempt: RunningAttempt,
    container: ContainerPlan,
    secrets: Readonly<Record<string, string>> | undefined,
  ): ContainerRun {
    try {
      // Engines may copy it, so it is a plain object.
      return this.#engine.run(readAll(this.#requestFor(attempt, container, secrets)));
    } catch (error) {
      const reason = `CannotStartContainerError: ${error instanceof Error ? error.message : String(error)}`;
      return {
        started: Promise.resolve(),
        ended: Promise.resolve({ kind: 'not-started', reason }),
        stop: () => undefined,
      };
    }
  }

  #requestFor(
    attempt: RunningAttempt,
    container: ContainerPlan,
    secrets?: Readonly<Record<string, string>>,
  ): AttemptRequest {
    return new AttemptRequest(attempt, container, this.#surroundings, secrets);
  }
}
