/** Every child of a shard, a JSON object a line: what Batch will have forgotten next week, and other tools can read. */
import type { JobDetail, JobSummary } from '@aws-sdk/client-batch';
import type { FailureClass } from '../failure-classes.ts';
import { readJobFacts } from '../jobs/job-facts.ts';
import { describeJobs } from '../jobs/watch.ts';
import { lacksAttempts, measure } from './account.ts';
import { idAt } from './entries-file.ts';
import { pagesOfChildren } from './explain-shard.ts';
import type { Ledger } from './ledger.ts';
import type { RunPlan, Shard, ShardEnd } from './model.ts';
import type { EndedShard } from './outcomes.ts';
import type { RunPorts } from './ports.ts';
import { createSeenChildren, type Seen } from './seen-children.ts';
import { createTextBuffer } from './text-buffer.ts';

/** One child. Times are milliseconds since the epoch, by Batch's clock. */
export interface ChildLine {
  readonly run: string;
  readonly round: number;
  readonly shard: string;
  readonly index: number;
  /** Ids of the entries it worked on. */
  readonly ids: readonly string[];
  readonly tier: string;
  readonly priority: string;
  readonly region: string;
  readonly jobId: string;
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly class?: FailureClass | undefined;
  readonly exitCode?: number | undefined;
  readonly createdAt?: number | undefined;
  /** Of the last attempt. */
  readonly startedAt?: number | undefined;
  readonly stoppedAt?: number | undefined;
  /** Only when they were asked for; else only the last attempt is known, by the times above. */
  readonly attempts?: readonly AttemptLine[] | undefined;
  /** Of a failed child that worked on several entries: the ids of those that it could do. */
  readonly done?: readonly string[] | undefined;
  /** What it asked for, while it ran; and at the run's prices, in the run's currency. */
  readonly vcpuHours: number;
  readonly gibHours: number;
  readonly gpuHours: number;
  readonly cost: number;
}

export interface AttemptLine {
  readonly startedAt?: number | undefined;
  readonly stoppedAt?: number | undefined;
  /** The instance was taken away. */
  readonly lost?: boolean | undefined;
}

/** `listed`: a call for a thousand children, which tells their last attempt; `described`: a call for a hundred, which tells all. */
export type AccountDetail = 'listed' | 'described';

/**
 * Hands over the lines of a shard, one after the other: from the ledger when they were read before in that detail, and else they are kept
 * there. What Batch has forgotten since they were kept stays as it was. Ten thousand lines are never in memory together, nor what Batch
 * tells of them. Throws RemoteError.
 */
export async function forEachChild(
  plan: RunPlan,
  ended: EndedShard,
  detail: AccountDetail,
  ledger: Ledger,
  ports: RunPorts,
  take: (line: ChildLine) => void,
): Promise<void> {
  const { shard, end } = ended;
  const kept = await ledger.store.read(keyOf(shard, ledger));
  const linesKept = () => (kept ? parseChildLines(kept.bytes) : []);
  if (kept && (detail === 'listed' || !some(linesKept(), lacksAttempts))) {
    for (const line of linesKept()) take(line);
    return;
  }
  const seen = createSeenChildren(shard.size);
  for (const line of linesKept()) seen.note(line.index, line);
  if (end.jobId !== undefined) await readSeen(shard, end.jobId, detail, seen.note, ports);
  const text = createTextBuffer();
  for (const line of describeLines(plan, ended, seen.find, await ledger.readEntries(shard))) {
    text.append(`${JSON.stringify(line)}\n`);
    take(line);
  }
  await ledger.store.write(keyOf(shard, ledger), text.bytes());
}

function some(lines: Iterable<ChildLine>, test: (line: ChildLine) => boolean): boolean {
  for (const line of lines) if (test(line)) return true;
  return false;
}

