/** How long a run may take, and how much it may cost. */
import { formatAmount } from '../format-amount.ts';
import type { Round, RunPlan } from './model.ts';

export interface Limits {
  /** Milliseconds; Infinity without a deadline. */
  readonly deadlineAt: number;
  /** Of the whole run, in its currency; Infinity without a budget. */
  readonly mostCost: number;
}

/** From the beginning of the run, or of a round that was asked for by hand: that has the time and the budget of a run of its own. */
export function limitsOf(
  { config, plannedAt }: Pick<RunPlan, 'config' | 'plannedAt'>,
  asked?: Pick<Round, 'plannedAt' | 'asked'>,
): Limits {
  const { deadlineSeconds, maxCost } = config;
  const since = Date.parse(asked?.plannedAt ?? plannedAt);
  return {
    deadlineAt: deadlineSeconds === undefined ? Infinity : since + deadlineSeconds * 1000,
    mostCost: maxCost === undefined ? Infinity : (asked?.asked?.spent ?? 0) + maxCost,
  };
}

/** Which limit has passed, as a sentence without its end; undefined when none has. */
export function describePassed(
  { deadlineAt, mostCost }: Limits,
  { now, spent, currency }: { readonly now: number; readonly spent: number; readonly currency: string },
): string | undefined {
  if (now >= deadlineAt) return 'the deadline of the run passed';
  if (spent >= mostCost)
    return `the run has cost ${formatAmount(spent)} ${currency}, and may cost ${formatAmount(mostCost)}`;
  return undefined;
}
