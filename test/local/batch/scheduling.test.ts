import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LocalBatch } from './local-batch.ts';
import { settle } from './test-clock.ts';

let batch: LocalBatch;
beforeEach(async () => {
  batch = await LocalBatch.start({ concurrency: 4 });
  await batch.register('definition');
});
afterEach(() => batch.stop());

const order = () => batch.engine.runs.map(({ request }) => request.jobId);
const placed = () => batch.engine.runs.map(({ request }) => request.environment['AWS_BATCH_CE_NAME']);

/** Ends the oldest container that still runs, and lets the next be placed. */
async function finishOne(): Promise<void> {
  const next = finished.size;
  const run = batch.engine.runs[next];
  if (!run) throw new Error('nothing runs');
  finished.add(run);
  run.exit(0);
  await settle();
}
let finished = new Set<object>();
beforeEach(() => {
  finished = new Set();
});

describe('what goes first', () => {
  test('BATCH-130 is the queue of the highest priority, then the job submitted first', async () => {
    await batch.createComputeEnvironment('one', { maxvCpus: 1 });
    await batch.createQueue('low', ['one'], 1);
    await batch.createQueue('high', ['one'], 10);
    const blocker = await batch.submit({ jobQueue: 'low' });
    const ids: string[] = [];
    for (const [at, jobQueue] of ['low', 'high', 'low', 'high'].entries()) ids[at] = await batch.submit({ jobQueue });
    for (let n = 0; n < 4; n++) await finishOne();
    expect(order()).toEqual([blocker, ids[1], ids[3], ids[0], ids[2]]);
    await batch.api.updateJobQueue({ jobQueue: 'low', priority: 20 });
  });

  test('BATCH-131 is a retried job, before all others of its queue', async () => {
    await batch.createComputeEnvironment('one', { maxvCpus: 1 });
    await batch.createQueue('queue', ['one']);
    const first = await batch.submit({ retryStrategy: { attempts: 2 } });
    const second = await batch.submit();
    batch.engine.of(first).exit(1);
    await settle();
    expect(order()).toEqual([first, first]);
    batch.engine.of(first).exit(0);
    await settle();
    expect(order()).toEqual([first, first, second]);
  });

  test('BATCH-131 is a retried child, before its siblings', async () => {
    await batch.createComputeEnvironment('one', { maxvCpus: 1 });
    await batch.createQueue('queue', ['one']);
    const id = await batch.submit({ arrayProperties: { size: 3 }, retryStrategy: { attempts: 2 } });
    batch.engine.of(`${id}:0`).exit(1);
    await settle();
    batch.engine.of(`${id}:0`).exit(0);
    await settle();
    expect(order()).toEqual([`${id}:0`, `${id}:0`, `${id}:1`]);
  });
});

describe('where it goes', () => {
  test('BATCH-132 is the first compute environment of the queue with room, within its maxvCpus', async () => {
    await batch.createComputeEnvironment('small', { maxvCpus: 2 });
    await batch.createComputeEnvironment('large', { maxvCpus: 2 });
    await batch.createQueue('queue', ['small', 'large']);
    for (let n = 0; n < 5; n++) await batch.submit();
    expect(placed()).toEqual(['small', 'small', 'large', 'large']);
    await finishOne();
    expect(placed()).toEqual(['small', 'small', 'large', 'large', 'small']);
  });

  test('BATCH-133 is no more than the engine can run at once, over all accounts and regions in turn', async () => {
    await batch.createComputeEnvironment('wide');
    await batch.createQueue('queue', ['wide']);
    await batch.submit({ arrayProperties: { size: 10 } });
    expect(batch.engine.runs).toHaveLength(4);
    const elsewhere = new (batch.api.constructor as typeof import('@aws-sdk/client-batch').Batch)({
      endpoint: batch.local.url,
      region: 'us-east-1',
      credentials: { accessKeyId: '111122223333', secretAccessKey: 'local' },
    });
    await elsewhere.createComputeEnvironment({
      computeEnvironmentName: 'wide',
      type: 'MANAGED',
      computeResources: { type: 'FARGATE', maxvCpus: 100, subnets: ['s'], securityGroupIds: ['g'] },
    });
    await elsewhere.createJobQueue({
      jobQueueName: 'queue',
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'wide' }],
    });
    await elsewhere.registerJobDefinition({
      jobDefinitionName: 'definition',
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
    await elsewhere.submitJob({
      jobName: 'j',
      jobQueue: 'queue',
      jobDefinition: 'definition',
      arrayProperties: { size: 5 },
    });
    for (let n = 0; n < 4; n++) await finishOne();
    const regions = batch.engine.runs.slice(4).map(({ request }) => request.region);
    expect(regions.filter(region => region === 'us-east-1')).toHaveLength(2);
    elsewhere.destroy();
  });

  test('BATCH-134 is nowhere while the compute environment is DISABLED; a DISABLED queue goes on with what it has', async () => {
    await batch.createComputeEnvironment('one');
    await batch.createQueue('queue', ['one']);
    await batch.api.updateComputeEnvironment({ computeEnvironment: 'one', state: 'DISABLED' });
    const id = await batch.submit();
    expect(await batch.statuses(id)).toEqual(['RUNNABLE']);
    await batch.api.updateJobQueue({ jobQueue: 'queue', state: 'DISABLED' });
    await batch.api.updateComputeEnvironment({ computeEnvironment: 'one', state: 'ENABLED' });
    expect(await batch.statuses(id)).toEqual(['STARTING']);
  });
});

