import type { ListJobsRequest } from '@aws-sdk/client-batch';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { arn, LocalBatch, useBatch } from './local-batch.ts';
import { settle } from './test-clock.ts';

const batch = useBatch();
const ids = { first: '', second: '', running: '', parent: '' };
let middle = 0;

beforeAll(async () => {
  const { engine, clock } = batch();
  await batch().register('other');
  await batch().register('other');
  ids.first = await batch().submit({ jobName: 'Alpha' });
  await clock.advance(1000);
  ids.second = await batch().submit({ jobName: 'alphabet', jobDefinition: 'other:1' });
  await clock.advance(1000);
  middle = clock.now();
  ids.running = await batch().submit({ jobName: 'beta', jobDefinition: 'other:2' });
  ids.parent = await batch().submit({ jobName: 'gamma', arrayProperties: { size: 4 } });
  engine.of(ids.first).exit(0);
  engine.of(ids.second).exit(3, 'OutOfMemoryError: x');
  engine.of(ids.running).start();
  engine.of(`${ids.parent}:0`).exit(1);
  engine.of(`${ids.parent}:1`).start();
  engine.of(`${ids.parent}:2`).exit(1);
  await settle();
});

async function list(request: ListJobsRequest): Promise<(string | undefined)[]> {
  const { jobSummaryList = [] } = await batch().api.listJobs(request);
  return jobSummaryList.map(({ jobId }) => jobId);
}

