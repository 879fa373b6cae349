import type { SubmitJobRequest } from '@aws-sdk/client-batch';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { arn, useBatch } from './local-batch.ts';
import { succeed } from './scripted-engine.ts';
import { settle } from './test-clock.ts';

const batch = useBatch();

beforeAll(async () => {
  const { api } = batch();
  await batch().register('revised');
  await batch().register('revised', { command: ['two'] });
  await batch().register('retired');
  await api.deregisterJobDefinition({ jobDefinition: 'retired:1' });
  await batch().createQueue('closed', ['environment']);
  await api.updateJobQueue({ jobQueue: 'closed', state: 'DISABLED' });
  const { arn: schedulingPolicyArn } = await api.createSchedulingPolicy({ name: 'fair' });
  await batch().createQueue('fair', ['environment'], 1, { schedulingPolicyArn });
  await batch().createFargate('far');
  await batch().createQueue('far', ['far']);
  await api.registerJobDefinition({
    jobDefinitionName: 'far',
    type: 'container',
    platformCapabilities: ['FARGATE'],
    containerProperties: {
      image: 'i',
      executionRoleArn: 'arn:aws:iam::111122223333:role/e',
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '2048' },
      ],
    },
  });
  await api.registerJobDefinition({
    jobDefinitionName: 'nodes',
    type: 'multinode',
    nodeProperties: {
      numNodes: 2,
      mainNode: 0,
      nodeRangeProperties: [{ targetNodes: '0:', container: { image: 'i', vcpus: 1, memory: 4 } }],
    },
  });
});