describe('a job that can never be placed', () => {
  const vcpus =
    'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated with the job queue cannot meet the CPU requirement of the job.';
  const resources =
    'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher than that can be met by the CE(s) attached to the job queue.';

  test.each<[string, object, object, string | undefined]>([
    ['more vCPUs than maxvCpus', { maxvCpus: 2 }, { vcpus: 4 }, vcpus],
    ['more vCPUs than any instance', { instanceTypes: ['m5.large'] }, { vcpus: 4 }, resources],
    ['more memory than any instance', { instanceTypes: ['m5.large', 'c5.xlarge'] }, { memory: 8192 }, resources],
    ['memory just as an instance registers it', { instanceTypes: ['m5.large'] }, { memory: 7985 }, undefined],
    ['memory of the larger of two', { instanceTypes: ['m5.large', 'r5.large'] }, { memory: 12_000 }, undefined],
    [
      'a GPU on CPU instances',
      { instanceTypes: ['m5.large'] },
      { resourceRequirements: [{ type: 'GPU', value: '1' }] },
      resources,
    ],
    [
      'a GPU on GPU instances',
      { instanceTypes: ['g4dn.xlarge'] },
      { resourceRequirements: [{ type: 'GPU', value: '1' }] },
      undefined,
    ],
    [
      'two GPUs where there is one',
      { instanceTypes: ['p3.2xlarge'] },
      { resourceRequirements: [{ type: 'GPU', value: '2' }] },
      resources,
    ],
    [
      'a GPU of a whole family',
      { instanceTypes: ['p3'] },
      { resourceRequirements: [{ type: 'GPU', value: '4' }] },
      undefined,
    ],
    ['193 vCPUs of optimal', { instanceTypes: ['optimal'] }, { vcpus: 193 }, resources],
    ['96 vCPUs of a family', { instanceTypes: ['c5'] }, { vcpus: 96 }, undefined],
    ['65 vCPUs of default_arm64', { instanceTypes: ['default_arm64'] }, { vcpus: 65 }, resources],
    [
      'anything on a type nobody knows',
      { instanceTypes: ['hpc7a.96xlarge'] },
      { vcpus: 190, memory: 700_000 },
      undefined,
    ],
    ['burstable memory', { instanceTypes: ['t3.medium'] }, { memory: 4096 }, resources],
  ])('BATCH-135 says why at the head of its queue: %s', async (_, environment, container, reason) => {
    await batch.createComputeEnvironment('fixed', environment);
    await batch.createQueue('queue', ['fixed']);
    await batch.register('hungry', container);
    const id = await batch.submit({ jobDefinition: 'hungry' });
    const job = await batch.describe(id);
    expect([job.status, job.statusReason]).toEqual([reason ? 'RUNNABLE' : 'STARTING', reason]);
  });

  test('BATCH-135 also while the engine has no room for anything', async () => {
    const full = await LocalBatch.start({ concurrency: 1 });
    await full.createComputeEnvironment('fixed', { maxvCpus: 2 });
    for (const queue of ['first', 'other']) await full.createQueue(queue, ['fixed']);
    await full.register('definition');
    await full.register('hungry', { vcpus: 4 });
    const placed = await full.submit({ jobQueue: 'first' });
    const waits = await full.submit({ jobQueue: 'first' });
    const hungry = await full.submit({ jobQueue: 'other', jobDefinition: 'hungry' });
    expect(await full.statuses(placed, waits, hungry)).toEqual(['STARTING', 'RUNNABLE', 'RUNNABLE']);
    expect(await full.describe(waits)).not.toHaveProperty('statusReason');
    expect((await full.describe(hungry)).statusReason).toBe(vcpus);
    await full.stop();
  });

  test('BATCH-136 holds up those behind it, and loses its reason when it can be placed', async () => {
    await batch.createComputeEnvironment('fixed', { maxvCpus: 2 });
    await batch.createQueue('queue', ['fixed']);
    await batch.register('hungry', { vcpus: 4 });
    const [hungry, next] = [await batch.submit({ jobDefinition: 'hungry' }), await batch.submit()];
    expect(await batch.statuses(hungry, next)).toEqual(['RUNNABLE', 'RUNNABLE']);
    expect(await batch.describe(next)).not.toHaveProperty('statusReason');
    const [listed] =
      (
        await batch.api.listJobs({ jobQueue: 'queue', jobStatus: 'RUNNABLE', filters: [] })
      ).jobSummaryList?.toReversed() ?? [];
    expect(listed?.statusReason).toBe(vcpus);
    await batch.api.updateComputeEnvironment({ computeEnvironment: 'fixed', computeResources: { maxvCpus: 8 } });
    const started = await batch.describe(hungry);
    expect(started.status).toBe('STARTING');
    expect(started).not.toHaveProperty('statusReason');
    expect(await batch.statuses(next)).toEqual(['STARTING']);
  });

  test('BATCH-136 makes way when it is cancelled', async () => {
    await batch.createComputeEnvironment('fixed', { maxvCpus: 2 });
    await batch.createQueue('queue', ['fixed']);
    await batch.register('hungry', { vcpus: 4 });
    const [hungry, next] = [
      await batch.submit({ jobDefinition: 'hungry', arrayProperties: { size: 2 } }),
      await batch.submit(),
    ];
    expect((await batch.describe(`${hungry}:0`)).statusReason).toBe(vcpus);
    await batch.api.cancelJob({ jobId: hungry, reason: 'too large' });
    expect(await batch.statuses(hungry, next)).toEqual(['FAILED', 'STARTING']);
  });

  test('BATCH-137 is cancelled by the queue’s time limit for that reason', async () => {
    await batch.createComputeEnvironment('fixed', { maxvCpus: 2 });
    await batch.createQueue('queue', ['fixed'], 1, {
      jobStateTimeLimitActions: [
        {
          state: 'RUNNABLE',
          reason: 'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE',
          maxTimeSeconds: 600,
          action: 'CANCEL',
        },
      ],
    });
    await batch.register('hungry', { vcpus: 4 });
    const [hungry, next] = [await batch.submit({ jobDefinition: 'hungry' }), await batch.submit()];
    await batch.clock.advance(599_000);
    expect(await batch.statuses(hungry)).toEqual(['RUNNABLE']);
    await batch.clock.advance(1000);
    expect(await batch.describe(hungry)).toMatchObject({
      status: 'FAILED',
      statusReason:
        'Canceled by JobStateTimeLimit action due to reason: MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE',
    });
    expect(await batch.statuses(next)).toEqual(['STARTING']);
  });
});

