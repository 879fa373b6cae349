/** One run from its plan to the last retry, from wherever the ledger says it stands. */
import type { JobDefinition } from '@aws-sdk/client-batch';
import { formatCount } from '../format-count.ts';
import { callRemote } from '../jobs/api-error.ts';
import { mapConcurrently } from '../jobs/concurrently.ts';
import type { PauseRange } from '../jobs/pace.ts';
import { terminateJob } from '../jobs/terminate.ts';
import { explainShard } from './explain-shard.ts';
import type { Lease } from './lease.ts';
import type { Ledger } from './ledger.ts';
import { describePassed, type Limits, limitsOf } from './limits.ts';
import type { Progress, Round, RunDefinition, RunPlan, Shard, Stop } from './model.ts';
import { collectOutcomes, type EndedShard, type Failing } from './outcomes.ts';
import { readPackedResults } from './packed-results.ts';
import { allowMore, type MoreRounds, planRound } from './plan-round.ts';
import type { RunPorts } from './ports.ts';
import { endedOf } from './progress.ts';
import { readStopOf } from './run-stop.ts';
import { describeUnsubmitted, findSubmitted } from './stop-run.ts';
import { type SubmittedShard, submitRound } from './submit-round.ts';
import type { SubmitContext } from './submit-shard.ts';
import { watchRound } from './watch-round.ts';

export interface DriveRequest {
  readonly plan: RunPlan;
  /** How far: submit the first round; watch what is submitted; or all, retries too. */
  readonly until: 'submitted' | 'watched' | 'settled';
  readonly pauses?: PauseRange | undefined;
  readonly watchUntil?: number | undefined;
  /** What a retry that is asked for allows beyond the plan; its first round has the time and the budget of a run of its own. */
  readonly more?: MoreRounds | undefined;
  /** When the stop was written that a retry goes beyond: one that was written later holds. */
  readonly despiteStop?: number | undefined;
  /** What the rounds that are planned now are pinned to, instead of what those before were. */
  readonly repinned?: readonly RunDefinition[] | undefined;
}

/** A round as it is driven; the first one is the plan's own. */
type DrivenRound = Omit<Round, 'decisions'> & Partial<Pick<Round, 'decisions'>>;

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
  readonly despiteStop?: Round['despiteStop'];
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
  let { definitions } = plan;
  let describe = createDescribe(definitions, ports);
  let round: DrivenRound = { round: 0, plannedAt: plan.plannedAt, shards: plan.shards };
  let asked: DrivenRound | undefined;
  for (;;) {
    if (round.definitions) {
      definitions = round.definitions;
      describe = createDescribe(definitions, ports);
    }
    ports.notify({ type: 'step', title: describeStep(plan, round) });
    if (round.asked) asked = round;
    const limits = limitsOf(plan, asked);
    const ended = await driveRound(round, { ...request, describe, limits }, ledger, lease, ports);
    rounds.push({ ...round, ended });
    if (ended.length < round.shards.length) return { state: 'running', rounds };
    const later = await ledger.readRound(round.round + 1);
    if (!later && until !== 'settled') return { state: 'ended', rounds };
    const pinned = request.repinned ?? definitions;
    const planning = { request, rounds, before: round, definitions: pinned, limits };
    const planned = later ?? (await planNext(planning, ledger, ports));
    if (!planned) return { state: 'ended', rounds };
    round = planned;
  }
}

function describeStep({ run, manifest }: RunPlan, { round, shards }: Pick<Round, 'round' | 'shards'>): string {
  const entries = shards.reduce((sum, shard) => sum + shard.entries, 0);
  const jobs = `${formatCount(entries)} entries in ${shards.length} ${shards.length === 1 ? 'job' : 'jobs'}`;
  return round === 0 ? `Run ${run}: ${jobs}, from ${manifest.source}` : `Run ${run}, retry ${round}: ${jobs}`;
}

type RoundRequest = DriveRequest & Pick<SubmitContext, 'describe'> & { readonly limits: Limits };

async function driveRound(
  round: DrivenRound,
  request: RoundRequest,
  ledger: Ledger,
  lease: Lease,
  ports: RunPorts,
): Promise<readonly EndedShard[]> {
  const { shards } = round;
  const ended = new Map<Shard, EndedShard>();
  await Promise.all(
    shards.map(async shard => {
      const end = await ledger.readEnd(shard);
      if (end) ended.set(shard, { shard, end });
    }),
  );
  const open = shards.filter(shard => !ended.has(shard));
  if (open.length === 0) return shards.flatMap(shard => ended.get(shard) ?? []);
  const { submitted, stop } = await submitOrFind(round, open, request, ledger, lease, ports);
  if (stop) {
    const left = open.filter(shard => !submitted.some(one => one.shard === shard));
    for (const shard of left) {
      const end = describeUnsubmitted(shard, stop);
      await ledger.writeEnd(shard, end);
      ended.set(shard, { shard, end });
    }
  }
  if (request.until === 'submitted') await endStopped(round, submitted, ledger, ports);
  else await watch(round, submitted, ended, request, ledger, lease, ports);
  return shards.flatMap(shard => ended.get(shard) ?? []);
}

