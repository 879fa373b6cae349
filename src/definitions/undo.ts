import { batchError } from './batch-error.ts';
import type { LimitedPorts } from './live.ts';
import type { PlannedDefinition, RegisterOutcome } from './model.ts';
import { deregister, nameWithRegion, type Registered } from './register-one.ts';

/**
 * Takes back what this run registered, so that the revision before it is the newest again. A revision that an unfinished job of the
 * configured job queues uses is left, and so is one that Batch does not let go. Never throws.
 */
export async function undoRegistration(
  planned: PlannedDefinition,
  { arn, revision, own }: Registered,
  ports: LimitedPorts,
): Promise<RegisterOutcome> {
  if (!own) return { status: 'kept', arn, revision, reason: 'another deployment registered the same content' };
  const user = await findUnfinishedJob(planned, arn, ports);
  if (user !== undefined) return { status: 'kept', arn, revision, reason: `job ${user} uses it` };
  const failure = await deregister(planned, arn, ports);
  return failure ? { status: 'kept', arn, revision, reason: failure.message } : { status: 'undone', arn, revision };
}

/**
 * The id of a job that is not finished. Jobs are listed by queue, so only the configured queues can be asked; without the permission
 * to list them it is said and counts as no job: the revision is seconds old, and jobs on a deregistered one are believed to go on.
 */
async function findUnfinishedJob(
  planned: PlannedDefinition,
  arn: string,
  ports: LimitedPorts,
): Promise<string | undefined> {
  for (const jobQueue of new Set(Object.values(planned.definition.config.jobQueues))) {
    try {
      const job = await findInQueue(planned, jobQueue, arn, ports);
      if (job !== undefined) return job;
    } catch (error) {
      const { message } = batchError('ListJobs', nameWithRegion(planned), error);
      ports.notify({
        type: 'message',
        level: 'warning',
        text: `Undoing without knowing whether a job uses it: ${message}`,
      });
      return undefined;
    }
  }
  return undefined;
}

/** With a filter, jobs of every status are listed, newest first. */
async function findInQueue(
  planned: PlannedDefinition,
  jobQueue: string,
  arn: string,
  ports: LimitedPorts,
): Promise<string | undefined> {
  const { region } = planned.definition.target;
  const batch = await ports.aws.batch(region);
  const filters = [{ name: 'JOB_DEFINITION', values: [arn] }];
  let nextToken: string | undefined;
  do {
    const call = () => batch.listJobs({ jobQueue, filters, ...(nextToken && { nextToken }) });
    const answer = await ports.limiter.run({ region, operations: 'read' }, call);
    const job = answer.jobSummaryList?.find(({ status }) => status !== 'SUCCEEDED' && status !== 'FAILED');
    if (job) return job.jobId;
    nextToken = answer.nextToken;
  } while (nextToken);
  return undefined;
}
