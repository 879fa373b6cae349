import { afterEach, describe, expect, test } from '@jest/globals';
import { arn, useBatch } from './local-batch.ts';
import { succeed } from './scripted-engine.ts';
import { settle } from './test-clock.ts';

const batch = useBatch();
afterEach(() => batch().engine.reset());

const zeros = { SUBMITTED: 0, PENDING: 0, RUNNABLE: 0, STARTING: 0, RUNNING: 0, SUCCEEDED: 0, FAILED: 0 };

describe('array jobs', () => {
  test('BATCH-81 children are described by parent:index with an index, an ARN and attempts of their own', async () => {
    const { engine, api } = batch();
    const id = await batch().submit({ arrayProperties: { size: 3 }, tags: { a: 'b' } });
    engine.of(`${id}:1`).exit(0);
    const child = await batch().describe(`${id}:1`);
    expect(child).toMatchObject({
      jobId: `${id}:1`,
      jobArn: arn(`job/${id}:1`),
      status: 'SUCCEEDED',
      arrayProperties: { index: 1 },
      tags: {},
      attempts: [{ container: { exitCode: 0 } }],
    });
    expect(child.arrayProperties).not.toHaveProperty('size');
    const { jobs } = await api.describeJobs({
      jobs: [`${id}:3`, `${id}:-1`, `${id}:01`, `${id}:x`, `${id}:`, `${id}:0:0`],
    });
    expect(jobs).toEqual([]);
    const parent = await batch().describe(id);
    expect(parent).toMatchObject({
      tags: { a: 'b' },
      attempts: [],
      arrayProperties: { size: 3, statusSummary: { ...zeros, STARTING: 2, SUCCEEDED: 1 } },
    });
    expect(parent.container).not.toHaveProperty('logStreamName');
  });

  test('BATCH-82 a parent is PENDING to the end, and SUCCEEDED when all children are', async () => {
    const { engine, clock } = batch();
    const id = await batch().submit({ arrayProperties: { size: 2 } });
    engine.of(`${id}:0`).exit(0);
    expect(await batch().statuses(id)).toEqual(['PENDING']);
    await clock.advance(1000);
    engine.of(`${id}:1`).exit(0);
    const parent = await batch().describe(id);
    expect(parent).toMatchObject({
      status: 'SUCCEEDED',
      stoppedAt: clock.now(),
      arrayProperties: { statusSummary: { ...zeros, SUCCEEDED: 2 }, statusSummaryLastUpdatedAt: clock.now() },
    });
    expect(parent).not.toHaveProperty('statusReason');
    expect(parent).not.toHaveProperty('startedAt');
  });

  test('BATCH-83 children are retried each by itself, by the parent’s strategy', async () => {
    const { engine } = batch();
    engine.script = ({ environment }) => ({
      kind: 'exited',
      exitCode:
        environment['AWS_BATCH_JOB_ARRAY_INDEX'] === '1' && environment['AWS_BATCH_JOB_ATTEMPT'] === '1' ? 1 : 0,
    });
    const id = await batch().submit({ arrayProperties: { size: 3 }, retryStrategy: { attempts: 2 } });
    expect(await batch().statuses(id)).toEqual(['SUCCEEDED']);
    const { jobs = [] } = await batch().api.describeJobs({ jobs: [0, 1, 2].map(index => `${id}:${index}`) });
    expect(jobs.map(({ attempts }) => attempts?.length)).toEqual([1, 2, 1]);
  });

  test('BATCH-84 ten thousand idle children cost little, and are there one by one', async () => {
    const { api } = batch();
    await batch().createQueue('idle', ['environment']);
    await api.updateComputeEnvironment({ computeEnvironment: 'environment', state: 'DISABLED' });
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    const id = await batch().submit({ jobQueue: 'idle', arrayProperties: { size: 10_000 } });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20e6);
    expect((await batch().describe(id)).arrayProperties?.statusSummary).toEqual({ ...zeros, RUNNABLE: 10_000 });
    expect(await batch().statuses(`${id}:9999`)).toEqual(['RUNNABLE']);
    await api.terminateJob({ jobId: id, reason: 'enough' });
    expect(await batch().statuses(id, `${id}:0`, `${id}:9999`)).toEqual(['FAILED', 'FAILED', 'FAILED']);
    await api.updateComputeEnvironment({ computeEnvironment: 'environment', state: 'ENABLED' });
  });
});

