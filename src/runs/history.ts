/** What the ledger still knows when Batch has forgotten. */
import { mapConcurrently } from '../jobs/concurrently.ts';
import type { StorePort } from '../ports.ts';
import { readKeptLines } from './children-file.ts';
import { entryAt, idAt } from './entries-file.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { EntryOutcome, Round, RunPlan, Shard, Stop } from './model.ts';
import { collectOutcomes, type EndedShard } from './outcomes.ts';
import { readStopOf } from './run-stop.ts';
import type { RunSummary } from './summary.ts';

/** Runs that are read at once. */
const READERS = 16;

export interface KnownRun {
  readonly run: string;
  readonly plan: RunPlan;
  /** Absent until somebody watched it, for the first time. */
  readonly summary?: RunSummary | undefined;
}

/** Every run of a ledger, the newest first. */
export async function listRuns(store: StorePort): Promise<readonly KnownRun[]> {
  const names = await listRunNames(store);
  const found = await mapConcurrently(names, READERS, name => readRun(openLedger(name, store)));
  const runs = found.filter(run => run !== undefined);
  return runs.sort((a, b) => (a.plan.plannedAt < b.plan.plannedAt ? 1 : -1));
}

/** In the store's order; some may be no runs. */
export async function listRunNames(store: StorePort): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of store.list('')) if (name.endsWith('/')) names.push(name.slice(0, -1));
  return names;
}

/** Undefined when there is no plan of that run. */
export async function readRun(ledger: Ledger): Promise<KnownRun | undefined> {
  const plan = await ledger.readPlan();
  if (!plan) return undefined;
  const kept = await ledger.store.read(ledger.keyOf('summary.json'));
  const summary = kept && (JSON.parse(new TextDecoder().decode(kept.bytes)) as RunSummary);
  return { run: plan.run, plan, ...(summary && { summary }) };
}

type KnownRound = Pick<Round, 'round' | 'shards' | 'despiteStop'>;

/** The stop that holds for the last round, without a look at how far that is. */
export async function readLastStop(ledger: Ledger): Promise<Stop | undefined> {
  const stop = await ledger.readStop();
  if (!stop) return undefined;
  let last: Pick<Round, 'despiteStop'> = {};
  for (let round = 1; ; round += 1) {
    const next = await ledger.readRound(round);
    if (!next) return readStopOf(last, { readStop: async () => stop });
    last = next;
  }
}

/** The rounds of a run, with what has ended of each. */
export async function readRounds(
  plan: RunPlan,
  ledger: Ledger,
): Promise<readonly (KnownRound & { readonly ended: readonly EndedShard[] })[]> {
  const rounds = [];
  let next: KnownRound | undefined = { round: 0, shards: plan.shards };
  while (next) {
    const { round, shards, despiteStop }: KnownRound = next;
    const ended = await Promise.all(shards.map(async shard => ({ shard, end: await ledger.readEnd(shard) })));
    rounds.push({
      round,
      shards,
      despiteStop,
      ended: ended.flatMap(({ shard, end }) => (end ? [{ shard, end }] : [])),
    });
    next = await ledger.readRound(round + 1);
  }
  return rounds;
}

/** Where one entry is in a run, and what became of it. */
export interface FoundEntry {
  readonly run: string;
  readonly plannedAt: string;
  readonly entry: unknown;
  readonly status: EntryOutcome['status'] | 'open';
  readonly outcome?: EntryOutcome | undefined;
  /** Of all of them: a lower bound, in the run's currency. Absent until they are accounted for. */
  readonly cost?: number | undefined;
  readonly currency: string;
  /** The jobs that worked on it, the first round's first. */
  readonly jobs: readonly {
    readonly round: number;
    readonly jobName: string;
    readonly jobId?: string | undefined;
    readonly tier: string;
    /** Of a child that worked on several entries, its equal share. */
    readonly cost?: number | undefined;
  }[];
}

/** Looks an entry up by its id; undefined when the run has none of that id. */
export async function findEntry(run: KnownRun, id: string, ledger: Ledger): Promise<FoundEntry | undefined> {
  const rounds = await readRounds(run.plan, ledger);
  const jobs: FoundEntry['jobs'][number][] = [];
  const own: EndedShard[][] = [];
  let entry: unknown;
  let open = false;
  for (const { round, shards, ended } of rounds) {
    const place = await findPlace(shards, id, ledger);
    if (!place) continue;
    entry = place.entry;
    const end = ended.find(({ shard }) => shard.id === place.shard.id);
    open = end === undefined;
    const jobId = end?.end.jobId ?? (await readJobId(place.shard, ledger));
    const child = jobId === undefined || place.shard.size === 1 ? jobId : `${jobId}:${place.index}`;
    const cost = await readCost(place, ledger);
    jobs.push({ round, jobName: place.shard.jobName, jobId: child, tier: place.shard.tier, ...cost });
    if (end) own.push([end]);
  }
  if (jobs.length === 0) return undefined;
  const outcome = (await collectOutcomes(own, ledger)).get(id)?.outcome;
  const status = open ? 'open' : (outcome?.status ?? 'succeeded');
  const costs = jobs.flatMap(job => job.cost ?? []);
  return {
    ...{ run: run.run, plannedAt: run.plan.plannedAt, entry, status, ...(outcome && { outcome }) },
    ...(costs.length > 0 && { cost: costs.reduce((sum, cost) => sum + cost, 0) }),
    ...{ currency: run.plan.config.currency, jobs },
  };
}

async function readCost(
  { shard, index }: { readonly shard: Shard; readonly index: number },
  ledger: Ledger,
): Promise<{ readonly cost?: number }> {
  for (const line of (await readKeptLines(shard, ledger)) ?? []) {
    if (line.index === index) return { cost: line.cost / line.ids.length };
  }
  return {};
}

async function readJobId(shard: Shard, ledger: Ledger): Promise<string | undefined> {
  const submission = await ledger.readSubmission(shard);
  return submission?.state === 'submitted' ? submission.jobId : undefined;
}

async function findPlace(
  shards: readonly Shard[],
  id: string,
  ledger: Ledger,
): Promise<{ readonly shard: Shard; readonly index: number; readonly entry: unknown } | undefined> {
  const wanted = `"id":${JSON.stringify(id)}`;
  for (const shard of shards) {
    const bytes = Buffer.from(await ledger.readEntries(shard));
    for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) {
      const position = Math.floor(at / shard.stride);
      // The text may stand in another field of another entry.
      if (idAt(bytes, shard.stride, position) !== id) continue;
      return {
        shard,
        index: Math.floor(position / shard.pack),
        entry: JSON.parse(entryAt(bytes, shard.stride, position)),
      };
    }
  }
  return undefined;
}
