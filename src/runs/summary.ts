/** The answer to "how did it go": of a run that has ended, or as far as it has come. */
import type { FailureClass } from '../failure-classes.ts';
import { type Account, createAccountant } from './account.ts';
import { type AccountDetail, forEachChild } from './children-file.ts';
import { compareRuns, type RunComparison } from './compare.ts';
import { countEntries, type EntryCounts } from './count-entries.ts';
import type { DriveResult } from './drive.ts';
import { chooseTails, type FailureGroup, groupFailures } from './failure-groups.ts';
import type { Ledger } from './ledger.ts';
import type { EntryOutcome, RunPlan, Shard, Stop } from './model.ts';
import { countFailedEntries } from './outcomes.ts';
import type { RunPorts } from './ports.ts';
import { readTails } from './read-tails.ts';
import { readStopOf } from './run-stop.ts';
import { readSettledOutcomes } from './settled-outcomes.ts';

export interface RunSummary {
  readonly format: 1;
  readonly run: string;
  readonly project: string;
  readonly environment: string;
  readonly plannedAt: string;
  readonly commit?: string | undefined;
  readonly manifest: RunPlan['manifest'];
  readonly state: DriveResult['state'];
  /** Somebody ended it by hand, and nobody has asked for a round beyond that. */
  readonly stopped?: Stop | undefined;
  readonly entries: EntryCounts;
  readonly rounds: readonly {
    readonly round: number;
    readonly jobs: number;
    readonly entries: number;
    readonly failed: number;
    readonly decisions?: Readonly<Record<string, number>> | undefined;
  }[];
  /** Of the entries that failed, and are not being tried again. */
  readonly failedByClass: Readonly<Partial<Record<FailureClass, number>>>;
  /** Of the failures that a later round made good. */
  readonly recoveredFromClass: Readonly<Partial<Record<FailureClass, number>>>;
  readonly groups: readonly FailureGroup[];
  readonly account?: Account | undefined;
  readonly currency: string;
  /** Where the prices were looked up. */
  readonly pricing?: RunPlan['pricing'];
  /** With the run that ended before it, when the ledger knows one. */
  readonly comparison?: RunComparison | undefined;
}

/**
 * Sums a run up, and keeps it in the ledger: `summary.json`, and `failures.ndjson` with every entry that failed in the end. Reads the
 * logs of some failures, and with `detail` every child's times. Throws RemoteError.
 */
export async function summarizeRun(
  plan: RunPlan,
  { state, rounds }: DriveResult,
  detail: AccountDetail | undefined,
  ledger: Ledger,
  ports: RunPorts,
): Promise<RunSummary> {
  const outcomes = await readSettledOutcomes(rounds, ledger);
  const failed = outcomes.filter(({ status }) => status === 'failed');
  const recovered = outcomes.filter(({ status }) => status === 'succeeded');
  const shards = new Map<string, Shard>(rounds.flatMap(round => round.shards.map(shard => [shard.id, shard] as const)));
  const tails = await readTails(chooseTails(failed, plan.config.logTails), shards, ports);
  const stopped = await readStopOf(rounds.at(-1) ?? {}, ledger);
  const summary: RunSummary = {
    format: 1,
    run: plan.run,
    project: plan.project,
    environment: plan.environment,
    plannedAt: plan.plannedAt,
    commit: plan.commit,
    manifest: plan.manifest,
    state,
    ...(stopped && { stopped }),
    entries: countEntries(plan.manifest.entries, rounds),
    rounds: rounds.map(({ round, shards: own, ended: over, decisions }) => ({
      round,
      jobs: own.length,
      entries: own.reduce((sum, { entries }) => sum + entries, 0),
      failed: over.reduce((sum, { shard, end }) => sum + countFailedEntries(shard, end), 0),
      decisions,
    })),
    failedByClass: countClasses(failed.map(one => one.class)),
    recoveredFromClass: countClasses(recovered.flatMap(({ earlier }) => earlier)),
    groups: groupFailures(failed, tails, plan.run),
    account: detail && (await accountFor(plan, rounds, detail, ledger, ports)),
    currency: plan.config.currency,
    ...(plan.pricing && { pricing: plan.pricing }),
  };
  const comparison = state === 'ended' ? await compareWithLast(summary, ledger) : undefined;
  const compared = { ...summary, ...(comparison && { comparison }) };
  const told = failed.map(one => ({ ...one, lastWords: tails.get(one.id)?.lastWords }));
  await writeSummary(compared, told, ledger);
  return compared;
}

/** The runs in the order in which they first ended, the latest last; so many of them. */
interface Ended {
  readonly runs: readonly string[];
}
const ENDED = 'ended.json';
const MOST_ENDED = 1000;

/** With the run that ended before it, however often it is summed up again, and whatever ended since. */
async function compareWithLast(summary: RunSummary, { store }: Ledger): Promise<RunComparison | undefined> {
  const decode = <Value>(bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Value;
  const before = await findBefore(summary.run, store);
  const kept = before === undefined ? undefined : await store.read(`${before}/summary.json`);
  return kept && compareRuns(decode<RunSummary>(kept.bytes), summary);
}

async function findBefore(run: string, store: Ledger['store']): Promise<string | undefined> {
  for (;;) {
    const found = await store.read(ENDED);
    const { runs } = found ? (JSON.parse(new TextDecoder().decode(found.bytes)) as Ended) : { runs: [] };
    const at = runs.indexOf(run);
    if (at >= 0) return runs[at - 1];
    const next: Ended = { runs: [...runs, run].slice(-MOST_ENDED) };
    const bytes = new TextEncoder().encode(JSON.stringify(next));
    // Another run may end at this very moment.
    if ((await store.write(ENDED, bytes, found ? { version: found.version } : 'absent')) !== undefined)
      return runs.at(-1);
  }
}

function countClasses(classes: readonly (FailureClass | undefined)[]): Partial<Record<FailureClass, number>> {
  const counts: Partial<Record<FailureClass, number>> = {};
  for (const kind of classes) if (kind) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

async function accountFor(
  plan: RunPlan,
  rounds: DriveResult['rounds'],
  detail: AccountDetail,
  ledger: Ledger,
  ports: RunPorts,
): Promise<Account> {
  const accountant = createAccountant(plan);
  for (const ended of rounds.flatMap(round => round.ended)) {
    await forEachChild(plan, ended, detail, ledger, ports, accountant.add);
  }
  return accountant.describe();
}

async function writeSummary(
  summary: RunSummary,
  failed: readonly EntryOutcome[],
  { store, keyOf }: Ledger,
): Promise<void> {
  const encode = (text: string) => new TextEncoder().encode(text);
  await store.write(keyOf('failures.ndjson'), encode(failed.map(one => `${JSON.stringify(one)}\n`).join('')));
  await store.write(keyOf('summary.json'), encode(`${JSON.stringify(summary)}\n`));
}
