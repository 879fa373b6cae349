/** One valid request of each family, without a single finding, and ways to bend it. */
import type { RegisterJobDefinitionCommandInput } from '@aws-sdk/client-batch';
import type { DefinitionConfig, Target } from '../../src/config/model.ts';
import type { Definition } from '../../src/definitions/model.ts';

export const TARGET: Target = { environment: 'test', region: 'eu-west-1', account: '123456789012', partition: 'aws' };

const IMAGE = `123456789012.dkr.ecr.eu-west-1.amazonaws.com/cues@sha256:${'a1'.repeat(32)}`;
const ROLE = 'arn:aws:iam::123456789012:role/cues-job';
const LOGS = { logDriver: 'awslogs', options: { 'awslogs-group': '/cues' } } as const;
const RETRY = {
  attempts: 3,
  evaluateOnExit: [
    { action: 'RETRY', onStatusReason: 'Host EC2*' },
    { action: 'EXIT', onReason: '*' },
  ],
} as const;

export type Request = RegisterJobDefinitionCommandInput;

export function ec2(): Request {
  return structuredClone<Request>({
    jobDefinitionName: 'cues-small',
    type: 'container',
    parameters: { account: '1' },
    containerProperties: {
      image: IMAGE,
      command: ['build', '--account', 'Ref::account'],
      jobRoleArn: ROLE,
      executionRoleArn: ROLE,
      environment: [{ name: 'BUCKET', value: 'models' }],
      secrets: [
        { name: 'DB_PASSWORD', valueFrom: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:password::' },
      ],
      resourceRequirements: [
        { type: 'VCPU', value: '2' },
        { type: 'MEMORY', value: '3800' },
      ],
      volumes: [{ name: 'scratch', host: { sourcePath: '/scratch' } }],
      mountPoints: [{ sourceVolume: 'scratch', containerPath: '/scratch' }],
      linuxParameters: { swappiness: 10, maxSwap: 100 },
      logConfiguration: { ...LOGS },
      user: 'builder',
    },
    retryStrategy: { attempts: 3, evaluateOnExit: [...RETRY.evaluateOnExit] },
    timeout: { attemptDurationSeconds: 3600 },
    schedulingPriority: 5,
    tags: { team: 'ml' },
  });
}

export function fargate(): Request {
  const request = ec2();
  return {
    ...request,
    platformCapabilities: ['FARGATE'],
    retryStrategy: {
      attempts: 3,
      evaluateOnExit: [
        { action: 'RETRY', onStatusReason: 'Your Spot Task*' },
        { action: 'EXIT', onReason: '*' },
      ],
    },
    containerProperties: {
      image: IMAGE,
      executionRoleArn: ROLE,
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '2048' },
      ],
      runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
      networkConfiguration: { assignPublicIp: 'DISABLED' },
      ephemeralStorage: { sizeInGiB: 50 },
      logConfiguration: { ...LOGS },
    },
  };
}

export function ecs(): Request {
  const { containerProperties: _, ...request } = fargate();
  const container = { image: IMAGE, logConfiguration: { ...LOGS } };
  return {
    ...request,
    ecsProperties: {
      taskProperties: [
        {
          executionRoleArn: ROLE,
          runtimePlatform: { cpuArchitecture: 'ARM64' },
          containers: [
            {
              ...container,
              name: 'main',
              dependsOn: [{ containerName: 'fetch', condition: 'SUCCESS' }],
              resourceRequirements: [
                { type: 'VCPU', value: '0.75' },
                { type: 'MEMORY', value: '1536' },
              ],
            },
            {
              ...container,
              name: 'fetch',
              essential: false,
              user: '1000:1000',
              resourceRequirements: [
                { type: 'VCPU', value: '0.25' },
                { type: 'MEMORY', value: '512' },
              ],
            },
          ],
        },
      ],
    },
  };
}

export function eks(): Request {
  const { containerProperties: _, ...request } = ec2();
  return {
    ...request,
    eksProperties: {
      podProperties: {
        metadata: { labels: { app: 'cues', empty: '' }, namespace: 'models' },
        volumes: [{ name: 'scratch', emptyDir: { medium: '', sizeLimit: '1Gi' } }],
        initContainers: [{ name: 'fetch', image: IMAGE, args: ['--verbose'] }],
        containers: [
          {
            name: 'main',
            image: IMAGE,
            command: ['build'],
            env: [{ name: 'B', value: '$(A)' }, { name: 'A' }],
            resources: { limits: { memory: '2048Mi', cpu: '1' }, requests: { memory: '2048Mi', cpu: '0.5' } },
            volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
          },
        ],
      },
    },
  };
}

export function multinode(): Request {
  const { containerProperties, ...request } = ec2();
  if (!containerProperties) throw new Error('ec2() has containerProperties');
  return {
    ...request,
    type: 'multinode',
    nodeProperties: {
      numNodes: 4,
      mainNode: 0,
      nodeRangeProperties: [
        { targetNodes: ':1', container: containerProperties },
        { targetNodes: '2:', container: { ...structuredClone(containerProperties), instanceType: 'c5.xlarge' } },
      ],
    },
  };
}

/** Sets the value at a dotted path (`containerProperties.command.0`), or removes it when undefined. */
export function bend(request: Request, changes: Readonly<Record<string, unknown>>): Request {
  const copy: unknown = structuredClone(request);
  for (const [path, value] of Object.entries(changes)) {
    const names = path === '' ? [] : path.split('.');
    const last = names.pop() ?? '';
    const owner = names.reduce<unknown>((node, name) => Reflect.get(Object(node), name), copy);
    if (value === undefined) Reflect.deleteProperty(Object(owner), last);
    else Reflect.set(Object(owner), last, value);
  }
  // A bent request need not be valid: that is what the lint is for.
  return copy as Request;
}

/** As rendering gives it; positions count the path, so that a test sees which path a finding points at. */
export function definitionOf(request: Request, target: Target = TARGET, tier = 'small'): Definition {
  return {
    target,
    family: 'cues',
    tier,
    name: request.jobDefinitionName ?? '',
    request,
    positionOf: path => ({ path: 'cues.hbs', line: path.length + 1, column: 1 }),
    config: configOf(target),
  };
}

function configOf(target: Target): DefinitionConfig {
  return {
    ...target,
    project: 'cues',
    jobQueues: { low: 'cues-low', high: 'cues-high' },
    variables: {},
    image: { builder: 'layer', repository: 'cues', extraTags: [] },
    retention: { keep: 5 },
    onFailure: 'undo',
    tier: { name: 'small', vcpus: 2, memoryMiB: 3800, gpus: 0 },
    family: { name: 'cues', template: 'cues.hbs' },
    jobDefinitionName: 'cues-small',
  };
}
