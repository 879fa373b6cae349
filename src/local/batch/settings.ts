/** Settings of the local Batch that AWS does not have. */
export interface BatchSettings {
  /** DescribeJobs and ListJobs do not see a job for so long after SubmitJob answered. 0. */
  readonly visibleAfterMs?: number | undefined;
  /** Finished jobs are forgotten after so many hours. 168, the documented 7 days. */
  readonly historyHours?: number | undefined;
  /** Compute environments and job queues stay CREATING, UPDATING or DELETING for so long. 0. */
  readonly settleMs?: number | undefined;
  /** Makes the id of a submitted job, a UUID. A random one by default. */
  readonly jobId?: ((submission: Submission) => string) | undefined;
}

export interface Submission {
  readonly account: string;
  readonly region: string;
  readonly jobName: string;
  /** Counts from 1 the jobs of that name in the account and region. */
  readonly nth: number;
}
