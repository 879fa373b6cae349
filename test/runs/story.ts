/** One run on a simulated day: its manifest, its fates, and what became of it. */
import { createHash } from 'node:crypto';
import type { RunConfig, TargetConfig } from '../../src/config/model.ts';
import type { SimulationModel } from '../../src/local/engines/simulated/simulation-model.ts';
import type { StorePort } from '../../src/ports.ts';
import type { AccountDetail } from '../../src/runs/children-file.ts';
import { type DriveRequest, driveRun, readOutcomes } from '../../src/runs/drive.ts';
import { takeLease } from '../../src/runs/lease.ts';
import { openLedger } from '../../src/runs/ledger.ts';
import { readNdjson } from '../../src/runs/manifest/lines.ts';
import type { EntryOutcome, RunPlan } from '../../src/runs/model.ts';
import { planRun } from '../../src/runs/plan-run.ts';
import type { RunPorts } from '../../src/runs/ports.ts';
import { type RunSummary, summarizeRun } from '../../src/runs/summary.ts';
import type { Day } from './day.ts';

type Request = Parameters<
  Extract<NonNullable<NonNullable<SimulationModel['outcomes']>['applicationError']>, (...args: never) => number>
>[0];

/** From 0 to 1, by the entries file and the index alone: whichever job, and whenever, it is the same child. */
function fateOf({ environment }: Request, what: string): number {
  const child = `${environment['BATCHWRIGHT_ENTRIES']?.split('/').at(-1)} ${environment['AWS_BATCH_JOB_ARRAY_INDEX'] ?? 0} ${what}`;
  return createHash('sha256').update(child).digest().readUInt32BE() / 2 ** 32;
}

/** Each child's fate depends on its entries alone, so that two runs of one manifest are alike. */
export function fatefulModel(rates: { application?: number; memory?: number; spot?: number } = {}): SimulationModel {
  const { application = 0.05, memory = 0.05, spot = 0.05 } = rates;
  const certain = (what: string, from: number, to: number) => (request: Request) => {
    const fate = fateOf(request, what);
    return fate >= from && fate < to ? 1 : 0;
  };
  return {
    seed: 7,
    start: { medianSeconds: 20, spread: 0.5 },
    duration: { medianSeconds: 180, spread: 0.5 },
    outcomes: {
      applicationError: certain('end', 0, application),
      outOfMemory: certain('end', application, application + memory),
      spotReclaimBeforeOutput: certain('end', application + memory, application + memory + spot),
    },
  };
}

/** Nine cells: three tiers, three priorities. */
export function manifestOf(entries: number): string {
  return Array.from({ length: entries }, (_, index) => {
    const tickets = [10, 2000, 200_000][index % 3];
    const priority = ['low', 'medium', 'high'][Math.floor(index / 3) % 3];
    return `${JSON.stringify({ id: `account-${index}`, tickets, priority })}\n`;
  }).join('');
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let from = 0; from < bytes.length; from += 65_536) yield bytes.subarray(from, from + 65_536);
}

export interface StoryOptions {
  readonly day: Day;
  readonly store: StorePort;
  readonly manifest: string;
  readonly run?: string;
  readonly config?: Partial<RunConfig>;
  readonly target?: Partial<TargetConfig>;
  readonly ports?: RunPorts;
  /** Another for each process. */
  readonly process?: number;
  readonly until?: DriveRequest['until'];
  readonly despiteStop?: number | undefined;
  readonly watchUntil?: number | undefined;
  /** As the verb `retry` asks for it. */
  readonly more?: DriveRequest['more'];
  /** Instead of the plan's. */
  readonly retry?: RunConfig['retry'];
  readonly skipInvalid?: boolean;
  readonly isAlive?: () => boolean;
}

export interface Told {
  readonly plan: RunPlan;
  readonly state: 'running' | 'ended';
  readonly outcomes: ReadonlyMap<string, EntryOutcome>;
  readonly rounds: number;
}

/** Plans, or goes on with, a run and drives it. */
export async function tellStory(options: StoryOptions): Promise<Told> {
  const { plan, result, ledger } = await drive(options);
  const outcomes = await readOutcomes(result.rounds, ledger);
  const told = new Map([...outcomes].map(([id, { outcome }]) => [id, outcome]));
  return { plan, state: result.state, outcomes: told, rounds: result.rounds.length };
}

/** The same, to its summary. */
export async function summarizeStory(options: StoryOptions, detail: AccountDetail): Promise<RunSummary> {
  const { plan, result, ledger } = await drive(options);
  return summarizeRun(plan, result, detail, ledger, options.ports ?? options.day.ports);
}

async function drive(options: StoryOptions) {
  const { day, store, manifest, run = 'daily', config = {}, ports = day.ports, process = 1 } = options;
  const ledger = openLedger(run, store);
  const holder = { id: `process ${process}`, host: 'here', pid: process, name: `process ${process}` };
  const lease = await takeLease(ledger, { ...ports, holder, isAlive: options.isAlive ?? (() => false) });
  const plan = await planRun(
    {
      run,
      targets: day.targets(config).map(target => ({ ...target, ...options.target })),
      definitions: day.definitions(config),
      manifest: { source: 'accounts.ndjson', items: { unit: 'line', chunks: readNdjson(bytesOf(manifest)) } },
      skipInvalid: options.skipInvalid ?? false,
      entriesUri: store.uri,
    },
    ledger,
    ports,
  );
  const until = options.until ?? 'settled';
  const { retry = plan.config.retry, more, despiteStop, watchUntil } = options;
  const changed = { ...plan, config: { ...plan.config, retry } };
  const request = { plan: changed, until, more, despiteStop, watchUntil };
  const result = await driveRun(request, ledger, lease, ports);
  await lease.release();
  return { plan, result, ledger };
}

/** The final answer per entry, without what differs from one run to the next: job ids. */
export function finalAnswers({ outcomes }: Told): Record<string, unknown> {
  return Object.fromEntries(
    [...outcomes]
      .map(([id, { jobId: _jobId, ...rest }]) => [id, { ...rest, evidence: rest.evidence?.replace(/i-\w+/, 'i-…') }])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
}

/** Names of all jobs that Batch accepted, with how often. */
export async function acceptedJobs(day: Day, region?: string): Promise<Map<string, number>> {
  day.heal();
  const names = new Map<string, number>();
  for (const queue of ['low', 'medium', 'high', 'on-demand']) {
    let nextToken: string | undefined;
    do {
      const filters = [{ name: 'AFTER_CREATED_AT', values: ['0'] }];
      const page = await day
        .batch(region)
        .listJobs({ jobQueue: `cues-${queue}`, filters, ...(nextToken && { nextToken }) });
      for (const { jobName = '' } of page.jobSummaryList ?? []) names.set(jobName, (names.get(jobName) ?? 0) + 1);
      nextToken = page.nextToken;
    } while (nextToken);
  }
  return names;
}
