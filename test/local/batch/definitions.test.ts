import { describe, expect, test } from '@jest/globals';
import { arn, useBatch } from './local-batch.ts';

const batch = useBatch();
const fargateContainer = {
  image: 'busybox',
  executionRoleArn: 'arn:aws:iam::111122223333:role/execution',
  resourceRequirements: [
    { type: 'VCPU' as const, value: '0.25' },
    { type: 'MEMORY' as const, value: '512' },
  ],
};

async function describeOne(jobDefinitionName: string) {
  const { jobDefinitions = [] } = await batch().api.describeJobDefinitions({ jobDefinitionName });
  const [newest] = jobDefinitions;
  if (!newest) throw new Error(`${jobDefinitionName} is not described`);
  return newest;
}

describe('revisions', () => {
  test('BATCH-30 count up from 1 for each name, also when nothing changed, and go on after a deregistration', async () => {
    const { api } = batch();
    expect(await batch().register('counted')).toBe(arn('job-definition/counted:1'));
    expect(await batch().register('counted')).toBe(arn('job-definition/counted:2'));
    await api.deregisterJobDefinition({ jobDefinition: 'counted:2' });
    expect(await batch().register('counted')).toBe(arn('job-definition/counted:3'));
    expect(await batch().register('another')).toBe(arn('job-definition/another:1'));
  });

  test('BATCH-31 inherit nothing from one another', async () => {
    await batch().register(
      'independent',
      {},
      {
        retryStrategy: { attempts: 3 },
        timeout: { attemptDurationSeconds: 120 },
        platformCapabilities: ['EC2'],
        parameters: { a: 'b' },
      },
    );
    await batch().register('independent');
    const newest = await describeOne('independent');
    expect(newest).toMatchObject({ revision: 2, parameters: {} });
    for (const member of ['retryStrategy', 'timeout', 'platformCapabilities', 'propagateTags', 'schedulingPriority']) {
      expect(newest).not.toHaveProperty(member);
    }
  });

  test('BATCH-32 deregistered by name:revision or ARN stay described as INACTIVE; an unknown one is refused', async () => {
    const { api } = batch();
    await batch().register('retired');
    const second = await batch().register('retired');
    await api.deregisterJobDefinition({ jobDefinition: second });
    await api.deregisterJobDefinition({ jobDefinition: 'retired:1' });
    const { jobDefinitions } = await api.describeJobDefinitions({ jobDefinitionName: 'retired' });
    expect(jobDefinitions?.map(({ status }) => status)).toEqual(['INACTIVE', 'INACTIVE']);
    await expect(api.deregisterJobDefinition({ jobDefinition: 'retired:7' })).rejects.toThrow('not found');
  });

  test('BATCH-32 and are forgotten 180 days later, their numbers not', async () => {
    const { api, clock } = batch();
    const first = await batch().register('forgotten');
    await api.deregisterJobDefinition({ jobDefinition: first });
    await clock.advance(179 * 86_400_000);
    const kept = await api.describeJobDefinitions({ jobDefinitions: [first] });
    expect(kept.jobDefinitions?.[0]).toMatchObject({ status: 'INACTIVE' });
    expect(kept.jobDefinitions?.[0]).not.toHaveProperty('inactiveSince');
    await clock.advance(86_400_000);
    expect((await api.describeJobDefinitions({ jobDefinitions: [first] })).jobDefinitions).toEqual([]);
    expect((await api.describeJobDefinitions({ jobDefinitionName: 'forgotten' })).jobDefinitions).toEqual([]);
    expect(await batch().register('forgotten')).toMatch(/:2$/);
  });
});

