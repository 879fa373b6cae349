import { ConfigurationError } from '../../errors.ts';
import { commandFor } from '../../runs/command-for.ts';
import { type KnownRun, readRun } from '../../runs/history.ts';
import type { Ledger } from '../../runs/ledger.ts';
import type { Standing } from '../../runs/standing.ts';
import type { RunSummary } from '../../runs/summary.ts';
import { describeLast, describeStanding } from './standing.ts';

/** Throws ConfigurationError for a run that is not there. */
export async function requireRun(ledger: Ledger, environment: string): Promise<KnownRun> {
  const known = await readRun(ledger);
  if (known) return known;
  throw new ConfigurationError({
    message: `the ledger has no run ${ledger.run} (${ledger.uri})`,
    remedy: `${commandFor('runs list', { environment })} shows all.`,
  });
}

/** Throws ConfigurationError for a run that nobody has watched to its end, or as far as he was told to. */
export function requireSummary(
  { run, plan, summary }: KnownRun,
  standing?: Standing,
): { readonly plan: KnownRun['plan']; readonly summary: RunSummary } {
  if (summary) return { plan, summary };
  if (standing?.state === 'driven')
    throw new ConfigurationError({
      message: `there is no report of run ${run} yet: it is ${describeStanding(standing)}`,
      remedy: 'Ask again when it has ended.',
    });
  const last = standing && 'lastBy' in standing ? describeLast(standing) : undefined;
  throw new ConfigurationError({
    message: `nobody has watched run ${run} to its end${last ? ` (${last})` : ''}, so there is no report of it`,
    remedy: `Watch it: ${commandFor('watch', plan)}`,
  });
}
