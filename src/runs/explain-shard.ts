import type { JobDetail, JobSummary } from '@aws-sdk/client-batch';
import { callRemote } from '../jobs/api-error.ts';
import { classifyFailure } from '../jobs/failure.ts';
import { type JobFacts, readJobFacts, readSummaryFacts } from '../jobs/job-facts.ts';
import type { FailedChild, Shard, ShardEnd } from './model.ts';
import type { RunPorts } from './ports.ts';

/** The lists of children may lag behind the parent's counts. Milliseconds. */
const LOOKS = [0, 1000, 3000, 10_000, 30_000];
/** Of a failure's evidence. Characters. */
const LONGEST = 300;

/**
 * How a shard ended, child by child, from the parent's counts and the list of its failed children alone: one call for a thousand of
 * them, none when none failed. A child that neither list accounts for is a failure of class `unknown`, never a success.
 *
 * Throws RemoteError.
 */
export async function explainShard(
  shard: Shard,
  jobId: string,
  job: JobDetail | undefined,
  ports: RunPorts,
): Promise<ShardEnd> {
  if (!job) return describeVanished(shard, jobId);
  const { createdAt, startedAt, stoppedAt } = job;
  const facts = shard.size === 1 ? [readJobFacts(job)] : await readFailed(shard, jobId, job, ports);
  const failed = facts.flatMap(one => describeFailed(one)).sort((a, b) => a.index - b.index);
  const succeeded = shard.size - failed.length;
  return { shard: shard.id, jobId, how: 'ended', createdAt, startedAt, stoppedAt, succeeded, failed };
}

function describeVanished(shard: Shard, jobId: string): ShardEnd {
  const reason = `Batch does not know job ${jobId} any more, and how it ended was not written down before`;
  const failed = Array.from({ length: shard.size }, (_, index) => unknownChild(index, reason));
  return { shard: shard.id, jobId, how: 'vanished', reason, succeeded: 0, failed };
}

function unknownChild(index: number, evidence: string): FailedChild {
  return { index, class: 'unknown', evidence, retryable: false };
}

function describeFailed(facts: JobFacts): FailedChild[] {
  if (facts.status !== 'FAILED') return [];
  const failure = classifyFailure(facts);
  const { arrayIndex: index = 0, exitCode } = facts;
  const { class: kind = 'unknown', evidence = '', retryable = false } = failure ?? {};
  return [
    {
      index,
      class: kind,
      evidence: evidence.slice(0, LONGEST),
      retryable,
      ...(exitCode !== undefined && { exitCode }),
    },
  ];
}

/** Every child that did not succeed; those that Batch lists nowhere are made up as what they are, unknown. */
async function readFailed(shard: Shard, jobId: string, job: JobDetail, ports: RunPorts): Promise<readonly JobFacts[]> {
  const counts = job.arrayProperties?.statusSummary ?? {};
  const expected = shard.size - (counts['SUCCEEDED'] ?? 0);
  if (expected === 0) return [];
  let listed: readonly JobFacts[] = [];
  for (const pause of LOOKS) {
    if (pause > 0) await ports.clock.sleep(pause, ports.signal);
    listed = await listChildren(shard, jobId, 'FAILED', ports);
    if (listed.length >= expected) return listed;
  }
  return [...listed, ...(await findUnaccounted(shard, jobId, listed, ports))];
}

async function findUnaccounted(
  shard: Shard,
  jobId: string,
  failed: readonly JobFacts[],
  ports: RunPorts,
): Promise<readonly JobFacts[]> {
  const succeeded = await listChildren(shard, jobId, 'SUCCEEDED', ports);
  const known = new Set([...failed, ...succeeded].map(({ arrayIndex }) => arrayIndex));
  return Array.from({ length: shard.size }, (_, index) => index)
    .filter(index => !known.has(index))
    .map(arrayIndex => ({
      jobId: `${jobId}:${arrayIndex}`,
      arrayIndex,
      status: 'FAILED' as const,
      statusReason: 'Batch lists this child neither as SUCCEEDED nor as FAILED',
      attempts: [],
    }));
}

/** A thousand children to a call. Throws RemoteError. */
export async function listChildren(
  shard: Shard,
  jobId: string,
  jobStatus: 'SUCCEEDED' | 'FAILED',
  ports: RunPorts,
): Promise<readonly JobFacts[]> {
  const found: JobFacts[] = [];
  for await (const page of pagesOfChildren(shard, jobId, jobStatus, ports)) found.push(...page.map(readSummaryFacts));
  return found;
}

export async function* pagesOfChildren(
  { region, jobName }: Shard,
  jobId: string,
  jobStatus: 'SUCCEEDED' | 'FAILED',
  { aws, limiter, signal }: RunPorts,
): AsyncGenerator<readonly JobSummary[]> {
  const target = `${jobName} in ${region}`;
  const failure = { doing: `listing the ${jobStatus} children of ${target}`, operation: 'ListJobs', target };
  let nextToken: string | undefined;
  do {
    const token = nextToken;
    const page = await callRemote(failure, async () => {
      const batch = await aws.batch(region);
      const request = { arrayJobId: jobId, jobStatus, maxResults: 1000, ...(token && { nextToken: token }) };
      return limiter.run({ region, operations: 'read' }, () => batch.listJobs(request), signal);
    });
    yield page.jobSummaryList ?? [];
    nextToken = page.nextToken;
  } while (nextToken);
}
