import { describe, expect, test } from '@jest/globals';
import { arn, EC2_RESOURCES, useBatch } from './local-batch.ts';

const batch = useBatch();

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
      computeResources: EC2_RESOURCES,
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
