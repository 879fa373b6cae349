/**
 * The job at the head of a queue that none of the queue's compute environments can ever run says so in its statusReason, and may be
 * cancelled for it. https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html
 */
import type { JobFlow } from '../jobs/job-flow.ts';
import type { JobQueueRecord } from '../records.ts';
import type { Alarms } from './alarms.ts';
import type { Runnable } from './line.ts';

export class BlockedHeads {
  readonly #flow: JobFlow;
  readonly #alarms: Alarms;
  readonly #now: () => number;

  constructor(flow: JobFlow, alarms: Alarms, now: () => number) {
    this.#flow = flow;
    this.#alarms = alarms;
    this.#now = now;
  }

  /** `reason` undefined: it only waits for room. */
  mark(queue: JobQueueRecord, { job, index }: Runnable, reason: string | undefined): void {
    const progress = job.progress(index);
    if (progress.statusReason === reason) return;
    job.put(index, { ...progress, statusReason: reason });
    if (reason === undefined) return;
    const [code = ''] = reason.split(' - ');
    const action = queue.jobStateTimeLimitActions?.find(each => each.reason === code && each.state === 'RUNNABLE');
    if (!action) return;
    this.#alarms.set(this.#now() + (action.maxTimeSeconds ?? 0) * 1000, () => {
      const now = job.progress(index);
      if (now.status !== 'RUNNABLE' || now.statusReason !== reason) return;
      const statusReason = `Canceled by JobStateTimeLimit action due to reason: ${code}`;
      this.#flow.finish(job, index, { ...now, status: 'FAILED', statusReason, stoppedAt: this.#now() });
    });
  }
}
