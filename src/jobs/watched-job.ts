/** What is known of one job while it is watched, and what follows from the clock. */
import type { JobDetail } from '@aws-sdk/client-batch';
import type { ToolkitEvent } from '../events.ts';
import { findBlockedReason, NO_REASON_ADVICE } from './blocked-reason.ts';
import { classifyFailure } from './failure.ts';
import { type Failure, JOB_STATUSES } from './model.ts';
import type { SubmittedJob } from './submit.ts';
import { isWaiting } from './waiting-reason.ts';

export type WatchOutcome =
  /** SUCCEEDED or FAILED: `job` as Batch last described it. */
  | { readonly kind: 'ended'; readonly job: JobDetail }
  | { readonly kind: 'timed-out'; readonly job?: JobDetail | undefined; readonly reason: string }
  /** RUNNABLE for longer than allowed, for a reason that does not pass by itself. */
  | { readonly kind: 'blocked'; readonly job: JobDetail; readonly failure: Failure; readonly reason: string }
  /** Batch does not know the job, or no longer. */
  | { readonly kind: 'vanished'; readonly reason: string }
  | { readonly kind: 'cancelled'; readonly job?: JobDetail | undefined };

export interface WatchedJob {
  readonly submitted: SubmittedJob;
  job?: JobDetail | undefined;
  /** When Batch last knew the job; at first, when the watch began. */
  knownAt: number;
  waitingReason?: string | undefined;
  blockedSince?: number | undefined;
  outcome?: WatchOutcome | undefined;
}

export function describeStatus({ submitted, job, waitingReason }: WatchedJob): ToolkitEvent & { type: 'job-status' } {
  return {
    type: 'job-status',
    jobId: submitted.jobId,
    jobName: submitted.jobName,
    region: submitted.region,
    status: job?.status ?? 'SUBMITTED',
    statusReason: waitingReason ?? job?.statusReason,
    counts: submitted.size > 1 ? job?.arrayProperties?.statusSummary : undefined,
  };
}

/** Notes why the job waits, and since when for a reason that never passes by itself. */
export function noteWaiting(watched: WatchedJob, reason: string | undefined, now: number): void {
  watched.waitingReason = reason;
  const never = findBlockedReason(reason)?.outlook === 'never';
  watched.blockedSince = never ? (watched.blockedSince ?? now) : undefined;
}

/** The outcome that the facts and the clock force, if any. Milliseconds. */
export function decideOutcome(
  watched: WatchedJob,
  limits: { now: number; deadlineAt: number; blockedMilliseconds: number; absentMilliseconds: number },
): WatchOutcome | undefined {
  const { job, submitted, blockedSince, waitingReason } = watched;
  if (job?.status === 'SUCCEEDED' || job?.status === 'FAILED') return { kind: 'ended', job };
  if (job && blockedSince !== undefined && limits.now - blockedSince >= limits.blockedMilliseconds) {
    const failure = classifyFailure({
      jobId: submitted.jobId,
      status: 'RUNNABLE',
      statusReason: waitingReason,
      attempts: [],
    });
    if (failure) return { kind: 'blocked', job, failure, reason: describeBlocked(failure, limits.now - blockedSince) };
  }
  if (limits.now >= limits.deadlineAt) return { kind: 'timed-out', job, reason: describeTimeout(watched) };
  if (limits.now - watched.knownAt >= limits.absentMilliseconds) {
    return {
      kind: 'vanished',
      reason: `Batch does not know job ${submitted.jobId} in ${submitted.region}${job ? ' any longer' : ''}`,
    };
  }
  return undefined;
}

function describeBlocked({ evidence, advice }: Failure, milliseconds: number): string {
  return `RUNNABLE for ${Math.round(milliseconds / 1000)} s and will never run: ${evidence}. ${advice}`;
}

function describeTimeout({ job, waitingReason }: WatchedJob): string {
  if (!job) return 'the deadline passed before Batch described the job';
  const last = `the deadline passed while the job was ${describeCounts(job)}`;
  if (!isWaiting(job)) return last;
  return waitingReason
    ? `${last}, waiting because of ${waitingReason}. ${findBlockedReason(waitingReason)?.advice ?? ''}`.trimEnd()
    : `${last}. ${NO_REASON_ADVICE}`;
}

function describeCounts(job: JobDetail): string {
  const counts = job.arrayProperties?.statusSummary ?? {};
  const list = JOB_STATUSES.filter(status => counts[status]).map(status => `${counts[status]} ${status}`);
  return list.length > 0 ? `${job.status} (${list.join(', ')})` : `${job.status}`;
}
