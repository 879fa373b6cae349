import type { FailureClass } from '../failure-classes.ts';
import type { ChildLine } from './children-file.ts';
import { createSampler, type Distribution } from './distribution.ts';
import type { RunPlan } from './model.ts';
import { pricesOf } from './spending.ts';
import { createTimekeeper, type Span } from './timeline.ts';

/** What some children used. Hours of requested resources, by Batch's own start and stop times. */
export interface Usage {
  readonly children: number;
  readonly succeeded: number;
  readonly failed: number;
  /** More than the children when Batch retried some, as far as attempts are known. */
  readonly attempts: number;
  readonly vcpuHours: number;
  readonly gibHours: number;
  readonly gpuHours: number;
  /** At the configured or looked-up prices, in the run's currency. A lower bound. */
  readonly cost: number;
  /** Of the cost: for attempts that lost their instance, and for those that failed otherwise. */
  readonly wastedBySpot: number;
  readonly wastedByFailure: number;
}

/** How long children ran, and how long they waited for their start; those that never started have no part in it. */
export interface Times {
  readonly duration: Distribution;
  readonly wait: Distribution;
}

export interface TierUsage extends Usage, Times {
  /** Children that reached the timeout of their job definition. Absent from summaries that were kept before it was counted. */
  readonly timedOut?: number | undefined;
  /** The shortest of the tier's job definitions; absent where none has one. */
  readonly timeoutSeconds?: number | undefined;
}

/** The times are absent from summaries that were kept before they were measured. */
export interface PriorityUsage extends Usage, Partial<Times> {
  /** When the last child ended; milliseconds since the epoch. */
  readonly stoppedAt?: number | undefined;
}

export interface Account extends Span {
  /** Whether all attempts are known, or of some children only the last. */
  readonly detail: 'listed' | 'described';
  readonly total: Usage;
  readonly byTier: Readonly<Record<string, TierUsage>>;
  readonly byPriority: Readonly<Record<string, PriorityUsage>>;
  readonly byRegion: Readonly<Record<string, Usage>>;
  readonly byClass: Readonly<Partial<Record<FailureClass, Usage>>>;
}

type Sum = { -readonly [Member in keyof Usage]: Usage[Member] };

const HOUR = 3_600_000;

export interface Accountant {
  add(line: ChildLine): void;
  describe(): Account;
}

/** Adds up child after child; holds no child. */
export function createAccountant(plan: RunPlan): Accountant {
  const total = emptySum();
  let detail: Account['detail'] = 'described';
  const tiers = createParts(() => ({ sum: emptySum(), times: createTimes(), timedOut: 0 }));
  const priorities = createParts(() => ({ sum: emptySum(), times: createTimes(), last: Number.NEGATIVE_INFINITY }));
  const regions = createParts(emptySum);
  const classes = createParts(emptySum);
  const timekeeper = createTimekeeper();
  return {
    add(line) {
      if (lacksAttempts(line)) detail = 'listed';
      const used = measure(plan, line);
      const tier = tiers.find(line.tier);
      const priority = priorities.find(line.priority);
      const own = line.class ? [classes.find(line.class)] : [];
      for (const sum of [total, tier.sum, priority.sum, regions.find(line.region), ...own]) addTo(sum, used);
      if (line.class === 'timeout') tier.timedOut += 1;
      priority.last = Math.max(priority.last, line.stoppedAt ?? Number.NEGATIVE_INFINITY);
      tier.times.add(line);
      priority.times.add(line);
      timekeeper.add(line);
    },
    describe: () => ({
      detail,
      total,
      byTier: tiers.describe(({ sum, times, timedOut }, tier) => ({
        ...{ ...sum, ...times.describe(), timedOut },
        ...describeTimeout(plan, tier),
      })),
      byPriority: priorities.describe(({ sum, times, last }) => ({
        ...{ ...sum, ...times.describe() },
        ...(Number.isFinite(last) && { stoppedAt: last }),
      })),
      byRegion: regions.describe(sum => sum),
      byClass: classes.describe(sum => sum),
      ...timekeeper.describe(),
    }),
  };
}

