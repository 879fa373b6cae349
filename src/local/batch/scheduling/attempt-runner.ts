/** Runs attempts on the engine: STARTING, RUNNING, and what the outcome makes of the job. */
import type { ContainerOutcome, ContainerRun, Engine } from '../../engines/model.ts';
import type { LocalContext, LogWriter } from '../../model.ts';
import { taskIdOf } from '../arn.ts';
import type { Job } from '../jobs/job.ts';
import type { JobFlow } from '../jobs/job-flow.ts';
import type { ContainerPlan, JobPlan } from '../jobs/plan.ts';
import { isRetried } from '../jobs/retry.ts';
import type { Attempt, Progress } from '../records.ts';
import type { Alarm, Alarms } from './alarms.ts';
import { batchVariables, localAwsVariables } from './container-environment.ts';
import { logStreamOf } from './log-stream.ts';
import { runTask, type TaskOutcome, type TaskRun } from './task.ts';

export const EXITED = 'Essential container in task exited';
export const FAILED_TO_START = 'Task failed to start';
export const TIMED_OUT = 'Job attempt duration exceeded timeout';

export interface Placement {
  readonly job: Job;
  readonly index: number;
  readonly plan: JobPlan;
  /** The compute environment's name. */
  readonly environment: string;
  readonly flow: JobFlow;
  /** The attempt has ended and holds no capacity any more. */
  readonly release: () => void;
}

interface Running extends Placement {
  readonly attempt: number;
  run: TaskRun | undefined;
  startedAt: number | undefined;
  timeout: Alarm | undefined;
  /** Why it was stopped, when it was; then it is never tried again. */
  stopped: string | undefined;
  ended: boolean;
}

export class AttemptRunner {
  readonly #context: LocalContext;
  readonly #engine: Engine;
  readonly #logs: LogWriter;
  readonly #alarms: Alarms;
  readonly #running = new Map<string, Running>();

  constructor(context: LocalContext, engine: Engine, logs: LogWriter, alarms: Alarms) {
    this.#context = context;
    this.#engine = engine;
    this.#logs = logs;
    this.#alarms = alarms;
  }

  start(placement: Placement): void {
    const { job, index, plan, environment } = placement;
    const { attempts } = job.progress(index);
    const attempt = (attempts?.length ?? 0) + 1;
    const running: Running = {
      ...placement,
      attempt,
      run: undefined,
      startedAt: undefined,
      timeout: undefined,
      stopped: undefined,
      ended: false,
    };
    job.put(index, { status: 'STARTING', environment, ...(attempts ? { attempts } : {}) });
    this.#running.set(job.idOf(index), running);
    running.run = runTask(plan.containers, container => this.#startContainer(running, container), {
      onStarted: () => this.#onStarted(running),
      onEnded: outcome => this.#onEnded(running, outcome),
    });
  }

  /** Stops a placed job or child: SIGTERM, later SIGKILL. `statusReason` is what it will have failed with. */
  stop(id: string, statusReason: string): void {
    const running = this.#running.get(id);
    if (!running || running.stopped !== undefined) return;
    running.stopped = statusReason;
    running.run?.stop();
  }

  #startContainer({ job, index, attempt, environment }: Running, container: ContainerPlan): ContainerRun {
    const { account, region } = job.realm;
    const taskId = taskIdOf(job.idOf(index), attempt);
    const [definitionName = ''] = job.record.definition.split(':');
    const log = logStreamOf(container.log, { region, definitionName, container: container.name, taskId });
    return this.#engine.run({
      jobId: job.idOf(index),
      attempt,
      image: container.image,
      account,
      region,
      command: container.command,
      environment: {
        ...localAwsVariables(account, region, this.#context.endpoint()),
        ...container.environment,
        ...batchVariables(job, index, attempt, environment),
      },
      vcpus: container.vcpus,
      memoryMiB: container.memoryMiB,
      user: container.user,
      readonlyRootFilesystem: container.readonlyRootFilesystem,
      privileged: container.privileged,
      onLog: (message, timestamp) => {
        if (log) this.#logs.append(account, log.region, log.group, log.stream, { timestamp, message });
      },
    });
  }

  /** The engine says "started" also when it is certain that nothing ever will: then the end is told in the same breath. */
  #onStarted(running: Running): void {
    const startedAt = this.#context.clock.now();
    queueMicrotask(() => queueMicrotask(() => this.#onRunning(running, startedAt)));
  }

  #onRunning(running: Running, startedAt: number): void {
    if (running.ended) return;
    running.startedAt = startedAt;
    const { job, index, plan } = running;
    job.put(index, { ...job.progress(index), status: 'RUNNING', startedAt });
    if (plan.timeoutSeconds === undefined) return;
    const stop = () => this.stop(job.idOf(index), TIMED_OUT);
    running.timeout = this.#alarms.set(startedAt + plan.timeoutSeconds * 1000, stop);
  }

  #onEnded(running: Running, { outcome, containers }: TaskOutcome): void {
    running.ended = true;
    this.#alarms.cancel(running.timeout);
    const { job, index, flow } = running;
    this.#running.delete(job.idOf(index));
    const attempt = { ...this.#describe(running, outcome), ...(containers ? { containers } : {}) };
    running.release();
    const { isTerminated } = job.progress(index);
    const progress: Progress = {
      ...(isTerminated ? { isTerminated } : {}),
      status: 'FAILED',
      statusReason: attempt.statusReason,
      startedAt: attempt.startedAt,
      stoppedAt: attempt.stoppedAt,
      attempts: [...(job.progress(index).attempts ?? []), attempt],
    };
    if (isAgain(running, attempt)) flow.requeue(job, index, { status: 'RUNNABLE', attempts: progress.attempts });
    else flow.finish(job, index, isSuccess(running, attempt) ? { ...progress, status: 'SUCCEEDED' } : progress);
  }

  #describe(running: Running, outcome: ContainerOutcome): Attempt {
    const { environment, startedAt, stopped } = running;
    const stoppedAt = this.#context.clock.now();
    const base = {
      environment,
      stoppedAt,
      ...(outcome.kind === 'not-started' ? {} : { startedAt: startedAt ?? this.#startOf(outcome, stoppedAt) }),
    };
    switch (outcome.kind) {
      case 'exited': {
        const reason = outcome.reason === undefined ? {} : { reason: outcome.reason.slice(0, 255) };
        return { ...base, statusReason: stopped ?? EXITED, exitCode: outcome.exitCode, ...reason };
      }
      case 'not-started':
        return { ...base, statusReason: stopped ?? FAILED_TO_START, reason: outcome.reason.slice(0, 255) };
      case 'host-lost':
        return { ...base, statusReason: stopped ?? outcome.statusReason };
    }
  }

  /** A container that exited in the breath it started in did run; a host lost then did not get so far. */
  #startOf(outcome: ContainerOutcome, stoppedAt: number): number | undefined {
    return outcome.kind === 'exited' ? stoppedAt : undefined;
  }
}

function isSuccess({ stopped }: Running, { exitCode }: Attempt): boolean {
  return stopped === undefined && exitCode === 0;
}

/** Cancelled, terminated and timed-out attempts are never tried again. */
function isAgain(running: Running, attempt: Attempt): boolean {
  const { stopped, plan } = running;
  if (stopped !== undefined || isSuccess(running, attempt)) return false;
  return isRetried(attempt, running.attempt, plan.attempts, plan.rules);
}