describe('fair share', () => {
  const submit = (shareIdentifier: string, schedulingPriorityOverride = 0) =>
    batch.submit({ jobQueue: 'fair', shareIdentifier, schedulingPriorityOverride });

  async function createFair(fairsharePolicy: object = {}): Promise<void> {
    const { arn: schedulingPolicyArn } = await batch.api.createSchedulingPolicy({ name: 'fair', fairsharePolicy });
    await batch.createComputeEnvironment('one', { maxvCpus: 1 });
    await batch.createQueue('fair', ['one'], 1, { schedulingPolicyArn });
  }

  test('BATCH-138 gives the share that has used least the next turn', async () => {
    await createFair();
    const a = [await submit('a'), await submit('a'), await submit('a')];
    const b = [await submit('b'), await submit('b')];
    for (let n = 0; n < 4; n++) {
      await batch.clock.advance(10_000);
      await finishOne();
    }
    expect(order()).toEqual([a[0], b[0], a[1], b[1], a[2]]);
  });

  test('BATCH-139 lets a share of lower weight use more', async () => {
    await createFair({
      shareDistribution: [
        { shareIdentifier: 'vip*', weightFactor: 0.25 },
        { shareIdentifier: 'b', weightFactor: 1 },
      ],
    });
    for (let n = 0; n < 6; n++) await submit('vip-1');
    for (let n = 0; n < 6; n++) await submit('b');
    const shares: (string | undefined)[] = [];
    for (let n = 0; n < 10; n++) {
      await batch.clock.advance(10_000);
      await finishOne();
    }
    for (const id of order().slice(0, 10)) shares.push((await batch.describe(id)).shareIdentifier);
    expect(shares.filter(share => share === 'vip-1').length).toBeGreaterThanOrEqual(6);
    expect(shares).toContain('b');
  });

  test('BATCH-139 weighs a share by the identifier or the longest prefix that fits it, and by 1 when none does', async () => {
    await createFair({
      shareDistribution: [
        { shareIdentifier: 'team*', weightFactor: 900 },
        { shareIdentifier: 'team-a*', weightFactor: 0.001 },
        { shareIdentifier: 'team-a-1', weightFactor: 5 },
        { shareIdentifier: 'plain' },
      ],
    });
    const running = await submit('first');
    const shares = ['team-b', 'team-a-1', 'plain', 'team-a-2'];
    // Each share has used the same: the lighter one goes first, and of two the one that was there first.
    const once = new Map<string, string>();
    for (const share of shares) once.set(await submit(share), share);
    for (let n = 0; n < shares.length; n += 1) {
      await batch.clock.advance(10_000);
      await finishOne();
    }
    const again = new Map<string, string>();
    for (const share of shares) again.set(await submit(share), share);
    for (let n = 0; n < shares.length; n += 1) {
      await batch.clock.advance(10_000);
      await finishOne();
    }
    expect(order().slice(0, 5)).toEqual([running, ...once.keys()]);
    expect(
      order()
        .slice(5)
        .map(id => again.get(id)),
    ).toEqual(['team-a-2', 'plain', 'team-a-1', 'team-b']);
  });

  test('BATCH-140 goes by the priority of the definition where the submission gives none', async () => {
    await createFair();
    await batch.register('urgent', {}, { schedulingPriority: 9 });
    await batch.register('later', {}, { schedulingPriority: 1 });
    const ids: string[] = [];
    for (const jobDefinition of ['later', 'later', 'urgent'])
      ids.push(await batch.submit({ jobQueue: 'fair', shareIdentifier: 'a', jobDefinition }));
    for (let n = 0; n < 2; n += 1) await finishOne();
    expect(order()).toEqual([ids[0], ids[2], ids[1]]);
    expect(await batch.describe(ids[2] ?? '')).toMatchObject({ schedulingPriority: 9, shareIdentifier: 'a' });
  });

  test('BATCH-140 goes by scheduling priority within a share, and is listed by share', async () => {
    await createFair();
    const [running, low, high] = [await submit('a'), await submit('a', 1), await submit('a', 9)];
    await finishOne();
    await finishOne();
    expect(order()).toEqual([running, high, low]);
    const { jobSummaryList = [] } = await batch.api.listJobs({
      jobQueue: 'fair',
      filters: [{ name: 'SHARE_IDENTIFIER', values: ['a'] }],
    });
    expect(jobSummaryList.map(({ jobId, shareIdentifier }) => [jobId, shareIdentifier])).toEqual([
      [high, 'a'],
      [low, 'a'],
      [running, 'a'],
    ]);
    const starting = await batch.api.listJobs({
      jobQueue: 'fair',
      jobStatus: 'STARTING',
      filters: [{ name: 'SHARE_IDENTIFIER', values: ['a'] }],
    });
    expect(starting.jobSummaryList?.map(({ jobId }) => jobId)).toEqual([low]);
  });
});