/** Submits what is not submitted yet; of a round that is stopped, before or meanwhile, it gives what Batch has of it, and the stop. */
async function submitOrFind(
  round: DrivenRound,
  open: readonly Shard[],
  { plan, describe }: RoundRequest,
  ledger: Ledger,
  lease: Lease,
  ports: RunPorts,
): Promise<{ readonly submitted: readonly SubmittedShard[]; readonly stop?: Stop | undefined }> {
  const readStop = () => readStopOf(round, ledger);
  if (!(await readStop())) {
    const submitted = await submitRound(open, { plan, ledger, lease, describe, readStop }, ports);
    if (submitted.length === open.length) return { submitted };
  }
  return { submitted: await findSubmitted(open, ledger, ports), stop: await readStop() };
}

/** A stop that came while the last job was being submitted may not have known it, and nobody is to watch these jobs. */
async function endStopped(
  round: DrivenRound,
  submitted: readonly SubmittedShard[],
  ledger: Ledger,
  ports: RunPorts,
): Promise<void> {
  const stop = await readStopOf(round, ledger);
  if (!stop) return;
  await mapConcurrently(submitted, CONCURRENCY, ({ shard, jobId }) =>
    terminateJob({ ...shard, jobId, reconciled: false }, stop.reason, ports),
  );
}
const CONCURRENCY = 8;

async function watch(
  round: DrivenRound,
  open: readonly SubmittedShard[],
  ended: Map<Shard, EndedShard>,
  { plan, pauses, watchUntil, limits }: RoundRequest,
  ledger: Ledger,
  lease: Lease,
  ports: RunPorts,
): Promise<void> {
  const meter = createMeter(ledger);
  await watchRound(
    {
      plan,
      round: round.round,
      limits,
      open,
      endedBefore: [...ended.keys()].reduce((sum, { size }) => sum + size, 0),
      pauses,
      watchUntil,
      spentBefore: (await ledger.readProgress())?.spent ?? 0,
    },
    {
      async onEnded(shard, jobId, job) {
        const explained = await explainShard(shard, jobId, job, ports);
        const end = shard.pack > 1 ? await readPackedResults(plan, shard, explained, ledger) : explained;
        await ledger.writeEnd(shard, end);
        ended.set(shard, { shard, end });
        const failed = end.failed.length > 0 ? `, ${formatCount(end.failed.length)} failed` : '';
        const text = `${shard.region}: ${shard.jobName} ended: ${formatCount(end.succeeded)} succeeded${failed}`;
        ports.notify({ type: 'message', level: 'info', text });
      },
      onLook: meter,
      readStop: () => readStopOf(round, ledger),
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

/** The pinned revisions as Batch describes them: one call to a region, made when the first shard there is submitted. */
function createDescribe(definitions: RunPlan['definitions'], { aws, limiter }: RunPorts): SubmitContext['describe'] {
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

interface Planning {
  readonly request: DriveRequest;
  readonly rounds: readonly RoundState[];
  /** The last of them. */
  readonly before: DrivenRound;
  /** What it is to be pinned to. */
  readonly definitions: RunPlan['definitions'];
  readonly limits: Limits;
}

/** The next round, written down; undefined when nothing is to go again, or nothing may. */
async function planNext(
  { request, rounds, before, definitions, limits }: Planning,
  ledger: Ledger,
  ports: RunPorts,
): Promise<Round | undefined> {
  const { plan } = request;
  const round = rounds.length;
  const despiteStop = request.despiteStop ?? before.despiteStop;
  const isStopped = async () => (await readStopOf({ despiteStop }, ledger)) !== undefined;
  const failed = rounds.some(({ ended }) => ended.some(({ end }) => end.failed.length > 0));
  const allowed = request.more ? allowMore(plan, request.more, round) : plan;
  if (!failed || round > allowed.config.retry.rounds || (await isStopped())) return undefined;
  const { clock, notify } = ports;
  const spent = (await ledger.readProgress())?.spent ?? 0;
  // Those after it go by its limits, whoever plans them.
  const isAsked = request.more?.from === round;
  const passed = isAsked
    ? undefined
    : describePassed(limits, { now: clock.now(), spent, currency: plan.config.currency });
  if (passed !== undefined) {
    notify({ type: 'message', level: 'warning', text: `Nothing is submitted again by itself: ${passed}.` });
    return undefined;
  }
  const failing = await readOutcomes(rounds, ledger);
  const plannedAt = new Date(clock.now()).toISOString();
  const planned = await planRound({ ...allowed, definitions }, round, failing.values(), ledger, plannedAt);
  // Planning reads and writes all that failed, which takes its time.
  if (!planned || (await isStopped())) return undefined;
  const next: Round = {
    ...planned,
    ...(definitions !== plan.definitions && { definitions }),
    ...(despiteStop !== undefined && { despiteStop }),
    ...(isAsked && { asked: { spent } }),
  };
  if (await ledger.writeRound(next)) return next;
  return ledger.readRound(round);
}

export function readOutcomes(rounds: readonly RoundState[], ledger: Ledger): Promise<Map<string, Failing>> {
  return collectOutcomes(
    rounds.map(({ ended }) => ended),
    ledger,
  );
}
