import { describe, expect, test } from '@jest/globals';
import { account, arn, region, useBatch } from './local-batch.ts';
import { settle } from './test-clock.ts';

const batch = useBatch();

describe('a plain job', () => {
  test('BATCH-60 goes RUNNABLE, STARTING, RUNNING, SUCCEEDED with its times', async () => {
    const { engine, clock } = batch();
    const submitted = clock.now();
    const id = await batch().submit({ jobName: 'one' });
    expect(await batch().describe(id)).toMatchObject({
      jobId: id,
      jobArn: arn(`job/${id}`),
      jobName: 'one',
      jobQueue: arn('job-queue/queue'),
      jobDefinition: arn('job-definition/definition:1'),
      status: 'STARTING',
      attempts: [],
      createdAt: submitted,
      dependsOn: [],
      parameters: {},
    });
    await clock.advance(1000);
    engine.of(id).start();
    const running = await batch().describe(id);
    expect(running).toMatchObject({ status: 'RUNNING', startedAt: submitted + 1000, attempts: [] });
    expect(running.container?.logStreamName).toMatch(/^definition\/default\/[0-9a-f]{32}$/);
    await clock.advance(2000);
    engine.of(id).exit(0);
    const done = await batch().describe(id);
    expect(done).toMatchObject({
      status: 'SUCCEEDED',
      statusReason: 'Essential container in task exited',
      startedAt: submitted + 1000,
      stoppedAt: submitted + 3000,
      container: { exitCode: 0, logStreamName: running.container?.logStreamName, taskArn: running.container?.taskArn },
      attempts: [
        {
          startedAt: submitted + 1000,
          stoppedAt: submitted + 3000,
          statusReason: 'Essential container in task exited',
          container: { exitCode: 0, logStreamName: running.container?.logStreamName },
        },
      ],
    });
    expect(done.container?.taskArn).toMatch(
      new RegExp(`^arn:aws:ecs:${region}:${account}:task/AWSBatch-environment-[0-9a-f-]{36}/[0-9a-f]{32}$`),
    );
  });
});

describe('an array job', () => {
  test('BATCH-80 runs its children and ends with them', async () => {
    const { engine, api } = batch();
    const id = await batch().submit({ arrayProperties: { size: 3 } });
    expect((await batch().describe(id)).arrayProperties).toMatchObject({
      size: 3,
      statusSummary: { SUBMITTED: 0, PENDING: 0, RUNNABLE: 0, STARTING: 3, RUNNING: 0, SUCCEEDED: 0, FAILED: 0 },
    });
    engine.of(`${id}:0`).exit(0);
    engine.of(`${id}:1`).exit(3);
    await settle();
    expect(await batch().describe(id)).toMatchObject({ status: 'PENDING', attempts: [] });
    engine.of(`${id}:2`).exit(0);
    expect(await batch().describe(id)).toMatchObject({ status: 'FAILED', statusReason: 'Array Child Job failed' });
    const { jobSummaryList } = await api.listJobs({ arrayJobId: id, jobStatus: 'FAILED' });
    expect(jobSummaryList).toMatchObject([
      { jobId: `${id}:1`, container: { exitCode: 3 }, arrayProperties: { index: 1 } },
    ]);
  });
});