describe('ListJobs', () => {
  test('BATCH-120 of a queue without a status lists RUNNING alone; parents stand under PENDING', async () => {
    expect(await list({ jobQueue: 'queue' })).toEqual([ids.running]);
    expect(await list({ jobQueue: arn('job-queue/queue'), jobStatus: 'PENDING' })).toEqual([ids.parent]);
    expect(await list({ jobQueue: 'queue', jobStatus: 'FAILED' })).toEqual([ids.second]);
  });

  test('BATCH-121 of an array lists its children, RUNNING alone without a status', async () => {
    expect(await list({ arrayJobId: ids.parent })).toEqual([`${ids.parent}:1`]);
    expect(await list({ arrayJobId: ids.parent, jobStatus: 'FAILED' })).toEqual([`${ids.parent}:0`, `${ids.parent}:2`]);
    expect(await list({ arrayJobId: ids.first, jobStatus: 'SUCCEEDED' })).toEqual([]);
    expect(await list({ arrayJobId: 'nobody', jobStatus: 'SUCCEEDED' })).toEqual([]);
    expect(await list({ arrayJobId: `${ids.parent}:0`, jobStatus: 'FAILED' })).toEqual([]);
    expect(await list({ multiNodeJobId: 'nobody' })).toEqual([]);
  });

  test('BATCH-122 summaries tell why a job failed', async () => {
    const { jobSummaryList } = await batch().api.listJobs({ jobQueue: 'queue', jobStatus: 'FAILED' });
    expect(jobSummaryList).toEqual([
      {
        jobArn: arn(`job/${ids.second}`),
        jobId: ids.second,
        jobName: 'alphabet',
        createdAt: middle - 1000,
        startedAt: expect.any(Number),
        stoppedAt: expect.any(Number),
        status: 'FAILED',
        statusReason: 'Essential container in task exited',
        container: { exitCode: 3, reason: 'OutOfMemoryError: x' },
        jobDefinition: arn('job-definition/other:1'),
      },
    ]);
    const [parent] = (await batch().api.listJobs({ jobQueue: 'queue', jobStatus: 'PENDING' })).jobSummaryList ?? [];
    expect(parent).toMatchObject({
      arrayProperties: { size: 4, statusSummary: { FAILED: 2, RUNNING: 1, STARTING: 1 } },
    });
    const [child] = (await batch().api.listJobs({ arrayJobId: ids.parent, jobStatus: 'RUNNING' })).jobSummaryList ?? [];
    expect(child).toMatchObject({ arrayProperties: { index: 1 }, container: {} });
  });

  test.each<[string, string, () => string[], () => string[]]>([
    ['JOB_NAME in any case', 'JOB_NAME', () => ['ALPHA'], () => [ids.first]],
    ['the beginning of a JOB_NAME', 'JOB_NAME', () => ['alpha*'], () => [ids.second, ids.first]],
    ['every JOB_NAME', 'JOB_NAME', () => ['*'], () => [ids.parent, ids.running, ids.second, ids.first]],
    ['JOB_DEFINITION by name, any revision', 'JOB_DEFINITION', () => ['other'], () => [ids.running, ids.second]],
    ['the beginning of a JOB_DEFINITION', 'JOB_DEFINITION', () => ['d*'], () => [ids.parent, ids.first]],
    ['JOB_DEFINITION in another case', 'JOB_DEFINITION', () => ['Other'], () => []],
    ['JOB_DEFINITION by ARN', 'JOB_DEFINITION', () => [arn('job-definition/other:2')], () => [ids.running]],
    ['BEFORE_CREATED_AT', 'BEFORE_CREATED_AT', () => [String(middle)], () => [ids.second, ids.first]],
    ['AFTER_CREATED_AT', 'AFTER_CREATED_AT', () => [String(middle - 1)], () => [ids.parent, ids.running]],
    ['SHARE_IDENTIFIER', 'SHARE_IDENTIFIER', () => ['team'], () => []],
  ])('BATCH-123 filters by %s, over every status, newest first', async (_, name, values, expected) => {
    expect(await list({ jobQueue: 'queue', jobStatus: 'RUNNING', filters: [{ name, values: values() }] })).toEqual(
      expected(),
    );
  });

  test.each<[string, ListJobsRequest, string]>([
    ['no target', {}, 'Exactly one of jobQueue, arrayJobId and multiNodeJobId'],
    ['two targets', { jobQueue: 'queue', arrayJobId: 'x' }, 'Exactly one of'],
    ['an unknown queue', { jobQueue: 'nobody' }, 'JobQueue nobody not found.'],
    [
      'an unknown status',
      { jobQueue: 'queue', jobStatus: 'DONE' as 'FAILED' },
      'Job status is not one of SUBMITTED | PENDING | RUNNABLE | STARTING | RUNNING | SUCCEEDED | FAILED',
    ],
    [
      'filters for children',
      { arrayJobId: 'x', filters: [{ name: 'JOB_NAME', values: ['a'] }] },
      'not supported for array',
    ],
    [
      'two filters',
      {
        jobQueue: 'queue',
        filters: [
          { name: 'JOB_NAME', values: ['a'] },
          { name: 'JOB_NAME', values: ['b'] },
        ],
      },
      'Only one filter',
    ],
    [
      'an unknown filter',
      { jobQueue: 'queue', filters: [{ name: 'COLOUR', values: ['a'] }] },
      'Filter name COLOUR is not one of',
    ],
    ['a filter without a value', { jobQueue: 'queue', filters: [{ name: 'JOB_NAME' }] }, 'needs a value'],
    [
      'a time that is none',
      { jobQueue: 'queue', filters: [{ name: 'AFTER_CREATED_AT', values: ['today'] }] },
      'not a time in milliseconds',
    ],
    ['a token of nobody', { jobQueue: 'queue', nextToken: 'x' }, 'Invalid nextToken'],
  ])('BATCH-124 refuses %s', async (_, request, message) => {
    await expect(batch().api.listJobs(request)).rejects.toMatchObject({
      name: 'ClientException',
      message: expect.stringContaining(message),
    });
  });

  test('BATCH-125 pages by 1,000 children, and 100 when filtered, each job once', async () => {
    const { api, engine } = batch();
    await batch().createQueue('paged', ['environment']);
    const id = await batch().submit({ jobQueue: 'paged', arrayProperties: { size: 2500 } });
    for (const run of engine.runs) run.start();
    await settle();
    const children: (string | undefined)[] = [];
    const sizes: number[] = [];
    let nextToken: string | undefined;
    do {
      const page = await api.listJobs({ arrayJobId: id, maxResults: 5000, ...(nextToken ? { nextToken } : {}) });
      children.push(...(page.jobSummaryList ?? []).map(({ jobId }) => jobId));
      sizes.push(page.jobSummaryList?.length ?? 0);
      nextToken = page.nextToken;
    } while (nextToken);
    expect(sizes).toEqual([1000, 1000, 500]);
    expect(new Set(children).size).toBe(2500);
    for (let n = 0; n < 105; n++)
      await api.submitJob({ jobName: 'many', jobQueue: 'paged', jobDefinition: 'definition' });
    const filters = [{ name: 'JOB_NAME', values: ['many'] }];
    const first = await api.listJobs({ jobQueue: 'paged', filters });
    const second = await api.listJobs({ jobQueue: 'paged', filters, nextToken: first.nextToken });
    expect([first.jobSummaryList?.length, second.jobSummaryList?.length, second.nextToken]).toEqual([
      100,
      5,
      undefined,
    ]);
    await expect(api.listJobs({ jobQueue: 'paged', nextToken: first.nextToken })).rejects.toThrow('Invalid nextToken');
  });
});

