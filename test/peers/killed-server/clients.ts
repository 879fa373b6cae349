/** Every SDK client for one server, without retries: a call that was not answered was not acknowledged. */
import { Batch } from '@aws-sdk/client-batch';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { ECR } from '@aws-sdk/client-ecr';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SSM } from '@aws-sdk/client-ssm';

export function clientsOf(endpoint: string) {
  const credentials = { accessKeyId: '111122223333', secretAccessKey: 'local' };
  const options = { endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 };
  return {
    endpoint,
    batch: new Batch(options),
    ecr: new ECR(options),
    logs: new CloudWatchLogs(options),
    s3: new S3({ ...options, forcePathStyle: true }),
    iam: new IAM(options),
    ssm: new SSM(options),
    secrets: new SecretsManager(options),
  };
}
export type Clients = ReturnType<typeof clientsOf>;

/** What the writers write into; made once for a folder. */
export async function prepare({ batch, ecr, logs, s3 }: Clients): Promise<void> {
  for (const [name, maxvCpus] of [
    ['runs', 1000],
    ['waits', 1],
  ] as const) {
    const network = { subnets: ['subnet-1'], securityGroupIds: ['sg-1'] };
    await batch.createComputeEnvironment({
      ...{ computeEnvironmentName: name, type: 'MANAGED' },
      computeResources: { type: 'FARGATE', maxvCpus, ...network },
    });
    const computeEnvironmentOrder = [{ order: 1, computeEnvironment: name }];
    await batch.createJobQueue({ jobQueueName: name, priority: 1, computeEnvironmentOrder });
  }
  await batch.registerJobDefinition(definitionOf('models', 'train'));
  await ecr.createRepository({ repositoryName: 'images' });
  await logs.createLogGroup({ logGroupName: 'group' });
  for (const logStreamName of ['s0', 's1', 's2']) await logs.createLogStream({ logGroupName: 'group', logStreamName });
  await s3.createBucket({ Bucket: 'bucket' });
}

/** Two vCPUs: more than the queue `waits` will ever have. */
export function definitionOf(jobDefinitionName: string, command: string) {
  const resourceRequirements = [
    { type: 'VCPU' as const, value: '2' },
    { type: 'MEMORY' as const, value: '4096' },
  ];
  const containerProperties = {
    ...{ image: 'models', command: [command], executionRoleArn: 'arn:aws:iam::111122223333:role/x' },
    resourceRequirements,
  };
  return {
    ...{ jobDefinitionName, type: 'container' as const, platformCapabilities: ['FARGATE' as const] },
    containerProperties,
  };
}
