import type { JobQueueDetail } from '@aws-sdk/client-batch';
import type { FairShare, TargetConfig } from '../../config/model.ts';
import { type Capacity, queuesOf } from './capacity.ts';
import { type Candidate, type Claim, type Fleet, ng, ok, type Verdict } from './model.ts';

/** A job queue must exist, be ENABLED and be VALID, and share as the configuration says, or nothing can be submitted to it. */
export function jobQueueClaims(fleet: Fleet, capacity: Capacity): readonly Claim[] {
  return fleet.targets.flatMap(target => {
    const candidates = fleet.candidates.filter(
      ({ definition: { target: own } }) => own.region === target.region && own.environment === target.environment,
    );
    return [...queuesOf({ targets: [target], candidates }, target.region)].flatMap(queue => {
      const uses = listUses(queue, target, candidates);
      const verify = async () => {
        const answer = await capacity.queue(target.region, queue);
        return 'verdict' in answer ? answer.verdict : judge(answer.value, uses);
      };
      const claim = { check: 'job-queue', target, subject: queue, verify };
      const users = new Set(uses.flatMap(({ candidate }) => candidate ?? []));
      return users.size > 0 ? [...users].map(candidate => ({ ...claim, needed: { candidate, path: [] } })) : [claim];
    });
  });
}

/** A priority that goes to the queue. */
interface Use {
  readonly setting: 'jobQueues' | 'runs.retry.onDemandQueues';
  readonly priority: string;
  readonly fairShare: FairShare | undefined;
  /** What is submitted there; unknown where the target alone names the queue. */
  readonly candidate?: Candidate | undefined;
}

/** First those of the target itself. */
function listUses(queue: string, target: TargetConfig, candidates: readonly Candidate[]): readonly Use[] {
  const { runs } = target;
  const family = candidates.filter(({ definition }) => definition.family === runs?.family);
  const { onDemandQueues = {}, onDemandFairShares } = runs?.retry ?? {};
  const onDemand = { jobQueues: onDemandQueues, fairShares: onDemandFairShares };
  const own = [
    { config: target },
    ...candidates.map(candidate => ({ config: candidate.definition.config, candidate })),
  ];
  return [
    ...own.flatMap(({ config, ...whose }) => usesIn('jobQueues', queue, config).map(use => ({ ...use, ...whose }))),
    ...usesIn('runs.retry.onDemandQueues', queue, onDemand).flatMap(use => [
      use,
      ...family.map(candidate => ({ ...use, candidate })),
    ]),
  ];
}

function usesIn(
  setting: Use['setting'],
  queue: string,
  { jobQueues, fairShares }: Pick<TargetConfig, 'jobQueues' | 'fairShares'>,
): readonly Use[] {
  return Object.entries(jobQueues)
    .filter(([, named]) => named === queue)
    .map(([priority]) => ({ setting, priority, fairShare: fairShares?.[priority] }));
}

function judge(queue: JobQueueDetail | undefined, uses: readonly Use[]): Verdict {
  if (queue === undefined)
    return ng('does not exist', `Create it, or correct ${describeSettings(uses)} in the configuration.`);
  const { state, status, statusReason } = queue;
  if (state !== 'ENABLED') return ng(`is ${state}, so nothing can be submitted to it`, 'Enable it.');
  // While it is UPDATING it goes on taking jobs.
  if (status !== 'VALID' && status !== 'UPDATING')
    return ng(`is ${status}${statusReason ? ` (${statusReason})` : ''}`, 'See its compute environments.');
  return judgeShares(queue, uses) ?? ok();
}

/** SubmitJob wants a share identifier exactly where the job queue has a scheduling policy, and then a scheduling priority too. */
function judgeShares({ schedulingPolicyArn }: JobQueueDetail, uses: readonly Use[]): Verdict | undefined {
  const shared = uses.filter(({ fairShare }) => fairShare);
  if (schedulingPolicyArn === undefined) {
    if (shared.length === 0) return undefined;
    return ng(
      `has no scheduling policy, and refuses jobs with the share identifier of ${describePriorities(shared).text}`,
      `Write its name alone in ${describeSettings(shared)}, or give it a fair-share scheduling policy.`,
    );
  }
  const policy = schedulingPolicyArn.split('/').at(-1);
  const unshared = uses.filter(({ fairShare }) => !fairShare);
  const [bare] = unshared;
  if (bare) {
    const { text, isOne } = describePriorities(unshared);
    return ng(
      `has the scheduling policy ${policy}, and refuses jobs of ${text}, which ${isOne ? 'has' : 'have'} no share identifier`,
      `Write \`${bare.setting}: { ${bare.priority}: { name: …, shareIdentifier: …, schedulingPriority: … } }\`${isOne ? '' : ', and the others alike'}.`,
    );
  }
  const unranked = uses.filter(
    ({ fairShare, candidate }) =>
      candidate &&
      fairShare?.schedulingPriority === undefined &&
      candidate.definition.request.schedulingPriority === undefined,
  );
  const [first] = unranked;
  if (!first) return undefined;
  const { text, isOne } = describePriorities(unranked);
  return ng(
    `has the scheduling policy ${policy}, and neither ${text} nor ${first.candidate?.definition.name} ${isOne ? 'has' : 'have'} a scheduling priority`,
    `Give ${describeSettings(unranked)} a \`schedulingPriority\`, or the definition.`,
  );
}

function describeSettings(uses: readonly Use[]): string {
  return [...new Set(uses.map(({ setting }) => `\`${setting}\``))].join(' and ');
}

/** `priority low`, `priorities low, medium and high`. */
function describePriorities(uses: readonly Use[]): { readonly text: string; readonly isOne: boolean } {
  const names = [...new Set(uses.map(({ priority }) => priority))];
  const listed = [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' and ');
  return { text: `${names.length === 1 ? 'priority' : 'priorities'} ${listed}`, isOne: names.length === 1 };
}
