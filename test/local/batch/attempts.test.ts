import { afterEach, describe, expect, test } from '@jest/globals';
import type { ContainerOutcome } from '../../../src/local/engines/model.ts';
import { useBatch } from './local-batch.ts';
import { settle } from './test-clock.ts';

const batch = useBatch();
afterEach(() => batch().engine.reset());

const exit = (exitCode: number, reason?: string): ContainerOutcome => ({
  kind: 'exited',
  exitCode,
  ...(reason ? { reason } : {}),
});
const lost: ContainerOutcome = { kind: 'host-lost', statusReason: 'Host EC2 (instance i-0abc) terminated.' };
const unpulled: ContainerOutcome = { kind: 'not-started', reason: 'CannotPullContainerError: manifest unknown' };

describe('how an attempt ends', () => {
  test('BATCH-61 with a non-zero exit code FAILS with code and reason', async () => {
    const id = await batch().submit();
    batch().engine.of(id).exit(137, 'OutOfMemoryError: Container killed due to memory usage');
    expect(await batch().describe(id)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Essential container in task exited',
      container: { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
      attempts: [
        {
          statusReason: 'Essential container in task exited',
          container: { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
        },
      ],
    });
  });

  test('BATCH-62 of memory but with exit code 0 SUCCEEDS, with the reason to see', async () => {
    const id = await batch().submit();
    batch().engine.of(id).exit(0, 'OutOfMemoryError: Container killed due to memory usage');
    expect(await batch().describe(id)).toMatchObject({
      status: 'SUCCEEDED',
      container: { exitCode: 0, reason: expect.stringContaining('OutOfMemoryError') },
    });
  });

  test('BATCH-63 when nothing could be started has a reason, but no start, exit code or log stream', async () => {
    const id = await batch().submit();
    batch().engine.of(id).end(unpulled);
    const job = await batch().describe(id);
    expect(job).toMatchObject({
      status: 'FAILED',
      statusReason: 'Task failed to start',
      container: { reason: 'CannotPullContainerError: manifest unknown' },
      attempts: [
        {
          statusReason: 'Task failed to start',
          container: { reason: 'CannotPullContainerError: manifest unknown', taskArn: expect.any(String) },
        },
      ],
    });
    for (const shown of [job, job.attempts?.[0]]) expect(shown).not.toHaveProperty('startedAt');
    for (const shown of [job.container, job.attempts?.[0]?.container]) {
      expect(shown).not.toHaveProperty('exitCode');
      expect(shown).not.toHaveProperty('logStreamName');
    }
    expect(job.stoppedAt).toBeDefined();
  });

  test('BATCH-64 with its host has the host in statusReason and no exit code', async () => {
    const running = await batch().submit();
    batch().engine.of(running).start();
    await settle();
    batch().engine.of(running).end(lost);
    const job = await batch().describe(running);
    expect(job).toMatchObject({
      status: 'FAILED',
      statusReason: 'Host EC2 (instance i-0abc) terminated.',
      startedAt: expect.any(Number),
    });
    expect(job.attempts).toMatchObject([
      { statusReason: 'Host EC2 (instance i-0abc) terminated.', startedAt: expect.any(Number) },
    ]);
    expect(job.container).not.toHaveProperty('exitCode');
    expect(job.container?.logStreamName).toBeDefined();
    const starting = await batch().submit();
    batch().engine.of(starting).end(lost);
    expect(await batch().describe(starting)).not.toHaveProperty('startedAt');
  });

  test('BATCH-65 keeps 255 characters of the reason', async () => {
    const id = await batch().submit();
    batch()
      .engine.of(id)
      .end({ kind: 'not-started', reason: 'x'.repeat(300) });
    expect((await batch().describe(id)).container?.reason).toHaveLength(255);
  });
});

describe('retries', () => {
  test('BATCH-66 go on until the attempts are used up; each has its own number, task and log stream', async () => {
    const { engine } = batch();
    engine.script = () => exit(1);
    const id = await batch().submit({ retryStrategy: { attempts: 3 } });
    const job = await batch().describe(id);
    expect(job).toMatchObject({ status: 'FAILED', container: { exitCode: 1 } });
    expect(engine.runs.map(({ request }) => request.environment['AWS_BATCH_JOB_ATTEMPT'])).toEqual(['1', '2', '3']);
    expect(job.attempts).toHaveLength(3);
    for (const member of ['logStreamName', 'taskArn'] as const) {
      expect(new Set(job.attempts?.map(({ container }) => container?.[member])).size).toBe(3);
    }
    expect(job.container?.logStreamName).toBe(job.attempts?.[2]?.container?.logStreamName);
  });

  test('BATCH-67 put the job back to RUNNABLE with the attempt on record', async () => {
    const { engine, api } = batch();
    await api.updateComputeEnvironment({ computeEnvironment: 'environment', computeResources: { maxvCpus: 1 } });
    const id = await batch().submit({ retryStrategy: { attempts: 2 } });
    await api.updateComputeEnvironment({ computeEnvironment: 'environment', state: 'DISABLED' });
    engine.of(id).exit(1);
    const waiting = await batch().describe(id);
    expect(waiting).toMatchObject({ status: 'RUNNABLE', attempts: [{ container: { exitCode: 1 } }] });
    expect(waiting).not.toHaveProperty('stoppedAt');
    await api.updateComputeEnvironment({ computeEnvironment: 'environment', state: 'ENABLED' });
    const again = await batch().describe(id);
    expect(again).toMatchObject({ status: 'STARTING', attempts: [{}] });
    expect(again.container).not.toHaveProperty('exitCode');
    engine.of(id).exit(0);
    expect(await batch().describe(id)).toMatchObject({
      status: 'SUCCEEDED',
      attempts: [{}, { container: { exitCode: 0 } }],
    });
    await api.updateComputeEnvironment({ computeEnvironment: 'environment', computeResources: { maxvCpus: 10_000 } });
  });

  const rule = (action: string, conditions: object) => ({ action: action as 'RETRY', ...conditions });
  test.each<[string, object[], ContainerOutcome, number]>([
    ['no rule', [], exit(1), 3],
    ['no rule that matches', [rule('EXIT', { onExitCode: '2' })], exit(1), 3],
    ['an exit code', [rule('EXIT', { onExitCode: '1' })], exit(1), 1],
    ['the beginning of an exit code', [rule('EXIT', { onExitCode: '13*' })], exit(137), 1],
    ['an exit code that only begins so', [rule('EXIT', { onExitCode: '1' })], exit(137), 3],
    ['any exit code', [rule('EXIT', { onExitCode: '*' })], exit(9), 1],
    ['a reason', [rule('EXIT', { onReason: 'CannotPull*' })], unpulled, 1],
    ['the case of a reason', [rule('EXIT', { onReason: 'cannotpull*' })], unpulled, 3],
    ['a reason that is not there', [rule('EXIT', { onReason: 'CannotPull*' })], exit(1), 3],
    ['any reason, also none', [rule('EXIT', { onReason: '*' })], exit(1), 1],
    ['a status reason', [rule('EXIT', { onStatusReason: 'Host EC2*' })], lost, 1],
    [
      'the status reason of an exit',
      [rule('EXIT', { onStatusReason: 'Essential container in task exited' })],
      exit(1),
      1,
    ],
    ['all conditions of a rule', [rule('EXIT', { onExitCode: '1', onReason: 'Out*' })], exit(1), 3],
    ['the first rule', [rule('RETRY', { onStatusReason: 'Host EC2*' }), rule('EXIT', { onReason: '*' })], lost, 3],
    [
      'the first rule, for what it is not',
      [rule('RETRY', { onStatusReason: 'Host EC2*' }), rule('EXIT', { onReason: '*' })],
      exit(1),
      1,
    ],
    ['actions in any case', [rule('eXiT', { onReason: '*' })], exit(1), 1],
  ])('BATCH-68 by rules: %s', async (_, evaluateOnExit, outcome, attempts) => {
    batch().engine.script = () => outcome;
    const id = await batch().submit({ retryStrategy: { attempts: 3, evaluateOnExit: evaluateOnExit as never } });
    expect((await batch().describe(id)).attempts).toHaveLength(attempts);
    expect(await batch().statuses(id)).toEqual(['FAILED']);
  });

  test('BATCH-68 a rule never gives more attempts than there are, nor one after success', async () => {
    const { engine } = batch();
    engine.script = () => exit(engine.runs.length === 2 ? 0 : 1);
    const id = await batch().submit({
      retryStrategy: { attempts: 5, evaluateOnExit: [{ action: 'RETRY', onExitCode: '*' }] },
    });
    expect(await batch().describe(id)).toMatchObject({
      status: 'SUCCEEDED',
      attempts: [{ container: { exitCode: 1 } }, { container: { exitCode: 0 } }],
    });
  });
});

describe('timeouts', () => {
  test('BATCH-69 count from the start of the attempt, stop the container with 30 seconds of grace, and are never retried', async () => {
    const { engine, clock } = batch();
    const id = await batch().submit({ timeout: { attemptDurationSeconds: 60 }, retryStrategy: { attempts: 3 } });
    await clock.advance(120_000);
    expect(engine.of(id).stops).toEqual([]);
    engine.of(id).start();
    await settle();
    await clock.advance(59_999);
    expect(engine.of(id).stops).toEqual([]);
    await clock.advance(1);
    expect(engine.of(id).stops).toEqual([30]);
    expect(await batch().statuses(id)).toEqual(['RUNNING']);
    engine.of(id).exit(137);
    expect(await batch().describe(id)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Job attempt duration exceeded timeout',
      attempts: [{ statusReason: 'Job attempt duration exceeded timeout', container: { exitCode: 137 } }],
    });
  });

  test('BATCH-69 hold although the container ends well on SIGTERM', async () => {
    const id = await batch().submit({ timeout: { attemptDurationSeconds: 60 } });
    batch().engine.of(id).start();
    await settle();
    await batch().clock.advance(60_000);
    batch().engine.of(id).exit(0);
    expect(await batch().statuses(id)).toEqual(['FAILED']);
  });

  test('BATCH-70 start anew with each attempt, and leave nothing behind', async () => {
    const { engine, clock } = batch();
    const id = await batch().submit({ timeout: { attemptDurationSeconds: 60 }, retryStrategy: { attempts: 2 } });
    engine.of(id).start();
    await settle();
    await clock.advance(50_000);
    engine.of(id).exit(1);
    await settle();
    engine.of(id).start();
    await settle();
    await clock.advance(59_000);
    expect(engine.of(id).stops).toEqual([]);
    engine.of(id).exit(0);
    expect(await batch().statuses(id)).toEqual(['SUCCEEDED']);
    expect(clock.sleeping).toBe(0);
  });

  test('BATCH-70 of many jobs each ring in their time, on one sleep of the clock', async () => {
    const { engine, clock } = batch();
    const seconds = [300, 60, 180, 120, 240, 61];
    const ids = [];
    for (const attemptDurationSeconds of seconds)
      ids.push(await batch().submit({ timeout: { attemptDurationSeconds } }));
    for (const id of ids) engine.of(id).start();
    await settle();
    expect(clock.sleeping).toBe(1);
    engine.of(ids[2] ?? '').exit(0);
    const stopped: number[] = [];
    for (let now = 0; now < 300; now++) {
      await clock.advance(1000);
      for (const [at, id] of ids.entries())
        if (engine.of(id).stops.length && !stopped.includes(seconds[at] ?? 0)) stopped.push(seconds[at] ?? 0);
    }
    expect(stopped).toEqual([60, 61, 120, 240, 300]);
    for (const id of ids) engine.of(id).exit(137);
  });
});
