/** What Batch says of one job, in one shape: container, multi-container and EKS jobs say it in different places. */
import type { EksAttemptDetail, JobDetail, JobSummary } from '@aws-sdk/client-batch';
import type { AttemptResult, JobStatus } from './model.ts';

/** The facts that a failure is classified by, and a child reported with. */
export interface JobFacts {
  readonly jobId: string;
  readonly arrayIndex?: number | undefined;
  readonly status: JobStatus;
  readonly statusReason?: string | undefined;
  /** Of the container that decided, in the last attempt. A missing exit code is neither 0 nor 1. */
  readonly exitCode?: number | undefined;
  /** The container's reason, in the last attempt. */
  readonly reason?: string | undefined;
  readonly isCancelled?: boolean | undefined;
  readonly isTerminated?: boolean | undefined;
  /** Oldest first. */
  readonly attempts: readonly AttemptResult[];
  readonly logStreamName?: string | undefined;
  readonly logGroupName?: string | undefined;
  /** Milliseconds since the epoch, by Batch's clock. */
  readonly createdAt?: number | undefined;
}

interface ContainerFacts {
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  readonly logStreamName?: string | undefined;
}

/** The default of the `awslogs` driver in Batch. https://docs.aws.amazon.com/batch/latest/userguide/using_awslogs.html */
export const DEFAULT_LOG_GROUP = '/aws/batch/job';

/** From DescribeJobs. */
export function readJobFacts(job: JobDetail): JobFacts {
  const attempts = job.eksAttempts?.length ? readEksAttempts(job.eksAttempts) : readEcsAttempts(job);
  const container = decidingContainer(containersOf(job));
  const last = attempts.at(-1);
  const exitCode = container?.exitCode ?? last?.exitCode;
  const reason = container?.reason ?? last?.reason;
  return {
    jobId: job.jobId ?? '',
    arrayIndex: job.arrayProperties?.index,
    status: job.status ?? 'SUBMITTED',
    statusReason: job.statusReason,
    exitCode,
    reason,
    isCancelled: job.isCancelled,
    isTerminated: job.isTerminated,
    attempts,
    logStreamName: container?.logStreamName ?? last?.logStreamName,
    logGroupName: readLogGroup(job),
    createdAt: job.createdAt,
  };
}

/** From ListJobs, which tells the reason of a failed child too, but neither its attempts nor its log stream. */
export function readSummaryFacts(job: JobSummary): JobFacts {
  return {
    jobId: job.jobId ?? '',
    arrayIndex: job.arrayProperties?.index,
    status: job.status ?? 'SUBMITTED',
    statusReason: job.statusReason,
    exitCode: job.container?.exitCode,
    reason: job.container?.reason,
    isCancelled: job.isCancelled,
    isTerminated: job.isTerminated,
    attempts: [],
    createdAt: job.createdAt,
  };
}

function containersOf(job: JobDetail): readonly ContainerFacts[] {
  return (
    job.ecsProperties?.taskProperties?.flatMap(task => task.containers ?? []) ?? (job.container ? [job.container] : [])
  );
}

function readEcsAttempts(job: JobDetail): AttemptResult[] {
  return (job.attempts ?? []).map(attempt => {
    const containers = attempt.taskProperties?.flatMap(task => task.containers ?? []);
    const container = decidingContainer(containers?.length ? containers : [attempt.container ?? {}]);
    return {
      exitCode: container?.exitCode,
      reason: container?.reason,
      statusReason: attempt.statusReason,
      startedAt: attempt.startedAt,
      stoppedAt: attempt.stoppedAt,
      logStreamName: container?.logStreamName,
    };
  });
}

function readEksAttempts(attempts: readonly EksAttemptDetail[]): AttemptResult[] {
  return attempts.map(({ containers, initContainers, statusReason, startedAt, stoppedAt }) => {
    const { exitCode, reason } = decidingContainer([...(initContainers ?? []), ...(containers ?? [])]) ?? {};
    return { exitCode, reason, statusReason, startedAt, stoppedAt };
  });
}

/** Of several containers: the one with a reason, else the first that failed, else the first. */
function decidingContainer(containers: readonly ContainerFacts[]): ContainerFacts | undefined {
  return containers.find(({ reason }) => reason) ?? containers.find(({ exitCode }) => exitCode) ?? containers[0];
}

/** Undefined when no container logs to CloudWatch. */
function readLogGroup(job: JobDetail): string | undefined {
  const containers = job.ecsProperties?.taskProperties?.flatMap(task => task.containers ?? []) ?? [job.container ?? {}];
  const logs = containers.find(({ logConfiguration }) => (logConfiguration?.logDriver ?? 'awslogs') === 'awslogs');
  return logs && (logs.logConfiguration?.options?.['awslogs-group'] ?? DEFAULT_LOG_GROUP);
}