describe('DescribeJobDefinitions', () => {
  test('BATCH-33 finds name:revision and ARNs, bare names by jobDefinitionName, and leaves out what is unknown', async () => {
    const { api } = batch();
    const first = await batch().register('sought');
    await batch().register('sought');
    const byName = await api.describeJobDefinitions({ jobDefinitions: ['sought:2', first, 'sought:9', 'sought'] });
    expect(byName.jobDefinitions?.map(({ revision }) => revision)).toEqual([2, 1]);
    expect((await api.describeJobDefinitions({ jobDefinitionName: 'never' })).jobDefinitions).toEqual([]);
    await api.deregisterJobDefinition({ jobDefinition: 'sought:1' });
    const active = await api.describeJobDefinitions({ jobDefinitionName: 'sought', status: 'ACTIVE' });
    expect(active.jobDefinitions?.map(({ revision }) => revision)).toEqual([2]);
  });

  test('BATCH-34 gives pages of at most 100 and tokens that hold for that listing alone', async () => {
    const { api } = batch();
    for (let n = 0; n < 103; n++) await batch().register('many');
    const first = await api.describeJobDefinitions({ jobDefinitionName: 'many', maxResults: 1000 });
    expect(first.jobDefinitions).toHaveLength(100);
    const next = await api.describeJobDefinitions({ jobDefinitionName: 'many', nextToken: first.nextToken });
    expect(next.jobDefinitions?.map(({ revision }) => revision)).toEqual([3, 2, 1]);
    expect(next.nextToken).toBeUndefined();
    await expect(
      api.describeJobDefinitions({ jobDefinitionName: 'other', nextToken: first.nextToken }),
    ).rejects.toThrow('Invalid nextToken');
    await expect(api.describeJobDefinitions({ maxResults: 0 })).rejects.toThrow('MaxResults');
  });

  test.each([
    ['maxResults', { maxResults: 5 }, 'JobDefinitions and MaxResults cannot both be set'],
    ['jobDefinitionName', { jobDefinitionName: 'x' }, 'JobDefinitions and JobDefinitionName cannot both be set'],
    ['status', { status: 'ACTIVE' }, 'JobDefinitions and Status cannot both be set'],
  ])('BATCH-35 refuses jobDefinitions together with %s', async (_, more, message) => {
    await expect(batch().api.describeJobDefinitions({ jobDefinitions: ['a:1'], ...more })).rejects.toThrow(message);
  });
});

