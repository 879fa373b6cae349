import type { FailureClass } from '../failure-classes.ts';
import { jobSettingsOf } from './job-settings.ts';
import type { RunPlan } from './model.ts';
import { countSpotLosses, type Failing } from './outcomes.ts';

/** An entry that failed, as far as deciding goes. */
export interface FailedEntry {
  readonly region: string;
  readonly tier: string;
  readonly priority: string;
  readonly class: FailureClass;
  readonly retryable: boolean;
  /** Rounds in a row, this one too, that ended with the loss of the instance. */
  readonly spotLosses: number;
}

export type Decision =
  | {
      readonly retry: true;
      readonly as: 'same' | 'larger-tier' | 'on-demand' | 'asked-for';
      readonly tier: string;
      readonly priority: string;
      readonly onDemand: boolean;
    }
  | { readonly retry: false; readonly why: 'permanent' | 'largest-tier' | 'not-asked-for' };

/** Ends of a run that somebody wanted; they are retried when they are asked for, never by themselves. */
const WANTED: readonly FailureClass[] = ['cancelled'];

/**
 * Whether an entry goes again, and how: out of memory goes one tier up, since the same would fail again; a lost spot instance goes again
 * as it is, and on-demand after so many losses; what may pass by itself goes again; anything else only when it was asked for.
 */
export function decideRetry(entry: FailedEntry, plan: Pick<RunPlan, 'config' | 'jobSettings' | 'tiers'>): Decision {
  const { config, tiers } = plan;
  const { retry } = config;
  const priority = retry.priority ?? entry.priority;
  const same = { retry: true, tier: entry.tier, priority, onDemand: false } as const;
  const asked = retry.classes.includes(entry.class);
  if (entry.class === 'out-of-memory') {
    const larger = tiers[tiers.indexOf(entry.tier) + 1];
    if (larger !== undefined) return { ...same, as: 'larger-tier', tier: larger };
    return asked ? { ...same, as: 'asked-for' } : { retry: false, why: 'largest-tier' };
  }
  if (entry.class === 'spot-reclaim') {
    const { onDemandQueues } = jobSettingsOf(plan, entry.region);
    const onDemand = entry.spotLosses >= retry.onDemandAfter && onDemandQueues[priority] !== undefined;
    return { ...same, as: onDemand ? 'on-demand' : 'same', onDemand };
  }
  if (asked) return { ...same, as: 'asked-for' };
  if (entry.retryable && !WANTED.includes(entry.class)) return { ...same, as: 'same' };
  return { retry: false, why: MAY_HELP.includes(entry.class) ? 'not-asked-for' : 'permanent' };
}

/** What is decided of an entry that failed in the round that it was last in; undefined for one that did not. */
export function decideFailing({ outcome, retryable }: Failing, plan: RunPlan): Decision | undefined {
  const { status, class: kind, region, tier, priority } = outcome;
  if (status !== 'failed' || kind === undefined) return undefined;
  return decideRetry({ region, tier, priority, class: kind, retryable, spotLosses: countSpotLosses(outcome) }, plan);
}

/** Trying again, unchanged, has been seen to help at times. */
const MAY_HELP: readonly FailureClass[] = [
  'application',
  'killed',
  'sigterm',
  'crash',
  'timeout',
  'unknown',
  'cancelled',
  'blocked',
];
