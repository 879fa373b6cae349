/** The waiting itself, on a clock of the test's: what Batch says is scripted, one answer per look. */
import type { DescribeJobsCommandInput, JobDetail, JobSummary } from '@aws-sdk/client-batch';
import { expect, test } from '@jest/globals';
import type { ToolkitEvent } from '../../src/events.ts';
import type { SubmittedJob } from '../../src/jobs/submit.ts';
import { type WatchRequest, watchJobs } from '../../src/jobs/watch.ts';
import type { AwsPorts, BatchPort } from '../../src/ports.ts';
import { ManualClock } from './manual-clock.ts';

const job = (jobId: string, size = 1): SubmittedJob => ({
  jobId,
  jobName: `name-${jobId}`,
  size,
  region: 'r',
  reconciled: false,
});
const detail = (jobId: string, status: JobDetail['status'], rest: Partial<JobDetail> = {}): JobDetail => ({
  ...{ jobId, jobName: `name-${jobId}`, jobQueue: 'q', jobDefinition: 'd', startedAt: 0, status },
  ...rest,
});
const array = (counts: Record<string, number>, status: JobDetail['status'] = 'PENDING'): JobDetail =>
  detail('j', status, { arrayProperties: { size: 3, statusSummary: counts } });

interface World {
  readonly clock: ManualClock;
  readonly events: ToolkitEvent[];
  readonly described: string[][];
  readonly listed: number[];
}

/** `describe` answers each look, given the time; it may throw. */
async function watch(
  request: Partial<WatchRequest>,
  describe: (ids: string[], time: number) => JobDetail[],
  { signal, runnable = () => [] }: { signal?: AbortSignal; runnable?: (time: number) => Partial<JobSummary>[] } = {},
) {
  const world: World = { clock: new ManualClock(), events: [], described: [], listed: [] };
  const batch: Pick<BatchPort, 'describeJobs' | 'listJobs'> = {
    describeJobs: async ({ jobs = [] }: DescribeJobsCommandInput) => {
      world.described.push(jobs);
      return { $metadata: {}, jobs: describe(jobs, world.clock.time) };
    },
    listJobs: async ({ arrayJobId, jobStatus }) => {
      expect([arrayJobId, jobStatus]).toEqual(['j', 'RUNNABLE']);
      world.listed.push(world.clock.time);
      return { $metadata: {}, jobSummaryList: runnable(world.clock.time) as JobSummary[] };
    },
  };
  const aws = { batch: async () => batch } as unknown as Pick<AwsPorts, 'batch'>;
  const outcomes = await watchJobs(
    { region: 'r', jobs: [job('j')], deadlineAt: 3_600_000, blockedSeconds: 300, ...request },
    { aws, clock: world.clock, notify: event => world.events.push(event), signal },
  );
  return { ...world, outcomes, outcome: outcomes.get('j') };
}

test('asks in growing pauses, up to half a minute', async () => {
  const { clock, described } = await watch({}, (_, time) => [detail('j', time < 1_800_000 ? 'RUNNING' : 'SUCCEEDED')]);
  expect(clock.pauses.slice(0, 4)).toEqual([1000, 1250, 1562.5, 1953.125]);
  expect(Math.max(...clock.pauses)).toBe(30_000);
  expect(described.length).toBeLessThan(80);
});

test('the pauses can be set', async () => {
  const pauses = { firstMilliseconds: 100, longestMilliseconds: 150 };
  const { clock } = await watch({ pauses }, (_, time) => [detail('j', time < 600 ? 'RUNNING' : 'FAILED')]);
  expect(clock.pauses).toEqual([100, 125, 150, 150, 150]);
});