describe('DescribeJobs', () => {
  test('BATCH-126 takes 100 ids at most, and leaves out unknown ones', async () => {
    const { api } = batch();
    const { jobs } = await api.describeJobs({ jobs: ['nobody', ids.first, ids.first, arn(`job/${ids.second}`)] });
    expect(jobs?.map(({ jobId }) => jobId)).toEqual([ids.first, ids.second]);
    await expect(api.describeJobs({ jobs: Array.from({ length: 101 }, String) })).rejects.toThrow(
      /^Error executing request, Exception : Maximum number of jobs supported is {2}100 \., RequestId: /,
    );
  });
});

describe('what can be seen', () => {
  test('BATCH-127 with visibleAfterMs a job is described and listed only that long after SubmitJob', async () => {
    const lagging = await LocalBatch.start({ batch: { visibleAfterMs: 500 } });
    await lagging.createComputeEnvironment('environment');
    await lagging.createQueue('queue', ['environment']);
    await lagging.register('definition');
    const id = await lagging.submit({ arrayProperties: { size: 2 } });
    const seen = async () => [
      ...(await lagging.statuses(id)),
      (await lagging.api.listJobs({ jobQueue: 'queue', jobStatus: 'PENDING' })).jobSummaryList?.length,
      (await lagging.api.listJobs({ arrayJobId: id, jobStatus: 'STARTING' })).jobSummaryList?.length,
    ];
    expect(await seen()).toEqual([undefined, 0, 0]);
    await lagging.clock.advance(500);
    expect(await seen()).toEqual(['PENDING', 1, 2]);
    await lagging.stop();
  });

  test('BATCH-128 finished jobs are forgotten after seven days, or historyHours', async () => {
    for (const [settings, hours] of [
      [{}, 168],
      [{ historyHours: 24 }, 24],
    ] as const) {
      const forgetful = await LocalBatch.start({ batch: settings });
      await forgetful.createComputeEnvironment('environment');
      await forgetful.createQueue('queue', ['environment']);
      await forgetful.register('definition');
      const old = await forgetful.submit({ arrayProperties: { size: 2 } });
      const running = await forgetful.submit();
      for (const index of [0, 1]) forgetful.engine.of(`${old}:${index}`).exit(0);
      await settle();
      await forgetful.clock.advance(hours * 3_600_000);
      expect(await forgetful.statuses(old, running)).toEqual(['SUCCEEDED', 'STARTING']);
      await forgetful.clock.advance(1);
      expect(await forgetful.statuses(old, `${old}:0`, running)).toEqual([undefined, undefined, 'STARTING']);
      await forgetful.submit();
      expect(await forgetful.statuses(running)).toEqual(['STARTING']);
      await forgetful.stop();
    }
  });
});
