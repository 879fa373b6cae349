import type { JobSummary } from '@aws-sdk/client-batch';
import { callRemote } from '../jobs/api-error.ts';
import type { Shard } from './model.ts';
import type { RunPorts } from './ports.ts';

/**
 * The jobs of a shard's very name, of any status, oldest first. The name is the shard's alone, so whatever is found was submitted for
 * it. With the filter every status is listed; it does not tell case apart. Throws RemoteError.
 */
export async function findJobs(
  { region, jobQueue, jobName }: Shard,
  { aws, limiter }: Pick<RunPorts, 'aws' | 'limiter'>,
): Promise<readonly JobSummary[]> {
  const target = `job queue ${jobQueue} in ${region}`;
  const failure = { doing: `looking for ${jobName} in ${target}`, operation: 'ListJobs', target };
  const found: JobSummary[] = [];
  const filters = [{ name: 'JOB_NAME', values: [jobName] }];
  let nextToken: string | undefined;
  do {
    const token = nextToken;
    const page = await callRemote(failure, async () => {
      const batch = await aws.batch(region);
      return limiter.run({ region, operations: 'read' }, () =>
        batch.listJobs({ jobQueue, filters, ...(token && { nextToken: token }) }),
      );
    });
    found.push(...(page.jobSummaryList ?? []).filter(job => job.jobName === jobName));
    nextToken = page.nextToken;
  } while (nextToken);
  return found.sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
}
