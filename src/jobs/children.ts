import type { JobDetail } from '@aws-sdk/client-batch';
import { callRemote } from './api-error.ts';
import { classifyFailure } from './failure.ts';
import { type JobFacts, readJobFacts, readSummaryFacts } from './job-facts.ts';
import type { SubmittedJob } from './submit.ts';
import { describeJobs, type WatchPorts } from './watch.ts';

/** DescribeJobs takes no more ids; up to here every child is described with its attempts. */
const MOST_DESCRIBED = 100;
/** The lists of children may lag behind the parent. Milliseconds. */
const LOOKS = [0, 1000, 3000];

/** The ids of an array job's children can be worked out; a plain job is its own only child. */
export function childIds({ jobId, size }: Pick<SubmittedJob, 'jobId' | 'size'>): readonly string[] {
  return size === 1 ? [jobId] : Array.from({ length: size }, (_, index) => `${jobId}:${index}`);
}

/**
 * The children of a job by array index: all of a small array with their attempts; of a large one, those that ended, the first
 * hundred failed ones with their attempts. Throws RemoteError.
 */
export async function readChildren(
  submitted: SubmittedJob,
  parent: JobDetail,
  ports: WatchPorts,
): Promise<readonly JobFacts[]> {
  if (submitted.size === 1) return [readJobFacts(parent)];
  const ended = parent.status === 'SUCCEEDED' || parent.status === 'FAILED';
  let children: readonly JobFacts[] = [];
  for (const pause of ended ? LOOKS : [0]) {
    if (pause > 0) await ports.clock.sleep(pause, ports.signal);
    children = await readOnce(submitted, ports);
    if (children.filter(hasEnded).length === submitted.size) break;
  }
  return [...children].sort((a, b) => (a.arrayIndex ?? 0) - (b.arrayIndex ?? 0));
}

export function hasEnded({ status }: JobFacts): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}

async function readOnce(submitted: SubmittedJob, ports: WatchPorts): Promise<readonly JobFacts[]> {
  if (submitted.size <= MOST_DESCRIBED) return readDescribed(submitted.region, childIds(submitted), ports);
  const listed = [
    ...(await listChildren(submitted, 'FAILED', ports)),
    ...(await listChildren(submitted, 'SUCCEEDED', ports)),
  ];
  const shown = listed.filter(child => classifyFailure(child)).slice(0, MOST_DESCRIBED);
  const described = await readDescribed(
    submitted.region,
    shown.map(({ jobId }) => jobId),
    ports,
  );
  const byId = new Map(described.map(child => [child.jobId, child]));
  return listed.map(child => byId.get(child.jobId) ?? child);
}

async function readDescribed(region: string, ids: readonly string[], ports: WatchPorts): Promise<readonly JobFacts[]> {
  return [...(await describeJobs(region, ids, ports)).values()].map(readJobFacts);
}

async function listChildren(
  { jobId, jobName, region }: SubmittedJob,
  jobStatus: 'SUCCEEDED' | 'FAILED',
  { aws, signal }: WatchPorts,
): Promise<readonly JobFacts[]> {
  const target = `${jobName} in ${region}`;
  const failure = { doing: `listing the ${jobStatus} children of ${target}`, operation: 'ListJobs', target };
  return callRemote(failure, async () => {
    const batch = await aws.batch(region);
    const children: JobFacts[] = [];
    let nextToken: string | undefined;
    do {
      const request = { arrayJobId: jobId, jobStatus, ...(nextToken && { nextToken }) };
      const page = await batch.listJobs(request, signal ? { abortSignal: signal } : {});
      children.push(...(page.jobSummaryList ?? []).map(readSummaryFacts));
      nextToken = page.nextToken;
    } while (nextToken);
    return children;
  });
}
