/** Why entries that failed are not submitted again, and how they would be. */
import { formatCount } from '../format-count.ts';
import { type Decision, decideFailing } from './decide-retry.ts';
import type { RunPlan } from './model.ts';
import type { Failing } from './outcomes.ts';

type Why = Extract<Decision, { retry: false }>['why'];

/**
 * A sentence for each class and reason, the most entries first; those that would go again have none. `plan` holds what was asked for,
 * and `ask` says how a class is asked for.
 */
export function explainNotRetried(
  failing: Iterable<Failing>,
  plan: RunPlan,
  ask: (kind: string) => string,
): readonly string[] {
  const kept = new Map<string, { kind: string; why: Why; entries: number }>();
  for (const one of failing) {
    const decision = decideFailing(one, plan);
    const kind = one.outcome.class;
    if (!decision || decision.retry || !kind) continue;
    const { why } = decision;
    const same = kept.get(`${kind} ${why}`) ?? { kind, why, entries: 0 };
    kept.set(`${kind} ${why}`, { ...same, entries: same.entries + 1 });
  }
  const sorted = [...kept.values()].sort((a, b) => b.entries - a.entries);
  return sorted.map(({ kind, why, entries }) => `${formatCount(entries)} of class ${kind}: ${WHY[why](ask(kind))}`);
}

const WHY: Readonly<Record<Why, (asked: string) => string>> = {
  'not-asked-for': asked => `retried only with ${asked}`,
  permanent: asked => `trying again does not help; mend the cause, then retry with ${asked}`,
  'largest-tier': asked => `there is no larger tier; in the same one it is retried only with ${asked}`,
};
