import type { EventBus } from '../../events/events.ts';
import { arnOf } from '../arn.ts';
import type { RealmWork } from '../scheduling/realm-work.ts';
import { describeJob } from './describe-jobs.ts';

/** Puts a "Batch Job State Change" event for every job and child whose state changes, while some rule may want it. */
export function announceChanges(work: RealmWork, bus: EventBus): void {
  const { realm } = work;
  realm.onStateChange = (job, index) => {
    if (!bus.hasRules(realm)) return;
    const arn = arnOf(realm, 'job', job.idOf(index));
    bus.put(realm, {
      source: 'aws.batch',
      'detail-type': 'Batch Job State Change',
      resources: [arn],
      detail: describeJob(work, job, index),
    });
  };
}
