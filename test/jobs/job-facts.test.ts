/** Answers in which Batch leaves out what it may leave out. */
import type { JobDetail, JobSummary } from '@aws-sdk/client-batch';
import { expect, test } from '@jest/globals';
import { readJobFacts, readSummaryFacts } from '../../src/jobs/job-facts.ts';

const described = (rest: Partial<JobDetail>) => readJobFacts(rest as JobDetail);
const NOTHING = { jobId: '', status: 'SUBMITTED', attempts: [] };

test('of a job of which nothing is said it has only been submitted', () => {
  expect(described({})).toMatchObject({ ...NOTHING, exitCode: undefined, logGroupName: '/aws/batch/job' });
  expect(readSummaryFacts({} as JobSummary)).toMatchObject({ ...NOTHING, exitCode: undefined, reason: undefined });
});

test('a child in a list has its index, exit code and reason', () => {
  const child: JobSummary = {
    jobId: 'j:3',
    jobName: 'n',
    status: 'FAILED',
    arrayProperties: { index: 3 },
    container: { exitCode: 2, reason: 'why' },
  };
  expect(readSummaryFacts(child)).toMatchObject({ jobId: 'j:3', arrayIndex: 3, exitCode: 2, reason: 'why' });
});

test.each<[string, Partial<JobDetail>, object]>([
  [
    'tasks without containers',
    { ecsProperties: { taskProperties: [{}] } },
    { exitCode: undefined, logGroupName: undefined },
  ],
  [
    'an attempt whose tasks have none: its own container counts',
    { attempts: [{ taskProperties: [{}], container: { exitCode: 1 } }] },
    { exitCode: 1, attempts: [{ exitCode: 1 }] },
  ],
  [
    'a pod that failed before it had containers',
    { eksAttempts: [{ statusReason: 'no node' }] },
    { exitCode: undefined, attempts: [{ statusReason: 'no node', exitCode: undefined }] },
  ],
  [
    'a pod whose init container failed',
    { eksAttempts: [{ initContainers: [{ exitCode: 7 }] }] },
    { exitCode: 7, attempts: [{ exitCode: 7 }] },
  ],
])('%s', (_, job, expected) => expect(described(job)).toMatchObject(expected));
