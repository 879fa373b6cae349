import { Batch } from '@aws-sdk/client-batch';
import { describe, expect, test } from '@jest/globals';
import { clientOptions } from '../fixtures/local.ts';
import { account, arn, LocalBatch, useBatch } from './local-batch.ts';

const batch = useBatch();
const ec2 = {
  type: 'EC2' as const,
  minvCpus: 0,
  maxvCpus: 16,
  instanceTypes: ['optimal'],
  subnets: ['subnet-1'],
  securityGroupIds: ['sg-1'],
  instanceRole: 'ecsInstanceRole',
};

async function describeEnvironment(name: string) {
  const { computeEnvironments = [] } = await batch().api.describeComputeEnvironments({ computeEnvironments: [name] });
  return computeEnvironments[0];
}

describe('compute environments', () => {
  test('BATCH-10 are created ENABLED and VALID with a cluster, the service-linked role and what was not given filled in', async () => {
    const created = await batch().api.createComputeEnvironment({
      computeEnvironmentName: 'made',
      type: 'MANAGED',
      computeResources: ec2,
      tags: { a: 'b' },
    });
    expect(created).toMatchObject({
      computeEnvironmentName: 'made',
      computeEnvironmentArn: arn('compute-environment/made'),
    });
    expect(await describeEnvironment(arn('compute-environment/made'))).toEqual({
      computeEnvironmentName: 'made',
      computeEnvironmentArn: arn('compute-environment/made'),
      ecsClusterArn: expect.stringMatching(
        new RegExp(`^arn:aws:ecs:eu-west-1:${account}:cluster/AWSBatch-made-[0-9a-f-]{36}$`),
      ),
      type: 'MANAGED',
      state: 'ENABLED',
      status: 'VALID',
      statusReason: 'ComputeEnvironment Healthy',
      serviceRole: `arn:aws:iam::${account}:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch`,
      containerOrchestrationType: 'ECS',
      uuid: expect.any(String),
      tags: { a: 'b' },
      computeResources: { ...ec2, desiredvCpus: 0, tags: {} },
    });
    await expect(
      batch().api.createComputeEnvironment({ computeEnvironmentName: 'made', type: 'MANAGED', computeResources: ec2 }),
    ).rejects.toThrow('Object already exists');
  });

  const far = { type: 'FARGATE', maxvCpus: 4, subnets: ['s'], securityGroupIds: ['g'] };
  test.each<[string, object, string]>([
    [
      'a name with a space',
      { computeEnvironmentName: 'a b' },
      'Compute Environment name should match a valid pattern.',
    ],
    ['an unknown type', { type: 'HYBRID' }, 'type must be one of MANAGED | UNMANAGED, got HYBRID'],
    ['an unknown state', { state: 'ON' }, 'state ON must be one of ENABLED | DISABLED'],
    ['DISABLED at first', { state: 'DISABLED' }, 'Compute Environment must be created in ENABLED state.'],
    [
      'no resources',
      { computeResources: undefined },
      'computeResources must be provided for a MANAGED compute environment',
    ],
    [
      'unmanaged vCPUs of a managed one',
      { unmanagedvCpus: 4 },
      'unmanagedvCpus is not applicable for managed Compute Environments',
    ],
    [
      'an unknown resource type',
      { computeResources: { ...ec2, type: 'LAMBDA' } },
      'computeResources.type must be one of',
    ],
    ['no instance role', { computeResources: { ...ec2, instanceRole: undefined } }, 'Instance role is required.'],
    ['no minvCpus', { computeResources: { ...ec2, minvCpus: undefined } }, 'Resource minvCpus is required.'],
    [
      'negative minvCpus',
      { computeResources: { ...ec2, minvCpus: -1 } },
      'minvCpus should be greater than or equal to 0.',
    ],
    ['no instance types', { computeResources: { ...ec2, instanceTypes: [] } }, 'Resource instanceTypes are required.'],
    ['no subnets', { computeResources: { ...ec2, subnets: [] } }, 'Subnet ids are required.'],
    ['no security groups', { computeResources: { ...ec2, securityGroupIds: [] } }, 'Security group ids are required.'],
    [
      'a bid of 101',
      { computeResources: { ...ec2, bidPercentage: 101 } },
      'bidPercentage should be between 1 and 100.',
    ],
    [
      'spot without a fleet role',
      { computeResources: { ...ec2, type: 'SPOT' } },
      'compute resource spotIamFleetRole is required.',
    ],
    ['no room', { computeResources: { ...ec2, maxvCpus: 0 } }, 'maxvCpus must be greater than 0'],
    [
      'min above max',
      { computeResources: { ...ec2, minvCpus: 17 } },
      'minvCpus should be less than or equal to maxvCpus.',
    ],
    [
      'desired above max',
      { computeResources: { ...ec2, desiredvCpus: 17 } },
      'desiredvCpus should be between minvCpus and maxvCpus.',
    ],
    [
      'instance types on Fargate',
      { computeResources: { ...far, instanceTypes: ['m5.large'] } },
      'instanceTypes is not applicable for Fargate.',
    ],
    [
      'desiredvCpus on Fargate',
      { computeResources: { ...far, desiredvCpus: 0 } },
      'desiredvCpus is not applicable for Fargate.',
    ],
    ['tags on Fargate', { computeResources: { ...far, tags: {} } }, 'tags is not applicable for Fargate.'],
    [
      'Fargate without security groups',
      { computeResources: { ...far, securityGroupIds: [] } },
      'Security group ids are required.',
    ],
    [
      'Fargate with 6 security groups',
      { computeResources: { ...far, securityGroupIds: ['1', '2', '3', '4', '5', '6'] } },
      'Fargate supports a maximum of 5 security groups.',
    ],
    [
      'Fargate with 17 subnets',
      { computeResources: { ...far, subnets: Array.from({ length: 17 }, String) } },
      'Fargate supports a maximum of 16 subnets.',
    ],
    [
      'Fargate on EKS',
      { computeResources: far, eksConfiguration: { eksClusterArn: 'arn:x', kubernetesNamespace: 'n' } },
      'Supported compute types for EKS compute environments are [EC2, SPOT]',
    ],
  ])('BATCH-11 refuses %s', async (_, change, message) => {
    const request = { computeEnvironmentName: 'refused', type: 'MANAGED', computeResources: ec2, ...change };
    const sent = batch().api.createComputeEnvironment(request as Parameters<Batch['createComputeEnvironment']>[0]);
    await expect(sent).rejects.toMatchObject({ name: 'ClientException', message: expect.stringContaining(message) });
  });

  test('BATCH-12 are updated in part and keep the rest', async () => {
    const { api } = batch();
    await batch().createComputeEnvironment('changed');
    await api.updateComputeEnvironment({
      computeEnvironment: 'changed',
      state: 'DISABLED',
      computeResources: { maxvCpus: 32 },
    });
    expect(await describeEnvironment('changed')).toMatchObject({
      state: 'DISABLED',
      status: 'VALID',
      computeResources: { maxvCpus: 32, instanceTypes: ['optimal'] },
    });
    await expect(api.updateComputeEnvironment({ computeEnvironment: 'nobody' })).rejects.toThrow(
      'nobody does not exist',
    );
    await expect(
      api.updateComputeEnvironment({ computeEnvironment: 'changed', state: 'ON' as 'ENABLED' }),
    ).rejects.toThrow('Invalid state ON');
  });

  test.each<[string, object, object]>([
    [
      'a service role alone',
      { serviceRole: 'arn:aws:iam::111122223333:role/r' },
      { computeResources: { maxvCpus: 10_000 } },
    ],
    [
      'subnets',
      { computeResources: { subnets: ['subnet-2'] } },
      { computeResources: { type: 'EC2', maxvCpus: 10_000, subnets: ['subnet-2'] } },
    ],
    [
      'a type, and what is only told to the call',
      { computeResources: { type: 'SPOT', updateToLatestImageVersion: true } },
      { computeResources: { type: 'SPOT', instanceTypes: ['optimal'] } },
    ],
    [
      'a managed instances provider',
      { computeResources: { managedInstancesProvider: { infrastructureRoleArn: 'arn:r' } } },
      { computeResources: { managedInstancesProvider: { infrastructureRoleArn: 'arn:r' } } },
    ],
  ])('BATCH-12 are updated with %s', async (_, change, expected) => {
    const { api } = batch();
    if (!(await describeEnvironment('partly'))) await batch().createComputeEnvironment('partly');
    else await api.updateComputeEnvironment({ computeEnvironment: 'partly', computeResources: { type: 'EC2' } });
    await api.updateComputeEnvironment({ computeEnvironment: arn('compute-environment/partly'), ...change });
    const found = await describeEnvironment('partly');
    expect(found).toMatchObject({ state: 'ENABLED', tags: {}, ...expected });
    expect(found?.computeResources).not.toHaveProperty('updateToLatestImageVersion');
  });

  test('BATCH-10 BATCH-12 an unmanaged one has no resources until an update gives it some', async () => {
    const { api } = batch();
    await api.createComputeEnvironment({
      computeEnvironmentName: 'own',
      type: 'UNMANAGED',
      unmanagedvCpus: 8,
      serviceRole: 'arn:aws:iam::1:role/r',
    });
    expect(await describeEnvironment('own')).toMatchObject({ unmanagedvCpus: 8, serviceRole: 'arn:aws:iam::1:role/r' });
    expect((await describeEnvironment('own'))?.computeResources).toBeUndefined();
    await api.updateComputeEnvironment({ computeEnvironment: 'own', unmanagedvCpus: 4 });
    expect(await describeEnvironment('own')).toMatchObject({ unmanagedvCpus: 4, type: 'UNMANAGED' });
  });

  test('BATCH-13 are deleted when DISABLED and in no queue; an unknown name is no error', async () => {
    const { api } = batch();
    await batch().createComputeEnvironment('doomed');
    await batch().createQueue('user', ['doomed']);
    await expect(api.deleteComputeEnvironment({ computeEnvironment: 'doomed' })).rejects.toThrow('Cannot delete');
    await api.updateComputeEnvironment({ computeEnvironment: 'doomed', state: 'DISABLED' });
    await expect(api.deleteComputeEnvironment({ computeEnvironment: 'doomed' })).rejects.toThrow(
      'Cannot delete, found existing JobQueue relationship',
    );
    await api.updateJobQueue({ jobQueue: 'user', state: 'DISABLED' });
    await api.deleteJobQueue({ jobQueue: 'user' });
    await api.deleteComputeEnvironment({ computeEnvironment: 'doomed' });
    expect(await describeEnvironment('doomed')).toBeUndefined();
    await expect(api.deleteComputeEnvironment({ computeEnvironment: 'doomed' })).resolves.toBeDefined();
  });

  test('BATCH-14 of one account and region are not seen from another', async () => {
    for (const [otherAccount, otherRegion] of [
      ['444455556666', 'eu-west-1'],
      [account, 'us-east-1'],
    ] as const) {
      const other = new Batch(clientOptions(batch().local, otherAccount, otherRegion));
      expect((await other.describeComputeEnvironments({})).computeEnvironments).toEqual([]);
      expect(
        (await other.describeComputeEnvironments({ computeEnvironments: [arn('compute-environment/environment')] }))
          .computeEnvironments,
      ).toEqual([]);
      other.destroy();
    }
  });
});

