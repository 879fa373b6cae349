/** Why entries that failed are not submitted again, and how they would be. */
import { formatCount } from '../format-count.ts';
import { type Decision, decideRetry } from './decide-retry.ts';
import type { RunPlan } from './model.ts';
import { countSpotLosses, type Failing } from './outcomes.ts';

type Why = Extract<Decision, { retry: false }>['why'];

/** A sentence for each class and reason, the most entries first; those that would go again have none. `plan` holds what was asked for. */
export function explainNotRetried(failing: Iterable<Failing>, plan: RunPlan): readonly string[] {
  const kept = new Map<string, { kind: string; why: Why; entries: number }>();
  for (const { outcome, retryable } of failing) {
    const { status, class: kind, tier, priority } = outcome;
    if (status !== 'failed' || kind === undefined) continue;
    const decision = decideRetry(
      { tier, priority, class: kind, retryable, spotLosses: countSpotLosses(outcome) },
      plan,
    );
    if (decision.retry) continue;
    const { why } = decision;
    const same = kept.get(`${kind} ${why}`) ?? { kind, why, entries: 0 };
    kept.set(`${kind} ${why}`, { ...same, entries: same.entries + 1 });
  }
  const sorted = [...kept.values()].sort((a, b) => b.entries - a.entries);
  return sorted.map(({ kind, why, entries }) => `${formatCount(entries)} of class ${kind}: ${WHY[why](kind)}`);
}

const WHY: Readonly<Record<Why, (kind: string) => string>> = {
  'not-asked-for': kind => `retried only with --classes ${kind}`,
  permanent: kind => `trying again does not help; mend the cause, then retry with --classes ${kind}`,
  'largest-tier': kind => `there is no larger tier; in the same one it is retried only with --classes ${kind}`,
};
