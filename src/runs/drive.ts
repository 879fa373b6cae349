/** One run from its plan to the last retry, from wherever the ledger says it stands. */
import type { JobDefinition } from '@aws-sdk/client-batch';
import { formatCount } from '../format-count.ts';
import { callRemote } from '../jobs/api-error.ts';
import type { PauseRange } from '../jobs/pace.ts';
import { explainShard } from './explain-shard.ts';
import type { Lease } from './lease.ts';
import type { Ledger } from './ledger.ts';
import type { Progress, Round, RunPlan, Shard, Stop } from './model.ts';
import { collectOutcomes, type EndedShard, type Failing } from './outcomes.ts';
import { readPackedResults } from './packed-results.ts';
import { planRound } from './plan-round.ts';
import type { RunPorts } from './ports.ts';
import { endedOf } from './progress.ts';
import { describeUnsubmitted, findSubmitted } from './stop-run.ts';
import { type SubmittedShard, submitRound } from './submit-round.ts';
import type { SubmitContext } from './submit-shard.ts';
import { watchRound } from './watch-round.ts';

export interface DriveRequest {
  readonly plan: RunPlan;
  /** How far: submit the first round; watch what is submitted; or all, retries too. */
  readonly until: 'submitted' | 'watched' | 'settled';
  readonly entriesUri: string;
  readonly pauses?: PauseRange | undefined;
  readonly watchUntil?: number | undefined;
  /** When the stop was written that a retry goes beyond: one that was written later holds. */
  readonly despiteStop?: number | undefined;
}

export interface DriveResult {
  /** `running`: submitted, not all ended. `ended`: every job has ended, and entries may be left to retry. */
  readonly state: 'running' | 'ended';
  readonly rounds: readonly RoundState[];
}

export interface RoundState {
  readonly round: number;
  readonly shards: readonly Shard[];
  readonly ended: readonly EndedShard[];
  readonly decisions?: Readonly<Record<string, number>> | undefined;
}

/** Drives until `until`, or as far as `watchUntil` lets it. Everything it learns is in the ledger first. */
export async function driveRun(
  request: DriveRequest,
  ledger: Ledger,
  lease: Lease,
  ports: RunPorts,
): Promise<DriveResult> {
  const { plan, until } = request;
  const rounds: RoundState[] = [];
  const describe = createDescribe(plan, ports);
  let next: Pick<Round, 'round' | 'shards'> & { readonly decisions?: Round['decisions'] } = {
    round: 0,
    shards: plan.shards,
  };
  for (;;) {
    const round = next;
    ports.notify({ type: 'step', title: describeStep(plan, round) });
    const ended = await driveRound(round, { ...request, describe }, ledger, lease, ports);
    rounds.push({ ...round, ended });
    if (ended.length < round.shards.length) return { state: 'running', rounds };
    const later = await ledger.readRound(round.round + 1);
    if (!later && until !== 'settled') return { state: 'ended', rounds };
    if (!later && (await isStoppedFor(request, round.round, ledger))) return { state: 'ended', rounds };
    const planned = later ?? (await planNext(plan, rounds, ledger, ports));
    if (!planned) return { state: 'ended', rounds };
    next = planned;
  }
}

function describeStep({ run, manifest }: RunPlan, { round, shards }: Pick<Round, 'round' | 'shards'>): string {
  const entries = shards.reduce((sum, shard) => sum + shard.entries, 0);
  const jobs = `${formatCount(entries)} entries in ${shards.length} ${shards.length === 1 ? 'job' : 'jobs'}`;
  return round === 0 ? `Run ${run}: ${jobs}, from ${manifest.source}` : `Run ${run}, retry ${round}: ${jobs}`;
}

async function isStoppedFor({ despiteStop }: DriveRequest, round: number, ledger: Ledger): Promise<boolean> {
  const stop = await ledger.readStop();
  return isStopped(round, stop) && stop?.at !== despiteStop;
}

function isStopped(round: number, stop: Stop | undefined): boolean {
  return stop !== undefined && round <= stop.round;
}