test('describes parents only, a hundred a call, and leaves out those that ended', async () => {
  const jobs = Array.from({ length: 250 }, (_, at) => job(`p${at}`));
  const { described, outcomes } = await watch({ jobs }, (ids, time) =>
    ids.map(id => detail(id, time > 0 || id === 'p0' ? 'SUCCEEDED' : 'RUNNING')),
  );
  expect(described.map(ids => ids.length)).toEqual([100, 100, 50, 100, 100, 49]);
  expect(outcomes.size).toBe(250);
});

test('exactly a hundred are one call', async () => {
  const jobs = Array.from({ length: 100 }, (_, at) => job(`p${at}`));
  const { described } = await watch({ jobs }, ids => ids.map(id => detail(id, 'SUCCEEDED')));
  expect(described.map(ids => ids.length)).toEqual([100]);
});

test('words of a waiting child that are no blocked reason are told', async () => {
  const { events } = await watch({ jobs: [job('j', 3)], deadlineAt: 5000 }, () => [array({ RUNNABLE: 3 })], {
    runnable: () => [{}, { statusReason: 'some words' }],
  });
  expect(events).toMatchObject([{ statusReason: 'some words' }]);
});

test('says each change of status once, with the counts of an array', async () => {
  const states = [
    array({ RUNNING: 3 }),
    array({ RUNNING: 3 }),
    array({ RUNNING: 1, FAILED: 2 }),
    array({ FAILED: 3 }, 'FAILED'),
  ];
  const { events, outcome } = await watch({ jobs: [job('j', 3)] }, () => [states.shift() ?? detail('j', 'FAILED')]);
  expect(outcome).toMatchObject({ kind: 'ended', job: { status: 'FAILED' } });
  expect(events.map(event => event.type === 'job-status' && [event.status, event.counts])).toEqual([
    ['PENDING', { RUNNING: 3 }],
    ['PENDING', { RUNNING: 1, FAILED: 2 }],
    ['FAILED', { FAILED: 3 }],
  ]);
});

test('a job not yet known right after its submit is waited for', async () => {
  const { outcome } = await watch({}, (_, time) => (time < 20_000 ? [] : [detail('j', 'SUCCEEDED')]));
  expect(outcome?.kind).toBe('ended');
});

test.each([
  ['never known', 0, 'Batch does not know job j in r'],
  ['known once', 5000, 'Batch does not know job j in r any longer'],
])('a job %s has vanished after a minute', async (_, until, reason) => {
  const { outcome, clock } = await watch({}, (_ids, time) => (time < until ? [detail('j', 'RUNNING')] : []));
  expect(outcome).toEqual({ kind: 'vanished', reason });
  expect(clock.time).toBeGreaterThanOrEqual(60_000);
  expect(clock.time).toBeLessThan(100_000);
});

test('an API that does not answer is no proof that the job is gone', async () => {
  const { outcome, events } = await watch({}, (_, time) => {
    if (time < 600_000)
      throw Object.assign(new Error('down'), { name: 'ServerException', $metadata: { httpStatusCode: 500 } });
    return [detail('j', 'SUCCEEDED')];
  });
  expect(outcome?.kind).toBe('ended');
  expect(events.filter(({ type }) => type === 'message')).toEqual([
    { type: 'message', level: 'warning', text: 'r: describing job j in r: ServerException: down. Still watching.' },
  ]);
});

test('the deadline is met on time, whatever the pause, and tells the last status', async () => {
  const { outcome, clock } = await watch({ deadlineAt: 100_000 }, () => [detail('j', 'RUNNING')]);
  expect(outcome).toMatchObject({ kind: 'timed-out', reason: 'the deadline passed while the job was RUNNING' });
  expect(clock.time).toBe(100_000);
});

test('an API that never answers runs into the deadline', async () => {
  const { outcome } = await watch({ deadlineAt: 100_000 }, () => {
    throw Object.assign(new Error('cut'), { code: 'ECONNRESET' });
  });
  expect(outcome).toEqual({
    kind: 'timed-out',
    job: undefined,
    reason: 'the deadline passed before Batch described the job',
  });
});

