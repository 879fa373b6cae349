/** What Batch puts in a container's environment, and what the local Batch puts there in place of the job role. */
import type { Job } from '../jobs/job.ts';
import { WHOLE } from '../jobs/job.ts';

/** https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html */
export function batchVariables(job: Job, index: number, attempt: number, environment: string): Record<string, string> {
  return {
    AWS_BATCH_JOB_ID: job.idOf(index),
    AWS_BATCH_JOB_ATTEMPT: String(attempt),
    AWS_BATCH_JQ_NAME: job.record.queue,
    AWS_BATCH_CE_NAME: environment,
    ...(index === WHOLE
      ? {}
      : { AWS_BATCH_JOB_ARRAY_INDEX: String(index), AWS_BATCH_JOB_ARRAY_SIZE: String(job.size) }),
  };
}

/**
 * On AWS the job role and the network give a container what it needs to find AWS; locally these variables stand in. A definition
 * that sets one of them itself wins. boto3 reads AWS_DEFAULT_REGION and knows no AWS_REGION.
 */
export function localAwsVariables(account: string, region: string, endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