async function driveRound(
  { round, shards }: Pick<Round, 'round' | 'shards'>,
  request: DriveRequest & Pick<SubmitContext, 'describe'>,
  ledger: Ledger,
  lease: Lease,
  ports: RunPorts,
): Promise<readonly EndedShard[]> {
  const { plan, until, entriesUri, describe } = request;
  const ended = new Map<Shard, EndedShard>();
  await Promise.all(
    shards.map(async shard => {
      const end = await ledger.readEnd(shard);
      if (end) ended.set(shard, { shard, end });
    }),
  );
  const open = shards.filter(shard => !ended.has(shard));
  const stop = open.length > 0 ? await ledger.readStop() : undefined;
  const context = { plan, ledger, lease, entriesUri, describe };
  // A stop that comes later finds in the watch what was submitted meanwhile.
  const submitted = isStopped(round, stop)
    ? await findSubmitted(open, ledger, ports)
    : await submitRound(open, context, ports);
  if (stop && isStopped(round, stop)) {
    const left = open.filter(shard => !submitted.some(one => one.shard === shard));
    for (const shard of left) {
      const end = describeUnsubmitted(shard, stop);
      await ledger.writeEnd(shard, end);
      ended.set(shard, { shard, end });
    }
  }
  if (until !== 'submitted') await watch(round, submitted, ended, request, ledger, lease, ports);
  return shards.flatMap(shard => ended.get(shard) ?? []);
}

async function watch(
  round: number,
  open: readonly SubmittedShard[],
  ended: Map<Shard, EndedShard>,
  { plan, pauses, watchUntil }: DriveRequest,
  ledger: Ledger,
  lease: Lease,
  ports: RunPorts,
): Promise<void> {
  const meter = createMeter(ledger);
  await watchRound(
    {
      plan,
      round,
      open,
      endedBefore: [...ended.keys()].reduce((sum, { size }) => sum + size, 0),
      pauses,
      watchUntil,
      spentBefore: (await ledger.readProgress())?.spent ?? 0,
    },
    {
      async onEnded(shard, jobId, job) {
        const explained = await explainShard(shard, jobId, job, ports);
        const end = shard.pack > 1 ? await readPackedResults(shard, explained, ledger) : explained;
        await ledger.writeEnd(shard, end);
        ended.set(shard, { shard, end });
        const failed = end.failed.length > 0 ? `, ${formatCount(end.failed.length)} failed` : '';
        const text = `${shard.region}: ${shard.jobName} ended: ${formatCount(end.succeeded)} succeeded${failed}`;
        ports.notify({ type: 'message', level: 'info', text });
      },
      onLook: meter,
      async readStop() {
        const stop = await ledger.readStop();
        return isStopped(round, stop) ? stop : undefined;
      },
    },
    lease,
    ports,
  );
}

/** Written once a minute and at the end: for whoever asks how far it is, and so that a resumed run does not begin its budget anew. */
function createMeter(ledger: Ledger): (progress: Progress) => Promise<void> {
  let writtenAt = Number.NEGATIVE_INFINITY;
  return async progress => {
    const over = endedOf(progress.counts) === progress.total;
    if (progress.at - writtenAt < 60_000 && !over) return;
    writtenAt = progress.at;
    await ledger.writeProgress(progress);
  };
}

/** The pinned revisions as Batch describes them: one call to a region, made when the first shard there is submitted, for all rounds. */
function createDescribe({ definitions }: RunPlan, { aws, limiter }: RunPorts): SubmitContext['describe'] {
  const regions = new Map<string, Promise<ReadonlyMap<string, JobDefinition>>>();
  const read = async (region: string): Promise<ReadonlyMap<string, JobDefinition>> => {
    const arns = definitions.filter(definition => definition.region === region).map(({ arn }) => arn);
    const target = `${arns.map(arn => arn.split('/').at(-1)).join(', ')} in ${region}`;
    const { jobDefinitions = [] } = await callRemote(
      { doing: `describing ${target}`, operation: 'DescribeJobDefinitions', target },
      async () => {
        const batch = await aws.batch(region);
        return limiter.run({ region, operations: 'read' }, () =>
          batch.describeJobDefinitions({ jobDefinitions: arns.slice(0, 100) }),
        );
      },
    );
    return new Map(jobDefinitions.map(one => [one.jobDefinitionArn ?? '', one]));
  };
  return async ({ region, jobDefinitionArn }: Shard) => {
    const known = regions.get(region) ?? read(region);
    regions.set(region, known);
    return (await known).get(jobDefinitionArn);
  };
}

async function planNext(
  plan: RunPlan,
  rounds: readonly RoundState[],
  ledger: Ledger,
  ports: RunPorts,
): Promise<Round | undefined> {
  const round = rounds.length;
  const failed = rounds.some(({ ended }) => ended.some(({ end }) => end.failed.length > 0));
  if (!failed || round > plan.config.retry.rounds) return undefined;
  const failing = await readOutcomes(rounds, ledger);
  const planned = await planRound(plan, round, failing.values(), ledger, new Date(ports.clock.now()).toISOString());
  if (!planned) return undefined;
  if (await ledger.writeRound(planned)) return planned;
  return ledger.readRound(round);
}

export function readOutcomes(rounds: readonly RoundState[], ledger: Ledger): Promise<Map<string, Failing>> {
  return collectOutcomes(
    rounds.map(({ ended }) => ended),
    ledger,
  );
}
