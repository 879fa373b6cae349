import type { Batch } from '@aws-sdk/client-batch';
import { describe, expect, test } from '@jest/globals';
import { account, arn, EC2_RESOURCES, useBatch } from './local-batch.ts';

const batch = useBatch();

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
    if (!(await batch().describeEnvironment('far'))) await batch().createFargate('far');
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
    if (!(await batch().describeEnvironment('far'))) await batch().createFargate('far');
    await api.createComputeEnvironment({
      ...{ computeEnvironmentName: 'pods', type: 'MANAGED', computeResources: EC2_RESOURCES },
      eksConfiguration: { eksClusterArn: `arn:aws:eks:eu-west-1:${account}:cluster/c`, kubernetesNamespace: 'n' },
    });
    expect(await batch().describeEnvironment('pods')).toMatchObject({ containerOrchestrationType: 'EKS' });
    expect((await batch().describeEnvironment('pods'))?.ecsClusterArn).toBeUndefined();
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
