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
      const users = candidates.filter(({ definition }) => Object.values(definition.config.jobQueues).includes(queue));
      const verify = async () => {
        const answer = await capacity.queue(target.region, queue);
        return 'verdict' in answer ? answer.verdict : judge(answer.value, listUses(queue, target, users));
      };
      const claim = { check: 'job-queue', target, subject: queue, verify };
      return users.length > 0 ? users.map(candidate => ({ ...claim, needed: { candidate, path: [] } })) : [claim];
    });
  });
}

/** A priority that goes to the queue. */
interface Use {
  readonly priority: string;
  readonly fairShare: FairShare | undefined;
  /** What is submitted there; unknown where the target alone names the queue. */
  readonly candidate?: Candidate | undefined;
}

function listUses(queue: string, target: TargetConfig, users: readonly Candidate[]): readonly Use[] {
  const own = [{ config: target }, ...users.map(candidate => ({ config: candidate.definition.config, candidate }))];
  return own.flatMap(({ config, ...whose }) =>
    Object.entries(config.jobQueues)
      .filter(([, named]) => named === queue)
      .map(([priority]) => ({ priority, fairShare: config.fairShares?.[priority], ...whose })),
  );
}

function judge(queue: JobQueueDetail | undefined, uses: readonly Use[]): Verdict {
  if (queue === undefined) return ng('does not exist', 'Create it, or correct `jobQueues` in the configuration.');
  const { state, status, statusReason } = queue;
  if (state !== 'ENABLED') return ng(`is ${state}, so nothing can be submitted to it`, 'Enable it.');
  // While it is UPDATING it goes on taking jobs.
  if (status !== 'VALID' && status !== 'UPDATING')
    return ng(`is ${status}${statusReason ? ` (${statusReason})` : ''}`, 'See its compute environments.');
  return judgeShares(queue, uses) ?? ok();
}

/** SubmitJob wants a share identifier exactly where the job queue has a scheduling policy, and then a scheduling priority too. */
function judgeShares({ schedulingPolicyArn }: JobQueueDetail, uses: readonly Use[]): Verdict | undefined {
  const shared = uses.find(({ fairShare }) => fairShare);
  if (schedulingPolicyArn === undefined)
    return (
      shared &&
      ng(
        `has no scheduling policy, and refuses jobs with the share identifier of priority ${shared.priority}`,
        'Write its name alone in `jobQueues`, or give it a fair-share scheduling policy.',
      )
    );
  const policy = schedulingPolicyArn.split('/').at(-1);
  const unshared = uses.find(({ fairShare }) => !fairShare);
  if (unshared)
    return ng(
      `has the scheduling policy ${policy}, and refuses jobs of priority ${unshared.priority}, which has no share identifier`,
      `Write \`jobQueues: { ${unshared.priority}: { name: …, shareIdentifier: …, schedulingPriority: … } }\`.`,
    );
  const unranked = uses.find(
    ({ fairShare, candidate }) =>
      candidate &&
      fairShare?.schedulingPriority === undefined &&
      candidate.definition.request.schedulingPriority === undefined,
  );
  return (
    unranked &&
    ng(
      `has the scheduling policy ${policy}, and neither priority ${unranked.priority} nor ${unranked.candidate?.definition.name} has a scheduling priority`,
      'Give `jobQueues` a `schedulingPriority`, or the definition.',
    )
  );
}