describe('what describing shows of what was registered', () => {
  test('BATCH-36 lists that were not given are empty, empty variables are dropped, deprecated members stay as given', async () => {
    await batch().register('filled', {
      environment: [
        { name: 'A', value: 'a' },
        { name: 'EMPTY', value: '' },
      ],
    });
    const shown = await describeOne('filled');
    expect(shown).toEqual({
      jobDefinitionName: 'filled',
      jobDefinitionArn: arn('job-definition/filled:1'),
      revision: 1,
      type: 'container',
      status: 'ACTIVE',
      parameters: {},
      tags: {},
      containerOrchestrationType: 'ECS',
      containerProperties: {
        image: 'busybox',
        vcpus: 1,
        memory: 128,
        command: [],
        environment: [{ name: 'A', value: 'a' }],
        mountPoints: [],
        resourceRequirements: [],
        secrets: [],
        ulimits: [],
        volumes: [],
      },
    });
  });

  test('BATCH-37 actions come back in lower case, log and Linux members with their lists', async () => {
    await batch().register(
      'lower',
      { logConfiguration: { logDriver: 'awslogs' }, linuxParameters: { initProcessEnabled: true } },
      {
        retryStrategy: {
          attempts: 2,
          evaluateOnExit: [
            { action: 'RETRY', onReason: 'A*' },
            { action: 'exit' as 'EXIT', onExitCode: '1' },
          ],
        },
      },
    );
    expect(await describeOne('lower')).toMatchObject({
      retryStrategy: {
        attempts: 2,
        evaluateOnExit: [
          { action: 'retry', onReason: 'A*' },
          { action: 'exit', onExitCode: '1' },
        ],
      },
      containerProperties: {
        logConfiguration: { logDriver: 'awslogs', options: {}, secretOptions: [] },
        linuxParameters: { initProcessEnabled: true, devices: [], tmpfs: [] },
      },
    });
    await batch().register('attempts', {}, { retryStrategy: { attempts: 2 } });
    expect((await describeOne('attempts')).retryStrategy).toEqual({ attempts: 2, evaluateOnExit: [] });
  });

  test('BATCH-38 Fargate gets platform version LATEST, EC2 does not', async () => {
    const { api } = batch();
    await api.registerJobDefinition({
      jobDefinitionName: 'far',
      type: 'container',
      platformCapabilities: ['FARGATE'],
      containerProperties: fargateContainer,
    });
    expect((await describeOne('far')).containerProperties?.fargatePlatformConfiguration).toEqual({
      platformVersion: 'LATEST',
    });
    await batch().register('near', {}, { platformCapabilities: ['EC2'] });
    expect((await describeOne('near')).containerProperties).not.toHaveProperty('fargatePlatformConfiguration');
  });

  test('BATCH-39 the other families are filled in their own way', async () => {
    const { api } = batch();
    const requirements = [
      { type: 'VCPU' as const, value: '1' },
      { type: 'MEMORY' as const, value: '128' },
    ];
    await api.registerJobDefinition({
      jobDefinitionName: 'ecs',
      type: 'container',
      ecsProperties: { taskProperties: [{ containers: [{ image: 'a', resourceRequirements: requirements }] }] },
    });
    expect((await describeOne('ecs')).ecsProperties?.taskProperties?.[0]).toEqual({
      volumes: [],
      containers: [
        {
          image: 'a',
          essential: true,
          resourceRequirements: requirements,
          command: [],
          dependsOn: [],
          environment: [],
          mountPoints: [],
          secrets: [],
          ulimits: [],
        },
      ],
    });
    await api.registerJobDefinition({
      jobDefinitionName: 'eks',
      type: 'container',
      eksProperties: {
        podProperties: { containers: [{ image: 'a', resources: { limits: { cpu: '1', memory: '128Mi' } } }] },
      },
    });
    expect(await describeOne('eks')).toMatchObject({
      containerOrchestrationType: 'EKS',
      eksProperties: {
        podProperties: { volumes: [], containers: [{ image: 'a', args: [], env: [], volumeMounts: [] }] },
      },
    });
    await api.registerJobDefinition({
      jobDefinitionName: 'nodes',
      type: 'multinode',
      nodeProperties: {
        numNodes: 2,
        mainNode: 0,
        nodeRangeProperties: [{ targetNodes: '0:1', container: { image: 'a', vcpus: 1, memory: 4 } }],
      },
    });
    expect((await describeOne('nodes')).nodeProperties?.nodeRangeProperties?.[0]).toMatchObject({
      targetNodes: '0:1',
      instanceTypes: [],
      container: { command: [], volumes: [], environment: [] },
    });
  });
});