/** Undefined until the shard has been accounted for. */
export async function readKeptLines(shard: Shard, ledger: Ledger): Promise<Iterable<ChildLine> | undefined> {
  const kept = await ledger.store.read(keyOf(shard, ledger));
  return kept && parseChildLines(kept.bytes);
}

function keyOf({ id }: Shard, ledger: Ledger): string {
  return ledger.keyOf(`children/${id}.ndjson`);
}

const LINE_END = 0x0a;

/** A line at a time. */
export function* parseChildLines(bytes: Uint8Array): Generator<ChildLine> {
  const text = new TextDecoder();
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(LINE_END, from);
    const to = end < 0 ? bytes.length : end;
    if (to > from) yield JSON.parse(text.decode(bytes.subarray(from, to))) as ChildLine;
    from = to + 1;
  }
}

function* describeLines(
  plan: RunPlan,
  { shard, end }: EndedShard,
  find: (index: number) => Seen | undefined,
  bytes: Uint8Array,
): Generator<ChildLine> {
  const { round, id, tier, priority, region, pack, entries, stride } = shard;
  const failed = new Map(end.failed.map(child => [child.index, child]));
  const idOf = (position: number) => idAt(bytes, stride, position);
  for (let index = 0; index < shard.size; index += 1) {
    const failure = failed.get(index);
    const positions = Array.from({ length: Math.min(pack, entries - index * pack) }, (_each, at) => index * pack + at);
    const line = {
      run: plan.run,
      round,
      shard: id,
      index,
      ids: positions.map(idOf),
      tier,
      priority,
      region,
      jobId: jobIdOf(shard, end, index),
      status: failure ? ('FAILED' as const) : ('SUCCEEDED' as const),
      ...(failure && { class: failure.class }),
      ...(failure?.done && { done: failure.done.map(idOf) }),
      ...find(index),
    };
    const { vcpuHours, gibHours, gpuHours, cost } = measure(plan, line);
    yield { ...line, vcpuHours, gibHours, gpuHours, cost };
  }
}

/** Empty for one that was never submitted. */
function jobIdOf({ size }: Shard, { jobId }: ShardEnd, index: number): string {
  if (jobId === undefined) return '';
  return size === 1 ? jobId : `${jobId}:${index}`;
}

/** Tells `note` of every child that Batch knows, in any order. */
async function readSeen(
  shard: Shard,
  jobId: string,
  detail: AccountDetail,
  note: (index: number, seen: Seen) => void,
  ports: RunPorts,
): Promise<void> {
  if (shard.size === 1 || detail === 'described') {
    const ids = shard.size === 1 ? [jobId] : Array.from({ length: shard.size }, (_, index) => `${jobId}:${index}`);
    for (let from = 0; from < ids.length; from += 100) {
      const jobs = await describeJobs(shard.region, ids.slice(from, from + 100), ports);
      for (const job of jobs.values()) note(job.arrayProperties?.index ?? 0, fromDetail(job));
    }
    return;
  }
  for (const status of ['SUCCEEDED', 'FAILED'] as const) {
    for await (const page of pagesOfChildren(shard, jobId, status, ports)) {
      for (const job of page) note(job.arrayProperties?.index ?? 0, fromSummary(job));
    }
  }
}

function fromSummary({ jobId = '', createdAt, startedAt, stoppedAt, container }: JobSummary): Seen {
  return { jobId, createdAt, startedAt, stoppedAt, exitCode: container?.exitCode };
}

function fromDetail(job: JobDetail): Seen {
  const { jobId, exitCode, attempts } = readJobFacts(job);
  const { createdAt, startedAt, stoppedAt } = job;
  const lost = (text: string | undefined) => /^(Host EC2|Your Spot Task)/.test(text ?? '');
  return {
    jobId,
    createdAt,
    startedAt,
    stoppedAt,
    exitCode,
    attempts: attempts.map(attempt => ({
      startedAt: attempt.startedAt,
      stoppedAt: attempt.stoppedAt,
      ...(lost(attempt.statusReason) && { lost: true }),
    })),
  };
}
