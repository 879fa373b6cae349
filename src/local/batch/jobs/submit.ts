/** SubmitJob. */
import type { SubmitJobRequest, SubmitJobResponse } from '@aws-sdk/client-batch';
import { arnOf } from '../arn.ts';
import { findJobQueue } from '../capacity/job-queues.ts';
import { isFargate } from '../capacity/placement.ts';
import { checkFargateSize } from '../definitions/check-container.ts';
import { findActiveRevision } from '../definitions/find-revision.ts';
import { clientError, type Refuse } from '../errors.ts';
import type { JobDefinitionRecord, JobQueueRecord } from '../records.ts';
import type { Checked } from '../request-shape.ts';
import type { RealmWork } from '../scheduling/realm-work.ts';
import type { Submission } from '../settings.ts';
import { checkSubmission } from './check-submission.ts';
import { mergeParameters } from './parameters.ts';
import { overrideContainer } from './plan.ts';

/** The job is SUBMITTED when this answers, and moves on from there by itself. */
export function submitJob(
  work: RealmWork,
  request: Checked<SubmitJobRequest>,
  refuse: Refuse,
  { now, jobId }: { readonly now: number; readonly jobId: (submission: Submission) => string },
): SubmitJobResponse {
  checkSubmission(work, request, refuse);
  const queue = requireQueue(work, request, now);
  const definition = requireDefinition(work, request);
  checkTogether(work, request, queue, definition, refuse);
  const job = work.book.add({
    jobId: freshId(work, request.jobName, jobId),
    jobName: request.jobName,
    queue: queue.jobQueueName,
    definition: `${definition.jobDefinitionName}:${definition.revision}`,
    createdAt: now,
    parameters: mergeParameters(definition.parameters, request.parameters),
    dependsOn: request.dependsOn ?? [],
    tags: request.tags ?? {},
    overrides: keepOverrides(request),
    ...sizeOf(request),
  });
  work.flow.begin(job);
  const { record } = job;
  return { jobArn: arnOf(work.realm, 'job', record.jobId), jobName: record.jobName, jobId: record.jobId };
}

/** A job that is gone from the book may leave its number behind, so the id is tried. */
function freshId({ realm, book }: RealmWork, jobName: string, jobIdOf: (submission: Submission) => string): string {
  const { account, region } = realm;
  for (let nth = book.countNamed(jobName) + 1; ; nth++) {
    const jobId = jobIdOf({ account, region, jobName, nth });
    if (!book.find(jobId)) return jobId;
  }
}

function requireQueue({ realm }: RealmWork, request: Checked<SubmitJobRequest>, now: number): JobQueueRecord {
  const asked = request.jobQueue;
  const queue = findJobQueue(realm, asked, now);
  if (!queue || queue.status === 'DELETING') throw clientError(`JobQueue ${asked} not found.`);
  if (queue.state === 'DISABLED') throw clientError(`JobQueue ${asked} is disabled.`);
  return queue;
}

function requireDefinition({ realm }: RealmWork, request: Checked<SubmitJobRequest>): JobDefinitionRecord {
  const asked = request.jobDefinition;
  const found = findActiveRevision(realm, asked);
  if (found) return found;
  const [name = '', ...revision] = asked.startsWith('arn:') ? [] : asked.split(':');
  if (
    !asked.startsWith('arn:') &&
    (!/^[\w-]{1,128}$/.test(name) || revision.some(each => !/^\d+$/.test(each)) || revision.length > 1)
  ) {
    throw clientError(`Provided name ${asked} is not supported pattern[a-zA-Z_0-9-]{1,128}`);
  }
  throw clientError(`JobDefinition name ${asked} does not exist or is not in ACTIVE status`);
}

/** What only queue and definition together tell. */
function checkTogether(
  work: RealmWork,
  request: Checked<SubmitJobRequest>,
  queue: JobQueueRecord,
  definition: JobDefinitionRecord,
  refuse: Refuse,
): void {
  const fairShare = queue.schedulingPolicyArn !== undefined;
  if (fairShare && !request.shareIdentifier) throw clientError('shareIdentifier must be specified.');
  if (!fairShare && request.shareIdentifier)
    throw clientError('shareIdentifier cannot be specified for a job queue without a scheduling policy.');
  if (fairShare && request.schedulingPriorityOverride === undefined && definition.schedulingPriority === undefined) {
    throw clientError('Either schedulingPriority in job definition or schedulingPriorityOverride should be specified.');
  }
  const capability = definition.platformCapabilities?.includes('FARGATE') ? 'FARGATE' : 'EC2';
  const environments = work.environmentsOf(queue);
  if (environments.length && environments.every(each => isFargate(each) !== (capability === 'FARGATE'))) {
    refuse(`Job Queue is attached to Compute Environment that can not run Jobs with capability ${capability}`);
  }
  if (capability === 'FARGATE') checkFargateOverrides(request, definition, refuse);
  if (definition.type === 'multinode') {
    // Ours, not AWS's: a job that would sit there as if it ran would be worse.
    throw clientError(
      'The local Batch does not run multi-node parallel jobs; it registers and describes their definitions',
    );
  }
}

function checkFargateOverrides(
  { containerOverrides: over }: SubmitJobRequest,
  definition: JobDefinitionRecord,
  refuse: Refuse,
): void {
  if (over?.vcpus !== undefined) refuse('vcpus is not applicable for Fargate. Use resource requirements instead.');
  if (over?.memory !== undefined) refuse('memory is not applicable for Fargate. Use resource requirements instead.');
  if (!definition.containerProperties || !over?.resourceRequirements) return;
  checkFargateSize(overrideContainer(definition.containerProperties, over).resourceRequirements, refuse);
}

function sizeOf(request: Checked<SubmitJobRequest>): { size?: number } {
  const { size } = request.arrayProperties ?? {};
  return size === undefined ? {} : { size };
}

function keepOverrides(request: Checked<SubmitJobRequest>) {
  const { containerOverrides, ecsPropertiesOverride, eksPropertiesOverride, nodeOverrides, retryStrategy, timeout } =
    request;
  const { propagateTags, shareIdentifier, schedulingPriorityOverride, consumableResourcePropertiesOverride } = request;
  const given = {
    ...{ containerOverrides, ecsPropertiesOverride, eksPropertiesOverride, nodeOverrides, retryStrategy, timeout },
    ...{ propagateTags, shareIdentifier, schedulingPriorityOverride, consumableResourcePropertiesOverride },
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
