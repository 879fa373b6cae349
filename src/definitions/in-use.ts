import type { JobSummary } from '@aws-sdk/client-batch';
import { batchError } from './batch-error.ts';
import type { LimitedPorts } from './live.ts';

/** Every status in which a job still needs its definition's content: an attempt may yet begin. In the order that a job goes through. */
const UNFINISHED = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'] as const;

/** Unfinished jobs by the ARN of the revision they run; an array job counts once. */
export type RevisionsInUse = ReadonlyMap<string, number>;

/**
 * Which revisions unfinished jobs of any job queue of the region use: a job definition may be submitted to all of them, also by those
 * who have never heard of the configuration. Jobs can be listed by queue alone: five listings for each, to their ends.
 *
 * Throws RemoteError: without the answer nobody may conclude that a revision is free.
 */
export async function readRegionInUse(region: string, ports: LimitedPorts): Promise<RevisionsInUse> {
  const queues = await listQueues(region, ports).catch((error: unknown) => {
    throw batchError('DescribeJobQueues', region, error);
  });
  const found = await Promise.all(queues.map(jobQueue => listUnfinished(region, jobQueue, ports))).catch(
    (error: unknown) => {
      throw batchError('ListJobs', `the job queues in ${region}`, error);
    },
  );
  const inUse = new Map<string, number>();
  for (const arn of found.flat()) inUse.set(arn, (inUse.get(arn) ?? 0) + 1);
  return inUse;
}

async function listQueues(region: string, { aws, limiter, signal }: LimitedPorts): Promise<readonly string[]> {
  const batch = await aws.batch(region);
  const found: string[] = [];
  let nextToken: string | undefined;
  do {
    const call = () => batch.describeJobQueues({ maxResults: 100, ...(nextToken && { nextToken }) });
    const answer = await limiter.run({ region, operations: 'read' }, call, signal);
    found.push(...(answer.jobQueues ?? []).flatMap(({ jobQueueName }) => jobQueueName ?? []));
    nextToken = answer.nextToken;
  } while (nextToken);
  return found;
}

/** One status after the other: a job that moves on meanwhile is in a listing that is still to come. */
async function listUnfinished(region: string, jobQueue: string, ports: LimitedPorts): Promise<readonly string[]> {
  const found: string[] = [];
  for (const jobStatus of UNFINISHED) found.push(...(await listDefinitions(region, { jobQueue, jobStatus }, ports)));
  return found;
}

async function listDefinitions(
  region: string,
  listing: { readonly jobQueue: string; readonly jobStatus: (typeof UNFINISHED)[number] },
  { aws, limiter, signal }: LimitedPorts,
): Promise<readonly string[]> {
  const batch = await aws.batch(region);
  const found: string[] = [];
  let nextToken: string | undefined;
  do {
    const call = () => batch.listJobs({ ...listing, ...(nextToken && { nextToken }) });
    const answer = await limiter.run({ region, operations: 'read' }, call, signal);
    found.push(...(answer.jobSummaryList ?? []).map(definitionOf));
    nextToken = answer.nextToken;
  } while (nextToken);
  return found;
}

function definitionOf({ jobId, jobDefinition }: JobSummary): string {
  if (jobDefinition) return jobDefinition;
  throw new Error(`job ${jobId} was listed without its job definition, so nobody knows which revision it uses`);
}
