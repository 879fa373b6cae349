/** What an engine is asked for one container of one attempt. Computed when it is read: of a million attempts, few are read whole. */
import type { ContainerRequest } from '../../engines/model.ts';
import type { LogWriter } from '../../model.ts';
import { taskIdOf } from '../arn.ts';
import type { ContainerPlan } from '../jobs/plan.ts';
import { batchVariables, localAwsVariables } from './container-environment.ts';
import { logStreamOf } from './log-stream.ts';
import type { RunningAttempt } from './running-attempt.ts';

export interface RequestSurroundings {
  readonly endpoint: () => string;
  readonly logs: LogWriter;
}

export class AttemptRequest implements ContainerRequest {
  readonly #attempt: RunningAttempt;
  readonly #container: ContainerPlan;
  readonly #surroundings: RequestSurroundings;
  readonly #secrets: Readonly<Record<string, string>> | undefined;

  constructor(
    attempt: RunningAttempt,
    container: ContainerPlan,
    surroundings: RequestSurroundings,
    secrets?: Readonly<Record<string, string>>,
  ) {
    this.#attempt = attempt;
    this.#container = container;
    this.#surroundings = surroundings;
    this.#secrets = secrets;
  }

  get jobId(): string {
    return this.#attempt.id;
  }

  get attempt(): number {
    return this.#attempt.number;
  }

  get image(): string {
    return this.#container.image;
  }

  get account(): string {
    return this.#attempt.placement.job.realm.account;
  }

  get region(): string {
    return this.#attempt.placement.job.realm.region;
  }

  get command(): readonly string[] | undefined {
    return this.#container.command;
  }

  get environment(): Readonly<Record<string, string>> {
    const { job, index, environment } = this.#attempt.placement;
    return {
      ...localAwsVariables(this.account, this.region, this.#surroundings.endpoint()),
      ...this.#container.environment,
      ...this.#secrets,
      ...batchVariables(job, index, this.attempt, environment),
    };
  }

  get vcpus(): number {
    return this.#container.vcpus;
  }

  get memoryMiB(): number {
    return this.#container.memoryMiB;
  }

  get user(): string | undefined {
    return this.#container.user;
  }

  get readonlyRootFilesystem(): boolean | undefined {
    return this.#container.readonlyRootFilesystem;
  }

  get privileged(): boolean | undefined {
    return this.#container.privileged;
  }

  get jobQueue(): string {
    return this.#attempt.placement.job.record.queue;
  }

  get jobDefinition(): string {
    const { definition } = this.#attempt.placement.job.record;
    return definition.slice(0, definition.lastIndexOf(':'));
  }

  get jobName(): string {
    return this.#attempt.placement.job.record.jobName;
  }

  get capacity(): string | undefined {
    const { job, environment } = this.#attempt.placement;
    return job.realm.computeEnvironments.get(environment)?.computeResources?.type;
  }

  get onLog(): (message: string, timestamp: number) => void {
    const place = { region: this.region, definitionName: this.jobDefinition, container: this.#container.name };
    const log = logStreamOf(this.#container.log, { ...place, taskId: taskIdOf(this.jobId, this.attempt) });
    const { account } = this;
    const { logs } = this.#surroundings;
    return (message, timestamp) => {
      if (log) logs.append(account, log.region, log.group, log.stream, { timestamp, message });
    };
  }
}

/** The same as a plain object. */
export function readAll(request: ContainerRequest): ContainerRequest {
  const { jobId, attempt, image, account, region, command, environment, vcpus, memoryMiB } = request;
  const { user, readonlyRootFilesystem, privileged, onLog, jobQueue, jobDefinition, jobName, capacity } = request;
  return {
    ...{ jobQueue, jobDefinition, jobName, capacity },
    ...{ jobId, attempt, image, account, region, command, environment, vcpus, memoryMiB },
    ...{ user, readonlyRootFilesystem, privileged, onLog },
  };
}
