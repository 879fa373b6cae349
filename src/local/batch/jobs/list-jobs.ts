/** ListJobs. */
import type { JobSummary, KeyValuesPair, ListJobsRequest } from '@aws-sdk/client-batch';
import { arnOf } from '../arn.ts';
import { findJobQueue } from '../capacity/job-queues.ts';
import { clientError } from '../errors.ts';
import { type Page, readPageSize, readToken, writeToken } from '../paging.ts';
import { JOB_STATES, type JobState } from '../records.ts';
import type { RealmWork } from '../scheduling/realm-work.ts';
import { type Job, WHOLE } from './job.ts';
import { readFilter } from './list-filter.ts';
import type { Visibility } from './visibility.ts';

const MOST_BY_STATUS = 1000;
const MOST_BY_FILTER = 100;

/** One of queue, array or multi-node job. Without a status RUNNING alone; with a filter every status, in smaller pages. */
export function listJobs(work: RealmWork, request: ListJobsRequest, now: number, visibility: Visibility): object {
  const targets = [request.jobQueue, request.arrayJobId, request.multiNodeJobId].filter(each => each !== undefined);
  if (targets.length !== 1)
    throw clientError('Exactly one of jobQueue, arrayJobId and multiNodeJobId must be specified');
  const status = readStatus(request.jobStatus);
  const page =
    request.jobQueue === undefined
      ? listChildren(work, request, status, visibility)
      : listQueue(work, request, status, now, visibility);
  return { jobSummaryList: page.items, ...(page.nextToken ? { nextToken: page.nextToken } : {}) };
}

function readStatus(given: string | undefined): JobState {
  const status = JOB_STATES.find(each => each === (given ?? 'RUNNING'));
  if (status) return status;
  throw clientError(`Job status is not one of ${JOB_STATES.join(' | ')}`);
}

function listChildren(
  work: RealmWork,
  request: ListJobsRequest,
  status: JobState,
  visibility: Visibility,
): Page<JobSummary> {
  if (request.filters?.length)
    throw clientError('Filters are not supported for array or multi-node parallel child jobs');
  const id = request.arrayJobId ?? request.multiNodeJobId ?? '';
  const job = work.book.find(id)?.job;
  if (!job?.isParent || job.record.jobId !== id || !visibility.isVisible(job)) return { items: [] };
  const size = readPageSize(request.maxResults, MOST_BY_STATUS);
  const listing = `children ${id} ${status}`;
  const start = request.nextToken === undefined ? 0 : readToken(listing, request.nextToken);
  const indexes = job.indexesIn(status, start, size + 1);
  const items = indexes.slice(0, size).map(index => summarizeJob(job, index));
  const next = indexes[size];
  return next === undefined ? { items } : { items, nextToken: writeToken(listing, next) };
}

function listQueue(
  work: RealmWork,
  request: ListJobsRequest,
  status: JobState,
  now: number,
  visibility: Visibility,
): Page<JobSummary> {
  const asked = request.jobQueue ?? '';
  const queue = findJobQueue(work.realm, asked, now);
  if (!queue) throw clientError(`JobQueue ${asked} not found.`);
  const { filters = [] } = request;
  const filter = readFilter(work.realm, filters);
  const wanted = (job: Job) =>
    visibility.isVisible(job) &&
    (filter ? filter.matches(job) : true) &&
    (!filter || filter.withStatus ? isIn(job, request, status, filter) : true);
  const size = readPageSize(request.maxResults, filters.length ? MOST_BY_FILTER : MOST_BY_STATUS);
  const listing = `queue ${queue.jobQueueName} ${status} ${describeFilters(filters)}`;
  return takePage(work.book.inQueue(queue.jobQueueName), wanted, size, listing, request.nextToken);
}

/** SHARE_IDENTIFIER goes with a status, but only with one that is given. */
function isIn(job: Job, request: ListJobsRequest, status: JobState, filter: object | undefined): boolean {
  return filter && request.jobStatus === undefined ? true : job.state() === status;
}

/** Newest first. The token holds the order number that the next page starts below. */
function takePage(
  jobs: readonly Job[],
  wanted: (job: Job) => boolean,
  size: number,
  listing: string,
  token: string | undefined,
): Page<JobSummary> {
  const below = token === undefined ? Number.POSITIVE_INFINITY : readToken(listing, token);
  const items: JobSummary[] = [];
  let last = 0;
  for (let at = jobs.length - 1; at >= 0; at--) {
    const job = jobs[at];
    if (!job || job.record.order >= below || !wanted(job)) continue;
    if (items.length === size) return { items, nextToken: writeToken(listing, last) };
    items.push(summarizeJob(job, WHOLE));
    last = job.record.order;
  }
  return { items };
}

function describeFilters(filters: readonly KeyValuesPair[]): string {
  return JSON.stringify(filters);
}

export function summarizeJob(job: Job, index: number): JobSummary {
  const { record, realm } = job;
  const { status, statusReason, startedAt, stoppedAt, attempts, environment, isCancelled, isTerminated } =
    job.progress(index);
  const last = environment ? undefined : attempts?.at(-1);
  const { exitCode, reason } = last ?? {};
  return {
    jobArn: arnOf(realm, 'job', job.idOf(index)),
    jobId: job.idOf(index),
    jobName: record.jobName,
    createdAt: record.createdAt,
    status,
    ...(statusReason === undefined ? {} : { statusReason }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(stoppedAt === undefined ? {} : { stoppedAt }),
    ...(index === WHOLE && job.isParent
      ? {}
      : {
          container: { ...(exitCode === undefined ? {} : { exitCode }), ...(reason === undefined ? {} : { reason }) },
        }),
    ...describeArray(job, index),
    ...(record.overrides.shareIdentifier ? { shareIdentifier: record.overrides.shareIdentifier } : {}),
    jobDefinition: arnOf(realm, 'job-definition', record.definition),
    ...(isCancelled ? { isCancelled } : {}),
    ...(isTerminated ? { isTerminated } : {}),
  };
}

function describeArray(job: Job, index: number): Partial<JobSummary> {
  if (!job.isParent) return {};
  if (index !== WHOLE) return { arrayProperties: { index } };
  return {
    arrayProperties: { size: job.size, statusSummary: job.statusSummary(), statusSummaryLastUpdatedAt: job.changedAt },
  };
}
