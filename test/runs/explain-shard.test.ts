/** How a shard ended, of answers in which Batch's lists and counts say less than they should. */
import type { JobDetail } from '@aws-sdk/client-batch';
import { expect, test } from '@jest/globals';
import { explainShard } from '../../src/runs/explain-shard.ts';
import type { Shard } from '../../src/runs/model.ts';
import type { RunPorts } from '../../src/runs/ports.ts';
import { portsOn } from '../definitions/answers.ts';

const shard = { id: '0-s', region: 'eu-west-1', jobName: 'models', size: 3 } as Shard;
const parent = (counts?: Record<string, number>): JobDetail => ({
  jobName: 'models',
  jobId: 'j',
  jobQueue: 'q',
  jobDefinition: 'd',
  status: 'FAILED',
  startedAt: 1,
  ...(counts && { arrayProperties: { size: 3, statusSummary: counts } }),
});
const child = (index: number | undefined, status: string, container?: object) => ({
  jobId: `j:${index}`,
  status,
  ...(index !== undefined && { arrayProperties: { index } }),
  ...(container && { container }),
});
type Listed = Readonly<Record<string, readonly object[] | undefined>>;

const explain = (job: JobDetail, listed: Listed, own = shard) => {
  const listJobs = ({ jobStatus }: { jobStatus: string }) =>
    listed[jobStatus] ? { jobSummaryList: listed[jobStatus] } : {};
  return explainShard(own, 'j', job, portsOn({ batch: { listJobs } }) as RunPorts);
};

test.each<[string, Record<string, number> | undefined, Listed, readonly string[]]>([
  ['nothing failed: nothing is listed', { SUCCEEDED: 3 }, {}, []],
  [
    'a failure with its exit code',
    { SUCCEEDED: 2, FAILED: 1 },
    { FAILED: [child(1, 'FAILED', { exitCode: 3 })] },
    ['1 application 3'],
  ],
  [
    'no count at all: what the lists do not account for is unknown',
    undefined,
    { SUCCEEDED: [child(0, 'SUCCEEDED')] },
    ['1 unknown undefined', '2 unknown undefined'],
  ],
  ['a count without successes', { FAILED: 3 }, {}, ['0', '1', '2'].map(index => `${index} unknown undefined`)],
  [
    'a child without an index is the first',
    { SUCCEEDED: 2 },
    { FAILED: [child(undefined, 'FAILED', { exitCode: 3 })] },
    ['0 application 3'],
  ],
])('%s', async (_, counts, listed, expected) => {
  const end = await explain(parent(counts), listed);
  expect(end.failed.map(one => `${one.index} ${one.class} ${one.exitCode}`)).toEqual(expected);
  expect(end.succeeded).toBe(3 - expected.length);
});

test.each([
  ['SUCCEEDED', 1],
  ['FAILED', 0],
] as const)('a plain job that %s tells it itself', async (status, succeeded) => {
  expect(await explain({ ...parent(), status }, {}, { ...shard, size: 1 })).toMatchObject({ how: 'ended', succeeded });
});
