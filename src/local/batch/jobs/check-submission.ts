/** What SubmitJob refuses whatever the queue and definition are. */
import type { JobDependency, SubmitJobRequest } from '@aws-sdk/client-batch';
import { checkRetryStrategy, checkTags, checkTimeout, checkVariables } from '../definitions/check-common.ts';
import { clientError, type Refuse } from '../errors.ts';
import type { RealmWork } from '../scheduling/realm-work.ts';

const JOB_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const MOST_DEPENDENCIES = 20;
const MOST_KIB = 30;

export function checkSubmission(work: RealmWork, request: SubmitJobRequest, refuse: Refuse): void {
  if (!JOB_NAME.test(request.jobName ?? '')) refuse('Job name should match valid pattern');
  const bytes = Buffer.byteLength(JSON.stringify(request));
  if (bytes > MOST_KIB * 1024) refuse(`Job size must be less than ${MOST_KIB} KiB, got ${Math.ceil(bytes / 1024)} KiB`);
  const { size } = request.arrayProperties ?? {};
  if (size !== undefined && (size < 2 || size > 10_000)) refuse('Array size must be between 2 and 10000');
  checkTags(request.tags);
  if (request.retryStrategy) checkRetryStrategy(request.retryStrategy, refuse);
  if (request.timeout) checkTimeout(request.timeout, refuse);
  checkPriority(request.schedulingPriorityOverride, refuse);
  checkVariables(request.containerOverrides?.environment, refuse);
  if (request.containerOverrides?.command?.includes(''))
    refuse('Container overrides command should not contain an empty string');
  checkDependencies(work, request.dependsOn ?? [], size, refuse);
}

function checkPriority(priority: number | undefined, refuse: Refuse): void {
  if (priority !== undefined && (priority < 0 || priority > 9999))
    refuse('schedulingPriorityOverride must be between 0 and 9999');
}

function checkDependencies(
  work: RealmWork,
  dependsOn: readonly JobDependency[],
  size: number | undefined,
  refuse: Refuse,
): void {
  if (dependsOn.length > MOST_DEPENDENCIES) refuse(`A job can depend on at most ${MOST_DEPENDENCIES} jobs`);
  for (const { jobId, type } of dependsOn) {
    if (type !== undefined && type !== 'N_TO_N' && type !== 'SEQUENTIAL')
      throw clientError(`dependency type must be one of N_TO_N | SEQUENTIAL, got ${String(type)}`);
    if (jobId === undefined) checkOwnSequence(type, size, refuse);
    else checkDependency(work, jobId, type, size, refuse);
  }
}

function checkOwnSequence(type: string | undefined, size: number | undefined, refuse: Refuse): void {
  if (type !== 'SEQUENTIAL') refuse('jobId is required for a dependency that is not SEQUENTIAL');
  if (size === undefined) refuse('A SEQUENTIAL dependency without jobId is for array jobs only');
}

function checkDependency(
  work: RealmWork,
  jobId: string,
  type: string | undefined,
  size: number | undefined,
  refuse: Refuse,
): void {
  const found = work.book.find(jobId);
  if (!found) throw clientError(`Job dependency ${jobId} does not exist`);
  if (type === 'N_TO_N' && (size === undefined || found.job.size !== size)) {
    refuse(`N_TO_N dependency ${jobId} must be an array job of the same size`);
  }
}
