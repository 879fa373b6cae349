/** Reads that are behind: what a caller sees of Batch shortly after it wrote. */
import { DescribeJobsCommand, ListJobsCommand } from '@aws-sdk/client-batch';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createPast } from '../../src/local/past.ts';
import { openStore } from '../../src/local/store.ts';
import { useBatch } from './batch/local-batch.ts';
import { succeed } from './batch/scripted-engine.ts';
import { settle } from './batch/test-clock.ts';

const batch = useBatch();
afterEach(() => {
  batch().local.faults.clear();
  batch().engine.reset();
});

const listed = async (jobStatus: 'RUNNABLE' | 'STARTING' | 'RUNNING' | 'SUCCEEDED' | 'PENDING' = 'STARTING') => {
  const { jobSummaryList } = await batch().api.send(new ListJobsCommand({ jobQueue: 'queue', jobStatus }));
  return jobSummaryList?.map(({ jobId }) => jobId) ?? [];
};
const described = async (...jobs: string[]) =>
  (await batch().api.send(new DescribeJobsCommand({ jobs }))).jobs?.map(({ status }) => status);

describe('a stale read', () => {
  test('FRAME-26 by writes: a job just submitted is missing, the one before it is there, and nothing is lost', async () => {
    const { faults } = batch().local;
    const older = await batch().submit();
    faults.on('batch:ListJobs').stale({ writes: 1 }).times(1);
    faults.on('batch:DescribeJobs').stale({ writes: 1 }).times(1);
    const newer = await batch().submit();
    expect(await listed()).toEqual([older]);
    expect(await described(older, newer)).toEqual(['STARTING']);
    expect(await listed()).toEqual([newer, older]);
    expect(await described(older, newer)).toEqual(['STARTING', 'STARTING']);
  });

  test('FRAME-26 by time: missing for a while, then there, in the states of that moment', async () => {
    const { local, clock, engine } = batch();
    local.faults.on('batch:*').stale({ milliseconds: 5_000 });
    const jobId = await batch().submit();
    expect(await described(jobId)).toEqual([]);
    await clock.advance(3_000);
    engine.of(jobId).start();
    await settle();
    await clock.advance(1_000);
    engine.of(jobId).exit(0);
    await settle();
    await clock.advance(999);
    expect([await described(jobId), await listed('SUCCEEDED')]).toEqual([[], []]);
    await clock.advance(1);
    expect(await described(jobId)).toEqual(['STARTING']);
    await clock.advance(3_000);
    expect([await described(jobId), await listed('RUNNING')]).toEqual([['RUNNING'], [jobId]]);
    await clock.advance(1_000);
    expect([await described(jobId), await listed('RUNNING')]).toEqual([['SUCCEEDED'], []]);
  });

  test('FRAME-26 of an array: children, counts and pages are those of the moment', async () => {
    const { local, clock, engine, api } = batch();
    local.faults.on('batch').stale({ milliseconds: 1_000 });
    const parent = await batch().submit({ arrayProperties: { size: 3 } });
    await clock.advance(1_000);
    engine.of(`${parent}:1`).exit(1);
    await settle();
    await clock.advance(999);
    const summaries = async () => (await api.describeJobs({ jobs: [parent] })).jobs?.[0]?.arrayProperties;
    expect((await summaries())?.statusSummary).toMatchObject({ STARTING: 3, FAILED: 0 });
    expect(await described(`${parent}:1`)).toEqual(['STARTING']);
    await clock.advance(1);
    expect((await summaries())?.statusSummary).toMatchObject({ STARTING: 2, FAILED: 1 });
    const children = await api.listJobs({ arrayJobId: parent, jobStatus: 'STARTING', maxResults: 1 });
    expect(children.jobSummaryList?.map(({ jobId }) => jobId)).toEqual([`${parent}:0`]);
    const { nextToken } = children;
    const rest = await api.listJobs({ arrayJobId: parent, jobStatus: 'STARTING', nextToken });
    expect(rest.jobSummaryList?.map(({ jobId }) => jobId)).toEqual([`${parent}:2`]);
  });

  test('FRAME-26 of definitions, queues and their tags', async () => {
    const { api, local } = batch();
    local.faults.on('batch:*').stale({ writes: 2 });
    await batch().register('fresh');
    await batch().register('fresh');
    expect((await api.describeJobDefinitions({ jobDefinitionName: 'fresh' })).jobDefinitions).toEqual([]);
    await api.updateJobQueue({ jobQueue: 'queue', priority: 7 });
    const revisions = (await api.describeJobDefinitions({ jobDefinitionName: 'fresh' })).jobDefinitions;
    expect(revisions?.map(({ revision }) => revision)).toEqual([1]);
    expect((await api.describeJobQueues({})).jobQueues?.[0]?.priority).toBe(1);
    local.faults.clear();
    expect((await api.describeJobQueues({})).jobQueues?.[0]?.priority).toBe(7);
  });

  test('FRAME-26 sees what was there when the fault was added, and what a refused call did not change is no write', async () => {
    const { api, local } = batch();
    batch().engine.script = succeed;
    const before = await batch().submit();
    const { rule } = local.faults.on('*').stale({ writes: 3, milliseconds: 60_000 });
    const after = await batch().submit();
    await expect(api.submitJob({ jobName: 'x', jobQueue: 'nowhere', jobDefinition: 'definition' })).rejects.toThrow();
    await api.cancelJob({ jobId: 'unknown', reason: 'x' });
    expect(await described(before, after)).toEqual(['SUCCEEDED']);
    // Neither the refused submission nor those of other calls that it cannot hit were counted.
    expect(rule.hits).toBe(1);
    local.faults.clear();
    local.faults.on('batch').stale({ writes: 1 });
    expect(await described(before, after)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  });

  test('FRAME-26 through the control API', async () => {
    const url = `${batch().local.url}/_batchwright/faults`;
    const body = JSON.stringify({ on: 'batch:ListJobs', kind: 'stale', writes: 1, times: 1 });
    const added = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(await added.json()).toMatchObject({ kind: 'stale', writes: 1, remaining: 1 });
    const jobId = await batch().submit();
    expect(await listed()).not.toContain(jobId);
    expect(await listed()).toContain(jobId);
  });
});

test('FRAME-26 what no stale read can ask for any more is forgotten', async () => {
  const store = await openStore();
  let now = 0;
  const past = createPast(store, () => now);
  const table = past.store.table<number>('t');
  const caller = { account: '1', region: 'r' };
  const write = (value: number) => past.watch(caller, () => table.put('a', value));
  const read = (age: object) => past.storeAt(past.momentOf(caller, age)).table<number>('t').get('a');
  write(0);
  past.keep({ milliseconds: 10, writes: 2 });
  for (now = 1; now <= 5000; now++) write(now);
  expect([read({ writes: 1 }), read({ writes: 2 }), read({ milliseconds: 10 })]).toEqual([4999, 4998, 4991]);
  // Beyond what was to be kept, back to the latest sweep: not to the beginning.
  expect(read({ milliseconds: 5000 })).toBeGreaterThan(4000);
  table.delete('a');
  past.keep(undefined);
  expect(read({ writes: 1 })).toBeUndefined();
  await store.close();
});