describe('job queues', () => {
  test('BATCH-15 hold the ARNs of their compute environments and the defaults', async () => {
    const { api } = batch();
    const { jobQueueArn } = await api.createJobQueue({
      jobQueueName: 'lane',
      priority: 7,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'environment' }],
    });
    expect(jobQueueArn).toBe(arn('job-queue/lane'));
    const { jobQueues } = await api.describeJobQueues({ jobQueues: ['lane', arn('job-queue/lane'), 'nobody'] });
    expect(jobQueues).toEqual([
      {
        jobQueueName: 'lane',
        jobQueueArn,
        priority: 7,
        state: 'ENABLED',
        status: 'VALID',
        statusReason: 'JobQueue Healthy',
        computeEnvironmentOrder: [{ order: 1, computeEnvironment: arn('compute-environment/environment') }],
        serviceEnvironmentOrder: [],
        jobStateTimeLimitActions: [],
        jobQueueType: 'ECS',
        tags: {},
      },
    ]);
    await expect(batch().createQueue('lane', ['environment'])).rejects.toThrow('Object already exists');
    await api.updateJobQueue({ jobQueue: 'lane', priority: 9 });
    expect((await api.describeJobQueues({ jobQueues: ['lane'] })).jobQueues).toMatchObject([
      { priority: 9, state: 'ENABLED', status: 'VALID' },
    ]);
  });

  const order = [{ order: 1, computeEnvironment: 'environment' }];
  const limit = {
    state: 'RUNNABLE',
    reason: 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY',
    maxTimeSeconds: 600,
    action: 'CANCEL',
  };
  test.each<[string, object, string]>([
    ['a name with a slash', { jobQueueName: 'a/b' }, 'Job Queue name should match a valid pattern.'],
    ['no compute environments', { computeEnvironmentOrder: [] }, 'computeEnvironmentOrder is required.'],
    ['no order at all', { computeEnvironmentOrder: undefined }, 'computeEnvironmentOrder is required.'],
    [
      'four compute environments',
      { computeEnvironmentOrder: [1, 2, 3, 4].map(n => ({ order: n, computeEnvironment: 'environment' })) },
      'at most 3',
    ],
    ['an order twice', { computeEnvironmentOrder: [...order, ...order] }, 'Duplicate ComputeEnvironment order values.'],
    [
      'an unknown compute environment',
      { computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'nobody' }] },
      'Compute Environments must be created and valid before attaching them to a job queue',
    ],
    [
      'Fargate beside EC2',
      { computeEnvironmentOrder: [...order, { order: 2, computeEnvironment: 'far' }] },
      'Fargate and EC2 compute environments can not be mixed.',
    ],
    ['an unknown state', { state: 'ON' }, 'state ON must be one of ENABLED | DISABLED'],
    ['a negative priority', { priority: -1 }, 'Priority must be between 0 and 1000'],
    ['an unknown policy', { schedulingPolicyArn: arn('scheduling-policy/nobody') }, 'not found.'],
    [
      'a limit of five minutes',
      { jobStateTimeLimitActions: [{ ...limit, maxTimeSeconds: 300 }] },
      'maxTimeSeconds must be between 600 and 86400',
    ],
    [
      'a limit that terminates',
      { jobStateTimeLimitActions: [{ ...limit, action: 'TERMINATE' }] },
      'Invalid job action. Valid job actions: [CANCEL]',
    ],
    ['a limit on RUNNING', { jobStateTimeLimitActions: [{ ...limit, state: 'RUNNING' }] }, 'Invalid job state.'],
    [
      'a limit twice',
      { jobStateTimeLimitActions: [limit, limit] },
      'Duplicate job state limit actions are not allowed.',
    ],
  ])('BATCH-16 refuses %s', async (_, change, message) => {
    if (!(await describeEnvironment('far'))) await batch().createFargate('far');
    const request = { jobQueueName: 'refused', priority: 1, computeEnvironmentOrder: order, ...change };
    const sent = batch().api.createJobQueue(request as Parameters<Batch['createJobQueue']>[0]);
    await expect(sent).rejects.toMatchObject({ name: 'ClientException', message: expect.stringContaining(message) });
  });

  test.each<[string, object, string | undefined]>([
    ['nothing', {}, undefined],
    ['a state', { state: 'DISABLED' }, undefined],
    [
      'compute environments by name',
      { computeEnvironmentOrder: [{ order: 3, computeEnvironment: 'environment' }] },
      undefined,
    ],
    ['no compute environments', { computeEnvironmentOrder: [] }, 'computeEnvironmentOrder is required.'],
    ['a priority of 1001', { priority: 1001 }, 'Priority must be between 0 and 1000'],
    [
      'a compute environment of another region',
      {
        computeEnvironmentOrder: [
          { order: 1, computeEnvironment: arn('compute-environment/environment').replace('eu-west-1', 'us-east-1') },
        ],
      },
      'must be created and valid',
    ],
    [
      'a scheduling policy, which it had none of',
      { schedulingPolicyArn: arn('scheduling-policy/late') },
      'A scheduling policy can be replaced, but not added',
    ],
  ])('BATCH-16 BATCH-19 an update is held to the same rules, with %s', async (_, change, refused) => {
    const { api } = batch();
    await api.createSchedulingPolicy({ name: 'late' });
    await batch().createQueue('kept', ['environment'], 5);
    const described = async () => (await api.describeJobQueues({ jobQueues: ['kept'] })).jobQueues?.[0];
    const before = await described();
    const sent = api.updateJobQueue({ jobQueue: 'kept', ...change });
    if (refused)
      await expect(sent).rejects.toMatchObject({ name: 'ClientException', message: expect.stringContaining(refused) });
    else await sent;
    const order = (change as { computeEnvironmentOrder?: { order: number }[] }).computeEnvironmentOrder;
    const environments = order?.map(each => ({ ...each, computeEnvironment: arn('compute-environment/environment') }));
    const changed = { ...change, ...(environments ? { computeEnvironmentOrder: environments } : {}) };
    expect(await described()).toEqual(refused ? before : { ...before, ...changed });
    await api.updateJobQueue({ jobQueue: 'kept', state: 'DISABLED' });
    await api.deleteJobQueue({ jobQueue: 'kept' });
    await api.deleteSchedulingPolicy({ arn: arn('scheduling-policy/late') });
  });

  test('BATCH-15 have the type of their first compute environment', async () => {
    const { api } = batch();
    if (!(await describeEnvironment('far'))) await batch().createFargate('far');
    await api.createComputeEnvironment({
      ...{ computeEnvironmentName: 'pods', type: 'MANAGED', computeResources: ec2 },
      eksConfiguration: { eksClusterArn: `arn:aws:eks:eu-west-1:${account}:cluster/c`, kubernetesNamespace: 'n' },
    });
    expect(await describeEnvironment('pods')).toMatchObject({ containerOrchestrationType: 'EKS' });
    expect((await describeEnvironment('pods'))?.ecsClusterArn).toBeUndefined();
    for (const [environment, type] of [
      ['environment', 'ECS'],
      ['far', 'ECS_FARGATE'],
      ['pods', 'EKS'],
    ] as const) {
      const jobQueue = await batch().createQueue(`of-${environment}`, [environment]);
      expect((await api.describeJobQueues({ jobQueues: [jobQueue] })).jobQueues).toMatchObject([
        { jobQueueType: type },
      ]);
    }
  });

  test('BATCH-17 are deleted when DISABLED; an unknown name is no error, an update of one is', async () => {
    const { api } = batch();
    await batch().createQueue('closing', ['environment']);
    await expect(api.deleteJobQueue({ jobQueue: 'closing' })).rejects.toThrow('Cannot delete');
    await api.updateJobQueue({ jobQueue: arn('job-queue/closing'), state: 'DISABLED' });
    await api.deleteJobQueue({ jobQueue: 'closing' });
    expect((await api.describeJobQueues({ jobQueues: ['closing'] })).jobQueues).toEqual([]);
    await expect(api.deleteJobQueue({ jobQueue: 'closing' })).resolves.toBeDefined();
    await expect(api.updateJobQueue({ jobQueue: 'closing' })).rejects.toThrow('closing does not exist');
  });

  test('BATCH-18 and the other describing calls page by 100, and refuse names together with maxResults', async () => {
    const { api } = batch();
    const seen: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = await api.describeJobQueues({ maxResults: 1, ...(nextToken ? { nextToken } : {}) });
      expect(page.jobQueues).toHaveLength(1);
      seen.push(...(page.jobQueues ?? []).map(({ jobQueueName }) => jobQueueName));
      nextToken = page.nextToken;
    } while (nextToken);
    expect(seen).toEqual([...new Set(seen)]);
    expect(seen).toContain('queue');
    await expect(api.describeJobQueues({ jobQueues: ['queue'], maxResults: 1 })).rejects.toThrow(
      'JobQueues and MaxResults cannot both be set',
    );
    const { computeEnvironments = [], nextToken: second = '' } = await api.describeComputeEnvironments({
      maxResults: 1,
    });
    expect(computeEnvironments).toHaveLength(1);
    expect((await api.describeComputeEnvironments({ nextToken: second })).computeEnvironments).not.toContainEqual(
      computeEnvironments[0],
    );
    await expect(api.listSchedulingPolicies({ nextToken: second })).rejects.toThrow(`Invalid nextToken ${second}`);
    await expect(
      api.describeComputeEnvironments({ computeEnvironments: ['environment'], maxResults: 1 }),
    ).rejects.toThrow('Error executing request, Exception : ComputeEnvironments and MaxResults cannot both be set');
  });
});

