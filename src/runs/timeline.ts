/** When children were created, started and stopped, and how many were in which state meanwhile. */

/** Of one moment: children that had ended by it, and ran or waited at it. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly ended: number;
  readonly running: number;
  readonly waiting: number;
}

export interface Span {
  /** From the first child's start to the last one's stop; milliseconds since the epoch. Absent when nothing started. */
  readonly startedAt?: number | undefined;
  readonly stoppedAt?: number | undefined;
  /** The ends of `STEPS` equal steps from start to stop. Empty when nothing started. */
  readonly timeline: readonly Moment[];
}

export interface Timekeeper {
  /** A child without a start waited until it was stopped; one without a stop is of no account. Milliseconds since the epoch. */
  add(child: {
    readonly createdAt?: number | undefined;
    readonly startedAt?: number | undefined;
    readonly stoppedAt?: number | undefined;
  }): void;
  describe(): Span;
}

const STEPS = 120;

/** Eight bytes for each time. */
export function createTimekeeper(): Timekeeper {
  const creations: number[] = [];
  const starts: number[] = [];
  const stops: number[] = [];
  const unstartedStops: number[] = [];
  return {
    add({ createdAt, startedAt, stoppedAt }) {
      const knownAt = createdAt ?? startedAt;
      if (knownAt === undefined || stoppedAt === undefined) return;
      creations.push(knownAt);
      if (startedAt !== undefined) starts.push(startedAt);
      else unstartedStops.push(stoppedAt);
      stops.push(stoppedAt);
    },
    describe() {
      const [created, began, over, unstarted] = [
        createTally(creations),
        createTally(starts),
        createTally(stops),
        createTally(unstartedStops),
      ];
      const { first: startedAt } = began;
      const { last: stoppedAt } = over;
      if (startedAt === undefined || stoppedAt === undefined) return { timeline: [] };
      const timeline = Array.from({ length: STEPS }, (_, step) => {
        const at = Math.ceil(startedAt + ((stoppedAt - startedAt) * (step + 1)) / STEPS);
        const [started, ended, gaveUp] = [began.countUntil(at), over.countUntil(at), unstarted.countUntil(at)];
        return {
          at,
          ended,
          running: started - (ended - gaveUp),
          waiting: created.countUntil(at) - started - gaveUp,
        };
      });
      return { startedAt, stoppedAt, timeline };
    },
  };
}

interface Tally {
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** How many times are not after `at`, which never goes back. */
  countUntil(at: number): number;
}

function createTally(times: readonly number[]): Tally {
  const sorted = Float64Array.from(times).sort();
  let count = 0;
  return {
    first: sorted[0],
    last: sorted.at(-1),
    countUntil(at) {
      while ((sorted[count] ?? Number.POSITIVE_INFINITY) <= at) count += 1;
      return count;
    },
  };
}