describe('dependencies', () => {
  test('BATCH-100 hold a job PENDING until all that it depends on have SUCCEEDED', async () => {
    const { engine } = batch();
    const [one, two] = [await batch().submit(), await batch().submit({ arrayProperties: { size: 2 } })];
    const id = await batch().submit({ dependsOn: [{ jobId: one }, { jobId: two }] });
    expect(await batch().describe(id)).toMatchObject({
      status: 'PENDING',
      dependsOn: [{ jobId: one }, { jobId: two }],
    });
    engine.of(one).exit(0);
    engine.of(`${two}:0`).exit(0);
    expect(await batch().statuses(id)).toEqual(['PENDING']);
    engine.of(`${two}:1`).exit(0);
    expect(await batch().statuses(id)).toEqual(['STARTING']);
    const late = await batch().submit({ dependsOn: [{ jobId: one }] });
    expect(await batch().statuses(late)).toEqual(['STARTING']);
  });

  test('BATCH-101 that FAILED fail the job without a run, and those behind it', async () => {
    const { engine } = batch();
    const first = await batch().submit();
    const second = await batch().submit({ dependsOn: [{ jobId: first }] });
    const third = await batch().submit({ dependsOn: [{ jobId: second }], arrayProperties: { size: 2 } });
    engine.of(first).exit(1);
    for (const id of [second, third, `${third}:1`]) {
      const job = await batch().describe(id);
      expect(job).toMatchObject({ status: 'FAILED', statusReason: 'Dependent Job failed', attempts: [] });
      expect(job.container).not.toHaveProperty('logStreamName');
    }
    const late = await batch().submit({ dependsOn: [{ jobId: first }] });
    expect(await batch().describe(late)).toMatchObject({ status: 'FAILED', statusReason: 'Dependent Job failed' });
  });

  test('BATCH-102 on one child wait for that child', async () => {
    const { engine } = batch();
    const array = await batch().submit({ arrayProperties: { size: 2 } });
    const id = await batch().submit({ dependsOn: [{ jobId: `${array}:1` }] });
    engine.of(`${array}:0`).exit(0);
    expect(await batch().statuses(id)).toEqual(['PENDING']);
    engine.of(`${array}:1`).exit(0);
    expect(await batch().statuses(id)).toEqual(['STARTING']);
    await expect(
      batch().api.submitJob({
        jobName: 'x',
        jobQueue: 'queue',
        jobDefinition: 'definition',
        dependsOn: [{ jobId: `${array}:2` }],
      }),
    ).rejects.toThrow('does not exist');
  });

  test('BATCH-102 on one child end with it when the whole crowd is cancelled', async () => {
    const { api } = batch();
    await api.updateComputeEnvironment({ computeEnvironment: 'environment', state: 'DISABLED' });
    const array = await batch().submit({ arrayProperties: { size: 3 } });
    const id = await batch().submit({ dependsOn: [{ jobId: `${array}:2` }] });
    await api.cancelJob({ jobId: array, reason: 'no' });
    expect(await batch().describe(id)).toMatchObject({ status: 'FAILED', statusReason: 'Dependent Job failed' });
    await api.updateComputeEnvironment({ computeEnvironment: 'environment', state: 'ENABLED' });
  });

  test('BATCH-103 SEQUENTIAL run children one after another; a failure ends all that follow', async () => {
    const { engine } = batch();
    const id = await batch().submit({ arrayProperties: { size: 4 }, dependsOn: [{ type: 'SEQUENTIAL' }] });
    expect((await batch().describe(id)).arrayProperties?.statusSummary).toEqual({ ...zeros, PENDING: 3, STARTING: 1 });
    engine.of(`${id}:0`).exit(0);
    await settle();
    expect(await batch().statuses(`${id}:0`, `${id}:1`, `${id}:2`)).toEqual(['SUCCEEDED', 'STARTING', 'PENDING']);
    engine.of(`${id}:1`).exit(1);
    expect(await batch().statuses(id, `${id}:2`, `${id}:3`)).toEqual(['FAILED', 'FAILED', 'FAILED']);
    expect(engine.runs).toHaveLength(2);
  });

  test('BATCH-103 of ten thousand children fail as fast as of four', async () => {
    const { engine } = batch();
    const id = await batch().submit({ arrayProperties: { size: 10_000 }, dependsOn: [{ type: 'SEQUENTIAL' }] });
    engine.of(`${id}:0`).exit(1);
    expect(await batch().describe(`${id}:9999`)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Dependent Job failed',
    });
    expect(await batch().statuses(id)).toEqual(['FAILED']);
  });

  test('BATCH-104 N_TO_N go index by index, in success and in failure', async () => {
    const { engine } = batch();
    const up = await batch().submit({ arrayProperties: { size: 3 } });
    const down = await batch().submit({ arrayProperties: { size: 3 }, dependsOn: [{ jobId: up, type: 'N_TO_N' }] });
    expect((await batch().describe(down)).arrayProperties?.statusSummary).toEqual({ ...zeros, PENDING: 3 });
    engine.of(`${up}:1`).exit(0);
    engine.of(`${up}:2`).exit(1);
    await settle();
    expect(await batch().statuses(`${down}:0`, `${down}:1`, `${down}:2`)).toEqual(['PENDING', 'STARTING', 'FAILED']);
    engine.of(`${up}:0`).exit(0);
    await settle();
    engine.of(`${down}:0`).exit(0);
    engine.of(`${down}:1`).exit(0);
    expect(await batch().statuses(down)).toEqual(['FAILED']);
    await expect(
      batch().submit({ arrayProperties: { size: 2 }, dependsOn: [{ jobId: up, type: 'N_TO_N' }] }),
    ).rejects.toThrow('same size');
    await expect(batch().submit({ dependsOn: [{ jobId: up, type: 'N_TO_N' }] })).rejects.toThrow('same size');
  });

  test('BATCH-104 N_TO_N on what has ended already', async () => {
    const { engine } = batch();
    engine.script = ({ environment }) => ({
      kind: 'exited',
      exitCode: environment['AWS_BATCH_JOB_ARRAY_INDEX'] === '0' ? 1 : 0,
    });
    const up = await batch().submit({ arrayProperties: { size: 2 } });
    await settle();
    engine.script = succeed;
    const down = await batch().submit({ arrayProperties: { size: 2 }, dependsOn: [{ jobId: up, type: 'N_TO_N' }] });
    expect(await batch().statuses(down, `${down}:0`, `${down}:1`)).toEqual(['FAILED', 'FAILED', 'SUCCEEDED']);
  });

  test('BATCH-104 N_TO_N end with a crowd that is cancelled before it was placed', async () => {
    const { api } = batch();
    await api.updateComputeEnvironment({ computeEnvironment: 'environment', state: 'DISABLED' });
    const up = await batch().submit({ arrayProperties: { size: 2 } });
    const down = await batch().submit({ arrayProperties: { size: 2 }, dependsOn: [{ jobId: up, type: 'N_TO_N' }] });
    await api.cancelJob({ jobId: up, reason: 'no' });
    expect(await batch().statuses(down, `${down}:0`, `${down}:1`)).toEqual(['FAILED', 'FAILED', 'FAILED']);
    await api.updateComputeEnvironment({ computeEnvironment: 'environment', state: 'ENABLED' });
  });

  test('BATCH-105 several kinds together all count', async () => {
    const { engine } = batch();
    const plain = await batch().submit();
    const up = await batch().submit({ arrayProperties: { size: 2 } });
    const down = await batch().submit({
      arrayProperties: { size: 2 },
      dependsOn: [{ jobId: plain }, { jobId: up, type: 'N_TO_N' }, { type: 'SEQUENTIAL' }],
    });
    engine.of(`${up}:0`).exit(0);
    engine.of(`${up}:1`).exit(0);
    expect(await batch().statuses(`${down}:0`)).toEqual(['PENDING']);
    engine.of(plain).exit(0);
    expect(await batch().statuses(`${down}:0`, `${down}:1`)).toEqual(['STARTING', 'PENDING']);
    engine.of(`${down}:0`).exit(0);
    expect(await batch().statuses(`${down}:1`)).toEqual(['STARTING']);
  });
});
