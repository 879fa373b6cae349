/** A revision of one job definition in one region, as far as retention is concerned. */
export interface RetainableRevision {
  readonly revision: number;
  readonly arn: string;
  /** ISO 8601; undefined for one that Batchwright did not register, whose age nobody knows. */
  readonly registeredAt?: string | undefined;
}

export interface RetentionRules {
  /** The newest so many stay. At least one always does. */
  readonly keep: number;
  /** Only those registered before may go; milliseconds since the epoch. Of one whose age is unknown, nobody can say so: it stays. */
  readonly before?: number | undefined;
  /** ARNs that unfinished jobs use. */
  readonly inUse: ReadonlySet<string>;
  /** By ARN, the run that may yet submit jobs of it. */
  readonly pinned?: ReadonlyMap<string, string> | undefined;
  /** Revisions that somebody needs: a rollback's target. */
  readonly protect?: ReadonlySet<number>;
}

export interface RetentionPlan<Revision extends RetainableRevision = RetainableRevision> {
  /** Oldest first: that is the order in which to deregister them, so that stopping half-way keeps the newer ones. */
  readonly retire: readonly Revision[];
  /** Beyond `keep`, but needed, or not old enough. */
  readonly spared: readonly (Revision & Spared)[];
}

export interface Spared {
  readonly reason: 'in use' | 'pinned' | 'protected' | 'young' | 'of unknown age';
  /** The run that it is pinned by. */
  readonly run?: string | undefined;
}

/**
 * Which ACTIVE revisions may go: all beyond the `keep` newest, but never the newest, one with unfinished jobs, one that a run is pinned
 * to, or one that somebody named (a rollback target). Pure; the order of `active` means nothing.
 */
export function planRetention<Revision extends RetainableRevision>(
  active: readonly Revision[],
  rules: RetentionRules,
): RetentionPlan<Revision> {
  const newestFirst = active.toSorted((a, b) => b.revision - a.revision);
  const beyond = newestFirst.slice(Math.max(1, rules.keep)).reverse();
  const spared = beyond.flatMap(each => {
    const spared = findSpared(each, rules);
    return spared ? [{ ...each, ...spared }] : [];
  });
  const needed = new Set(spared.map(({ arn }) => arn));
  return { retire: beyond.filter(({ arn }) => !needed.has(arn)), spared };
}

function findSpared(
  { arn, revision, registeredAt }: RetainableRevision,
  { before, inUse, pinned, protect }: RetentionRules,
): Spared | undefined {
  const run = pinned?.get(arn);
  if (inUse.has(arn)) return { reason: 'in use' };
  if (run !== undefined) return { reason: 'pinned', run };
  if (protect?.has(revision)) return { reason: 'protected' };
  if (before === undefined) return undefined;
  if (registeredAt === undefined) return { reason: 'of unknown age' };
  return Date.parse(registeredAt) >= before ? { reason: 'young' } : undefined;
}