describe('SubmitJob', () => {
  test('BATCH-50 answers name, id and ARN', async () => {
    const answer = await batch().api.submitJob({ jobName: 'n', jobQueue: 'queue', jobDefinition: 'definition' });
    expect(answer).toMatchObject({
      jobName: 'n',
      jobId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      jobArn: arn(`job/${answer.jobId}`),
    });
  });

  test.each([
    ['a name', 'revised', 2],
    ['a revision', 'revised:1', 1],
    ['an ARN', arn('job-definition/revised:1'), 1],
    ['an ARN without a revision', arn('job-definition/revised'), 2],
  ])('BATCH-51 runs %s: the newest ACTIVE revision, or the one that is named', async (_, jobDefinition, revision) => {
    const id = await batch().submit({ jobDefinition, jobQueue: arn('job-queue/queue') });
    expect((await batch().describe(id)).jobDefinition).toBe(arn(`job-definition/revised:${revision}`));
  });

  test('BATCH-51 goes back to the last revision when the newest is deregistered', async () => {
    await batch().register('rolled');
    await batch().register('rolled');
    await batch().api.deregisterJobDefinition({ jobDefinition: 'rolled:2' });
    expect((await batch().describe(await batch().submit({ jobDefinition: 'rolled' }))).jobDefinition).toBe(
      arn('job-definition/rolled:1'),
    );
  });

  const variables = (name: string) => ({ containerOverrides: { environment: [{ name, value: 'x' }] } });
  test.each<[string, object, string]>([
    [
      'an unknown definition',
      { jobDefinition: 'nobody' },
      'JobDefinition name nobody does not exist or is not in ACTIVE status',
    ],
    [
      'an INACTIVE definition',
      { jobDefinition: 'retired' },
      'JobDefinition name retired does not exist or is not in ACTIVE status',
    ],
    [
      'an INACTIVE revision',
      { jobDefinition: 'retired:1' },
      'JobDefinition name retired:1 does not exist or is not in ACTIVE status',
    ],
    [
      'an ARN of another region',
      { jobDefinition: arn('job-definition/revised').replace('eu-west-1', 'us-east-1') },
      'does not exist or is not in ACTIVE status',
    ],
    [
      'a tag for a revision',
      { jobDefinition: 'revised:latest' },
      'Provided name revised:latest is not supported pattern[a-zA-Z_0-9-]{1,128}',
    ],
    ['an unknown queue', { jobQueue: 'nobody' }, 'JobQueue nobody not found.'],
    ['a DISABLED queue', { jobQueue: 'closed' }, 'JobQueue closed is disabled.'],
    ['a name of 129', { jobName: 'a'.repeat(129) }, 'Job name should match valid pattern'],
    ['a name with a dot', { jobName: 'a.b' }, 'Job name should match valid pattern'],
    ['an array of 1', { arrayProperties: { size: 1 } }, 'Array size must be between 2 and 10000'],
    ['an array of 10001', { arrayProperties: { size: 10_001 } }, 'Array size must be between 2 and 10000'],
    ['47 KiB', { parameters: { a: 'x'.repeat(47_900) } }, 'Job size must be less than 30 KiB, got 47 KiB'],
    [
      '51 tags',
      { tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`t${n}`, ''])) },
      'Member must have length less than or equal to 50',
    ],
    ['a timeout of 59', { timeout: { attemptDurationSeconds: 59 } }, 'at least 60 seconds'],
    ['11 attempts', { retryStrategy: { attempts: 11 } }, 'RetryAttempts must be between 1 and 10.'],
    ['a priority of 10000', { schedulingPriorityOverride: 10_000 }, 'between 0 and 9999'],
    ['a reserved variable', variables('AWS_BATCH_JOB_ID'), 'must not start with AWS_BATCH'],
    [
      'an empty word in the command',
      { containerOverrides: { command: ['a', ''] } },
      'should not contain an empty string',
    ],
    ['21 dependencies', { dependsOn: Array.from({ length: 21 }, () => ({ jobId: 'x' })) }, 'at most 20 jobs'],
    ['a dependency on nobody', { dependsOn: [{ jobId: 'nobody' }] }, 'Job dependency nobody does not exist'],
    [
      'a strange dependency',
      { dependsOn: [{ jobId: 'x', type: 'SOMETIMES' }] },
      'dependency type must be one of N_TO_N | SEQUENTIAL',
    ],
    ['a dependency without an id', { dependsOn: [{}] }, 'jobId is required for a dependency that is not SEQUENTIAL'],
    ['a sequence of one', { dependsOn: [{ type: 'SEQUENTIAL' }] }, 'for array jobs only'],
    ['a share in a plain queue', { shareIdentifier: 'a' }, 'shareIdentifier cannot be specified'],
    ['no share in a fair queue', { jobQueue: 'fair' }, 'shareIdentifier must be specified.'],
    [
      'no priority in a fair queue',
      { jobQueue: 'fair', shareIdentifier: 'a' },
      'Either schedulingPriority in job definition or schedulingPriorityOverride should be specified.',
    ],
    [
      'EC2 on a Fargate queue',
      { jobQueue: 'far' },
      'Job Queue is attached to Compute Environment that can not run Jobs with capability EC2',
    ],
    [
      'Fargate on an EC2 queue',
      { jobDefinition: 'far' },
      'Job Queue is attached to Compute Environment that can not run Jobs with capability FARGATE',
    ],
    ['several nodes, which only AWS runs', { jobDefinition: 'nodes' }, 'does not run multi-node parallel jobs'],
    [
      'a bad size on Fargate',
      {
        jobQueue: 'far',
        jobDefinition: 'far',
        containerOverrides: { resourceRequirements: [{ type: 'MEMORY', value: '4000' }] },
      },
      'Fargate resource requirements (1.00 vCPU, 4000 MiB) not valid.',
    ],
    [
      'vcpus on Fargate',
      { jobQueue: 'far', jobDefinition: 'far', containerOverrides: { vcpus: 1 } },
      'vcpus is not applicable for Fargate. Use resource requirements instead.',
    ],
  ])('BATCH-52 refuses %s', async (_, change, message) => {
    const request = { jobName: 'j', jobQueue: 'queue', jobDefinition: 'definition', ...change } as SubmitJobRequest;
    await expect(batch().api.submitJob(request)).rejects.toMatchObject({
      name: 'ClientException',
      message: expect.stringContaining(message),
    });
  });

  test('BATCH-53 puts parameters over those of the definition, and their values into the command that runs', async () => {
    await batch().register(
      'echo',
      { command: ['echo', 'Ref::who', '--to=Ref::where/x', 'Ref::nobody', 'Ref::who-ever'] },
      { parameters: { who: 'Ann', where: 'a' } },
    );
    const id = await batch().submit({ jobDefinition: 'echo', parameters: { where: 'b', more: 'c' } });
    expect(await batch().describe(id)).toMatchObject({
      parameters: { who: 'Ann', where: 'b', more: 'c' },
      container: { command: ['echo', 'Ref::who', '--to=Ref::where/x', 'Ref::nobody', 'Ref::who-ever'] },
    });
    expect(batch().engine.of(id).request.command).toEqual(['echo', 'Ann', '--to=b/x', 'Ref::nobody', 'Ann-ever']);
  });

  test('BATCH-54 puts overrides over the definition: command whole, variables by name, requirements by type, deprecated members over deprecated ones alone', async () => {
    const environment = [
      { name: 'A', value: '1' },
      { name: 'B', value: '1' },
    ];
    await batch().register('old', { command: ['one'], environment });
    const old = await batch().submit({
      jobDefinition: 'old',
      containerOverrides: {
        command: ['two'],
        vcpus: 2,
        memory: 256,
        environment: [
          { name: 'B', value: '2' },
          { name: 'C', value: '2' },
        ],
        instanceType: 'm5.large',
      },
    });
    expect((await batch().describe(old)).container).toMatchObject({
      command: ['two'],
      vcpus: 2,
      memory: 256,
      instanceType: 'm5.large',
      environment: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
        { name: 'C', value: '2' },
      ],
    });
    expect(batch().engine.of(old).request).toMatchObject({
      vcpus: 2,
      memoryMiB: 256,
      command: ['two'],
      environment: { A: '1', B: '2', C: '2' },
    });

    const resourceRequirements = [
      { type: 'VCPU' as const, value: '1' },
      { type: 'MEMORY' as const, value: '128' },
    ];
    await batch().register('new', { vcpus: undefined, memory: undefined, resourceRequirements });
    const fresh = await batch().submit({
      jobDefinition: 'new',
      containerOverrides: { memory: 512, resourceRequirements: [{ type: 'VCPU', value: '4' }] },
    });
    expect(batch().engine.of(fresh).request).toMatchObject({ vcpus: 4, memoryMiB: 128 });
    expect((await batch().describe(fresh)).container?.resourceRequirements).toEqual([
      { type: 'VCPU', value: '4' },
      { type: 'MEMORY', value: '128' },
    ]);
  });

  test('BATCH-55 replaces retry strategy and timeout whole, and shows them', async () => {
    await batch().register(
      'strategic',
      {},
      {
        retryStrategy: { attempts: 5 },
        timeout: { attemptDurationSeconds: 100 },
        propagateTags: true,
        schedulingPriority: 3,
      },
    );
    const own = await batch().submit({ jobDefinition: 'strategic' });
    expect(await batch().describe(own)).toMatchObject({
      retryStrategy: { attempts: 5, evaluateOnExit: [] },
      timeout: { attemptDurationSeconds: 100 },
      propagateTags: true,
      schedulingPriority: 3,
    });
    const over = await batch().submit({
      jobDefinition: 'strategic',
      retryStrategy: { attempts: 2 },
      timeout: { attemptDurationSeconds: 60 },
      propagateTags: false,
    });
    expect(await batch().describe(over)).toMatchObject({
      retryStrategy: { attempts: 2 },
      timeout: { attemptDurationSeconds: 60 },
      propagateTags: false,
    });
  });

  test('BATCH-56 accepts overrides of more than 8,192 characters, and the job FAILS before it runs', async () => {
    const long = { environment: [{ name: 'LONG', value: 'x'.repeat(8100) }] };
    for (const arrayProperties of [undefined, { size: 2 }]) {
      const id = await batch().submit({ containerOverrides: long, ...(arrayProperties ? { arrayProperties } : {}) });
      expect(await batch().describe(id)).toMatchObject({
        status: 'FAILED',
        statusReason: 'Container Overrides length must be at most 8192',
        attempts: [],
      });
      if (arrayProperties)
        expect((await batch().describe(`${id}:1`)).statusReason).toBe(
          'Container Overrides length must be at most 8192',
        );
    }
    const short = await batch().submit({
      containerOverrides: { environment: [{ name: 'LONG', value: 'x'.repeat(7000) }] },
    });
    expect(await batch().statuses(short)).toEqual(['STARTING']);
  });

  test('BATCH-56 counts a command with parameters put in, not one that nobody changes', async () => {
    const long = 'x'.repeat(8000);
    await batch().register('long', { command: [long] });
    expect(await batch().statuses(await batch().submit({ jobDefinition: 'long' }))).toEqual(['STARTING']);
    await batch().register('filled', { command: ['Ref::a'] });
    expect(await batch().statuses(await batch().submit({ jobDefinition: 'filled', parameters: { a: long } }))).toEqual([
      'FAILED',
    ]);
  });

  test('BATCH-57 fails a job whose tags and definition tags are more than 50 together, when they are to be propagated', async () => {
    const tags = (prefix: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}${n}`, '']));
    await batch().register('tagged', {}, { tags: tags('d', 30) });
    const [propagated, kept] = await Promise.all([
      batch().submit({ jobDefinition: 'tagged', tags: tags('j', 30), propagateTags: true }),
      batch().submit({ jobDefinition: 'tagged', tags: tags('j', 30) }),
    ]);
    expect(await batch().statuses(propagated, kept)).toEqual(['FAILED', 'STARTING']);
  });

  test('BATCH-58 of a job that nothing holds back needs no second call to finish', async () => {
    batch().engine.script = succeed;
    const id = await batch().submit();
    await settle();
    expect(await batch().statuses(id)).toEqual(['SUCCEEDED']);
  });
});
