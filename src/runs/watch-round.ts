import type { JobDetail } from '@aws-sdk/client-batch';
import { CancelledError, RemoteError } from '../errors.ts';
import { isPassing } from '../jobs/api-error.ts';
import { growingPauses, type PauseRange } from '../jobs/pace.ts';
import { describeJobs } from '../jobs/watch.ts';
import { commandFor } from './command-for.ts';
import type { Lease } from './lease.ts';
import type { Limits } from './limits.ts';
import type { Progress, RunPlan, Shard, Stop } from './model.ts';
import type { RunPorts } from './ports.ts';
import { createPaceMeter, describeProgress, endedOf, sumCounts } from './progress.ts';
import { createSpending } from './spending.ts';
import type { SubmittedShard } from './submit-round.ts';
import { createTerminator } from './terminator.ts';
import { createWaitingReasons, type WaitingReasons } from './waiting-reasons.ts';
import { countsOf, hasEnded, type Watched } from './watched.ts';

export interface WatchRequest {
  readonly plan: RunPlan;
  readonly round: number;
  /** What has not ended yet, as far as the ledger knows. */
  readonly open: readonly SubmittedShard[];
  /** Children of the round that ended before this watch began. */
  readonly endedBefore: number;
  readonly pauses?: PauseRange | undefined;
  /** When this process must stop watching, milliseconds; the jobs go on. */
  readonly watchUntil?: number | undefined;
  /** Cost of the run before this watch, in its currency. */
  readonly spentBefore: number;
  readonly limits: Limits;
}

export interface WatchHooks {
  /** A shard has ended, and `job` is how Batch describes its parent; undefined when Batch does not know it any more. */
  readonly onEnded: (shard: Shard, jobId: string, job: JobDetail | undefined) => Promise<void>;
  /** After every look. */
  readonly onLook: (progress: Progress) => Promise<void>;
  /** Whether somebody has stopped these jobs by hand. */
  readonly readStop: () => Promise<Stop | undefined>;
}

/** 130 looks at a run of two hours. */
const PAUSES: PauseRange = { firstMilliseconds: 5000, longestMilliseconds: 60_000 };
/** Where events come, a look without one comes so seldom; and with them, so often at most. Milliseconds. */
const QUIET = 300_000;
const BETWEEN_EVENTS = 5000;
/** Where a run may cost so much and no more, it is looked at as often as without events. Milliseconds. */
const BETWEEN_BUDGETS = 60_000;
/** Batch may show a new job late, and forgets an old one. Milliseconds. */
const ABSENT = 600_000;
/** A line about progress at most so often, and as often at least while it moves by less than a percent. */
const TELL = 60_000;
const TELL_AT_LEAST = 300_000;
/** When nothing moves for so long, the reason is looked for. */
const ASK_WHY = 300_000;

/**
 * Looks at the parents, never at their children, until all have ended: one DescribeJobs call for a hundred of them. Tells progress and
 * why nothing moves. At the run's deadline or budget it says so and terminates what is left, and waits for that.
 *
 * Gives false when it was told to stop watching first. Throws CancelledError when the signal came: the jobs go on. Throws RemoteError for
 * what will not pass.
 */
export async function watchRound(
  request: WatchRequest,
  hooks: WatchHooks,
  lease: Lease,
  ports: RunPorts,
): Promise<boolean> {
  const { clock, signal } = ports;
  const pauses = growingPauses(request.pauses ?? PAUSES);
  const watched: Watched[] = request.open.map(one => ({ ...one, knownAt: clock.now() }));
  const spending = createSpending(request.plan, request.spentBefore, clock.now());
  const reasons = createWaitingReasons(ports);
  const teller = createTeller(request, reasons, ports);
  const terminator = createTerminator(request.plan, request.limits, ports);
  let open = watched;
  while (open.length > 0) {
    if (signal?.aborted) throw leaveRunning(request.plan);
    await lease.renew();
    await look(open, ports);
    spending.add(open, clock.now());
    expectEvents(open, ports);
    const over = open.filter(one => hasEnded(one) || clock.now() - one.knownAt >= ABSENT);
    const done = await settle(over, hooks, ports);
    open = open.filter(one => !done.has(one));
    const told = await teller.tell(watched, open);
    await hooks.onLook({ ...told, round: request.round, spent: spending.total() });
    await terminator.check(open, {
      spent: spending.total(),
      stop: await hooks.readStop(),
      blockedSince: reasons.blockedSince,
    });
    if (open.length === 0) return true;
    if (request.watchUntil !== undefined && clock.now() >= request.watchUntil) return false;
    const pause = Math.min(pauses.next().value, Math.max(0, (request.watchUntil ?? Infinity) - clock.now()));
    await rest(pause, open, request, lease, ports).catch((reason: unknown) => {
      if (!signal?.aborted) throw reason;
    });
  }
  return true;
}

/**
 * What became of those that are over, written down. One of which that cannot be found out just now is left for the next look; what
 * will not pass is thrown when the others are done.
 */
