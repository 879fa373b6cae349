import { Batch } from '@aws-sdk/client-batch';
import { describe, expect, test } from '@jest/globals';
import { clientOptions } from '../fixtures/local.ts';
import { account, arn, EC2_RESOURCES, useBatch } from './local-batch.ts';

const batch = useBatch();

describe('compute environments', () => {
  test('BATCH-10 are created ENABLED and VALID with a cluster, the service-linked role and what was not given filled in', async () => {
    const created = await batch().api.createComputeEnvironment({
      computeEnvironmentName: 'made',
      type: 'MANAGED',
      computeResources: EC2_RESOURCES,
      tags: { a: 'b' },
    });
    expect(created).toMatchObject({
      computeEnvironmentName: 'made',
      computeEnvironmentArn: arn('compute-environment/made'),
    });
    expect(await batch().describeEnvironment(arn('compute-environment/made'))).toEqual({
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
      computeResources: { ...EC2_RESOURCES, desiredvCpus: 0, tags: {} },
    });
    await expect(
      batch().api.createComputeEnvironment({
        computeEnvironmentName: 'made',
        type: 'MANAGED',
        computeResources: EC2_RESOURCES,
      }),
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
      { computeResources: { ...EC2_RESOURCES, type: 'LAMBDA' } },
      'computeResources.type must be one of',
    ],
    [
      'no instance role',
      { computeResources: { ...EC2_RESOURCES, instanceRole: undefined } },
      'Instance role is required.',
    ],
    ['no minvCpus', { computeResources: { ...EC2_RESOURCES, minvCpus: undefined } }, 'Resource minvCpus is required.'],
    [
      'negative minvCpus',
      { computeResources: { ...EC2_RESOURCES, minvCpus: -1 } },
      'minvCpus should be greater than or equal to 0.',
    ],
    [
      'no instance types',
      { computeResources: { ...EC2_RESOURCES, instanceTypes: [] } },
      'Resource instanceTypes are required.',
    ],
    ['no subnets', { computeResources: { ...EC2_RESOURCES, subnets: [] } }, 'Subnet ids are required.'],
    [
      'no security groups',
      { computeResources: { ...EC2_RESOURCES, securityGroupIds: [] } },
      'Security group ids are required.',
    ],
    [
      'a bid of 101',
      { computeResources: { ...EC2_RESOURCES, bidPercentage: 101 } },
      'bidPercentage should be between 1 and 100.',
    ],
    [
      'spot without a fleet role',
      { computeResources: { ...EC2_RESOURCES, type: 'SPOT' } },
      'compute resource spotIamFleetRole is required.',
    ],
    ['no room', { computeResources: { ...EC2_RESOURCES, maxvCpus: 0 } }, 'maxvCpus must be greater than 0'],
    [
      'min above max',
      { computeResources: { ...EC2_RESOURCES, minvCpus: 17 } },
      'minvCpus should be less than or equal to maxvCpus.',
    ],
    [
      'desired above max',
      { computeResources: { ...EC2_RESOURCES, desiredvCpus: 17 } },
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
    const request = { computeEnvironmentName: 'refused', type: 'MANAGED', computeResources: EC2_RESOURCES, ...change };
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
    expect(await batch().describeEnvironment('changed')).toMatchObject({
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
    if (!(await batch().describeEnvironment('partly'))) await batch().createComputeEnvironment('partly');
    else await api.updateComputeEnvironment({ computeEnvironment: 'partly', computeResources: { type: 'EC2' } });
    await api.updateComputeEnvironment({ computeEnvironment: arn('compute-environment/partly'), ...change });
    const found = await batch().describeEnvironment('partly');
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
    expect(await batch().describeEnvironment('own')).toMatchObject({
      unmanagedvCpus: 8,
      serviceRole: 'arn:aws:iam::1:role/r',
    });
    expect((await batch().describeEnvironment('own'))?.computeResources).toBeUndefined();
    await api.updateComputeEnvironment({ computeEnvironment: 'own', unmanagedvCpus: 4 });
    expect(await batch().describeEnvironment('own')).toMatchObject({ unmanagedvCpus: 4, type: 'UNMANAGED' });
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
    expect(await batch().describeEnvironment('doomed')).toBeUndefined();
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
