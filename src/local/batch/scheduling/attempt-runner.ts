/** Starts attempts on the engine, and stops them. */
import type { ContainerRun, Engine } from '../../engines/model.ts';
import type { LocalContext, LogWriter } from '../../model.ts';
import { taskIdOf } from '../arn.ts';
import type { ContainerPlan } from '../jobs/plan.ts';
import type { Alarms } from './alarms.ts';
import { batchVariables, localAwsVariables } from './container-environment.ts';
import { type LogStream, logStreamOf } from './log-stream.ts';
import { type AttemptParts, type Placement, RunningAttempt } from './running-attempt.ts';
import { runTask } from './task.ts';

export class AttemptRunner {
  readonly #context: LocalContext;
  readonly #engine: Engine;
  readonly #logs: LogWriter;
  readonly #parts: AttemptParts;
  readonly #running = new Map<string, RunningAttempt>();

  constructor(context: LocalContext, engine: Engine, logs: LogWriter, alarms: Alarms) {
    this.#context = context;
    this.#engine = engine;
    this.#logs = logs;
    this.#parts = { clock: context.clock, alarms, forget: attempt => this.#running.delete(attempt.id) };
  }

  start(placement: Placement): void {
    const attempt = new RunningAttempt(placement, this.#parts);
    this.#running.set(attempt.id, attempt);
    attempt.attach(runTask(placement.plan.containers, container => this.#startContainer(attempt, container), attempt));
  }

  /** Stops a placed job or child: SIGTERM, later SIGKILL. `statusReason` is what it will have failed with. */
  stop(id: string, statusReason: string): void {
    this.#running.get(id)?.stop(statusReason);
  }

  /** An engine that throws has not started anything. */
  #startContainer(attempt: RunningAttempt, container: ContainerPlan): ContainerRun {
    try {
      return this.#run(attempt, container);
    } catch (error) {
      const reason = `CannotStartContainerError: ${error instanceof Error ? error.message : String(error)}`;
      return {
        started: Promise.resolve(),
        ended: Promise.resolve({ kind: 'not-started', reason }),
        stop: () => undefined,
      };
    }
  }

  #run(attempt: RunningAttempt, container: ContainerPlan): ContainerRun {
    const { job, index, environment } = attempt.placement;
    const { account, region } = job.realm;
    let log: LogStream | undefined;
    return this.#engine.run({
      jobId: attempt.id,
      attempt: attempt.number,
      image: container.image,
      account,
      region,
      command: container.command,
      environment: {
        ...localAwsVariables(account, region, this.#context.endpoint()),
        ...container.environment,
        ...batchVariables(job, index, attempt.number, environment),
      },
      vcpus: container.vcpus,
      memoryMiB: container.memoryMiB,
      user: container.user,
      readonlyRootFilesystem: container.readonlyRootFilesystem,
      privileged: container.privileged,
      onLog: (message, timestamp) => {
        log ??= streamOf(attempt, container);
        if (log) this.#logs.append(account, log.region, log.group, log.stream, { timestamp, message });
      },
    });
  }
}

function streamOf({ placement: { job }, id, number }: RunningAttempt, container: ContainerPlan): LogStream | undefined {
  const [definitionName = ''] = job.record.definition.split(':');
  const taskId = taskIdOf(id, number);
  return logStreamOf(container.log, { region: job.realm.region, definitionName, container: container.name, taskId });
}
