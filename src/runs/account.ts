import type { FailureClass } from '../jobs/model.ts';
import type { ChildLine } from './children-file.ts';
import { createSampler, type Distribution } from './distribution.ts';
import type { RunPlan } from './model.ts';
import { pricesOf } from './spending.ts';

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

export interface Account {
  /** Whether all attempts are known, or of some children only the last. */
  readonly detail: 'listed' | 'described';
  readonly total: Usage;
  readonly byTier: Readonly<Record<string, Usage & { readonly duration: Distribution; readonly wait: Distribution }>>;
  readonly byPriority: Readonly<Record<string, Usage>>;
  readonly byRegion: Readonly<Record<string, Usage>>;
  readonly byClass: Readonly<Partial<Record<FailureClass, Usage>>>;
  /** From the first child's start to the last one's stop; milliseconds since the epoch. */
  readonly startedAt?: number | undefined;
  readonly stoppedAt?: number | undefined;
  /** Children that had ended by the end of each of `TIMELINE` equal steps from start to stop, and ran or waited at it. */
  readonly timeline: readonly {
    readonly at: number;
    readonly ended: number;
    readonly running: number;
    readonly waiting: number;
  }[];
}

type Sum = { -readonly [Member in keyof Usage]: Usage[Member] };

const TIMELINE = 120;
const HOUR = 3_600_000;

export interface Accountant {
  add(line: ChildLine): void;
  describe(): Account;
}

/** Adds up child after child; holds no child. */
export function createAccountant(plan: RunPlan): Accountant {
  const total = emptySum();
  const sums = {
    byTier: new Map<string, Sum>(),
    byPriority: new Map<string, Sum>(),
    byRegion: new Map<string, Sum>(),
    byClass: new Map<string, Sum>(),
  };
  const durations = new Map<string, ReturnType<typeof createSampler>>();
  const waits = new Map<string, ReturnType<typeof createSampler>>();
  const moments = createMoments();
  let detail: Account['detail'] = 'described';
  const of = <Value>(map: Map<string, Value>, key: string, create: () => Value): Value => {
    const found = map.get(key) ?? create();
    map.set(key, found);
    return found;
  };
  return {
    add(line) {
      if (lacksAttempts(line)) detail = 'listed';
      const used = measure(plan, line);
      for (const sum of [
        total,
        of(sums.byTier, line.tier, emptySum),
        of(sums.byPriority, line.priority, emptySum),
        of(sums.byRegion, line.region, emptySum),
        ...(line.class ? [of(sums.byClass, line.class, emptySum)] : []),
      ]) {
        for (const key of Object.keys(used) as (keyof Usage)[]) sum[key] += used[key];
      }
      const { createdAt, startedAt, stoppedAt } = line;
      if (startedAt === undefined || stoppedAt === undefined) return;
      moments.add(createdAt ?? startedAt, startedAt, stoppedAt);
      of(durations, line.tier, createSampler).add(stoppedAt - startedAt);
      if (createdAt !== undefined) of(waits, line.tier, createSampler).add(startedAt - createdAt);
    },
    describe() {
      const entries = <Value>(map: Map<string, Value>) => Object.fromEntries(map) as Record<string, Value>;
      const tiers = [...sums.byTier].map(([tier, sum]) => [
        tier,
        {
          ...sum,
          duration: of(durations, tier, createSampler).describe(),
          wait: of(waits, tier, createSampler).describe(),
        },
      ]);
      return {
        detail,
        total,
        byTier: Object.fromEntries(tiers) as Account['byTier'],
        byPriority: entries(sums.byPriority),
        byRegion: entries(sums.byRegion),
        byClass: entries(sums.byClass),
        ...moments.describe(),
      };
    },
  };
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

/** Creations, starts and stops, for the timeline; eight bytes each. */
function createMoments() {
  const creations: number[] = [];
  const starts: number[] = [];
  const stops: number[] = [];
  return {
    add(createdAt: number, startedAt: number, stoppedAt: number) {
      creations.push(createdAt);
      starts.push(startedAt);
      stops.push(stoppedAt);
    },
    describe(): Pick<Account, 'startedAt' | 'stoppedAt' | 'timeline'> {
      if (starts.length === 0) return { timeline: [] };
      const created = Float64Array.from(creations).sort();
      const began = Float64Array.from(starts).sort();
      const ended = Float64Array.from(stops).sort();
      const [startedAt = 0, stoppedAt = 0] = [began[0], ended.at(-1)];
      let [known, begun, done] = [0, 0, 0];
      const timeline = Array.from({ length: TIMELINE }, (_, step) => {
        const at = Math.ceil(startedAt + ((stoppedAt - startedAt) * (step + 1)) / TIMELINE);
        while (known < created.length && (created[known] ?? 0) <= at) known += 1;
        while (begun < began.length && (began[begun] ?? 0) <= at) begun += 1;
        while (done < ended.length && (ended[done] ?? 0) <= at) done += 1;
        return { at, ended: done, running: begun - done, waiting: known - begun };
      });
      return { startedAt, stoppedAt, timeline };
    },
  };
}
