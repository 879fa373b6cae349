/** What is said of a run that was over before, when nothing of it was submitted now. */

import { formatTime } from '../../report/format.ts';
import { commandFor } from '../../runs/command-for.ts';
import { type DriveResult, readOutcomes } from '../../runs/drive.ts';
import { explainNotRetried } from '../../runs/explain-retry.ts';
import type { Ledger } from '../../runs/ledger.ts';
import type { RunPlan } from '../../runs/model.ts';
import type { CommandResult } from '../command.ts';

type Rounds = readonly Pick<DriveResult['rounds'][number], 'shards' | 'ended'>[];

export function isOver(rounds: Rounds): boolean {
  return rounds.every(({ shards, ended }) => ended.length === shards.length);
}

/** `ended at 2026-11-29 08:14 UTC`; without a time when Batch never told one. */
export function describeEnd(rounds: Rounds): string {
  const times = rounds.flatMap(({ ended }) => ended.flatMap(({ end }) => end.stoppedAt ?? []));
  const last = times.reduce((latest, time) => Math.max(latest, time), 0);
  return last > 0 ? `ended at ${formatTime(last)}` : 'has ended';
}

/** A retry that retried nothing says why instead of telling the old report again; its exit code is that of the run as it stands. */
export async function describeIdleRetry(
  settled: CommandResult,
  plan: RunPlan,
  { rounds }: DriveResult,
  ledger: Ledger,
): Promise<CommandResult> {
  const failing = [...(await readOutcomes(rounds, ledger)).values()];
  const reasons = explainNotRetried(failing, plan, kind => `--classes ${kind}`);
  const failed = failing.some(({ outcome }) => outcome.status === 'failed');
  // Something may go again, and somebody has just stopped the run.
  if (failed && reasons.length === 0) return settled;
  const end = `Run ${plan.run} ${describeEnd(rounds)}`;
  const said = failed
    ? `${end}, and nothing of what failed may be retried as asked.`
    : `${end}, and every entry succeeded.`;
  return {
    ...settled,
    ...(settled.failure && { failure: `nothing was submitted: ${reasons.join('; ')}. ${settled.failure}` }),
    report: [
      { type: 'heading', level: 2, content: 'Nothing was submitted' },
      {
        type: 'paragraph',
        content: [`${said} Its report: `, { code: commandFor('runs show', plan) }, '.'],
      },
      ...(reasons.length > 0 ? [{ type: 'list' as const, items: reasons }] : []),
    ],
    json: { ...(settled.json as object), notRetried: reasons },
  };
}