describe('scheduling policies', () => {
  test('BATCH-19 live by ARN, with the defaults, until no queue uses them', async () => {
    const { api } = batch();
    const { arn: policy = '' } = await api.createSchedulingPolicy({ name: 'fair' });
    expect(policy).toBe(arn('scheduling-policy/fair'));
    const described = async () =>
      (await api.describeSchedulingPolicies({ arns: [policy, arn('scheduling-policy/nobody')] })).schedulingPolicies;
    expect(await described()).toEqual([
      {
        name: 'fair',
        arn: policy,
        fairsharePolicy: { computeReservation: 0, shareDecaySeconds: 0, shareDistribution: [] },
        tags: {},
      },
    ]);
    await api.updateSchedulingPolicy({ arn: policy, fairsharePolicy: { shareDecaySeconds: 60 } });
    expect(await described()).toMatchObject([{ fairsharePolicy: { shareDecaySeconds: 60, computeReservation: 0 } }]);
    expect((await api.listSchedulingPolicies({})).schedulingPolicies).toEqual([{ arn: policy }]);
    await batch().createQueue('fair', ['environment'], 1, { schedulingPolicyArn: policy });
    await expect(api.deleteSchedulingPolicy({ arn: policy })).rejects.toThrow('Cannot delete');
    await api.updateJobQueue({ jobQueue: 'fair', state: 'DISABLED' });
    await api.deleteJobQueue({ jobQueue: 'fair' });
    await api.deleteSchedulingPolicy({ arn: policy });
    expect(await described()).toEqual([]);
    await expect(api.updateSchedulingPolicy({ arn: policy })).rejects.toThrow(
      `Scheduling policy ${policy} does not exist`,
    );
    await expect(api.deleteSchedulingPolicy({ arn: policy })).resolves.toBeDefined();
  });

  const share = (shareIdentifier: string, weightFactor = 1) => ({ shareIdentifier, weightFactor });
  test.each<[string, object, string]>([
    ['a name with a dot', { name: 'a.b' }, 'Scheduling policy name should match a valid pattern.'],
    [
      'a reservation of 100',
      { fairsharePolicy: { computeReservation: 100 } },
      'computeReservation must be between 0 and 99',
    ],
    [
      'a decay of 8 days',
      { fairsharePolicy: { shareDecaySeconds: 691_200 } },
      'shareDecaySeconds must be between 0 and 604800',
    ],
    [
      'a share twice',
      { fairsharePolicy: { shareDistribution: [share('a'), share('a')] } },
      'Cannot have two or more identical shareIdentifiers.',
    ],
    [
      '501 shares',
      { fairsharePolicy: { shareDistribution: Array.from({ length: 501 }, (_, n) => share(`s${n}`)) } },
      'ShareDistribution size cannot be greater than 500.',
    ],
    [
      'a weight of 0',
      { fairsharePolicy: { shareDistribution: [share('a', 0)] } },
      'Weight factor should be between 0.0001 and 999.9999.',
    ],
    [
      'a weight of 1000',
      { fairsharePolicy: { shareDistribution: [share('a', 1000)] } },
      'Weight factor should be between 0.0001 and 999.9999.',
    ],
    ['a negative reservation', { fairsharePolicy: { computeReservation: -1 } }, 'must be between 0 and 99'],
    ['a negative decay', { fairsharePolicy: { shareDecaySeconds: -1 } }, 'must be between 0 and 604800'],
    [
      'a share with a dot',
      { fairsharePolicy: { shareDistribution: [share('a.b')] } },
      'ShareIdentifier name should match a valid pattern.',
    ],
    [
      'both policies',
      { fairsharePolicy: {}, quotaSharePolicy: { idleResourceAssignmentStrategy: 'FIFO' } },
      'A scheduling policy can have either fairsharePolicy or quotaSharePolicy',
    ],
  ])('BATCH-20 refuses %s', async (_, change, message) => {
    const sent = batch().api.createSchedulingPolicy({ name: 'refused', ...change });
    await expect(sent).rejects.toMatchObject({ name: 'ClientException', message: expect.stringContaining(message) });
  });

  test('BATCH-19 are not known by name, are updated with nothing or what is right alone, and are listed in pages', async () => {
    const { api } = batch();
    const { arn: one = '' } = await api.createSchedulingPolicy({
      name: 'one',
      fairsharePolicy: { computeReservation: 5 },
    });
    const { arn: quota = '' } = await api.createSchedulingPolicy({
      name: 'quota',
      quotaSharePolicy: { idleResourceAssignmentStrategy: 'FIFO' },
    });
    const described = async (policy: string) =>
      (await api.describeSchedulingPolicies({ arns: ['one', policy] })).schedulingPolicies;
    await api.updateSchedulingPolicy({ arn: one });
    const change = { arn: one, fairsharePolicy: { computeReservation: -1 } };
    await expect(api.updateSchedulingPolicy(change)).rejects.toThrow('computeReservation must be between 0 and 99');
    expect(await described(one)).toMatchObject([{ name: 'one', fairsharePolicy: { computeReservation: 5 } }]);
    expect((await described(quota))?.[0]?.fairsharePolicy).toBeUndefined();
    await expect(api.deleteSchedulingPolicy({ arn: 'one' })).resolves.toBeDefined();
    const { schedulingPolicies: first = [], nextToken = '' } = await api.listSchedulingPolicies({ maxResults: 1 });
    const { schedulingPolicies: rest = [] } = await api.listSchedulingPolicies({ nextToken });
    expect([...first, ...rest].map(({ arn: each }) => each)).toEqual(expect.arrayContaining([one, quota]));
  });

  test('BATCH-20 refuses a name that is taken, and more than 100 ARNs at once', async () => {
    const { api } = batch();
    await api.createSchedulingPolicy({ name: 'taken' });
    await expect(api.createSchedulingPolicy({ name: 'taken' })).rejects.toThrow('Object already exists');
    await expect(api.describeSchedulingPolicies({ arns: Array.from({ length: 101 }, () => 'a') })).rejects.toThrow(
      'Maximum number',
    );
  });
});

