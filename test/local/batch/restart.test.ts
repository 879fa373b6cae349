import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LocalBatch } from './local-batch.ts';
import { settle, TestClock } from './test-clock.ts';

let stateFolder: string;
beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'batch-state-'));
});
const running: LocalBatch[] = [];
afterEach(async () => {
  for (const batch of running.splice(0)) await batch.stop();
  await rm(stateFolder, { recursive: true, force: true });
});

/** Stopped after the test, however that ends. */
async function start(clock?: TestClock): Promise<LocalBatch> {
  const batch = await LocalBatch.start({ stateFolder, ...(clock ? { clock } : {}) });
  running.push(batch);
  return batch;
}

async function startFirst(): Promise<LocalBatch> {
  const batch = await start();
  await batch.createComputeEnvironment('environment', { maxvCpus: 3 });
  await batch.createQueue('queue', ['environment']);
  await batch.register('definition');
  return batch;
}

const lostHost = expect.stringMatching(/^Host EC2 \(instance i-[0-9a-f]{17}\) terminated\.$/);

describe('a restart with a state folder', () => {
  test('BATCH-160 knows everything, and finds running attempts to have lost their host, by the retry rules', async () => {
    const before = await startFirst();
    const done = await before.submit({ jobName: 'done', tags: { a: 'b' } });
    before.engine.of(done).exit(0);
    await settle();
    const retried = await before.submit({ retryStrategy: { attempts: 2 } });
    const failing = await before.submit();
    before.engine.of(failing).start();
    await settle();
    const array = await before.submit({
      arrayProperties: { size: 4 },
      retryStrategy: {
        attempts: 2,
        evaluateOnExit: [
          { action: 'RETRY', onStatusReason: 'Host EC2*' },
          { action: 'EXIT', onReason: '*' },
        ],
      },
    });
    const behind = await before.submit({ dependsOn: [{ jobId: array }] });
    const described = await before.describe(done);
    expect(await before.statuses(retried, failing, `${array}:0`, `${array}:1`, behind)).toEqual([
      'STARTING',
      'RUNNING',
      'STARTING',
      'RUNNABLE',
      'PENDING',
    ]);
    await before.stop();

    const after = await start(before.clock);
    expect(await after.describe(done)).toEqual(described);
    expect(await after.describe(failing)).toMatchObject({
      status: 'FAILED',
      statusReason: lostHost,
      attempts: [{ statusReason: lostHost, startedAt: expect.any(Number) }],
    });
    expect(await after.describe(retried)).toMatchObject({ status: 'STARTING', attempts: [{ statusReason: lostHost }] });
    expect(await after.statuses(`${array}:0`, `${array}:1`, behind)).toEqual(['STARTING', 'STARTING', 'PENDING']);
    expect((await after.describe(`${array}:0`)).attempts).toHaveLength(1);
    for (let n = 0; n < 2; n++) {
      for (const run of after.engine.runs) run.exit(0);
      await settle();
    }
    expect(await after.statuses(retried, array, behind)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'STARTING']);
    expect(await after.register('definition')).toMatch(/:2$/);
    const listed = await after.api.listJobs({ jobQueue: 'queue', filters: [{ name: 'JOB_NAME', values: ['*'] }] });
    expect(listed.jobSummaryList?.map(({ jobId }) => jobId)).toEqual([behind, array, failing, retried, done]);
  });

  test('BATCH-161 leaves what was cancelled or terminated so', async () => {
    const before = await startFirst();
    const array = await before.submit({ arrayProperties: { size: 5 }, retryStrategy: { attempts: 3 } });
    await before.api.terminateJob({ jobId: array, reason: 'stop' });
    await before.stop();
    const after = await start(before.clock);
    expect(await after.describe(array)).toMatchObject({
      status: 'FAILED',
      statusReason: 'stop',
      isTerminated: true,
      arrayProperties: { statusSummary: { FAILED: 5 } },
    });
    expect(await after.describe(`${array}:0`)).toMatchObject({
      status: 'FAILED',
      statusReason: 'stop',
      isTerminated: true,
    });
    expect(after.engine.runs).toEqual([]);
  });

  test('BATCH-161 keeps the crowd cancelled while the rest goes on', async () => {
    const before = await startFirst();
    const array = await before.submit({ arrayProperties: { size: 5 }, retryStrategy: { attempts: 3 } });
    await before.api.cancelJob({ jobId: array, reason: 'no more' });
    await before.stop();
    const after = await start(before.clock);
    await settle();
    expect(after.engine.runs).toHaveLength(3);
    for (const run of after.engine.runs) run.exit(0);
    expect(await after.describe(array)).toMatchObject({
      status: 'FAILED',
      statusReason: 'no more',
      arrayProperties: { statusSummary: { SUCCEEDED: 3, FAILED: 2 } },
    });
  });

  test('BATCH-162 takes dependencies up again: SEQUENTIAL and N_TO_N', async () => {
    const before = await startFirst();
    const up = await before.submit({
      arrayProperties: { size: 3 },
      dependsOn: [{ type: 'SEQUENTIAL' }],
      retryStrategy: { attempts: 2 },
    });
    const down = await before.submit({ arrayProperties: { size: 3 }, dependsOn: [{ jobId: up, type: 'N_TO_N' }] });
    before.engine.of(`${up}:0`).exit(0);
    await settle();
    before.engine.of(`${down}:0`).exit(0);
    await settle();
    expect(await before.statuses(`${up}:0`, `${up}:1`, `${up}:2`, `${down}:0`, `${down}:1`)).toEqual([
      'SUCCEEDED',
      'STARTING',
      'PENDING',
      'SUCCEEDED',
      'PENDING',
    ]);
    await before.stop();
    const after = await start(before.clock);
    await settle();
    expect(after.engine.runs.map(({ request }) => request.jobId)).toEqual([`${up}:1`]);
    for (let n = 0; n < 6; n++) {
      for (const run of after.engine.runs) run.exit(0);
      await settle();
    }
    expect(await after.statuses(up, down)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(after.engine.runs).toHaveLength(4);
  });

  test('BATCH-168 what waits for a child whose host was lost for good fails with it', async () => {
    const before = await startFirst();
    const array = await before.submit({ arrayProperties: { size: 3 }, dependsOn: [{ type: 'SEQUENTIAL' }] });
    const behind = await before.submit({ dependsOn: [{ jobId: array }] });
    expect(await before.statuses(`${array}:0`, `${array}:1`)).toEqual(['STARTING', 'PENDING']);
    await before.stop();
    const after = await start(before.clock);
    expect(await after.describe(`${array}:0`)).toMatchObject({ status: 'FAILED', statusReason: lostHost });
    expect(await after.describe(`${array}:2`)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Dependent Job failed',
      attempts: [],
    });
    expect(await after.statuses(array, behind)).toEqual(['FAILED', 'FAILED']);
  });

  test('BATCH-131 BATCH-168 what is retried goes before what was submitted earlier and has not run yet', async () => {
    const before = await startFirst();
    const first = await before.submit();
    const resourceRequirements = [{ type: 'VCPU' as const, value: '3' }];
    const large = await before.submit({ dependsOn: [{ jobId: first }], containerOverrides: { resourceRequirements } });
    const retried = await before.submit({ retryStrategy: { attempts: 3 } });
    const array = await before.submit({ arrayProperties: { size: 2 }, retryStrategy: { attempts: 3 } });
    before.engine.of(first).exit(0);
    expect(await before.statuses(retried, `${array}:0`, large)).toEqual(['STARTING', 'STARTING', 'RUNNABLE']);
    await before.stop();
    const after = await start(before.clock);
    expect(await after.statuses(retried, `${array}:0`, `${array}:1`, large)).toEqual([
      'STARTING',
      'STARTING',
      'RUNNABLE',
      'RUNNABLE',
    ]);
  });

  test('BATCH-163 stopping leaves no sleep of the clock behind', async () => {
    const clock = new TestClock();
    const batch = await start(clock);
    await batch.createComputeEnvironment('environment');
    await batch.createQueue('queue', ['environment']);
    await batch.register('definition');
    const id = await batch.submit({ timeout: { attemptDurationSeconds: 60 } });
    batch.engine.of(id).start();
    await settle();
    expect(clock.sleeping).toBe(1);
    await batch.stop();
    expect(clock.sleeping).toBe(0);
  });
});
