import type { JobSummary } from '@aws-sdk/client-batch';
import { batchError } from './batch-error.ts';
import type { LimitedPorts } from './live.ts';

/** Every status in which a job still needs its definition's content: an attempt may yet begin. */
const UNFINISHED = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'] as const;

/** Unfinished jobs by the ARN of the revision they run; an array job counts once. */
export type RevisionsInUse = ReadonlyMap<string, number>;

/**
 * Which revisions unfinished jobs of these job queues use. Jobs can be listed by queue alone, so those in queues that the
 * configuration does not name are not seen. Five listings per queue, each to its end.
 *
 * Rejects with the API's error: without the answer nobody may conclude that a revision is free.
 */
export async function readInUse(
  region: string,
  jobQueues: Iterable<string>,
  ports: LimitedPorts,
): Promise<RevisionsInUse> {
  const listings = [...new Set(jobQueues)].flatMap(jobQueue => UNFINISHED.map(jobStatus => ({ jobQueue, jobStatus })));
  const found = await Promise.all(listings.map(listing => listDefinitions(region, listing, ports)));
  const inUse = new Map<string, number>();
  for (const arn of found.flat()) inUse.set(arn, (inUse.get(arn) ?? 0) + 1);
  return inUse;
}

/**
 * The same of every job queue of the region: a job definition may be submitted to any, also by those who have never heard of the
 * configuration. Throws RemoteError.
 */
export async function readRegionInUse(region: string, ports: LimitedPorts): Promise<RevisionsInUse> {
  const queues = await listQueues(region, ports).catch((error: unknown) => {
    throw batchError('DescribeJobQueues', region, error);
  });
  return readInUse(region, queues, ports).catch((error: unknown) => {
    throw batchError('ListJobs', `the job queues in ${region}`, error);
  });
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
