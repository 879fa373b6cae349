/** What the local Batch keeps in the store. Plain JSON; a record is never changed in place. */
import type {
  ComputeEnvironmentDetail,
  ComputeEnvironmentOrder,
  FairsharePolicy,
  JobDefinition,
  JobDependency,
  JobQueueDetail,
  SchedulingPolicyDetail,
  SubmitJobRequest,
} from '@aws-sdk/client-batch';
import type { Checked } from './request-shape.ts';

export type { JobDependency };

/** The seven states, in the order that a job goes through them; the place in this list is what a child's state byte holds. */
export const JOB_STATES = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** The name is the key of the record; the SDK's types leave it open. */
type Named<Detail, Name extends keyof Detail> = Detail & { readonly [Key in Name]: NonNullable<Detail[Key]> };

/** A compute environment or job queue is CREATING, UPDATING or DELETING until `settlesAt`; see lifecycle.ts. */
export interface Settling {
  readonly settlesAt: number;
}
export type ComputeEnvironmentRecord = Named<ComputeEnvironmentDetail, 'computeEnvironmentName'> & Settling;
export type JobQueueRecord = Named<Omit<JobQueueDetail, 'computeEnvironmentOrder'>, 'jobQueueName' | 'priority'> &
  Settling & {
    /** By ARN. */
    readonly computeEnvironmentOrder: Checked<ComputeEnvironmentOrder>[];
    readonly order: number;
  };
export type FairShare = Required<Checked<FairsharePolicy>>;
export type SchedulingPolicyRecord = Named<Omit<SchedulingPolicyDetail, 'fairsharePolicy'>, 'name'> & {
  readonly fairsharePolicy?: FairShare | undefined;
};
export type JobDefinitionRecord = JobDefinition & {
  /** When it was deregistered; DescribeJobDefinitions forgets it half a year later. */
  readonly inactiveSince?: number | undefined;
};

/** What SubmitJob fixed for the life of a job. Tags are the only part that may change later. */
export interface JobRecord {
  readonly jobId: string;
  readonly jobName: string;
  /** The queue's name. */
  readonly queue: string;
  /** `name:revision`. */
  readonly definition: string;
  /** Counts up within the account and region: the order of submission. */
  readonly order: number;
  readonly createdAt: number;
  /** The definition's parameters with the submitted ones over them. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly dependsOn: readonly JobDependency[];
  /** Children of an array job, or nodes of a multi-node job. */
  readonly size?: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly overrides: Pick<
    SubmitJobRequest,
    | 'containerOverrides'
    | 'ecsPropertiesOverride'
    | 'eksPropertiesOverride'
    | 'nodeOverrides'
    | 'retryStrategy'
    | 'timeout'
    | 'propagateTags'
    | 'shareIdentifier'
    | 'schedulingPriorityOverride'
    | 'consumableResourcePropertiesOverride'
  >;
}

/** How far a plain job, a parent or one child has come. Kept under the job's id, or `parent:index`. */
export interface Progress {
  readonly status: JobState;
  readonly statusReason?: string | undefined;
  readonly startedAt?: number | undefined;
  readonly stoppedAt?: number | undefined;
  /** Where the running attempt was placed. */
  readonly environment?: string | undefined;
  /** Those that have ended. */
  readonly attempts?: readonly Attempt[] | undefined;
  readonly isCancelled?: boolean | undefined;
  readonly isTerminated?: boolean | undefined;
  /** Of a parent: how its children look that have no record of their own. */
  readonly rest?: Progress | undefined;
}

export interface Attempt {
  /** Name of the compute environment it ran on. */
  readonly environment: string;
  readonly startedAt?: number | undefined;
  readonly stoppedAt: number;
  readonly statusReason?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  /** Of a job with several containers: one each, in the definition's order. */
  readonly containers?: readonly AttemptContainer[] | undefined;
}

export interface AttemptContainer {
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
}

export function isFinished(state: JobState): boolean {
  return state === 'SUCCEEDED' || state === 'FAILED';
}
