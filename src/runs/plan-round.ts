import { jobName } from '../jobs/job-name.ts';
import { decideFailing } from './decide-retry.ts';
import { entriesUriOf } from './entries-uri.ts';
import { jobSettingsOf } from './job-settings.ts';
import type { Ledger } from './ledger.ts';
import type { Entry, Round, RunPlan, Shard } from './model.ts';
import type { Failing } from './outcomes.ts';
import { createShardWriter } from './shard-writer.ts';

/** The job's name is the shard's alone, so that it can be found again by it. */
export function nameShardJob({ project, run }: Pick<RunPlan, 'project' | 'run'>): (shardId: string) => string {
  return shardId => jobName([project, run, shardId]);
}

/**
 * The entries that go again, as shards of their own; undefined when none does. Writes the entries files, and the round last: what is
 * planned but not written is planned again, to the same effect.
 */
export async function planRound(
  plan: RunPlan,
  round: number,
  failing: Iterable<Failing>,
  ledger: Ledger,
  plannedAt: string,
): Promise<Round | undefined> {
  const decisions: Record<string, number> = {};
  const writer = createShardWriter({
    round,
    pack: 1,
    targetOf: entry => targetOf(plan, entry),
    nameJob: nameShardJob(plan),
    writeEntries: (key, bytes) => ledger.writeEntries(key, bytes, entriesUriOf(plan, ledger)),
  });
  for (const one of failing) {
    const decision = decideFailing(one, plan);
    if (!decision) continue;
    const { outcome, text } = one;
    const what = decision.retry ? decision.as : decision.why;
    // What was decided after an earlier round was counted then.
    if (decision.retry || outcome.round === round - 1) decisions[what] = (decisions[what] ?? 0) + 1;
    if (!decision.retry) continue;
    const { tier, priority, onDemand } = decision;
    await writer.add({ id: outcome.id, tier, priority, region: outcome.region, text, onDemand });
  }
  const shards = await writer.finish();
  return shards.length > 0 ? { round, plannedAt, shards, decisions } : undefined;
}

/** What is asked for beyond the plan: these classes too, in the rounds up to this one. */
export interface MoreRounds {
  /** The first round that is asked for: its deadline and its budget begin with it. */
  readonly from: number;
  /** The last one. */
  readonly rounds: number;
  readonly classes: readonly string[];
}

/** The plan as it holds for one round when more is asked for. The rounds that it has by itself are not lessened, nor retry more classes. */
export function allowMore(plan: RunPlan, more: Omit<MoreRounds, 'from'>, round: number): RunPlan {
  const { retry } = plan.config;
  const classes = round <= more.rounds ? [...new Set([...retry.classes, ...more.classes])] : retry.classes;
  const rounds = Math.max(retry.rounds, more.rounds);
  return { ...plan, config: { ...plan.config, retry: { ...retry, rounds, classes } } };
}

export function targetOf(
  plan: Pick<RunPlan, 'definitions' | 'jobQueues' | 'fairShares' | 'jobSettings' | 'config'>,
  { tier, priority, region, onDemand }: Entry,
): Pick<Shard, 'jobDefinitionArn' | 'jobQueue' | 'fairShare'> {
  const definition = plan.definitions.find(one => one.region === region && one.tier === tier);
  const { onDemandQueues, onDemandFairShares } = jobSettingsOf(plan, region);
  const isOther = onDemand === true && onDemandQueues[priority] !== undefined;
  const jobQueue = isOther ? onDemandQueues[priority] : plan.jobQueues[region]?.[priority];
  const fairShare = isOther ? onDemandFairShares?.[priority] : plan.fairShares?.[region]?.[priority];
  if (!definition || !jobQueue) throw new Error(`nothing was planned for ${tier}, ${priority} in ${region}`);
  return { jobDefinitionArn: definition.arn, jobQueue, ...(fairShare && { fairShare }) };
}
