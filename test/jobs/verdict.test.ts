import type { JobDetail } from '@aws-sdk/client-batch';
import { expect, test } from '@jest/globals';
import type { ChildResult, Failure } from '../../src/jobs/model.ts';
import { decideVerdict } from '../../src/jobs/verdict.ts';
import type { WatchOutcome } from '../../src/jobs/watched-job.ts';

const ended = (status: JobDetail['status'], statusReason?: string): WatchOutcome => ({
  kind: 'ended',
  job: { jobId: 'j', jobName: 'n', jobQueue: 'q', jobDefinition: 'd', startedAt: 0, status, statusReason },
});
const child = (arrayIndex: number, rest: Partial<ChildResult> = {}): ChildResult => ({
  ...{ jobId: `j:${arrayIndex}`, arrayIndex, status: 'SUCCEEDED', attempts: [], logTail: [], objects: [] },
  ...rest,
});
const failure: Failure = { class: 'application', evidence: 'exit code 1', advice: 'a', retryable: false };
const object = (rest: object = {}) => ({ uri: 's3://b/k', found: true, ...rest });
const green = [child(0), child(1)];

test.each<[string, WatchOutcome, readonly ChildResult[], string, string | undefined]>([
  ['all succeeded', ended('SUCCEEDED'), green, 'passed', undefined],
  [
    'objects found, same bytes',
    ended('SUCCEEDED'),
    [child(0, { objects: [object({ sameBytes: true })] }), child(1)],
    'passed',
    undefined,
  ],
  [
    'no children at all',
    ended('SUCCEEDED'),
    [],
    'undecided',
    'the job ended, but Batch shows only 0 of 2 children that succeeded',
  ],
  ['a child not accounted for', ended('SUCCEEDED'), [child(0)], 'undecided', 'shows only 1 of 2 children'],
  [
    'a child not accounted for of a failed parent',
    ended('FAILED', 'why'),
    [child(0)],
    'failed',
    'the job is FAILED: why',
  ],
  [
    'a child still running',
    ended('SUCCEEDED'),
    [child(0), child(1, { status: 'RUNNING' })],
    'undecided',
    'shows only 1 of 2 children',
  ],
  ['a failed parent of green children', ended('FAILED', 'why'), green, 'failed', 'the job is FAILED: why'],
  ['a failed parent without a reason', ended('FAILED'), green, 'failed', 'the job is FAILED: no reason given'],
  [
    'a failed child',
    ended('FAILED', 'Array'),
    [child(0), child(1, { status: 'FAILED', failure })],
    'failed',
    '1 of 2 children failed; child 1, application: exit code 1',
  ],
  [
    'a suspect success',
    ended('SUCCEEDED'),
    [child(0, { failure, entry: 'x' }), child(1)],
    'failed',
    '1 of 2 children failed; child 0 (x), application',
  ],
  [
    'a failed child nobody classified',
    ended('FAILED'),
    [child(0, { status: 'FAILED', statusReason: 'sr' }), child(1)],
    'failed',
    'child 0, sr',
  ],
  [
    'a missing object of one child, and nothing of the other',
    ended('SUCCEEDED'),
    [child(0, { objects: [object({ found: false })] })],
    'failed',
    'child 0 succeeded, but did not write s3://b/k',
  ],
  [
    'a missing object',
    ended('SUCCEEDED'),
    [child(0, { objects: [object({ found: false })] }), child(1)],
    'failed',
    'child 0 succeeded, but did not write s3://b/k',
  ],
  [
    'a stale object',
    ended('SUCCEEDED'),
    [child(0, { objects: [object({ found: false, stale: true })] }), child(1)],
    'failed',
    'older than the job',
  ],
  [
    'other bytes',
    ended('SUCCEEDED'),
    [child(0, { objects: [object({ sameBytes: false })] }), child(1)],
    'failed',
    'child 0 is not idempotent',
  ],
  ['a timeout', { kind: 'timed-out', job: {} as JobDetail, reason: 'late' }, green, 'timed-out', 'late'],
  ['a timeout before Batch knew the job', { kind: 'timed-out', reason: 'late' }, [], 'undecided', 'late'],
  ['a vanished job', { kind: 'vanished', reason: 'gone' }, [], 'undecided', 'gone'],
  ['a cancelled run', { kind: 'cancelled' }, green, 'cancelled', 'the run was cancelled; the job was terminated'],
])('%s', (_, outcome, children, verdict, reason) => {
  const decided = decideVerdict(outcome, 2, children);
  expect(decided.verdict).toBe(verdict);
  if (reason === undefined) expect(decided.reason).toBeUndefined();
  else expect(decided.reason).toContain(reason);
});

test('a plain job is not called a child', () => {
  const { arrayIndex, ...plain } = child(0, { status: 'FAILED', failure });
  expect(arrayIndex).toBe(0);
  expect(decideVerdict(ended('FAILED'), 1, [plain]).reason).toBe('the job failed, application: exit code 1');
});
