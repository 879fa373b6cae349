import type { JobDetail } from '@aws-sdk/client-batch';
import { describe, expect, test } from '@jest/globals';
import { isWaiting } from '../../src/jobs/waiting-reason.ts';
import { decideOutcome, describeStatus, noteWaiting, type WatchedJob } from '../../src/jobs/watched-job.ts';

const NEVER = 'ACTION_REQUIRED - x';
const job = (status: JobDetail['status'], counts?: Record<string, number>): JobDetail => ({
  ...{ jobId: 'j', jobName: 'n', jobQueue: 'q', jobDefinition: 'd', startedAt: 0, status },
  ...(counts && { arrayProperties: { size: 2, statusSummary: counts } }),
});
const watched = (rest: Partial<WatchedJob> = {}): WatchedJob => ({
  submitted: { jobId: 'j', jobName: 'n', size: 1, region: 'r', reconciled: false },
  knownAt: 1000,
  job: job('RUNNABLE'),
  ...rest,
});
const blocked = { waitingReason: NEVER, blockedSince: 1000 };

test.each<[string, Partial<WatchedJob>, number, string | undefined]>([
  ['blocked for just long enough', blocked, 1500, 'blocked'],
  ['blocked for a moment less', blocked, 1499, undefined],
  ['absent for just long enough', {}, 1700, 'vanished'],
  ['absent for a moment less', {}, 1699, undefined],
  ['at the deadline', { knownAt: 1900 }, 2000, 'timed-out'],
  ['a moment before the deadline', { knownAt: 1900 }, 1999, undefined],
  ['ended at the deadline', { job: job('FAILED') }, 2000, 'ended'],
  ['blocked before absent', blocked, 1800, 'blocked'],
  ['never described, at the deadline', { job: undefined }, 2000, 'timed-out'],
])('%s', (_, rest, now, expected) => {
  const limits = { now, deadlineAt: 2000, blockedMilliseconds: 500, absentMilliseconds: 700 };
  expect(decideOutcome(watched(rest), limits)?.kind).toBe(expected);
});

describe('why it waits', () => {
  test('the time of a reason that never passes runs from the first sight of it', () => {
    const one = watched();
    noteWaiting(one, NEVER, 5);
    noteWaiting(one, NEVER, 9);
    expect(one).toMatchObject({ waitingReason: NEVER, blockedSince: 5 });
    noteWaiting(one, 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY', 11);
    expect(one.blockedSince).toBeUndefined();
    noteWaiting(one, undefined, 12);
    expect(one).toMatchObject({ waitingReason: undefined, blockedSince: undefined });
  });

  test.each([
    [job('RUNNABLE'), true],
    [job('RUNNING'), false],
    [job('PENDING', { RUNNABLE: 1 }), true],
    [job('PENDING', { RUNNABLE: 1, STARTING: 1, RUNNING: 1 }), false],
    [job('PENDING', { RUNNABLE: 0 }), false],
    [{ ...job('PENDING'), arrayProperties: { size: 2 } }, false],
    // A child has an index and no size.
    [{ ...job('RUNNABLE'), arrayProperties: { index: 1, statusSummary: {} } }, true],
  ])('%j waits: %s', (detail, expected) => expect(isWaiting(detail)).toBe(expected));
});

test('a status shows the counts of arrays alone, and why it waits before why it is so', () => {
  const counts = { RUNNING: 1 };
  expect(
    describeStatus(watched({ job: { ...job('RUNNABLE', counts), statusReason: 'a' }, waitingReason: 'b' })),
  ).toMatchObject({
    status: 'RUNNABLE',
    statusReason: 'b',
    counts: undefined,
  });
  const submitted = { ...watched().submitted, size: 2 };
  expect(describeStatus(watched({ submitted, job: { ...job('PENDING', counts), statusReason: 'a' } }))).toMatchObject({
    statusReason: 'a',
    counts,
  });
  expect(describeStatus(watched({ job: undefined })).status).toBe('SUBMITTED');
});
