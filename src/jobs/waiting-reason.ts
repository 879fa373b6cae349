import type { JobDetail } from '@aws-sdk/client-batch';
import type { AwsPorts } from '../ports.ts';
import { callRemote } from './api-error.ts';
import { findBlockedReason } from './blocked-reason.ts';

/** Nothing of the job runs or starts, and something of it waits for a place to run. */
export function isWaiting(job: JobDetail): boolean {
  const counts = job.arrayProperties?.statusSummary;
  if (!counts || job.arrayProperties?.size === undefined) return job.status === 'RUNNABLE';
  return (counts['RUNNABLE'] ?? 0) > 0 && (counts['STARTING'] ?? 0) + (counts['RUNNING'] ?? 0) === 0;
}

/**
 * Why a waiting job waits, in Batch's words. An array job's parent is PENDING and says nothing; the child at the head of the queue
 * has the reason, so one page of the RUNNABLE children is read.
 */
export async function readWaitingReason(
  job: JobDetail,
  region: string,
  aws: Pick<AwsPorts, 'batch'>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (!isWaiting(job)) return undefined;
  if (job.arrayProperties?.size === undefined) return job.statusReason;
  const target = `${job.jobName} in ${region}`;
  const failure = { doing: `reading the waiting children of ${target}`, operation: 'ListJobs', target };
  const { jobSummaryList: children = [] } = await callRemote(failure, async () =>
    (await aws.batch(region)).listJobs(
      { arrayJobId: job.jobId, jobStatus: 'RUNNABLE' },
      { ...(signal && { abortSignal: signal }) },
    ),
  );
  const reasons = children.map(({ statusReason }) => statusReason).filter(reason => reason !== undefined);
  return reasons.find(findBlockedReason) ?? reasons[0];
}
