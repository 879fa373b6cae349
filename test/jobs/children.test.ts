/** Which children are read, and with which calls. */
import type { JobDetail, JobSummary, ListJobsCommandInput } from '@aws-sdk/client-batch';
import { expect, test } from '@jest/globals';
import { childIds, readChildren } from '../../src/jobs/children.ts';
import type { AwsPorts } from '../../src/ports.ts';
import { ManualClock } from './manual-clock.ts';

const parent = (status: JobDetail['status']): JobDetail => ({
  ...{ jobId: 'p', jobName: 'n', jobQueue: 'q', jobDefinition: 'd', startedAt: 0, status },
});
const submitted = (size: number) => ({ jobId: 'p', jobName: 'n', size, region: 'r', reconciled: false });

function world(children: (look: number) => readonly { index: number; status: JobDetail['status'] }[]) {
  const clock = new ManualClock();
  const calls: string[] = [];
  let look = 0;
  const known = () =>
    children(look).map(({ index, status }) => ({
      jobId: `p:${index}`,
      jobName: 'n',
      status,
      arrayProperties: { index },
    }));
  const batch = {
    describeJobs: async ({ jobs }: { jobs: string[] }) => {
      calls.push(`describe ${jobs.length}`);
      look += 1;
      return {
        jobs: known()
          .filter(({ jobId }) => jobs.includes(jobId))
          .map(job => ({ ...job, attempts: [{}] })),
      };
    },
    listJobs: async ({ jobStatus, nextToken = '0' }: ListJobsCommandInput) => {
      calls.push(`list ${jobStatus} ${nextToken}`);
      const all: JobSummary[] = known().filter(({ status }) => status === jobStatus);
      const from = Number(nextToken);
      const more = from + 1000 < all.length ? { nextToken: String(from + 1000) } : {};
      return { jobSummaryList: all.slice(from, from + 1000), ...more };
    },
  };
  const aws = { batch: async () => batch } as unknown as Pick<AwsPorts, 'batch'>;
  return { clock, calls, ports: { aws, clock, notify: () => undefined } };
}
const range = (size: number, statusOf: (index: number) => JobDetail['status']) =>
  Array.from({ length: size }, (_, index) => ({ index, status: statusOf(index) }));

test("the ids of an array's children are worked out", () => {
  expect(childIds({ jobId: 'p', size: 1 })).toEqual(['p']);
  expect(childIds({ jobId: 'p', size: 3 })).toEqual(['p:0', 'p:1', 'p:2']);
});

test('a plain job is its own child, without a call', async () => {
  const { calls, ports } = world(() => []);
  expect(await readChildren(submitted(1), parent('FAILED'), ports)).toMatchObject([{ jobId: 'p', status: 'FAILED' }]);
  expect(calls).toEqual([]);
});

test('a small array is described whole, in one call', async () => {
  const { calls, ports } = world(() => range(100, () => 'SUCCEEDED'));
  expect(await readChildren(submitted(100), parent('SUCCEEDED'), ports)).toHaveLength(100);
  expect(calls).toEqual(['describe 100']);
});

test('a large array is listed page by page, and a hundred failed children are described', async () => {
  const { calls, ports } = world(() => range(2500, index => (index % 2 ? 'FAILED' : 'SUCCEEDED')));
  const children = await readChildren(submitted(2500), parent('FAILED'), ports);
  expect(children.map(({ arrayIndex }) => arrayIndex)).toEqual(Array.from({ length: 2500 }, (_, at) => at));
  expect(children.filter(({ attempts }) => attempts.length > 0).map(({ arrayIndex }) => arrayIndex)).toEqual(
    Array.from({ length: 100 }, (_, at) => 2 * at + 1),
  );
  expect(calls).toEqual([
    'list FAILED 0',
    'list FAILED 1000',
    'list SUCCEEDED 0',
    'list SUCCEEDED 1000',
    'describe 100',
  ]);
});

test('children that lag behind their parent are waited for, a little', async () => {
  const { clock, ports } = world(look => range(3, index => (look < 3 && index === 2 ? 'RUNNING' : 'SUCCEEDED')));
  const children = await readChildren(submitted(3), parent('SUCCEEDED'), ports);
  expect(children.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  expect(clock.pauses).toEqual([1000, 3000]);
});

test('those that never follow are given as they are', async () => {
  const { calls, ports } = world(() => range(3, index => (index === 2 ? 'RUNNING' : 'SUCCEEDED')));
  const children = await readChildren(submitted(3), parent('SUCCEEDED'), ports);
  expect(children.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'RUNNING']);
  expect(calls).toHaveLength(3);
});

test('of a job that has not ended they are read once', async () => {
  const { calls, clock, ports } = world(() => range(3, () => 'RUNNING'));
  await readChildren(submitted(3), parent('PENDING'), ports);
  expect([calls.length, clock.pauses]).toEqual([1, []]);
});
