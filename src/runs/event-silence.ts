/** Whether a queue is silent of jobs whose events it should have brought. */

/** A job that ended, with when; milliseconds, by Batch's clock. */
export interface EndedJob {
  readonly jobId: string;
  readonly stoppedAt: number;
}

export interface EventSilence {
  /** The queue is being read, at `now`. */
  onRead(now: number): void;
  /** An event of this job came. */
  onHeard(jobId: string): void;
  /** The queue had nothing to give at `now`: what was sent before has been read, by this reader or by another. */
  onEmpty(now: number): void;
  onEnded(jobs: readonly EndedJob[]): void;
  /** The silence is over: what ended in it is not waited for. */
  forget(): void;
  /**
   * The first job that ended while the queue was read, was never heard of, and is so long ago that its event is not to come. It and all
   * that ended before are not found again.
   */
  findUnheard(): EndedJob | undefined;
}

/** EventBridge delivers within seconds as a rule; a message that a killed reader had taken comes again after half a minute. Milliseconds. */
const LATEST = 60_000;
const MOST_HEARD = 10_000;

export function createEventSilence(): EventSilence {
  const heard = new Set<string>();
  const awaited = new Map<string, EndedJob>();
  let readSince = Number.POSITIVE_INFINITY;
  let emptyAt = Number.NEGATIVE_INFINITY;
  return {
    onRead(now) {
      readSince = Math.min(readSince, now);
    },
    onHeard(jobId) {
      heard.add(jobId);
      const [oldest] = heard;
      if (heard.size > MOST_HEARD && oldest !== undefined) heard.delete(oldest);
    },
    onEmpty(now) {
      emptyAt = now;
    },
    onEnded(jobs) {
      for (const job of jobs) if (!heard.has(job.jobId) && job.stoppedAt > readSince) awaited.set(job.jobId, job);
    },
    forget: () => awaited.clear(),
    findUnheard() {
      for (const jobId of awaited.keys()) if (heard.has(jobId)) awaited.delete(jobId);
      const found = [...awaited.values()].find(({ stoppedAt }) => stoppedAt + LATEST <= emptyAt);
      if (found) awaited.clear();
      return found;
    },
  };
}
