/** DescribeJobs. */
import type {
  AttemptDetail,
  ContainerDetail,
  DescribeJobsRequest,
  EcsPropertiesDetail,
  EksAttemptDetail,
  EksPropertiesDetail,
  JobDetail,
} from '@aws-sdk/client-batch';
import { arnOf, clusterOf, ecsArn, instanceIdOf, taskIdOf } from '../arn.ts';
import type { Refuse } from '../errors.ts';
import type { Attempt, JobDefinitionRecord, Progress } from '../records.ts';
import { logStreamOf } from '../scheduling/log-stream.ts';
import type { RealmWork } from '../scheduling/realm-work.ts';
import { type Job, WHOLE } from './job.ts';
import { type JobPlan, overrideContainer, overridePod, overrideTask } from './plan.ts';
import type { Visibility } from './visibility.ts';

const MOST_JOBS = 100;

/** At most 100 ids, children by `parent:index`; unknown ids are left out. */
export function describeJobs(
  work: RealmWork,
  { jobs = [] }: DescribeJobsRequest,
  refuse: Refuse,
  visibility: Visibility,
): { jobs: JobDetail[] } {
  if (jobs.length > MOST_JOBS) refuse(`Maximum number of jobs supported is  ${MOST_JOBS} .`);
  const described: JobDetail[] = [];
  for (const id of new Set(jobs)) {
    const found = work.book.find(idFrom(work, id));
    if (found && visibility.isVisible(found.job)) described.push(describeJob(work, found.job, found.index));
  }
  return { jobs: described };
}

/** An id, or the job's ARN. */
export function idFrom({ realm }: RealmWork, asked: string): string {
  const prefix = arnOf(realm, 'job', '');
  return asked.startsWith(prefix) ? asked.slice(prefix.length) : asked;
}

export function describeJob(work: RealmWork, job: Job, index: number): JobDetail {
  const { record, realm } = job;
  const definition = work.definitionOf(job);
  const progress = job.progress(index);
  const { overrides } = record;
  const retryStrategy = overrides.retryStrategy ?? definition.retryStrategy;
  const timeout = overrides.timeout ?? definition.timeout;
  const propagateTags = overrides.propagateTags ?? definition.propagateTags;
  const schedulingPriority = overrides.schedulingPriorityOverride ?? definition.schedulingPriority;
  return {
    jobArn: arnOf(realm, 'job', job.idOf(index)),
    jobName: record.jobName,
    jobId: job.idOf(index),
    jobQueue: arnOf(realm, 'job-queue', record.queue),
    jobDefinition: arnOf(realm, 'job-definition', record.definition),
    status: progress.status,
    ...optional('statusReason', progress.statusReason),
    ...optional('shareIdentifier', overrides.shareIdentifier),
    ...optional('schedulingPriority', schedulingPriority),
    ...describeAttempts(work, job, index, definition),
    createdAt: record.createdAt,
    // The SDK's type demands startedAt; the API leaves it out until there is one.
    ...(optional('startedAt', progress.startedAt) as { startedAt: number }),
    ...optional('stoppedAt', progress.stoppedAt),
    ...(retryStrategy ? { retryStrategy: { evaluateOnExit: [], ...retryStrategy } } : {}),
    ...optional('timeout', timeout),
    dependsOn: [...record.dependsOn],
    parameters: { ...record.parameters },
    ...describeProperties(work, job, index, definition),
    ...describeArray(job, index),
    tags: index === WHOLE ? { ...record.tags } : {},
    ...optional('propagateTags', propagateTags),
    platformCapabilities: definition.platformCapabilities ?? (definition.eksProperties ? [] : ['EC2']),
    ...optional(
      'consumableResourceProperties',
      overrides.consumableResourcePropertiesOverride ?? definition.consumableResourceProperties,
    ),
    isCancelled: progress.isCancelled ?? false,
    isTerminated: progress.isTerminated ?? false,
  };
}

function describeProperties(
  work: RealmWork,
  job: Job,
  index: number,
  definition: JobDefinitionRecord,
): Partial<JobDetail> {
  const { overrides } = job.record;
  if (definition.containerProperties) return { container: describeContainer(work, job, index, definition) };
  const task = overrideTask(definition.ecsProperties?.taskProperties?.[0], overrides.ecsPropertiesOverride);
  if (task) {
    const ran = latest(job.progress(index));
    const containers = (task.containers ?? []).map((each, at) => ({
      ...each,
      ...latestOf(job.progress(index))?.containers?.[at],
      ...(ran ? optional('logStreamName', streamOf(work, job, index, ran.number, at)) : {}),
    }));
    // The detail has the same members as the definition, and what the run adds.
    return {
      ecsProperties: { taskProperties: [{ ...task, containers, ...taskOf(job, index, ran) }] } as EcsPropertiesDetail,
    };
  }
  const pod = overridePod(definition.eksProperties?.podProperties, overrides.eksPropertiesOverride);
  if (pod) return { eksProperties: { podProperties: pod } as EksPropertiesDetail };
  return definition.nodeProperties ? { nodeProperties: definition.nodeProperties } : {};
}