describe('what RegisterJobDefinition refuses', () => {
  const container = { image: 'i', vcpus: 1, memory: 4 };
  const ecs = (...containers: object[]) => ({
    containerProperties: undefined,
    ecsProperties: { taskProperties: [{ containers }] },
  });
  const sized = {
    resourceRequirements: [
      { type: 'VCPU', value: '1' },
      { type: 'MEMORY', value: '128' },
    ],
  };
  const eks = (...containers: object[]) => ({
    containerProperties: undefined,
    eksProperties: { podProperties: { containers } },
  });
  const memory = { resources: { limits: { memory: '128Mi' } } };
  const nodes = (more: object, range: object = { targetNodes: '0:1', container }) => ({
    type: 'multinode',
    containerProperties: undefined,
    nodeProperties: { numNodes: 2, mainNode: 0, nodeRangeProperties: [range], ...more },
  });
  const far = (more: object) => ({
    platformCapabilities: ['FARGATE'],
    containerProperties: { ...fargateContainer, ...more },
  });
  const rules = (...evaluateOnExit: object[]) => ({ retryStrategy: { attempts: 2, evaluateOnExit } });

  test.each<[string, object, string]>([
    ['a name with a dot', { jobDefinitionName: 'a.b' }, 'Job definition name should match valid pattern'],
    ['a name of 129', { jobDefinitionName: 'a'.repeat(129) }, 'Job definition name should match valid pattern'],
    ['an unknown type', { type: 'pod' }, 'type must be one of container | multinode, got pod'],
    ['24 KiB', { parameters: { a: 'x'.repeat(25_000) } }, 'Job definition size must be less than 24 KiB, got 25 KiB'],
    [
      '51 tags',
      { tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`t${n}`, ''])) },
      'Member must have length less than or equal to 50',
    ],
    ['no properties', { containerProperties: undefined }, 'Container properties should not be empty'],
    ['empty properties', { containerProperties: {} }, 'Container properties should not be empty'],
    [
      'container and eks',
      { eksProperties: { podProperties: {} } },
      'Cannot use both ECS containerProperties and eksProperties',
    ],
    [
      'container and ecs',
      { ecsProperties: { taskProperties: [] } },
      'Cannot use both ECS containerProperties and ecsProperties',
    ],
    ['ecs and eks', { ...ecs({ image: 'i' }), eksProperties: {} }, 'Cannot use both ecsProperties and eksProperties'],
    ['no image', { containerProperties: { vcpus: 1, memory: 4 } }, 'ECS Container Image must be provided.'],
    [
      'a long image',
      { containerProperties: { ...container, image: 'i'.repeat(256) } },
      'Image can be at most 255 characters long',
    ],
    ['no vCPU', { containerProperties: { image: 'i', memory: 4 } }, 'vCPU is not provided.'],
    ['vCPU 0', { containerProperties: { ...container, vcpus: 0 } }, 'vCPU must be at least 1, got 0.'],
    ['no memory', { containerProperties: { image: 'i', vcpus: 1 } }, 'Memory is not provided.'],
    ['memory 3', { containerProperties: { ...container, memory: 3 } }, 'Memory must be at least 4 Mib, got 3 Mib.'],
    [
      'both forms',
      { containerProperties: { ...container, ...sized } },
      'Cannot use both ECS containerProperties vcpus and resourceRequirement VCPU.',
    ],
    [
      'both forms of memory',
      { containerProperties: { image: 'i', memory: 4, ...sized } },
      'Cannot use both ECS containerProperties memory and resourceRequirement MEMORY.',
    ],
    [
      'a fraction on EC2',
      { containerProperties: { image: 'i', resourceRequirements: [{ type: 'VCPU', value: '1.0' }] } },
      'Value 1.0 for type VCPU in resourceRequirement is not valid. Please provide a numeric value.',
    ],
    [
      'an unknown requirement',
      { containerProperties: { ...container, resourceRequirements: [{ type: 'DISK', value: '1' }] } },
      'Type DISK for resourceRequirements is not valid',
    ],
    [
      'a doubled requirement',
      {
        containerProperties: {
          image: 'i',
          resourceRequirements: [
            { type: 'GPU', value: '1' },
            { type: 'GPU', value: '1' },
          ],
        },
      },
      'Cannot provide duplicates in resourceRequirements.',
    ],
    [
      'a network on EC2',
      { containerProperties: { ...container, networkConfiguration: {} } },
      'networkConfiguration not applicable for EC2.',
    ],
    [
      'a platform on EC2',
      { containerProperties: { ...container, fargatePlatformConfiguration: {} } },
      'fargatePlatformConfiguration not applicable for EC2.',
    ],
    [
      'storage on EC2',
      { containerProperties: { ...container, ephemeralStorage: { sizeInGiB: 30 } } },
      'ephemeralStorage not applicable for EC2.',
    ],
    [
      'a reserved variable',
      { containerProperties: { ...container, environment: [{ name: 'AWS_BATCH_X', value: '1' }] } },
      'must not start with AWS_BATCH',
    ],
    [
      'a variable without a name',
      { containerProperties: { ...container, environment: [{ value: '1' }] } },
      'Environment variable name is required.',
    ],
    ['a strange user', { containerProperties: { ...container, user: '$(id' } }, "User '$(id' does not match regex"],
    [
      'secrets without a role',
      { containerProperties: { ...container, secrets: [{ name: 'a', valueFrom: 'b' }] } },
      'executionRoleArn cannot be empty when using secrets or secretOptions',
    ],
    [
      'negative swap',
      { containerProperties: { ...container, linuxParameters: { maxSwap: -1 } } },
      'Invalid swap memory size: -1, must be non-negative.',
    ],
    [
      'swappiness 101',
      { containerProperties: { ...container, linuxParameters: { swappiness: 101 } } },
      'Invalid swappiness: 101, must be between 0 and 100.',
    ],
    [
      'tmpfs of 0',
      { containerProperties: { ...container, linuxParameters: { tmpfs: [{ containerPath: '/t', size: 0 }] } } },
      'Size of a tmpfs is invalid.',
    ],
    [
      'an unknown capability',
      { platformCapabilities: ['LAMBDA'] },
      'Capability LAMBDA is not valid. Valid capabilities: [FARGATE, EC2, MANAGED_INSTANCES]',
    ],
    ['two capabilities', { platformCapabilities: ['EC2', 'FARGATE'] }, 'Exactly 1 capability must be provided.'],
    [
      'a container on managed instances',
      { platformCapabilities: ['MANAGED_INSTANCES'] },
      'Cannot use ECS containerProperties for MANAGED_INSTANCES',
    ],
    ['a priority of 10000', { schedulingPriority: 10_000 }, 'Scheduling priority must be between 0 and 9999.'],
    [
      'a timeout of 59',
      { timeout: { attemptDurationSeconds: 59 } },
      'Job attempt duration must be at least 60 seconds',
    ],
    ['a retry strategy without attempts', { retryStrategy: {} }, 'RetryAttempts must be provided with retry strategy.'],
    ['11 attempts', { retryStrategy: { attempts: 11 } }, 'RetryAttempts must be between 1 and 10.'],
    ['0 attempts', { retryStrategy: { attempts: 0 } }, 'RetryAttempts must be between 1 and 10.'],
    [
      '6 rules',
      rules(...Array.from({ length: 6 }, () => ({ action: 'EXIT', onReason: '*' }))),
      'EvaluateOnExit can have at most 5 conditions',
    ],
    ['an unknown action', rules({ action: 'STOP', onReason: '*' }), 'Action must be RETRY or EXIT, got STOP'],
    [
      'a rule without a condition',
      rules({ action: 'EXIT' }),
      'EvaluateOnExit should contain at least one of onExitCode, onReason or onStatusReason',
    ],
    [
      'letters in an exit code',
      rules({ action: 'EXIT', onExitCode: '1a' }),
      'Evaluate on exit condition contains restricted characters.',
    ],
    [
      'a star in the middle',
      rules({ action: 'EXIT', onReason: 'a*b' }),
      'Evaluate on exit condition contains restricted characters.',
    ],
    [
      'parentheses',
      rules({ action: 'EXIT', onStatusReason: 'Host EC2 (x' }),
      'Evaluate on exit condition contains restricted characters.',
    ],
    [
      'a long pattern',
      rules({ action: 'EXIT', onReason: 'a'.repeat(513) }),
      'Evaluate on exit condition cannot exceed 512 characters.',
    ],
    [
      'nodes without multinode',
      { nodeProperties: { numNodes: 1, mainNode: 0, nodeRangeProperties: [] } },
      'nodeProperties is only applicable for multinode job definitions',
    ],
    [
      'Fargate with vcpus',
      far({ vcpus: 1 }),
      'vcpus is not applicable for Fargate. Use resource requirements instead.',
    ],
    [
      'Fargate with memory',
      far({ resourceRequirements: [], memory: 512 }),
      'memory is not applicable for Fargate. Use resource requirements instead.',
    ],
    ['Fargate without a role', far({ executionRoleArn: undefined }), 'executionRoleArn is required for Fargate jobs.'],
    ['Fargate privileged', far({ privileged: true }), 'privileged is not applicable for Fargate.'],
    [
      'Fargate with ulimits',
      far({ ulimits: [{ name: 'a', hardLimit: 1, softLimit: 1 }] }),
      'ulimits is not applicable for Fargate.',
    ],
    ['Fargate with an instance type', far({ instanceType: 'm5.large' }), 'instanceType is not applicable for Fargate.'],
    [
      'Fargate with a GPU',
      far({ resourceRequirements: [{ type: 'GPU', value: '1' }] }),
      'GPU is not applicable for Fargate.',
    ],
    [
      'Fargate with devices',
      far({ linuxParameters: { devices: [{ hostPath: '/a' }] } }),
      'linuxParameter.devices is not allowed for Fargate.',
    ],
    [
      'Fargate with shared memory',
      far({ linuxParameters: { sharedMemorySize: 1 } }),
      'linuxParameter.sharedMemorySize is not allowed for Fargate.',
    ],
    [
      'Fargate with syslog',
      far({ logConfiguration: { logDriver: 'syslog' } }),
      'Log driver for Fargate is not valid: syslog',
    ],
    [
      'Fargate with a host path',
      far({ volumes: [{ name: 'v', host: { sourcePath: '/x' } }] }),
      'host.sourcePath should not be set for volumes in Fargate.',
    ],
    [
      'Fargate with 20 GiB',
      far({ ephemeralStorage: { sizeInGiB: 20 } }),
      'Ephemeral storage for Fargate tasks can be only between range 21 GiB to 200 GiB',
    ],
    [
      'Fargate with 201 GiB',
      far({ ephemeralStorage: { sizeInGiB: 201 } }),
      'Ephemeral storage for Fargate tasks can be only between range 21 GiB to 200 GiB',
    ],
    [
      'Fargate without vCPU',
      far({ resourceRequirements: [{ type: 'MEMORY', value: '512' }] }),
      'vCPU is not provided.',
    ],
    [
      'Fargate without memory',
      far({ resourceRequirements: [{ type: 'VCPU', value: '1' }] }),
      'Memory is not provided.',
    ],
    [
      'two tasks',
      { ...ecs(), ecsProperties: { taskProperties: [{ containers: [] }, { containers: [] }] } },
      'exactly one taskProperties element',
    ],
    ['no containers', ecs(), 'Number of containers must be between 1 and 10'],
    [
      '11 containers',
      ecs(...Array.from({ length: 11 }, (_, n) => ({ name: `c${n}`, image: 'i' }))),
      'Number of containers must be between 1 and 10',
    ],
    [
      'containers without names',
      ecs({ image: 'i', ...sized }, { image: 'i', ...sized }),
      'Container name is required when there are several containers',
    ],
    [
      'containers of one name',
      ecs({ name: 'a', image: 'i' }, { name: 'a', image: 'i' }),
      'Container names must be unique',
    ],
    ['a task container without vCPU', ecs({ image: 'i' }), 'vCPU is not provided.'],
    [
      'a task container without memory',
      ecs({ image: 'i', resourceRequirements: [{ type: 'VCPU', value: '1' }] }),
      'Memory is not provided.',
    ],
    [
      'nothing essential',
      ecs({ image: 'i', essential: false, ...sized }),
      'At least one container must be set as essential',
    ],
    [
      'a dependency of the only container',
      ecs({ name: 'a', image: 'i', dependsOn: [{ containerName: 'b', condition: 'START' }] }),
      'Container dependency can not be used in a single-container job.',
    ],
    [
      'a dependency on nobody',
      ecs(
        { name: 'a', image: 'i', dependsOn: [{ containerName: 'c', condition: 'START' }] },
        { name: 'b', image: 'i' },
      ),
      'containerName c must reference a defined container.',
    ],
    [
      'a strange condition',
      ecs(
        { name: 'a', image: 'i', dependsOn: [{ containerName: 'b', condition: 'HEALTHY' }] },
        { name: 'b', image: 'i' },
      ),
      'TaskContainer dependency HEALTHY is not valid. Valid values are: [START, COMPLETE, SUCCESS]',
    ],
    [
      'waiting for an essential one to end',
      ecs(
        { name: 'a', image: 'i', dependsOn: [{ containerName: 'b', condition: 'SUCCESS' }] },
        { name: 'b', image: 'i' },
      ),
      'The container target of a dependency can not have condition SUCCESS if the target is essential',
    ],
    [
      'a Fargate task without a role',
      { ...ecs({ image: 'i', ...sized }), platformCapabilities: ['FARGATE'] },
      'executionRoleArn is required for Fargate jobs.',
    ],
    ['an empty pod', eks(), 'Container properties should not be empty'],
    [
      '11 containers in a pod',
      eks(...Array.from({ length: 11 }, () => ({ image: 'a', ...memory }))),
      'A pod can have at most 10 containers',
    ],
    ['a pod without memory', eks({ image: 'a' }), 'Memory is not provided.'],
    [
      'GiB in a pod',
      eks({ image: 'a', resources: { limits: { memory: '1Gi' } } }),
      'Value 1Gi for type memory in resources is not valid. Provide a valid number and unit.',
    ],
    [
      'millis of a CPU',
      eks({ image: 'a', resources: { limits: { cpu: '100m', memory: '128Mi' } } }),
      'Value 100m for type cpu in resources is not valid. Provide a valid number and unit.',
    ],
    [
      'a fraction that is no quarter',
      eks({ image: 'a', resources: { limits: { cpu: '0.3', memory: '128Mi' } } }),
      'Value 0.3 for type cpu in resources is not valid.',
    ],
    [
      'an unknown resource',
      eks({ image: 'a', resources: { requests: { disk: '1', memory: '128Mi' } } }),
      'disk is not a supported type for resources.',
    ],
    [
      'two memories',
      eks({ image: 'a', resources: { limits: { memory: '128Mi' }, requests: { memory: '64Mi' } } }),
      'memory request must be equal to memory limit if both are provided.',
    ],
    [
      'two pods containers of one name',
      eks({ name: 'a', image: 'a', ...memory }, { name: 'a', image: 'a', ...memory }),
      'The container name: a must be unique in multi-container job.',
    ],
    [
      'no node properties',
      { type: 'multinode', containerProperties: undefined },
      'Node properties of multinode job is required.',
    ],
    [
      'a container beside nodes',
      { ...nodes({}), containerProperties: container },
      'Only nodeProperties is applicable for multinode job definitions',
    ],
    ['nodes on Fargate', { ...nodes({}), platformCapabilities: ['FARGATE'] }, 'Fargate does not support MNP jobs'],
    [
      'nodes on managed instances',
      { ...nodes({}), platformCapabilities: ['MANAGED_INSTANCES'] },
      'MANAGED_INSTANCES does not support MNP jobs',
    ],
    ['no nodes', nodes({ numNodes: 0 }), 'Number of nodes must be between 1 and 1000.'],
    ['1001 nodes', nodes({ numNodes: 1001 }), 'Number of nodes must be between 1 and 1000.'],
    ['a main node outside', nodes({ mainNode: 2 }), 'Main node index is out of range, must be less than numNodes.'],
    ['no ranges', nodes({ nodeRangeProperties: [] }), 'Node properties should not be empty'],
    [
      '6 ranges',
      nodes({ nodeRangeProperties: Array.from({ length: 6 }, () => ({ targetNodes: '0:', container })) }),
      'Maximum allowed size of node range properties is 5',
    ],
    ['a range of letters', nodes({}, { targetNodes: 'a:b', container }), 'targetNodes should contain only digits.'],
    ['a range outside', nodes({}, { targetNodes: '0:2', container }), 'targetNodes 0:2 is not valid'],
    ['a range backwards', nodes({}, { targetNodes: '1:0', container }), 'targetNodes 1:0 is not valid'],
    ['a range of three parts', nodes({}, { targetNodes: '0:1:1', container }), 'targetNodes 0:1:1 is not valid'],
    ['a negative main node', nodes({ mainNode: -1 }), 'Main node index is out of range, must be less than numNodes.'],
    [
      'pods of a node without memory',
      nodes({}, { targetNodes: ':', eksProperties: { podProperties: { containers: [{ image: 'a' }] } } }),
      'Memory is not provided.',
    ],
    [
      'a task of a node without containers',
      nodes({}, { targetNodes: '0:', ecsProperties: { taskProperties: [] } }),
      'exactly one',
    ],
    ['a node in no range', nodes({}, { targetNodes: '1', container }), 'Node 0 is in no node range'],
    ['a range without a container', nodes({}, { targetNodes: '0:' }), 'Must specify container for node range 0:'],
    [
      'a range with two',
      nodes({}, { targetNodes: ':1', container, ecsProperties: { taskProperties: [] } }),
      'NodeRangeProperties can not use both ecsProperties and container fields',
    ],
    [
      'instance types of a range',
      nodes({}, { targetNodes: ':1', container, instanceTypes: ['m5.large'] }),
      'Using instanceTypes with nodeRangeProperty is only allowed for ecsProperties jobs.',
    ],
  ])('BATCH-40 %s', async (_, change, message) => {
    const request = { jobDefinitionName: 'refused', type: 'container', containerProperties: container, ...change };
    const sent = batch().api.registerJobDefinition(
      request as Parameters<ReturnType<typeof batch>['api']['registerJobDefinition']>[0],
    );
    await expect(sent).rejects.toMatchObject({ name: 'ClientException', message: expect.stringContaining(message) });
  });

  test.each([
    ['0.25', 512, true],
    ['.25', 512, true],
    ['0.25', 1024, true],
    ['0.25', 1536, false],
    ['0.25', 2048, true],
    ['0.25', 3072, false],
    ['0.5', 1024, true],
    ['0.5', 4096, true],
    ['0.5', 5120, false],
    ['0.5', 512, false],
    ['1', 2048, true],
    ['1.0', 8192, true],
    ['1', 1024, false],
    ['1', 4000, false],
    ['2', 4096, true],
    ['2', 16_384, true],
    ['2', 17_408, false],
    ['3', 8192, false],
    ['4', 8192, true],
    ['4', 30_720, true],
    ['4', 31_744, false],
    ['8', 16_384, true],
    ['8', 20_480, true],
    ['8', 17_408, false],
    ['8', 61_440, true],
    ['16', 32_768, true],
    ['16', 36_864, false],
    ['16', 122_880, true],
    ['32', 61_440, true],
    ['32', 249_856, true],
    ['32', 65_536, false],
  ])('BATCH-41 Fargate with %s vCPU and %d MiB: %s', async (vcpus, memoryMiB, fits) => {
    const resourceRequirements = [
      { type: 'VCPU' as const, value: vcpus },
      { type: 'MEMORY' as const, value: String(memoryMiB) },
    ];
    const sent = batch().api.registerJobDefinition({
      jobDefinitionName: 'sized',
      type: 'container',
      platformCapabilities: ['FARGATE'],
      containerProperties: { ...fargateContainer, resourceRequirements },
    });
    if (fits) await expect(sent).resolves.toBeDefined();
    else
      await expect(sent).rejects.toThrow(
        `Fargate resource requirements (${Number(vcpus).toFixed(2)} vCPU, ${memoryMiB} MiB) not valid.`,
      );
  });

  test('BATCH-41 of a Fargate task counts the sum of its containers', async () => {
    const half = [
      { type: 'VCPU' as const, value: '0.5' },
      { type: 'MEMORY' as const, value: '1024' },
    ];
    const register = (count: number) =>
      batch().api.registerJobDefinition({
        jobDefinitionName: 'summed',
        type: 'container',
        platformCapabilities: ['FARGATE'],
        ecsProperties: {
          taskProperties: [
            {
              executionRoleArn: 'arn:x',
              containers: Array.from({ length: count }, (_, n) => ({
                name: `c${n}`,
                image: 'i',
                resourceRequirements: half,
              })),
            },
          ],
        },
      });
    await expect(register(2)).resolves.toBeDefined();
    await expect(register(3)).rejects.toThrow('Fargate resource requirements (1.50 vCPU, 3072 MiB) not valid.');
  });
});
