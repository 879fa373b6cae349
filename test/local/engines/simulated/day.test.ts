import { readFile } from 'node:fs/promises';
import { Batch } from '@aws-sdk/client-batch';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, test } from '@jest/globals';
import type { SimulationModel } from '../../../../src/local/engines/simulated/simulation-model.ts';
import { clientOptions } from '../../fixtures/local.ts';
import {
  ACCOUNT,
  type SimulatedDay,
  type SimulatedDayOptions,
  startSimulatedDay,
} from '../../fixtures/simulated-day.ts';
import { useTemporaryFolders } from '../../fixtures/temporary-folder.ts';

const makeFolder = useTemporaryFolders();
const MODEL: Partial<SimulationModel> = {
  start: { medianSeconds: 45, spread: 0.3 },
  duration: { medianSeconds: 180, spread: 0.6 },
  outcomes: { spotReclaimBeforeOutput: 0.05, outOfMemory: 0.01, applicationError: 0.02 },
};
const OPTIONS: SimulatedDayOptions = {
  seed: 'a day',
  model: MODEL,
  queues: [
    { name: 'high', priority: 9 },
    { name: 'low', capacity: 'SPOT', maxvCpus: 200 },
  ],
};

async function prepare(day: SimulatedDay): Promise<Batch> {
  const batch = new Batch(clientOptions(day.local, ACCOUNT));
  await batch.registerJobDefinition({
    jobDefinitionName: 'models',
    type: 'container',
    containerProperties: { image: 'models', vcpus: 1, memory: 1024 },
    retryStrategy: {
      attempts: 3,
      evaluateOnExit: [
        { onStatusReason: 'Host EC2*', action: 'RETRY' },
        { onReason: '*', action: 'EXIT' },
      ],
    },
  });
  return batch;
}

/** Submits two arrays, polls every so often until both have ended, and tells what became of each child. */
async function runDay(options: SimulatedDayOptions, pollSeconds: number) {
  const day = await startSimulatedDay(options);
  const batch = await prepare(day);
  const begun = day.clock.now();
  const ids: string[] = [];
  for (const jobQueue of ['high', 'low']) {
    const array = { jobName: `run-${jobQueue}`, jobQueue, jobDefinition: 'models', arrayProperties: { size: 400 } };
    ids.push((await batch.submitJob(array)).jobId ?? '');
  }
  let polls = 0;
  for (;;) {
    polls += 1;
    const { jobs = [] } = await batch.describeJobs({ jobs: ids });
    if (jobs.every(({ status }) => status === 'SUCCEEDED' || status === 'FAILED')) break;
    await day.clock.sleep(pollSeconds * 1000);
  }
  const hours = (day.clock.now() - begun) / 3_600_000;
  const failed: string[] = [];
  const succeeded: string[] = [];
  for (const arrayJobId of ids) {
    const list = async (jobStatus: 'FAILED' | 'SUCCEEDED') =>
      (await batch.listJobs({ arrayJobId, jobStatus })).jobSummaryList ?? [];
    failed.push(
      ...(await list('FAILED')).map(({ jobId, container }) => `${jobId} ${container?.exitCode} ${container?.reason}`),
    );
    succeeded.push(...(await list('SUCCEEDED')).map(({ jobId }) => jobId ?? ''));
  }
  batch.destroy();
  return { ids, polls, hours, failed, succeeded };
}

