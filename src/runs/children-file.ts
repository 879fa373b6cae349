/** Every child of a shard, a JSON object a line: what Batch will have forgotten next week, and other tools can read. */
import type { JobDetail, JobSummary } from '@aws-sdk/client-batch';
import { readJobFacts } from '../jobs/job-facts.ts';
import type { FailureClass } from '../jobs/model.ts';
import { describeJobs } from '../jobs/watch.ts';
import { measure } from './account.ts';
import { idAt } from './entries-file.ts';
import { pagesOfChildren } from './explain-shard.ts';
import type { Ledger } from './ledger.ts';
import type { RunPlan, Shard } from './model.ts';
import type { EndedShard } from './outcomes.ts';
import type { RunPorts } from './ports.ts';

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

type Seen = Pick<ChildLine, 'jobId' | 'createdAt' | 'startedAt' | 'stoppedAt' | 'exitCode' | 'attempts'>;

/** The lines of a shard, from the ledger when they were read before. Throws RemoteError. */
export async function readChildLines(
  plan: RunPlan,
  ended: EndedShard,
  detail: AccountDetail,
  ledger: Ledger,
  ports: RunPorts,
): Promise<readonly ChildLine[]> {
  const { shard, end } = ended;
  const kept = await readKeptLines(shard, ledger);
  if (kept) return kept;
  const seen = end.jobId === undefined ? new Map<number, Seen>() : await readSeen(shard, end.jobId, detail, ports);
  const lines = describeLines(plan, ended, seen, await ledger.readEntries(shard));
  await ledger.store.write(
    keyOf(shard, ledger),
    new TextEncoder().encode(lines.map(line => `${JSON.stringify(line)}\n`).join('')),
  );
  return lines;
}

/** Undefined until the shard has been accounted for. */
export async function readKeptLines(shard: Shard, ledger: Ledger): Promise<readonly ChildLine[] | undefined> {
  const kept = await ledger.store.read(keyOf(shard, ledger));
  return kept && parseChildLines(kept.bytes);
}

function keyOf({ id }: Shard, ledger: Ledger): string {
  return ledger.keyOf(`children/${id}.ndjson`);
}

export function parseChildLines(bytes: Uint8Array): readonly ChildLine[] {
  const texts = new TextDecoder().decode(bytes).split('\n').filter(Boolean);
  return texts.map(text => JSON.parse(text) as ChildLine);
}

function describeLines(
  plan: RunPlan,
  { shard, end }: EndedShard,
  seen: ReadonlyMap<number, Seen>,
  bytes: Uint8Array,
): readonly ChildLine[] {
  const { round, id, tier, priority, region, pack, entries, stride } = shard;
  const failed = new Map(end.failed.map(child => [child.index, child]));
  return Array.from({ length: shard.size }, (_, index): ChildLine => {
    const failure = failed.get(index);
    const positions = Array.from({ length: Math.min(pack, entries - index * pack) }, (_each, at) => index * pack + at);
    const jobId = shard.size === 1 ? (end.jobId ?? '') : `${end.jobId}:${index}`;
    const idOf = (position: number) => idAt(bytes, stride, position);
    const line = {
      run: plan.run,
      round,
      shard: id,
      index,
      ids: positions.map(idOf),
      tier,
      priority,
      region,
      jobId,
      status: failure ? ('FAILED' as const) : ('SUCCEEDED' as const),
      ...(failure && { class: failure.class }),
      ...(failure?.done && { done: failure.done.map(idOf) }),
      ...seen.get(index),
    };
    const { vcpuHours, gibHours, gpuHours, cost } = measure(plan, line);
    return { ...line, vcpuHours, gibHours, gpuHours, cost };
  });
}

async function readSeen(
  shard: Shard,
  jobId: string,
  detail: AccountDetail,
  ports: RunPorts,
): Promise<ReadonlyMap<number, Seen>> {
  const seen = new Map<number, Seen>();
  if (shard.size === 1 || detail === 'described') {
    const ids = shard.size === 1 ? [jobId] : Array.from({ length: shard.size }, (_, index) => `${jobId}:${index}`);
    const jobs = await describeJobs(shard.region, ids, ports);
    for (const job of jobs.values()) seen.set(job.arrayProperties?.index ?? 0, fromDetail(job));
    return seen;
  }
  for (const status of ['SUCCEEDED', 'FAILED'] as const) {
    for await (const page of pagesOfChildren(shard, jobId, status, ports)) {
      for (const job of page) seen.set(job.arrayProperties?.index ?? 0, fromSummary(job));
    }
  }
  return seen;
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