/** What is counted by name, such as by tier. */
function createParts<Part>(create: () => Part) {
  const parts = new Map<string, Part>();
  return {
    find(name: string): Part {
      const found = parts.get(name) ?? create();
      parts.set(name, found);
      return found;
    },
    describe<Described>(describeOne: (part: Part, name: string) => Described): Record<string, Described> {
      return Object.fromEntries([...parts].map(([name, part]) => [name, describeOne(part, name)]));
    },
  };
}

function createTimes() {
  const [duration, wait] = [createSampler(), createSampler()];
  return {
    add({ createdAt, startedAt, stoppedAt }: ChildLine): void {
      if (startedAt === undefined || stoppedAt === undefined) return;
      duration.add(stoppedAt - startedAt);
      if (createdAt !== undefined) wait.add(startedAt - createdAt);
    },
    describe: (): Times => ({ duration: duration.describe(), wait: wait.describe() }),
  };
}

function describeTimeout({ definitions }: RunPlan, tier: string): Pick<TierUsage, 'timeoutSeconds'> {
  const known = definitions.flatMap(one => (one.tier === tier ? (one.timeoutSeconds ?? []) : []));
  return known.length > 0 ? { timeoutSeconds: Math.min(...known) } : {};
}

function addTo(sum: Sum, used: Usage): void {
  for (const key of Object.keys(used) as (keyof Usage)[]) sum[key] += used[key];
}

function emptySum(): Sum {
  return {
    children: 0,
    succeeded: 0,
    failed: 0,
    attempts: 0,
    vcpuHours: 0,
    gibHours: 0,
    gpuHours: 0,
    cost: 0,
    wastedBySpot: 0,
    wastedByFailure: 0,
  };
}

/** Batch knew the child, and was asked for its last attempt alone. */
export function lacksAttempts({ createdAt, attempts }: Pick<ChildLine, 'createdAt' | 'attempts'>): boolean {
  return createdAt !== undefined && attempts === undefined;
}

/** What one child used. An attempt without both times counts, and uses nothing. */
export function measure(
  plan: Pick<RunPlan, 'definitions' | 'config' | 'pricing'>,
  line: Omit<ChildLine, 'vcpuHours' | 'gibHours' | 'gpuHours' | 'cost'>,
): Usage {
  const definition = plan.definitions.find(({ region, tier }) => region === line.region && tier === line.tier);
  const { vcpus = 0, memoryMiB = 0, gpus = 0 } = definition ?? {};
  const prices = pricesOf(plan, line);
  const hourly = vcpus * prices.vcpuHour + (memoryMiB / 1024) * prices.gibHour + gpus * prices.gpuHour;
  const attempts = line.attempts?.length
    ? line.attempts
    : [{ startedAt: line.startedAt, stoppedAt: line.stoppedAt, lost: line.class === 'spot-reclaim' }];
  const hoursOf = ({ startedAt, stoppedAt }: { startedAt?: number | undefined; stoppedAt?: number | undefined }) =>
    startedAt === undefined || stoppedAt === undefined ? 0 : Math.max(0, stoppedAt - startedAt) / HOUR;
  const hours = attempts.reduce((sum, attempt) => sum + hoursOf(attempt), 0);
  const lost = attempts.filter(attempt => attempt.lost).reduce((sum, attempt) => sum + hoursOf(attempt), 0);
  const last = attempts.at(-1);
  const failedHours = line.status === 'FAILED' && last && !last.lost ? hoursOf(last) : 0;
  return {
    children: 1,
    succeeded: line.status === 'SUCCEEDED' ? 1 : 0,
    failed: line.status === 'FAILED' ? 1 : 0,
    attempts: attempts.length,
    vcpuHours: hours * vcpus,
    gibHours: (hours * memoryMiB) / 1024,
    gpuHours: hours * gpus,
    cost: hours * hourly,
    wastedBySpot: lost * hourly,
    wastedByFailure: failedHours * hourly,
  };
}