test('a job that ends in the last look is ended, not timed out', async () => {
  const { outcome } = await watch({ deadlineAt: 10_000 }, (_, time) => [
    detail('j', time < 10_000 ? 'RUNNING' : 'SUCCEEDED'),
  ]);
  expect(outcome?.kind).toBe('ended');
});

const NEVER = 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - none';

test('blocked: a plain job with a reason that never passes, for as long as allowed', async () => {
  const { outcome, clock } = await watch({}, () => [detail('j', 'RUNNABLE', { statusReason: NEVER })]);
  expect(outcome).toMatchObject({ kind: 'blocked', failure: { class: 'blocked', evidence: NEVER } });
  expect(clock.time).toBeGreaterThanOrEqual(300_000);
  expect(clock.time).toBeLessThan(340_000);
});

test('blocked: an array job, whose waiting child has the reason; it is told', async () => {
  const { outcome, events } = await watch({ jobs: [job('j', 3)] }, () => [array({ RUNNABLE: 2, SUCCEEDED: 1 })], {
    runnable: () => [{ statusReason: 'some words' }, { statusReason: NEVER }, {}],
  });
  expect(outcome?.kind).toBe('blocked');
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'job-status', status: 'PENDING', statusReason: NEVER }),
  );
});

test('a reason that goes away starts the time again', async () => {
  const { outcome, clock } = await watch({}, (_, time) => {
    if (time > 900_000) return [detail('j', 'SUCCEEDED')];
    return [detail('j', 'RUNNABLE', time % 250_000 < 200_000 ? { statusReason: NEVER } : {})];
  });
  expect(outcome?.kind).toBe('ended');
  expect(clock.time).toBeGreaterThan(900_000);
});

test.each(['CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY', 'UNDETERMINED'])(
  '%s is only told; the deadline ends it',
  async reason => {
    const { outcome, events } = await watch({}, () => [detail('j', 'RUNNABLE', { statusReason: reason })]);
    expect(outcome?.kind).toBe('timed-out');
    expect(outcome).toMatchObject({ reason: expect.stringContaining(`RUNNABLE, waiting because of ${reason}. `) });
    expect(events).toHaveLength(1);
  },
);

test('a wait without a reason ends with the usual causes', async () => {
  const { outcome, listed } = await watch({ jobs: [job('j', 3)] }, () => [array({ RUNNABLE: 3 })]);
  expect(outcome).toMatchObject({
    kind: 'timed-out',
    reason: expect.stringMatching(
      /^the deadline passed while the job was PENDING \(3 RUNNABLE\)\. Batch gave no reason/,
    ),
  });
  expect(listed.length).toBeGreaterThan(10);
});

test.each([{ RUNNABLE: 2, RUNNING: 1 }, { RUNNABLE: 2, STARTING: 1 }, { SUBMITTED: 3 }])(
  'with %j no waiting child is looked for',
  async counts => {
    const { listed } = await watch({ jobs: [job('j', 3)], deadlineAt: 10_000 }, () => [array(counts)]);
    expect(listed).toEqual([]);
  },
);

test('the signal ends the wait in the middle of a pause', async () => {
  const abort = new AbortController();
  const { outcome } = await watch(
    {},
    (_, time) => {
      if (time > 5000) abort.abort(new Error('stop'));
      return [detail('j', 'RUNNING')];
    },
    { signal: abort.signal },
  );
  expect(outcome).toMatchObject({ kind: 'cancelled', job: { status: 'RUNNING' } });
});

test('an error that does not pass by itself is thrown with what it was about', async () => {
  const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } });
  const watching = watch({}, () => {
    throw denied;
  });
  await expect(watching).rejects.toMatchObject({
    name: 'RemoteError',
    operation: 'DescribeJobs',
    message: 'describing job j in r: AccessDeniedException: no. Grant batch:DescribeJobs to the role.',
  });
});
