import type { JobQueueDetail } from '@aws-sdk/client-batch';
import { type Capacity, queuesOf } from './capacity.ts';
import { type Claim, type Fleet, ng, ok, type Verdict } from './model.ts';

/** A job queue must exist, be ENABLED and be VALID, or nothing can be submitted to it. */
export function jobQueueClaims(fleet: Fleet, capacity: Capacity): readonly Claim[] {
  return fleet.targets.flatMap(target => {
    const candidates = fleet.candidates.filter(
      ({ definition: { target: own } }) => own.region === target.region && own.environment === target.environment,
    );
    return [...queuesOf({ targets: [target], candidates }, target.region)].flatMap(queue => {
      const verify = async () => {
        const answer = await capacity.queue(target.region, queue);
        return 'verdict' in answer ? answer.verdict : judge(answer.value);
      };
      const users = candidates.filter(({ definition }) => Object.values(definition.config.jobQueues).includes(queue));
      const claim = { check: 'job-queue', target, subject: queue, verify };
      return users.length > 0 ? users.map(candidate => ({ ...claim, needed: { candidate, path: [] } })) : [claim];
    });
  });
}

function judge(queue: JobQueueDetail | undefined): Verdict {
  if (queue === undefined) return ng('does not exist', 'Create it, or correct `jobQueues` in the configuration.');
  const { state, status, statusReason } = queue;
  if (state !== 'ENABLED') return ng(`is ${state}, so nothing can be submitted to it`, 'Enable it.');
  // While it is UPDATING it goes on taking jobs.
  if (status === 'VALID' || status === 'UPDATING') return ok();
  return ng(`is ${status}${statusReason ? ` (${statusReason})` : ''}`, 'See its compute environments.');
}
