import { describe, expect, test } from '@jest/globals';
import { arn, useBatch } from './local-batch.ts';

const batch = useBatch();

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