describe('tags', () => {
  test('BATCH-21 of every kind of resource are listed, added and removed by ARN, and shown where the resource is described', async () => {
    const { api } = batch();
    const { arn: policy = '' } = await api.createSchedulingPolicy({ name: 'tagged', tags: { a: '1' } });
    const definition = await batch().register('tagged', {}, { tags: { a: '1' } });
    const job = arn(`job/${await batch().submit({ tags: { a: '1' } })}`);
    await batch().createQueue('tagged', ['environment'], 1, { tags: { a: '1' } });
    await api.createComputeEnvironment({
      computeEnvironmentName: 'tagged',
      type: 'MANAGED',
      computeResources: ec2,
      tags: { a: '1' },
    });
    for (const resourceArn of [policy, definition, job, arn('job-queue/tagged'), arn('compute-environment/tagged')]) {
      await api.tagResource({ resourceArn, tags: { b: '2', c: '3' } });
      await api.untagResource({ resourceArn, tagKeys: ['a', 'c', 'never'] });
      expect((await api.listTagsForResource({ resourceArn })).tags).toEqual({ b: '2' });
    }
    expect((await api.describeJobDefinitions({ jobDefinitions: [definition] })).jobDefinitions?.[0]?.tags).toEqual({
      b: '2',
    });
    expect((await api.describeJobs({ jobs: [job.slice(job.lastIndexOf('/') + 1)] })).jobs?.[0]?.tags).toEqual({
      b: '2',
    });
  });

  test('BATCH-22 are at most 50, of 128 and 256 characters; children and unknown ARNs have none', async () => {
    const { api } = batch();
    const resourceArn = arn('job-queue/queue');
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, 'v']));
    await expect(api.tagResource({ resourceArn, tags: many })).rejects.toThrow(
      'Member must have length less than or equal to 50',
    );
    await expect(api.tagResource({ resourceArn, tags: { ['k'.repeat(129)]: '' } })).rejects.toThrow('128');
    await expect(api.tagResource({ resourceArn, tags: { k: 'v'.repeat(257) } })).rejects.toThrow('256');
    await expect(api.untagResource({ resourceArn, tagKeys: [] })).rejects.toThrow('between 1 and 50');
    const id = await batch().submit({ arrayProperties: { size: 2 } });
    for (const unknown of [
      arn(`job/${id}:0`),
      arn('job-queue/nobody'),
      'arn:aws:s3:::bucket',
      arn('job-queue/queue').replace('eu-west-1', 'us-east-1'),
    ]) {
      await expect(api.listTagsForResource({ resourceArn: unknown })).rejects.toMatchObject({
        name: 'ClientException',
      });
    }
  });
});

