/** Settings of the local Batch that AWS does not have. */
export interface BatchSettings {
  /** DescribeJobs and ListJobs do not see a job for so long after SubmitJob answered. 0. */
  readonly visibleAfterMs?: number | undefined;
  /** Finished jobs are forgotten after so many hours. 168, the documented 7 days. */
  readonly historyHours?: number | undefined;
  /** Compute environments and job queues stay CREATING, UPDATING or DELETING for so long. 0. */
  readonly settleMs?: number | undefined;
}
