/** CancelJob, TerminateJob and their bulk forms. */
import { clientError, validationError } from '../errors.ts';
import { isFinished, type Progress } from '../records.ts';
import type { AttemptRunner } from '../scheduling/attempt-runner.ts';
import type { RealmWork } from '../scheduling/realm-work.ts';
import { idFrom } from './describe-jobs.ts';
import { type Job, WHOLE } from './job.ts';
import { isWaiting } from './job-flow.ts';

const MOST_IN_BULK = 50;
const LONGEST_REASON = 1024;

export interface StopParts {
  readonly work: RealmWork;
  readonly runner: AttemptRunner;
  readonly now: number;
}

/** Ends what has not been placed; what is STARTING or RUNNING goes on. An unknown id: 200. */
export function cancelJob(parts: StopParts, request: { readonly jobId?: string; readonly reason?: string }): object {
  const reason = readReason(request);
  stopOne(parts, request.jobId ?? '', reason, 'cancel');
  return {};
}

/** Ends it whatever its state. An unknown id: 200. */
export function terminateJob(parts: StopParts, request: { readonly jobId?: string; readonly reason?: string }): object {
  const reason = readReason(request);
  stopOne(parts, request.jobId ?? '', reason, 'terminate');
  return {};
}

/** Up to 50 ids; each ends as successful or as an error of its own. Unknown ids count as successful. */
export function stopJobs(
  parts: StopParts,
  request: { readonly jobs?: readonly string[]; readonly reason?: string },
  how: 'cancel' | 'terminate',
): object {
  const { jobs = [] } = request;
  if (!jobs.length || jobs.length > MOST_IN_BULK) {
    const bound = jobs.length ? `less than or equal to ${MOST_IN_BULK}` : 'greater than or equal to 1';
    throw validationError([`Value at 'jobs' failed to satisfy constraint: Member must have length ${bound}`]);
  }
  const reason = readReason({ jobId: 'given', ...request });
  const malformed = jobs.filter(id => !isJobId(idFrom(parts.work, id)));
  const successful = jobs.filter(id => !malformed.includes(id));
  for (const id of successful) stopOne(parts, id, reason, how);
  const errors = malformed.map(job => ({
    job,
    code: 'ValidationException',
    message: `Job identifier ${job} is not valid`,
  }));
  return { successful, errors };
}

function readReason({ jobId, reason }: { readonly jobId?: string; readonly reason?: string }): string {
  if (!jobId) throw clientError('jobId must not be empty');
  if (!reason) throw clientError('reason must not be empty');
  if (reason.length > LONGEST_REASON) throw clientError(`reason can be at most ${LONGEST_REASON} characters long`);
  return reason;
}

function isJobId(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}([:#]\d+)?$/.test(id);
}

function stopOne(parts: StopParts, asked: string, reason: string, how: 'cancel' | 'terminate'): void {
  const id = idFrom(parts.work, asked);
  const found = parts.work.book.find(id);
  if (!found || isFinished(found.job.state(found.index))) return;
  const { job, index } = found;
  if (job.isParent && index === WHOLE) stopParent(parts, job, reason, how);
  else stopSingle(parts, job, index, reason, how);
}

function stopSingle(
  { work, runner, now }: StopParts,
  job: Job,
  index: number,
  reason: string,
  how: 'cancel' | 'terminate',
): void {
  const progress = job.progress(index);
  if (isWaiting(progress.status)) {
    work.flow.finish(job, index, { ...progress, ...endingOf(reason, how, now) });
  } else if (how === 'terminate') {
    job.put(index, { ...progress, isTerminated: true, statusReason: reason });
    runner.stop(job, index, reason);
  }
}

function stopParent(parts: StopParts, job: Job, reason: string, how: 'cancel' | 'terminate'): void {
  const { work, runner, now } = parts;
  const flag = how === 'cancel' ? { isCancelled: true } : { isTerminated: true };
  const waiting = job.countOf('SUBMITTED') + job.countOf('PENDING') + job.countOf('RUNNABLE');
  if (waiting || how === 'terminate') job.put(WHOLE, { ...job.progress(), ...flag, statusReason: reason });
  const placed =
    how === 'terminate' ? [...job.indexesIn('STARTING', 0, job.size), ...job.indexesIn('RUNNING', 0, job.size)] : [];
  work.flow.finishUnstarted(job, endingOf(reason, how, now));
  for (const index of placed) {
    job.put(index, { ...job.progress(index), isTerminated: true, statusReason: reason });
    runner.stop(job, index, reason);
  }
}

function endingOf(statusReason: string, how: 'cancel' | 'terminate', stoppedAt: number): Progress {
  return {
    status: 'FAILED',
    statusReason,
    stoppedAt,
    ...(how === 'cancel' ? { isCancelled: true } : { isTerminated: true }),
  };
}