async function settle(
  over: readonly Watched[],
  { onEnded }: WatchHooks,
  { signal, notify }: RunPorts,
): Promise<ReadonlySet<Watched>> {
  const done = new Set<Watched>();
  const failures: unknown[] = [];
  await Promise.all(
    over.map(async one => {
      const { shard, jobId, job } = one;
      try {
        await onEnded(shard, jobId, job && hasEnded({ job }) ? job : undefined);
        done.add(one);
      } catch (error) {
        const passes = !signal?.aborted && error instanceof RemoteError && isPassing(error.cause);
        if (!passes) return void failures.push(error);
        notify({ type: 'message', level: 'warning', text: `${shard.region}: ${error.message} Still watching.` });
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
  return done;
}

/** Until the next look: the pause; where the jobs' events come, until one does, or so long that a lost one does no harm. */
async function rest(
  pause: number,
  open: readonly Watched[],
  { plan, limits, watchUntil = Infinity }: WatchRequest,
  lease: Lease,
  { clock, signal, events }: RunPorts,
): Promise<void> {
  const now = clock.now();
  const regions = [...Map.groupBy(open, ({ shard }) => shard.region)];
  const feeds = regions.flatMap(([region, own]) => {
    const feed = events?.get(region);
    return feed ? [{ feed, ids: new Set(own.map(({ jobId }) => jobId)) }] : [];
  });
  // A region without events is looked at as often as without all of this, and the others with it.
  if (feeds.length === 0 || feeds.length < regions.length) return clock.sleep(pause, signal);
  await clock.sleep(Math.min(pause, BETWEEN_EVENTS), signal);
  // No event comes when a deadline passes or a cost grows.
  const quiet = plan.config.maxCost === undefined ? QUIET : BETWEEN_BUDGETS;
  const { deadlineAt } = limits;
  const until = Math.min(now + quiet, watchUntil, deadlineAt > now ? deadlineAt : Infinity);
  const ended = new AbortController();
  const either = signal ? AbortSignal.any([ended.signal, signal]) : ended.signal;
  while (clock.now() < until && !ended.signal.aborted) {
    // The lease ends sooner than the quiet may.
    await lease.renew();
    const times = { until: Math.min(until, clock.now() + TELL), childrenFrom: now + TELL, ifDown: now + pause };
    const waits = feeds.map(({ feed, ids }) =>
      feed.wait(ids, times, either).then(() => {
        if (clock.now() < times.until) ended.abort();
      }),
    );
    await Promise.all(waits).catch((reason: unknown) => {
      if (!ended.signal.aborted) throw reason;
    });
  }
}

/** Where events are to tell of what ends, they are missed only when it has. */
function expectEvents(open: readonly Watched[], { events }: RunPorts): void {
  for (const [region, own] of Map.groupBy(open, ({ shard }) => shard.region)) {
    const ended = own.flatMap(({ jobId, job }) =>
      hasEnded({ job }) && job?.stoppedAt !== undefined ? [{ jobId, stoppedAt: job.stoppedAt }] : [],
    );
    events?.get(region)?.expectEvents(ended);
  }
}

function leaveRunning(plan: RunPlan): CancelledError {
  return new CancelledError(
    `no longer watching run ${plan.run}; its jobs go on. Watch it again with: ${commandFor('watch', plan)}`,
  );
}

/** One look in every region; what passes by itself is said and outlasted. */
async function look(open: readonly Watched[], ports: RunPorts): Promise<void> {
  const regions = Map.groupBy(open, ({ shard }) => shard.region);
  await Promise.all(
    [...regions].map(async ([region, own]) => {
      try {
        const jobs = await describeJobs(
          region,
          own.map(({ jobId }) => jobId),
          ports,
        );
        for (const one of own) noteJob(one, jobs.get(one.jobId), ports.clock.now());
      } catch (error) {
        if (ports.signal?.aborted) return;
        if (!(error instanceof RemoteError) || !isPassing(error.cause)) throw error;
        // An API that does not answer is no proof that a job is gone.
        for (const one of own) one.knownAt = ports.clock.now();
        ports.notify({ type: 'message', level: 'warning', text: `${region}: ${error.message} Still watching.` });
      }
    }),
  );
}

/** An answer that is behind the one before is an old one: an ended child does not run again. */
function noteJob(one: Watched, job: JobDetail | undefined, now: number): void {
  if (!job) return;
  one.knownAt = now;
  if (one.job && endedOf(countsOf(job)) < endedOf(countsOf(one.job))) return;
  one.job = job;
}

interface Teller {
  tell(watched: readonly Watched[], open: readonly Watched[]): Promise<Omit<Progress, 'round' | 'spent'>>;
}

function createTeller({ plan, endedBefore }: WatchRequest, reasons: WaitingReasons, ports: RunPorts): Teller {
  const { clock, notify } = ports;
  const measure = createPaceMeter();
  let said = { at: Number.NEGATIVE_INFINITY, text: '', share: -1 };
  let askedAt = clock.now();
  return {
    async tell(watched, open) {
      const now = clock.now();
      const counts = sumCounts(watched.map(({ job, shard }) => (job ? countsOf(job) : { SUBMITTED: shard.size })));
      const total = endedBefore + watched.reduce((sum, { shard }) => sum + shard.size, 0);
      const all = { ...counts, SUCCEEDED: counts.SUCCEEDED + endedBefore };
      const pace = measure(now, all, total);
      const text = describeProgress(all, total, pace);
      const share = Math.floor((endedOf(all) / Math.max(1, total)) * 100);
      const due = now - said.at >= (share === said.share ? TELL_AT_LEAST : TELL) || open.length === 0;
      if (text !== said.text && due) {
        notify({ type: 'message', level: 'info', text: `${plan.run}: ${text}` });
        said = { at: now, text, share };
      }
      if (counts.RUNNING + counts.STARTING > 0 || open.length === 0) {
        askedAt = now;
        reasons.forget();
      } else if (now - askedAt >= ASK_WHY) {
        askedAt = now;
        await reasons.ask(open);
      }
      return { at: now, total, counts: all, ...pace };
    },
  };
}
