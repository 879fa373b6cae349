/** A shard that is watched, and what its parent job shows. */
import type { JobDetail } from '@aws-sdk/client-batch';
import type { StatusCounts } from './model.ts';
import { sumCounts } from './progress.ts';
import type { SubmittedShard } from './submit-round.ts';

export interface Watched extends SubmittedShard {
  job?: JobDetail | undefined;
  /** When Batch last knew it. Milliseconds. */
  knownAt: number;
}

export function hasEnded({ job }: Pick<Watched, 'job'>): boolean {
  return job?.status === 'SUCCEEDED' || job?.status === 'FAILED';
}

/** Children by status; a plain job is its own only child. */
export function countsOf(job: JobDetail): StatusCounts {
  const counts = job.arrayProperties?.statusSummary;
  if (counts && job.arrayProperties?.size !== undefined) return sumCounts([counts]);
  return sumCounts([{ [job.status ?? 'SUBMITTED']: 1 }]);
}
