/** A revision of one job definition in one region, as far as retention is concerned. */
export interface RetainableRevision {
  readonly revision: number;
  readonly arn: string;
}

export interface RetentionPlan {
  /** Oldest first: that is the order in which to deregister them, so that stopping half-way keeps the newer ones. */
  readonly retire: readonly RetainableRevision[];
  /** Beyond `keep`, but needed. */
  readonly spared: readonly (RetainableRevision & { readonly reason: 'in use' | 'protected' })[];
}

/**
 * Which ACTIVE revisions may go: all beyond the `keep` newest, but never the newest, one with unfinished jobs, or one that somebody
 * named (a rollback target). Pure; the order of `active` means nothing.
 */
export function planRetention(
  active: readonly RetainableRevision[],
  { keep, inUse, protect = new Set() }: { keep: number; inUse: ReadonlySet<string>; protect?: ReadonlySet<number> },
): RetentionPlan {
  const newestFirst = active.toSorted((a, b) => b.revision - a.revision);
  const beyond = newestFirst.slice(Math.max(1, keep)).reverse();
  const spared = beyond.flatMap((each): RetentionPlan['spared'] => {
    if (inUse.has(each.arn)) return [{ ...each, reason: 'in use' }];
    return protect.has(each.revision) ? [{ ...each, reason: 'protected' }] : [];
  });
  const needed = new Set(spared.map(({ arn }) => arn));
  return { retire: beyond.filter(({ arn }) => !needed.has(arn)), spared };
}
