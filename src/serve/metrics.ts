/** The figures of the server, and of the runs that it drives or that ended lately. */
import { type Family, renderFamilies, withLabels } from '../report/open-metrics.ts';
import { runFamilies } from '../report/run-metrics.ts';
import type { Progress } from '../runs/model.ts';
import { VERSION } from '../version.ts';
import type { Driven } from './run-drivers.ts';

export interface RequestMeter {
  /** `route` is the pattern, not the path: `/runs/:run`. */
  count(request: { readonly method: string; readonly route: string; readonly status: number }, seconds: number): void;
  families(): readonly Family[];
}

/** Upper bounds, seconds: from a look at the ledger to a million entries. */
const BUCKETS = [0.05, 0.25, 1, 5, 30, 120, Infinity];

export function createRequestMeter(): RequestMeter {
  const numbers = new Map<string, { labels: Record<string, string>; count: number }>();
  const times = new Map<string, { labels: Record<string, string>; buckets: number[]; sum: number }>();
  return {
    count({ method, route, status }, seconds) {
      const labels = { method, route };
      const key = `${method} ${route}`;
      const number = numbers.get(`${key} ${status}`) ?? { labels: { ...labels, status: String(status) }, count: 0 };
      numbers.set(`${key} ${status}`, { ...number, count: number.count + 1 });
      const time = times.get(key) ?? { labels, buckets: BUCKETS.map(() => 0), sum: 0 };
      const buckets = time.buckets.map((value, at) => value + (seconds <= (BUCKETS[at] ?? 0) ? 1 : 0));
      times.set(key, { labels, buckets, sum: time.sum + seconds });
    },
    families: () => [
      {
        name: 'batchwright_serve_requests',
        type: 'counter',
        help: 'Requests answered.',
        samples: [...numbers.values()].map(({ labels, count }) => [labels, count] as const),
      },
      {
        name: 'batchwright_serve_request_duration_seconds',
        type: 'histogram',
        unit: 'seconds',
        help: 'From a request to its answer.',
        samples: [...times.values()].flatMap(({ labels, buckets, sum }) => [
          ...buckets.map((value, at) => [{ ...labels, le: describeBound(BUCKETS[at]) }, value, '_bucket'] as const),
          [labels, buckets.at(-1) ?? 0, '_count'] as const,
          [labels, sum, '_sum'] as const,
        ]),
      },
    ],
  };
}

function describeBound(bound = Infinity): string {
  return bound === Infinity ? '+Inf' : bound.toFixed(Number.isInteger(bound) ? 1 : 2);
}

const STATES = ['driving', 'halted', 'elsewhere', 'ended'] as const;

export function renderServerMetrics(
  runs: ReadonlyMap<string, Driven>,
  meter: RequestMeter,
  names: { readonly project: string; readonly environment: string },
): string {
  const all = [...runs.values()];
  return renderFamilies([
    { name: 'batchwright_serve', help: 'The version that runs.', samples: [[{ version: VERSION }, 1]] },
    {
      name: 'batchwright_serve_runs',
      help: 'Runs that this server knows, by what it does with them.',
      samples: STATES.map(state => [{ state }, all.filter(one => one.state === state).length] as const),
    },
    ...meter.families(),
    ...[...runs].flatMap(([run, one]) => {
      if (one.state === 'ended') return one.summary ? runFamilies(one.summary) : [];
      if (one.state !== 'driving' || !one.progress) return [];
      return withLabels(progressFamilies(one.progress), { ...names, run });
    }),
  ]);
}

function progressFamilies({ counts, perMinute, remaining, spent, round }: Progress): readonly Family[] {
  const minutes = remaining === undefined ? undefined : remaining / 60_000;
  const optional = (name: string, help: string, value: number | undefined): Family[] =>
    value === undefined ? [] : [{ name, help, samples: [[{}, value]] }];
  return [
    {
      name: 'batchwright_run_round_children',
      help: 'Children of the round under way, by status.',
      samples: Object.entries(counts).map(([status, value]) => [{ status, round: String(round) }, value] as const),
    },
    ...optional('batchwright_run_ended_per_minute', 'Children that end in a minute, over ten minutes.', perMinute),
    ...optional('batchwright_run_remaining_minutes', 'Until the round has ended, at that pace.', minutes),
    ...optional('batchwright_run_spent', 'Estimate of the cost so far.', spent),
  ];
}
