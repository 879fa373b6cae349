/** A run in OpenMetrics text, for a push gateway or a textfile collector. */
import type { Account } from '../runs/account.ts';
import type { Distribution } from '../runs/distribution.ts';
import type { RunSummary } from '../runs/summary.ts';
import { type Family, renderFamilies, withLabels } from './open-metrics.ts';

export function renderMetrics(summary: RunSummary): string {
  return renderFamilies(runFamilies(summary));
}

/** Labelled with the run. */
export function runFamilies(summary: RunSummary): readonly Family[] {
  const { project, environment, run, account, currency } = summary;
  const families = [...entryFamilies(summary), ...(account ? accountFamilies(account, currency) : [])];
  return withLabels(families, { project, environment, run });
}

function entryFamilies({ entries, failedByClass, rounds }: RunSummary): Family[] {
  return [
    {
      name: 'batchwright_run_entries',
      help: 'Entries of the run by how they ended.',
      samples: (['succeeded', 'failed', 'open'] as const).map(status => [{ status }, entries[status]] as const),
    },
    {
      name: 'batchwright_run_recovered_entries',
      help: 'Entries that succeeded after a retry.',
      samples: [[{}, entries.recovered]],
    },
    {
      name: 'batchwright_run_failed_entries',
      help: 'Entries that failed in the end, by class.',
      samples: Object.entries(failedByClass).map(([kind, number]) => [{ class: kind }, number] as const),
    },
    { name: 'batchwright_run_rounds', help: 'Rounds, the first and retries.', samples: [[{}, rounds.length]] },
  ];
}

function accountFamilies({ byTier, byPriority, total }: Account, currency: string): Family[] {
  const tiers = Object.entries(byTier);
  return [
    {
      name: 'batchwright_run_children',
      help: 'Children by tier, all rounds together.',
      samples: tiers.map(([tier, usage]) => [{ tier }, usage.children] as const),
    },
    {
      name: 'batchwright_run_vcpu_hours',
      help: 'vCPU-hours asked for, from start to stop.',
      samples: tiers.map(([tier, usage]) => [{ tier }, usage.vcpuHours] as const),
    },
    {
      name: 'batchwright_run_gib_hours',
      help: 'GiB-hours asked for, from start to stop.',
      samples: tiers.map(([tier, usage]) => [{ tier }, usage.gibHours] as const),
    },
    {
      name: 'batchwright_run_duration_seconds',
      unit: 'seconds',
      help: 'How long children ran.',
      samples: tiers.flatMap(([tier, { duration }]) => sampleTimes({ tier }, duration)),
    },
    {
      name: 'batchwright_run_wait_seconds',
      unit: 'seconds',
      help: 'How long children waited for their start, by tier.',
      samples: tiers.flatMap(([tier, { wait }]) => sampleTimes({ tier }, wait)),
    },
    {
      name: 'batchwright_run_priority_wait_seconds',
      unit: 'seconds',
      help: 'How long children waited for their start, by priority.',
      samples: Object.entries(byPriority).flatMap(([priority, { wait }]) => sampleTimes({ priority }, wait)),
    },
    {
      name: 'batchwright_run_cost',
      help: 'Lower bound of the cost at the prices of the run.',
      samples: [[{ currency }, total.cost]],
    },
    {
      name: 'batchwright_run_wasted_cost',
      help: 'Of the cost, what went to attempts that came to nothing.',
      samples: [
        [{ currency, by: 'spot-reclaim' }, total.wastedBySpot],
        [{ currency, by: 'failure' }, total.wastedByFailure],
      ],
    },
  ];
}

/** None where nothing started. */
function sampleTimes(labels: Readonly<Record<string, string>>, times: Distribution | undefined): Family['samples'] {
  if (!times || times.count === 0) return [];
  const quantiles = [
    ['0.5', times.p50],
    ['0.9', times.p90],
    ['0.99', times.p99],
  ] as const;
  return quantiles.map(([quantile, milliseconds]) => [{ ...labels, quantile }, milliseconds / 1000] as const);
}
