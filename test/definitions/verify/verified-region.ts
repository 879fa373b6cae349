/** A region of the local AWS in which everything is as the definitions of `requests.ts` want it, and ports that count their calls. */
import { Batch } from '@aws-sdk/client-batch';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECR } from '@aws-sdk/client-ecr';
import { IAM } from '@aws-sdk/client-iam';
import { Pricing } from '@aws-sdk/client-pricing';
import { S3 } from '@aws-sdk/client-s3';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SQS } from '@aws-sdk/client-sqs';
import { SSM } from '@aws-sdk/client-ssm';
import { STS } from '@aws-sdk/client-sts';
import { systemHttp } from '../../../src/adapters/http.ts';
import type { DefinitionConfig } from '../../../src/config/model.ts';
import type { Definition } from '../../../src/definitions/model.ts';
import { renderedCandidate } from '../../../src/definitions/verify/candidates.ts';
import type { CheckResult, Fleet } from '../../../src/definitions/verify/model.ts';
import { verifyFleet } from '../../../src/definitions/verify/verify.ts';
import type { LocalAws } from '../../../src/local/server.ts';
import type { AwsPorts } from '../../../src/ports.ts';
import { makeImage, makeIndex, openRegistry } from '../../local/ecr/registry-client.ts';
import { clientOptions } from '../../local/fixtures/local.ts';
import { createHastyClock } from '../local-regions.ts';
import { bend, definitionOf, ec2, type Request, TARGET } from '../requests.ts';

const { account, region } = TARGET;
const REGISTRY = `${account}.dkr.ecr.${region}.amazonaws.com`;

export const AMD64 = makeImage(['a']);
export const ARM64 = makeImage(['b'], { config: { architecture: 'arm64', os: 'linux' } });
export const BOTH = makeIndex([
  { image: AMD64, architecture: 'amd64' },
  { image: ARM64, architecture: 'arm64' },
]);

/** `123456789012.dkr.ecr.eu-west-1.amazonaws.com/cues@sha256:…`. */
export function referenceOf({ digest }: { readonly digest: string }): string {
  return `${REGISTRY}/cues@${digest}`;
}

/** Queues by what their compute environment is made of. */
const ENVIRONMENTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'cues-low': { type: 'SPOT', allocationStrategy: 'SPOT_CAPACITY_OPTIMIZED', instanceTypes: ['m5'] },
  'cues-high': { instanceTypes: ['optimal'] },
  small: { instanceTypes: ['m5.large', 'c5.large'] },
  gpu: { instanceTypes: ['g4dn.xlarge', 'g4dn.12xlarge'] },
  arm: { instanceTypes: ['default_arm64'] },
  many: { instanceTypes: 'c5 c5d c6i c6id m5 m5d m5n m5dn m6i m6id r5 r5d r7i'.split(' ') },
  mixed: { instanceTypes: ['g4dn.xlarge', 'r5.24xlarge'] },
  unknown: { instanceTypes: ['zz9.large'] },
  fargate: { type: 'FARGATE' },
  off: { instanceTypes: ['m5'] },
  'off-environment': { instanceTypes: ['m5'] },
};

export interface VerifiedRegion {
  readonly secretArn: string;
  readonly calls: string[];
  /** An EC2 definition with nothing wrong, bent. */
  well(changes?: Readonly<Record<string, unknown>>): Request;
  verify(requests: readonly Request[], config?: Partial<DefinitionConfig>): Promise<readonly CheckResult[]>;
  readonly ports: ReturnType<typeof createPorts>;
}

export async function prepareRegion(local: LocalAws): Promise<VerifiedRegion> {
  const options = clientOptions(local, account, region);
  const calls: string[] = [];
  const ports = createPorts(local, calls);
  const [secretArn] = await Promise.all([
    prepareSecrets(options),
    prepareRoles(new IAM(options)),
    prepareQueues(new Batch(options)),
    prepareImages(local),
    new SQS(options).createQueue({ QueueName: 'cues-events' }),
    new CloudWatchLogs(options).createLogGroup({ logGroupName: '/cues' }),
    new CloudWatchLogs(options).createLogGroup({ logGroupName: '/cues-longer' }),
    new S3({ ...options, forcePathStyle: true }).createBucket({
      Bucket: 'cues-models',
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    }),
    new S3({ ...clientOptions(local, account, 'us-east-1'), forcePathStyle: true }).createBucket({
      Bucket: 'cues-far',
    }),
    new S3({ ...clientOptions(local, '444455556666', 'us-east-1') }).createBucket({ Bucket: 'not-ours' }),
  ]);
  return {
    secretArn,
    calls,
    ports,
    well: changes => bend(ec2(), { ...goodMembers(secretArn), ...changes }),
    verify: (requests, config = {}) => verifyFleet(fleetOf(requests, config), ports),
  };
}

