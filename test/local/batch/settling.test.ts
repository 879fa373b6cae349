import { describe, expect, test } from '@jest/globals';
import { LocalBatch } from './local-batch.ts';

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
