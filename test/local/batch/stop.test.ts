import { afterEach, describe, expect, test } from '@jest/globals';
import { arn, useBatch } from './local-batch.ts';
import { settle } from './test-clock.ts';

const batch = useBatch();
afterEach(() => batch().engine.reset());

/** Holds everything RUNNABLE while the steps run. */
async function withoutCapacity(steps: () => Promise<void>): Promise<void> {
  const { api } = batch();
  await api.updateComputeEnvironment({ computeEnvironment: 'environment', state: 'DISABLED' });
  await steps().finally(() => api.updateComputeEnvironment({ computeEnvironment: 'environment', state: 'ENABLED' }));
}

describe('CancelJob', () => {
  test('BATCH-110 fails what is not placed yet with the reason, without a run', () =>
    withoutCapacity(async () => {
      const { api, clock } = batch();
      const runnable = await batch().submit({ retryStrategy: { attempts: 3 } });
      const pending = await batch().submit({ dependsOn: [{ jobId: runnable }] });
      await api.cancelJob({ jobId: pending, reason: 'not needed' });
      await api.cancelJob({ jobId: arn(`job/${runnable}`), reason: 'not needed' });
      for (const id of [runnable, pending]) {
        const job = await batch().describe(id);
        expect(job).toMatchObject({
          status: 'FAILED',
          statusReason: 'not needed',
          isCancelled: true,
          isTerminated: false,
          attempts: [],
          stoppedAt: clock.now(),
        });
        expect(job).not.toHaveProperty('startedAt');
      }
    }));

  test('BATCH-111 leaves what is STARTING or RUNNING alone', async () => {
    const { api, engine } = batch();
    const id = await batch().submit();
    await api.cancelJob({ jobId: id, reason: 'too late' });
    engine.of(id).start();
    await settle();
    await api.cancelJob({ jobId: id, reason: 'too late' });
    const job = await batch().describe(id);
    expect(job).toMatchObject({ status: 'RUNNING', isCancelled: false });
    expect(job).not.toHaveProperty('statusReason');
    engine.of(id).exit(0);
    expect(await batch().describe(id)).toMatchObject({
      status: 'SUCCEEDED',
      statusReason: 'Essential container in task exited',
    });
  });

  test('BATCH-112 of a parent reaches the children that are not placed; the parent ends when the others have', async () => {
    const { api, engine } = batch();
    await api.updateComputeEnvironment({ computeEnvironment: 'environment', computeResources: { maxvCpus: 2 } });
    const id = await batch().submit({ arrayProperties: { size: 5 } });
    await api.cancelJob({ jobId: id, reason: 'enough' });
    expect(await batch().describe(id)).toMatchObject({
      status: 'PENDING',
      arrayProperties: { statusSummary: { STARTING: 2, FAILED: 3 } },
    });
    expect(await batch().describe(`${id}:4`)).toMatchObject({
      status: 'FAILED',
      statusReason: 'enough',
      isCancelled: true,
    });
    engine.of(`${id}:0`).exit(0);
    engine.of(`${id}:1`).exit(0);
    expect(await batch().describe(id)).toMatchObject({
      status: 'FAILED',
      statusReason: 'enough',
      isCancelled: true,
      arrayProperties: { statusSummary: { SUCCEEDED: 2, FAILED: 3 } },
    });
    expect(engine.runs).toHaveLength(2);
    await api.updateComputeEnvironment({ computeEnvironment: 'environment', computeResources: { maxvCpus: 10_000 } });
  });

  test('BATCH-112 of a parent whose children all run changes nothing', async () => {
    const { api, engine } = batch();
    const id = await batch().submit({ arrayProperties: { size: 2 } });
    await api.cancelJob({ jobId: id, reason: 'too late' });
    for (const index of [0, 1]) engine.of(`${id}:${index}`).exit(0);
    expect(await batch().describe(id)).toMatchObject({ status: 'SUCCEEDED', isCancelled: false });
  });

  test('BATCH-113 of one child, and of a retried child that waits, ends that child alone', () =>
    withoutCapacity(async () => {
      const { api } = batch();
      const id = await batch().submit({ arrayProperties: { size: 2 } });
      await api.cancelJob({ jobId: `${id}:1`, reason: 'just you' });
      expect(await batch().statuses(id, `${id}:0`, `${id}:1`)).toEqual(['PENDING', 'RUNNABLE', 'FAILED']);
      await api.cancelJob({ jobId: id, reason: 'you too' });
      expect(await batch().describe(`${id}:1`)).toMatchObject({ statusReason: 'just you' });
      expect(await batch().describe(`${id}:0`)).toMatchObject({ statusReason: 'you too' });
    }));
});

