/** Submitted jobs: how they ended, and why. */
import type { FailureClass } from '../failure-classes.ts';

/** The seven states, in their order. https://docs.aws.amazon.com/batch/latest/userguide/job_states.html */
export const JOB_STATUSES = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export interface Failure {
  readonly class: FailureClass;
  /** The text that decided it, as Batch gave it; for `unknown`, everything there was. */
  readonly evidence: string;
  /** What to do, one or two sentences, for somebody who has never seen this code. */
  readonly advice: string;
  /** Would trying again, unchanged, be likely to help? */
  readonly retryable: boolean;
}

export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly text: string;
}

export interface AttemptResult {
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  readonly statusReason?: string | undefined;
  readonly startedAt?: number | undefined;
  readonly stoppedAt?: number | undefined;
  readonly logStreamName?: string | undefined;
}

/** One child job (or the plain job, when the size is 1). */
export interface ChildResult {
  readonly jobId: string;
  readonly arrayIndex?: number | undefined;
  /** The entry of the smoke test's list that this index stands for, if it has one. */
  readonly entry?: string | undefined;
  readonly status: JobStatus;
  readonly statusReason?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  readonly attempts: readonly AttemptResult[];
  readonly failure?: Failure | undefined;
  /** The last lines, oldest first; of the last attempt. */
  readonly logTail: readonly LogLine[];
  readonly logStreamName?: string | undefined;
  /** Objects demanded of this child, and what was found. */
  readonly objects: readonly {
    readonly uri: string;
    readonly found: boolean;
    /** It is there, but was written before the job was submitted; then it is not `found`. */
    readonly stale?: boolean | undefined;
    readonly bytes?: number | undefined;
    readonly etag?: string | undefined;
    /** After the second run; undefined when there was none. */
    readonly sameBytes?: boolean | undefined;
  }[];
}

/** One region's array job of a smoke test. */
export interface SmokeTestRun {
  readonly environment: string;
  readonly region: string;
  readonly jobDefinitionArn: string;
  readonly jobQueue: string;
  readonly jobId?: string | undefined;
  readonly jobName: string;
  readonly runId: string;
  /** `undecided`: it was submitted, and how it ended Batch does not tell, or not any more; that says nothing of the image. */
  readonly verdict: 'passed' | 'failed' | 'timed-out' | 'blocked' | 'cancelled' | 'not-submitted' | 'undecided';
  /** One sentence: why it is not `passed`. */
  readonly reason?: string | undefined;
  readonly children: readonly ChildResult[];
  readonly submittedAt?: number | undefined;
  readonly endedAt?: number | undefined;
  readonly consoleUrl?: string | undefined;
}

export interface SmokeTestResult {
  readonly passed: boolean;
  readonly runs: readonly SmokeTestRun[];
}
