/** What the example needs in each region of an account before the first deployment: a queue, and customers' tickets. */
import { Batch } from '@aws-sdk/client-batch';
import { S3 } from '@aws-sdk/client-s3';
import { describeTickets, generateTickets } from '../../examples/content-cues/tickets.mjs';

export const REGIONS = ['eu-west-1', 'us-east-1'];

/** How an SDK client reaches the local AWS at `endpoint`. */
export function regionOptions(endpoint: string, region: string) {
  return { region, endpoint, forcePathStyle: true, credentials: { accessKeyId: '123456789012', secretAccessKey: 'x' } };
}

export async function prepareRegion(endpoint: string, region: string): Promise<void> {
  const batch = new Batch(regionOptions(endpoint, region));
  await batch.createComputeEnvironment({
    computeEnvironmentName: 'spot',
    type: 'MANAGED',
    computeResources: {
      type: 'SPOT',
      allocationStrategy: 'SPOT_PRICE_CAPACITY_OPTIMIZED',
      minvCpus: 0,
      maxvCpus: 64,
      instanceTypes: ['optimal'],
      subnets: ['subnet-1'],
      securityGroupIds: ['sg-1'],
      instanceRole: 'ecsInstanceRole',
    },
  });
  await batch.createJobQueue({
    jobQueueName: 'content-cues-high',
    priority: 1,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'spot' }],
  });
  const s3 = new S3(regionOptions(endpoint, region));
  const Bucket = `content-cues-test-${region}`;
  await s3.createBucket({ Bucket });
  for (const account of ['101', '102', '103']) {
    const Body = describeTickets(generateTickets(account, { count: 40 }));
    await s3.putObject({ Bucket, Key: `tickets/${account}.ndjson`, Body });
  }
}
