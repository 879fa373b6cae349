/** What the example needs in each region of an account before the first deployment: queues, and customers' tickets. */
import { Batch } from '@aws-sdk/client-batch';
import { S3 } from '@aws-sdk/client-s3';
import { describeTickets, generateTickets } from '../../examples/content-cues/tickets.mjs';

export const REGIONS = ['eu-west-1', 'us-east-1'];

/** How an SDK client reaches one account and region of the local AWS at `endpoint`. */
export function regionOptions(endpoint: string, region: string, account = '123456789012') {
  return { region, endpoint, forcePathStyle: true, credentials: { accessKeyId: account, secretAccessKey: 'x' } };
}

/** `queues` by rising priority, all of one compute environment. */
export async function prepareRegion(
  options: ReturnType<typeof regionOptions>,
  { environment, queues }: { readonly environment: string; readonly queues: readonly string[] },
): Promise<void> {
  const batch = new Batch(options);
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
  for (const [index, name] of queues.entries()) {
    await batch.createJobQueue({
      jobQueueName: `content-cues-${name}`,
      priority: index + 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'spot' }],
    });
  }
  const s3 = new S3(options);
  const Bucket = `content-cues-${environment}-${options.region}`;
  await s3.createBucket({ Bucket });
  for (const account of ['101', '102', '103']) {
    const Body = describeTickets(generateTickets(account, { count: 40 }));
    await s3.putObject({ Bucket, Key: `tickets/${account}.ndjson`, Body });
  }
}