describe('changes that take their time', () => {
  test('BATCH-23 with settleMs resources are CREATING, UPDATING and DELETING for that long, and what needs them VALID is refused', async () => {
    const slow = await LocalBatch.start({ batch: { settleMs: 5000 } });
    const { api, clock } = slow;
    const status = async () => {
      const { computeEnvironments = [] } = await api.describeComputeEnvironments({});
      return computeEnvironments[0]?.status;
    };
    await slow.createComputeEnvironment('slow');
    expect(await status()).toBe('CREATING');
    await expect(slow.createQueue('q', ['slow'])).rejects.toThrow('must be created and valid');
    await expect(api.updateComputeEnvironment({ computeEnvironment: 'slow' })).rejects.toThrow(
      'Cannot update, resource is being modified',
    );
    await clock.advance(5000);
    expect(await status()).toBe('VALID');
    await slow.createQueue('q', ['slow']);
    await clock.advance(5000);
    await slow.register('definition');
    const waiting = await slow.submit({ jobQueue: 'q' });
    await api.updateComputeEnvironment({ computeEnvironment: 'slow', state: 'DISABLED' });
    expect(await status()).toBe('UPDATING');
    await expect(api.deleteComputeEnvironment({ computeEnvironment: 'slow' })).rejects.toThrow(
      'Cannot delete, resource is being modified',
    );
    expect(await slow.statuses(waiting)).toEqual(['STARTING']);
    await api.updateJobQueue({ jobQueue: 'q', state: 'DISABLED' });
    await expect(api.updateJobQueue({ jobQueue: 'q', priority: 2 })).rejects.toThrow(
      'Cannot update, resource is being modified',
    );
    await expect(api.deleteJobQueue({ jobQueue: 'q' })).rejects.toThrow('Cannot delete, resource is being modified');
    await clock.advance(5000);
    await api.deleteJobQueue({ jobQueue: 'q' });
    expect((await api.describeJobQueues({})).jobQueues).toMatchObject([{ status: 'DELETING' }]);
    await expect(slow.submit({ jobQueue: 'q' })).rejects.toThrow('JobQueue q not found.');
    await clock.advance(5000);
    expect((await api.describeJobQueues({})).jobQueues).toEqual([]);
    await api.deleteComputeEnvironment({ computeEnvironment: 'slow' });
    expect(await status()).toBe('DELETING');
    await clock.advance(5000);
    expect(await status()).toBeUndefined();
    await slow.createComputeEnvironment('slow');
    await slow.stop();
  });

  test('BATCH-19 BATCH-23 a scheduling policy is held until the deletion of its last queue has settled', async () => {
    const slow = await LocalBatch.start({ batch: { settleMs: 5000 } });
    const { api, clock } = slow;
    const { arn: policy = '' } = await api.createSchedulingPolicy({ name: 'held' });
    await slow.createComputeEnvironment('slow');
    await clock.advance(5000);
    await slow.createQueue('fair', ['slow'], 1, { schedulingPolicyArn: policy, state: 'DISABLED' });
    await clock.advance(5000);
    await api.deleteJobQueue({ jobQueue: 'fair' });
    const refused = 'Cannot delete, found existing JobQueue relationship';
    await expect(api.deleteSchedulingPolicy({ arn: policy })).rejects.toThrow(refused);
    await clock.advance(5000);
    await api.deleteSchedulingPolicy({ arn: policy });
    expect((await api.listSchedulingPolicies({})).schedulingPolicies).toEqual([]);
    await slow.stop();
  });
});
