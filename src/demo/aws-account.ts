/**
 * What a platform team has in each of its AWS accounts before Batchwright comes: compute environments, three job queues on each, the
 * roles of the jobs, a bucket with the customers' tickets. Made with the plain SDK, as their infrastructure code would.
 */
import { Batch, type ClientException } from '@aws-sdk/client-batch';
import { ECR } from '@aws-sdk/client-ecr';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { ACCOUNTS, describeTickets, generateTickets } from '../../examples/content-cues/tickets.mjs';
import { describeSourceStatement } from '../promote/source-policy.ts';

/** As the example's configuration names them. */
const ROLES = ['content-cues-execution', 'content-cues-job'] as const;
const QUEUES = { low: 1, medium: 10, high: 100 } as const;

export interface AccountPlan {
  readonly environment: string;
  readonly regions: readonly string[];
  /** Customer accounts whose tickets are in each region's bucket. */
  readonly customers: readonly string[];
}

/** As the example's job definition template names it. */
export function bucketOf(environment: string, region: string): string {
  return `content-cues-${environment}-${region}`;
}

/** In the account of the credentials in the environment. */
export async function prepareAccount({ environment, regions, customers }: AccountPlan): Promise<void> {
  await prepareRoles();
  await Promise.all(
    regions.map(async region => {
      await prepareQueues(region);
      await prepareTickets(region, bucketOf(environment, region), customers);
    }),
  );
}

async function prepareRoles(): Promise<void> {
  const iam = new IAM();
  const Statement = { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  for (const RoleName of ROLES)
    await ignoring('EntityAlreadyExistsException', iam.createRole({ RoleName, AssumeRolePolicyDocument }));
}

/** Lets another account copy images from here; promotion says this very statement when it is missing. */
export async function shareImages(repositoryName: string, account: string, regions: readonly string[]): Promise<void> {
  const Statement = describeSourceStatement(`arn:aws:iam::${account}:root`);
  const policyText = JSON.stringify({ Version: '2012-10-17', Statement });
  for (const region of regions) await new ECR({ region }).setRepositoryPolicy({ repositoryName, policyText });
}

async function prepareTickets(region: string, bucket: string, customers: readonly string[]): Promise<void> {
  const s3 = new S3({ region });
  await ignoring('BucketAlreadyOwnedByYou', s3.createBucket({ Bucket: bucket }));
  for (const customer of customers) {
    await s3.putObject({
      Bucket: bucket,
      Key: `tickets/${customer}.ndjson`,
      Body: describeTickets(generateTickets(customer)),
      ContentType: 'application/x-ndjson',
    });
  }
}

async function prepareQueues(region: string): Promise<void> {
  const batch = new Batch({ region });
  await ignoring(
    'ClientException',
    batch.createComputeEnvironment({
      computeEnvironmentName: 'content-cues-spot',
      type: 'MANAGED',
      computeResources: {
        type: 'SPOT',
        allocationStrategy: 'SPOT_PRICE_CAPACITY_OPTIMIZED',
        minvCpus: 0,
        maxvCpus: 256,
        instanceTypes: ['optimal'],
        subnets: ['subnet-0a1b2c3d'],
        securityGroupIds: ['sg-0a1b2c3d'],
        instanceRole: 'ecsInstanceRole',
      },
    }),
  );
  for (const [name, priority] of Object.entries(QUEUES)) {
    await ignoring(
      'ClientException',
      batch.createJobQueue({
        jobQueueName: `content-cues-${name}`,
        priority,
        computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'content-cues-spot' }],
      }),
    );
  }
}

/** A second run with `--keep` finds everything there already. */
async function ignoring(name: string, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const exists = (error as ClientException).name === name && /exist|already/i.test((error as Error).message);
    if (!exists) throw error;
  }
}

export const CUSTOMERS: readonly string[] = Object.keys(ACCOUNTS);