describe('ENGINE-35 a simulated day', () => {
  test('ENGINE-35 passes while its client sleeps, and ends the same however often it looks', async () => {
    const seldom = await runDay(OPTIONS, 300);
    const often = await runDay(OPTIONS, 60);
    expect(often.polls).toBeGreaterThan(3 * seldom.polls);
    expect([often.ids, often.failed, often.succeeded]).toEqual([seldom.ids, seldom.failed, seldom.succeeded]);
    expect(seldom.failed.length).toBeGreaterThan(10);
    expect(seldom.failed.length + seldom.succeeded.length).toBe(800);
    expect(Math.abs(often.hours - seldom.hours)).toBeLessThan(0.1);
    const other = await runDay({ ...OPTIONS, seed: 'another' }, 900);
    expect(other.failed).not.toEqual(seldom.failed);
  }, 20_000);

  test('ENGINE-36 rates, answers and slow answers take their time on its clock', async () => {
    const day = await startSimulatedDay({ ...OPTIONS, answerMilliseconds: 5 });
    const batch = await prepare(day);
    const look = async () =>
      batch.describeJobs({ jobs: ['none'] }).then(
        () => 'answered',
        ({ name }: Error) => name,
      );
    const burst = await Promise.all(Array.from({ length: 15 }, look));
    expect(burst.filter(each => each === 'answered')).toHaveLength(10);
    expect(burst.filter(each => each === 'TooManyRequestsException')).toHaveLength(5);
    await day.clock.sleep(200);
    const begun = day.clock.now();
    expect(await look()).toBe('answered');
    expect(day.clock.now() - begun).toBe(5);
    day.local.faults.on('batch:DescribeJobs').delay(3_600_000).times(1);
    const slow = look();
    expect(await look()).toBe('answered');
    await day.clock.sleep(60_000);
    expect(day.clock.now() - begun).toBeLessThan(3_600_000);
    expect(await slow).toBe('answered');
    expect(day.clock.now() - begun).toBeGreaterThan(3_600_000);
    batch.destroy();
  });

  test('ENGINE-36 it waits for files and calls of its client, and stands still while nobody sleeps', async () => {
    const day = await startSimulatedDay(OPTIONS);
    const batch = await prepare(day);
    const order: string[] = [];
    const working = (async () => {
      for (let round = 0; round < 3; round += 1) {
        await readFile('package.json');
        await batch.describeJobDefinitions({ jobDefinitionName: 'models' });
      }
      order.push('work');
    })();
    await day.clock.sleep(1000);
    order.push('sleep');
    await working;
    expect(order).toEqual(['work', 'sleep']);
    const now = day.clock.now();
    await readFile('package.json');
    expect(day.clock.now()).toBe(now);
    const stop = AbortSignal.abort(new Error('enough'));
    await expect(day.clock.sleep(10, stop)).rejects.toThrow('enough');
    batch.destroy();
  });

  test('ENGINE-35 the same calls at the same times give the same answers to the last millisecond', async () => {
    const tell = async () => {
      const day = await startSimulatedDay(OPTIONS);
      const batch = await prepare(day);
      const array = { jobName: 'a', jobQueue: 'low', jobDefinition: 'models', arrayProperties: { size: 300 } };
      const { jobId = '' } = await batch.submitJob(array);
      const jobs = Array.from({ length: 100 }, (_, index) => `${jobId}:${3 * index}`);
      const looks = [];
      for (const seconds of [60, 120, 600]) {
        await day.clock.sleep(seconds * 1000);
        looks.push((await batch.describeJobs({ jobs })).jobs, day.clock.now());
      }
      batch.destroy();
      return JSON.stringify(looks);
    };
    const once = await tell();
    expect(once).toContain('"stoppedAt"');
    expect(await tell()).toBe(once);
  });

  test('ENGINE-35 with a state folder it goes on after what is remembered', async () => {
    const stateFolder = makeFolder();
    const first = await startSimulatedDay({ ...OPTIONS, stateFolder });
    const batch = await prepare(first);
    const array = { jobName: 'a', jobQueue: 'low', jobDefinition: 'models', arrayProperties: { size: 50 } };
    const { jobId = '' } = await batch.submitJob(array);
    await first.clock.sleep(4 * 3_600_000);
    const { jobs: before } = await batch.describeJobs({ jobs: [jobId, `${jobId}:7`] });
    await first.local.stop();
    const second = await startSimulatedDay({ ...OPTIONS, stateFolder });
    expect(second.clock.now()).toBeGreaterThanOrEqual(first.clock.now());
    const again = new Batch(clientOptions(second.local, ACCOUNT));
    const { jobs: after } = await again.describeJobs({ jobs: [jobId, `${jobId}:7`] });
    const seen = (jobs: typeof after) =>
      jobs?.map(({ status, startedAt, stoppedAt, attempts }) => ({ status, startedAt, stoppedAt, attempts }));
    expect(seen(after)).toEqual(seen(before));
    expect(after?.[1]?.stoppedAt).toBeLessThan(second.clock.now());
    batch.destroy();
    again.destroy();
  });

  test('ENGINE-36 time does not run on while a container writes its output', async () => {
    const written = new Map<string, number>();
    const took: number[] = [];
    const day: SimulatedDay = await startSimulatedDay({
      ...OPTIONS,
      model: { start: { medianSeconds: 10, spread: 0 }, duration: { medianSeconds: 60, spread: 0.001 } },
      answerMilliseconds: 7,
      async onOutput({ jobId }) {
        const begun = day.clock.now();
        await readFile('package.json');
        await batch.describeJobDefinitions({ maxResults: 1 });
        written.set(jobId, day.clock.now());
        took.push(day.clock.now() - begun);
      },
      rates: false,
    });
    const batch = await prepare(day);
    const array = { jobName: 'a', jobQueue: 'high', jobDefinition: 'models', arrayProperties: { size: 20 } };
    const { jobId = '' } = await batch.submitJob(array);
    await day.clock.sleep(3_600_000);
    const jobs = Array.from({ length: 20 }, (_, index) => `${jobId}:${index}`);
    const { jobs: ended = [] } = await batch.describeJobs({ jobs });
    expect(ended.map(({ status }) => status)).toEqual(jobs.map(() => 'SUCCEEDED'));
    expect(took).toEqual(jobs.map(() => 7));
    expect(ended.map(({ stoppedAt }) => stoppedAt)).toEqual(jobs.map(id => written.get(id)));
    batch.destroy();
  });

  test('ENGINE-37 attempts, reasons and logs are told by the API, and retried by the rules of the job', async () => {
    const day = await startSimulatedDay({
      seed: 3,
      model: {
        reclaimsPerHour: 6,
        outcomes: { applicationError: 0.2 },
        tiers: { high: { outcomes: { applicationError: 0, killed: 1 } } },
      },
      queues: [{ name: 'spot', capacity: 'SPOT' }, { name: 'high' }],
    });
    const batch = await prepare(day);
    const logs = new CloudWatchLogs(clientOptions(day.local, ACCOUNT));
    const submit = async (jobQueue: string) =>
      (await batch.submitJob({ jobName: jobQueue, jobQueue, jobDefinition: 'models', arrayProperties: { size: 100 } }))
        .jobId ?? '';
    const [spot, high] = [await submit('spot'), await submit('high')];
    await day.clock.sleep(24 * 3_600_000);
    const { jobs = [] } = await batch.describeJobs({
      jobs: Array.from({ length: 100 }, (_, index) => `${spot}:${index}`),
    });
    const retried = jobs.filter(({ attempts = [] }) => attempts.length > 1);
    expect(retried.length).toBeGreaterThan(5);
    for (const { attempts = [], statusReason, status } of jobs) {
      const reclaims = attempts.filter(each => each.statusReason?.startsWith('Host EC2 (instance i-'));
      expect(reclaims.every(({ container }) => container?.exitCode === undefined)).toBe(true);
      // Only reclaims are tried again, at most twice.
      const last = attempts.at(-1);
      expect(reclaims.length === attempts.length ? attempts.length : reclaims.length + 1).toBe(attempts.length);
      expect([last?.statusReason, status]).toEqual([
        statusReason,
        last?.container?.exitCode === 0 ? 'SUCCEEDED' : 'FAILED',
      ]);
    }
    const wrong = jobs.find(({ container }) => (container?.exitCode ?? 0) > 0);
    const logStreamName = wrong?.container?.logStreamName ?? '';
    const { events = [] } = await logs.getLogEvents({ logGroupName: '/aws/batch/job', logStreamName });
    expect(events.at(-1)?.message).toMatch(/account \d+|ticket \d+/);
    expect(events.at(-1)?.timestamp).toBe(wrong?.stoppedAt);
    const all = await batch.listJobs({ arrayJobId: high, jobStatus: 'FAILED' });
    expect(all.jobSummaryList?.map(({ container }) => container?.exitCode)).toEqual(Array(100).fill(137));
    batch.destroy();
    logs.destroy();
  });

  test('ENGINE-35 a queue that Batch refuses ends the day before it begins', async () => {
    const queues = [{ name: 'not a name' }];
    await expect(startSimulatedDay({ ...OPTIONS, queues })).rejects.toThrow(/cannot have this queue.*valid pattern/);
  });
});