function describeContainer(work: RealmWork, job: Job, index: number, definition: JobDefinitionRecord): ContainerDetail {
  const container = overrideContainer(definition.containerProperties ?? {}, job.record.overrides.containerOverrides);
  const progress = job.progress(index);
  const ran = latest(progress);
  const last = latestOf(progress);
  return {
    ...container,
    networkInterfaces: [],
    ...optional('exitCode', last?.exitCode),
    ...optional('reason', last?.reason),
    ...taskOf(job, index, ran),
    ...(ran?.started ? optional('logStreamName', streamOf(work, job, index, ran.number)) : {}),
  };
}

/** Pods have a list of their own; the other is then empty. */
function describeAttempts(
  work: RealmWork,
  job: Job,
  index: number,
  { eksProperties }: JobDefinitionRecord,
): Partial<JobDetail> {
  const attempts = job.progress(index).attempts ?? [];
  if (!eksProperties)
    return { attempts: attempts.map((attempt, at) => describeAttempt(work, job, index, attempt, at + 1)) };
  return { attempts: [], eksAttempts: attempts.map(attempt => describePod(work.planOf(job), attempt)) };
}

function describePod(
  plan: JobPlan,
  { containers, exitCode, reason, startedAt, stoppedAt, statusReason }: Attempt,
): EksAttemptDetail {
  const ended = (containers ?? [{ exitCode, reason }]).map((each, at) => {
    const { name, essential } = plan.containers[at] ?? {};
    return { init: essential === false, shown: { ...each, ...optional('name', name) } };
  });
  const of = (init: boolean) => ended.filter(each => each.init === init).map(({ shown }) => shown);
  return {
    containers: of(false),
    initContainers: of(true),
    ...optional('startedAt', startedAt),
    stoppedAt,
    ...optional('statusReason', statusReason),
  };
}

function describeAttempt(work: RealmWork, job: Job, index: number, attempt: Attempt, number: number): AttemptDetail {
  const { exitCode, reason, containers, startedAt, stoppedAt, statusReason } = attempt;
  const started = startedAt !== undefined;
  const task = taskOf(job, index, { number, environment: attempt.environment });
  const stream = (at?: number) => (started ? optional('logStreamName', streamOf(work, job, index, number, at)) : {});
  const several = containers?.map((each, at) => ({
    name: work.planOf(job).containers[at]?.name,
    ...each,
    ...stream(at),
    networkInterfaces: [],
  }));
  return {
    container: several
      ? { networkInterfaces: [] }
      : {
          ...task,
          ...optional('exitCode', exitCode),
          ...optional('reason', reason),
          ...stream(),
          networkInterfaces: [],
        },
    ...(several ? { taskProperties: [{ ...task, containers: several }] } : {}),
    ...optional('startedAt', startedAt),
    stoppedAt,
    ...optional('statusReason', statusReason),
  };
}

function describeArray(job: Job, index: number): Partial<JobDetail> {
  if (!job.isParent) return {};
  if (index !== WHOLE) return { arrayProperties: { index } };
  return {
    arrayProperties: { size: job.size, statusSummary: job.statusSummary(), statusSummaryLastUpdatedAt: job.changedAt },
  };
}

interface Ran {
  /** Counts from 1. */
  readonly number: number;
  readonly environment: string;
  readonly started?: boolean;
}

/** The attempt under way, else the last one that ended. */
function latest({ environment, attempts = [], status }: Progress): Ran | undefined {
  if (environment) return { number: attempts.length + 1, environment, started: status === 'RUNNING' };
  const last = attempts.at(-1);
  return last && { number: attempts.length, environment: last.environment, started: last.startedAt !== undefined };
}

/** What a finished attempt left; nothing of it shows while the next one is under way. */
function latestOf({ environment, attempts }: Progress): Attempt | undefined {
  return environment ? undefined : attempts?.at(-1);
}

/** Fargate has no container instances. */
function taskOf(job: Job, index: number, ran: Ran | undefined): { taskArn?: string; containerInstanceArn?: string } {
  if (!ran) return {};
  const { realm } = job;
  const cluster = clusterOf(realm, ran.environment);
  const id = job.idOf(index);
  const fargate = realm.computeEnvironments.get(ran.environment)?.computeResources?.type?.startsWith('FARGATE');
  return {
    ...(fargate
      ? {}
      : { containerInstanceArn: ecsArn(realm, `container-instance/${cluster}/${instanceIdOf(id, ran.number)}`) }),
    taskArn: ecsArn(realm, `task/${cluster}/${taskIdOf(id, ran.number)}`),
  };
}

function streamOf(work: RealmWork, job: Job, index: number, attempt: number, at = 0): string | undefined {
  const container = work.planOf(job).containers[at];
  if (!container) return undefined;
  const [definitionName = ''] = job.record.definition.split(':');
  const taskId = taskIdOf(job.idOf(index), attempt);
  return logStreamOf(container.log, { region: job.realm.region, definitionName, container: container.name, taskId })
    ?.stream;
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  // A computed key of a generic name is typed as a plain string index.
  return (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value };
}