function goodMembers(secretArn: string) {
  return {
    'containerProperties.image': referenceOf(AMD64),
    'containerProperties.secrets.0.valueFrom': `${secretArn}:password::`,
    'containerProperties.secrets.1': { name: 'TOKEN', valueFrom: '/cues/token' },
  };
}

export function fleetOf(requests: readonly Request[], config: Partial<DefinitionConfig> = {}): Fleet {
  const changed = requests.map(request => withConfig(request, config));
  return { targets: changed.slice(0, 1).map(each => each.config), candidates: changed.map(renderedCandidate) };
}

export function withConfig(request: Request, config: Partial<DefinitionConfig>): Definition {
  const definition = definitionOf(request);
  return { ...definition, config: { ...definition.config, ...config } };
}

function createPorts(local: LocalAws, calls: string[]) {
  const clock = createHastyClock();
  const seen = <Client extends { middlewareStack: { add: (...given: never[]) => void } }>(
    create: new (options: ReturnType<typeof clientOptions>) => Client,
  ) => {
    const clients = new Map<string, Client>();
    return (where: string) => {
      const client = clients.get(where) ?? new create(clientOptions(local, account, where));
      const count =
        (next: (args: unknown) => unknown, { commandName }: { commandName?: string }) =>
        (args: unknown) => {
          calls.push(`${where} ${commandName?.replace('Command', '')}`);
          return next(args);
        };
      if (!clients.has(where))
        client.middlewareStack.add(count as never, { step: 'finalizeRequest', priority: 'low' } as never);
      clients.set(where, client);
      return Promise.resolve(client);
    };
  };
  const aws: AwsPorts = {
    batch: seen(Batch),
    batchOnce: seen(Batch),
    ecr: seen(ECR),
    logs: seen(CloudWatchLogs),
    s3: seen(S3),
    sts: seen(STS),
    iam: seen(IAM),
    ec2: seen(EC2),
    pricing: seen(Pricing),
    sqs: seen(SQS),
    ssm: seen(SSM),
    secretsManager: seen(SecretsManager),
  };
  return { aws, clock, http: systemHttp, notify: () => undefined };
}

async function prepareSecrets(options: ReturnType<typeof clientOptions>): Promise<string> {
  const secrets = new SecretsManager(options);
  const { ARN = '' } = await secrets.createSecret({ Name: 'db', SecretString: '{"password":"hunter2-hunter2"}' });
  await secrets.createSecret({ Name: 'plain', SecretString: 'hunter2-hunter2' });
  await secrets.createSecret({ Name: 'doomed', SecretString: 'x' });
  await secrets.createSecret({ Name: 'empty' });
  await secrets.deleteSecret({ SecretId: 'doomed' });
  await new SSM(options).putParameter({ Name: '/cues/token', Value: 'hunter2-hunter2', Type: 'SecureString' });
  return ARN;
}

export function trustOf(service: string | readonly string[], more: object = {}): string {
  const statement = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole', ...more };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

async function prepareRoles(iam: IAM): Promise<void> {
  const tasks = 'ecs-tasks.amazonaws.com';
  const create = (RoleName: string, AssumeRolePolicyDocument: string, Path = '/') =>
    iam.createRole({ RoleName, AssumeRolePolicyDocument, Path });
  await create('cues-job', trustOf(['ec2.amazonaws.com', tasks]));
  await create('lambda', trustOf('lambda.amazonaws.com'));
  await create('with-path', trustOf(tasks), '/ml/');
  await create('external', trustOf(tasks, { Condition: { StringEquals: { 'sts:ExternalId': 'x' } } }));
}

async function prepareQueues(batch: Batch): Promise<void> {
  for (const [name, resources] of Object.entries(ENVIRONMENTS)) {
    const fargate = resources['type'] === 'FARGATE';
    const network = { subnets: ['subnet-1'], securityGroupIds: ['sg-1'], maxvCpus: 64 };
    const ec2 = { type: 'EC2', minvCpus: 0, instanceRole: 'ecsInstanceRole', ...network, ...resources } as const;
    await batch.createComputeEnvironment({
      computeEnvironmentName: `ce-${name}`,
      type: 'MANAGED',
      computeResources: fargate ? { type: 'FARGATE', ...network } : ec2,
    });
    await batch.createJobQueue({
      jobQueueName: name,
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: `ce-${name}` }],
    });
  }
  await batch.updateJobQueue({ jobQueue: 'off', state: 'DISABLED' });
  await batch.updateComputeEnvironment({ computeEnvironment: 'ce-off-environment', state: 'DISABLED' });
}

async function prepareImages(local: LocalAws): Promise<void> {
  const client = (as = account, where: string = region) => new ECR(clientOptions(local, as, where));
  await client().createRepository({ repositoryName: 'cues' });
  const registry = await openRegistry({ url: local.url, client }, 'cues', { account, region });
  for (const [tag, image] of Object.entries({ amd: AMD64, arm: ARM64, both: BOTH }))
    await registry.pushImage(tag, image);
}