describe('TerminateJob', () => {
  test('BATCH-114 stops what runs with 30 seconds of grace; it FAILS with the reason, flagged, and is never retried', async () => {
    const { api, engine } = batch();
    for (const state of ['STARTING', 'RUNNING'] as const) {
      const id = await batch().submit({ retryStrategy: { attempts: 3 } });
      if (state === 'RUNNING') engine.of(id).start();
      await settle();
      await api.terminateJob({ jobId: id, reason: 'stop it' });
      await api.terminateJob({ jobId: id, reason: 'again' });
      expect(engine.of(id).stops).toEqual([30]);
      expect(await batch().describe(id)).toMatchObject({ status: state, isTerminated: true });
      engine.of(id).exit(143);
      expect(await batch().describe(id)).toMatchObject({
        status: 'FAILED',
        statusReason: 'stop it',
        isTerminated: true,
        isCancelled: false,
        attempts: [{ container: { exitCode: 143 }, statusReason: 'stop it' }],
      });
    }
  });

  test('BATCH-115 ends what is not placed, as cancelling does', () =>
    withoutCapacity(async () => {
      const id = await batch().submit();
      await batch().api.terminateJob({ jobId: id, reason: 'no' });
      expect(await batch().describe(id)).toMatchObject({
        status: 'FAILED',
        statusReason: 'no',
        isTerminated: true,
        attempts: [],
      });
    }));

  test('BATCH-116 of a parent reaches every child; it ends when the last has', async () => {
    const { api, engine } = batch();
    await api.updateComputeEnvironment({ computeEnvironment: 'environment', computeResources: { maxvCpus: 2 } });
    const id = await batch().submit({ arrayProperties: { size: 4 }, retryStrategy: { attempts: 2 } });
    engine.of(`${id}:0`).start();
    await settle();
    await api.terminateJob({ jobId: id, reason: 'stop all' });
    expect(await batch().describe(id)).toMatchObject({
      status: 'PENDING',
      isTerminated: true,
      arrayProperties: { statusSummary: { RUNNING: 1, STARTING: 1, FAILED: 2 } },
    });
    for (const index of [0, 1]) {
      expect(engine.of(`${id}:${index}`).stops).toEqual([30]);
      engine.of(`${id}:${index}`).exit(137);
    }
    expect(await batch().describe(id)).toMatchObject({
      status: 'FAILED',
      statusReason: 'stop all',
      arrayProperties: { statusSummary: { FAILED: 4 } },
    });
    expect(await batch().describe(`${id}:3`)).toMatchObject({
      statusReason: 'stop all',
      isTerminated: true,
      attempts: [],
    });
    expect(engine.runs).toHaveLength(2);
    await api.updateComputeEnvironment({ computeEnvironment: 'environment', computeResources: { maxvCpus: 10_000 } });
  });

  test('BATCH-117 and CancelJob answer 200 for unknown ids and what has ended, and refuse an empty id or reason', async () => {
    const { api, engine } = batch();
    const id = await batch().submit();
    engine.of(id).exit(0);
    await settle();
    for (const call of [api.terminateJob.bind(api), api.cancelJob.bind(api)]) {
      await call({ jobId: 'nobody', reason: 'x' });
      await call({ jobId: id, reason: 'x' });
      await expect(call({ jobId: id, reason: '' })).rejects.toMatchObject({ name: 'ClientException' });
      await expect(call({ jobId: '', reason: 'x' })).rejects.toMatchObject({ name: 'ClientException' });
      await expect(call({ jobId: id, reason: 'x'.repeat(1025) })).rejects.toThrow('1024');
    }
    expect(await batch().describe(id)).toMatchObject({ status: 'SUCCEEDED', isTerminated: false, isCancelled: false });
  });
});

describe('CancelJobs and TerminateJobs', () => {
  test('BATCH-118 take up to 50 ids, count unknown ones as successful and name malformed ones', async () => {
    const { api, engine } = batch();
    const ids = [await batch().submit(), await batch().submit({ arrayProperties: { size: 2 } })];
    const unknown = '00000000-0000-4000-8000-000000000000';
    const { successful, errors } = await api.terminateJobs({ jobs: [...ids, unknown, 'not an id'], reason: 'bulk' });
    expect(successful).toEqual([...ids, unknown]);
    expect(errors).toEqual([{ job: 'not an id', code: 'ValidationException', message: expect.any(String) }]);
    for (const { request } of engine.runs) engine.of(request.jobId).exit(143);
    expect(await batch().statuses(...ids)).toEqual(['FAILED', 'FAILED']);
    await withoutCapacity(async () => {
      const id = await batch().submit();
      await api.cancelJobs({ jobs: [id], reason: 'bulk' });
      expect(await batch().describe(id)).toMatchObject({ status: 'FAILED', statusReason: 'bulk', isCancelled: true });
    });
    await expect(api.cancelJobs({ jobs: Array.from({ length: 51 }, () => unknown), reason: 'x' })).rejects.toThrow(
      'less than or equal to 50',
    );
    await expect(api.cancelJobs({ jobs: [], reason: 'x' })).rejects.toThrow('greater than or equal to 1');
    await expect(api.cancelJobs({ jobs: [unknown], reason: '' })).rejects.toThrow('reason must not be empty');
  });
});

describe('deleting a queue', () => {
  test('BATCH-119 terminates its jobs', async () => {
    const { api, engine } = batch();
    await batch().createQueue('going', ['environment']);
    const id = await batch().submit({ jobQueue: 'going' });
    await api.updateJobQueue({ jobQueue: 'going', state: 'DISABLED' });
    await api.deleteJobQueue({ jobQueue: 'going' });
    engine.of(id).exit(143);
    expect(await batch().describe(id)).toMatchObject({ status: 'FAILED', statusReason: 'JobQueue deleted' });
  });
});
