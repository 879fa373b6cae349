import type { JobSummary } from '@aws-sdk/client-batch';
import { CancelledError } from '../errors.ts';
import type { Notify } from '../events.ts';
import { isThrottled } from '../limiter.ts';
import type { AwsPorts, Clock } from '../ports.ts';
import { callRemote, isDoubtful, isPassing } from './api-error.ts';
import { readOverridden } from './overrides.ts';
import { planSubmit, type SubmitRequest } from './plan-submit.ts';
import { describeRefusal } from './submit-refusal.ts';

export interface SubmittedJob {
  readonly jobId: string;
  readonly jobName: string;
  readonly size: number;
  readonly region: string;
  /** True when SubmitJob's answer was lost and the job was found by its name. */
  readonly reconciled: boolean;
}

export interface SubmitPorts {
  readonly aws: Pick<AwsPorts, 'batch' | 'batchOnce'>;
  readonly clock: Clock;
  readonly notify: Notify;
  readonly signal?: AbortSignal | undefined;
}

const MOST_TRIES = 8;
const LONGEST_PAUSE = 20_000;
/** A job may appear in ListJobs some seconds after it was accepted. Milliseconds. */
const LOOKS = [500, 2000, 5000];

/**
 * Submits one job, at most once. SubmitJob has no client token, so a lost answer is never answered with a second try before ListJobs
 * has shown that there is no such job. A throttled call was certainly refused, and is sent again after a pause.
 *
 * Throws ConfigurationError for what Batch would refuse later, RemoteError when it refuses now, CancelledError when the signal came
 * before the job was sent. Once sent, the answer is waited for, signal or not: only a known job can be terminated.
 */
export async function submitJob(request: SubmitRequest, ports: SubmitPorts): Promise<SubmittedJob> {
  const input = planSubmit(request, await readOverridden(request, ports.aws));
  const earlier = new Set((await listByName(request, ports)).map(job => job.jobId));
  for (let attempt = 1; ; attempt += 1) {
    if (ports.signal?.aborted) throw new CancelledError(`cancelled before ${request.jobName} was submitted`);
    try {
      const { jobId } = await (await ports.aws.batchOnce(request.region)).submitJob(input);
      if (!jobId) throw new Error('SubmitJob answered without a job id');
      return describeSubmitted(request, jobId, false);
    } catch (error) {
      const found = isDoubtful(error) ? await findSubmitted(request, earlier, error, ports) : undefined;
      if (found) return describeSubmitted(request, found, true);
      if (attempt >= MOST_TRIES || !isPassing(error)) throw describeRefusal(request, error);
      await pauseBeforeRetry(request, attempt, error, ports);
    }
  }
}

function describeSubmitted({ jobName, size, region }: SubmitRequest, jobId: string, reconciled: boolean): SubmittedJob {
  return { jobId, jobName, size, region, reconciled };
}

/** Every job of that very name, of any status; the filter itself does not tell case apart. */
async function listByName(
  { region, jobQueue, jobName }: SubmitRequest,
  { aws }: SubmitPorts,
  doing = `looking for jobs named ${jobName}`,
): Promise<JobSummary[]> {
  const target = `job queue ${jobQueue} in ${region}`;
  return callRemote({ doing: `${doing} in ${target}`, operation: 'ListJobs', target }, async () => {
    const batch = await aws.batch(region);
    const jobs: JobSummary[] = [];
    let nextToken: string | undefined;
    do {
      const filters = [{ name: 'JOB_NAME', values: [jobName] }];
      const page = await batch.listJobs({ jobQueue, filters, ...(nextToken && { nextToken }) });
      jobs.push(...(page.jobSummaryList ?? []).filter(job => job.jobName === jobName));
      nextToken = page.nextToken;
    } while (nextToken);
    return jobs;
  });
}

async function findSubmitted(
  request: SubmitRequest,
  earlier: ReadonlySet<string | undefined>,
  error: unknown,
  ports: SubmitPorts,
): Promise<string | undefined> {
  ports.notify({
    type: 'message',
    level: 'warning',
    text: `${request.region}: the answer to SubmitJob was lost (${describeError(error)}); looking whether ${request.jobName} was accepted`,
  });
  for (const pause of LOOKS) {
    // Without the signal: a job that was accepted must be found, to be terminated.
    await ports.clock.sleep(pause);
    const doing = `finding out whether ${request.jobName}, which may be running, was accepted`;
    const found = (await listByName(request, ports, doing)).find(job => job.jobId && !earlier.has(job.jobId));
    if (found) return found.jobId;
  }
  return undefined;
}

async function pauseBeforeRetry(
  request: SubmitRequest,
  attempt: number,
  error: unknown,
  ports: SubmitPorts,
): Promise<void> {
  const pause = Math.min(1000 * 2 ** (attempt - 1), LONGEST_PAUSE);
  ports.notify({
    type: 'message',
    level: 'warning',
    text: `${request.region}: SubmitJob ${isThrottled(error) ? 'was throttled' : 'was not accepted'} (${describeError(error)}); trying again in ${pause / 1000} s`,
  });
  try {
    await ports.clock.sleep(pause, ports.signal);
  } catch (cause) {
    throw new CancelledError(`cancelled before ${request.jobName} was submitted`, { cause });
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
