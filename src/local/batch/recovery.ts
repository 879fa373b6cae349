/** What a process left behind that died while attempts were running: their hosts are gone, as far as anybody can tell. */

import { instanceIdOf } from './arn.ts';
import { type Job, WHOLE } from './jobs/job.ts';
import { isRetried } from './jobs/retry.ts';
import type { Attempt, Progress } from './records.ts';
import type { RealmWork } from './scheduling/realm-work.ts';

/** Ends the attempts that were under way, by the retry rules; then every unfinished job goes on from where it was. */
export function recoverJobs(work: RealmWork, now: number): void {
  const jobs = [...work.book.all()].filter(job => !job.finished);
  for (const job of jobs) {
    if (job.isParent) {
      for (const state of ['STARTING', 'RUNNING'] as const)
        for (const index of job.indexesIn(state, 0, job.size)) recover(work, job, index, now);
    } else if (job.state() === 'STARTING' || job.state() === 'RUNNING') recover(work, job, WHOLE, now);
  }
  for (const job of jobs) work.flow.begin(job);
  for (const job of jobs) for (const index of retriedIn(job)) work.lineOf(job).addFront({ job, index });
}

/** Those that have run before and are to run again: they stand at the front of their queue, as they did. */
function retriedIn(job: Job): number[] {
  if (job.finished) return [];
  const indexes = job.isParent ? job.indexesIn('RUNNABLE', 0, job.size) : [WHOLE];
  return indexes.filter(index => {
    if (job.isParent && !job.hasOwnRecord(index)) return false;
    const { status, attempts } = job.progress(index);
    return status === 'RUNNABLE' && attempts !== undefined && attempts.length > 0;
  });
}

function recover(work: RealmWork, job: Job, index: number, now: number): void {
  const progress = job.progress(index);
  const made = (progress.attempts?.length ?? 0) + 1;
  const attempt = loseHost(job, index, progress, made, now);
  const attempts = [...(progress.attempts ?? []), attempt];
  const plan = work.planOf(job);
  if (!progress.isTerminated && isRetried(attempt, made, plan.attempts, plan.rules)) {
    job.put(index, { status: 'RUNNABLE', attempts });
    return;
  }
  const { statusReason } = progress.isTerminated ? progress : attempt;
  const { startedAt, isTerminated } = progress;
  work.flow.finish(job, index, { status: 'FAILED', statusReason, startedAt, stoppedAt: now, attempts, isTerminated });
}

function loseHost(
  job: Job,
  index: number,
  { environment = '', startedAt }: Progress,
  made: number,
  now: number,
): Attempt {
  const instance = instanceIdOf(job.idOf(index), made).slice(0, 17);
  return { environment, startedAt, stoppedAt: now, statusReason: `Host EC2 (instance i-${instance}) terminated.` };
}
