/** Whether a job fits on a compute environment now: its own ceiling, the account's quota, and what capacity there is at all. */
import type { EngineCapacity } from '../../engines/model.ts';
import { maxVcpus } from '../capacity/placement.ts';
import type { JobPlan } from '../jobs/plan.ts';
import type { ComputeEnvironmentRecord } from '../records.ts';
import type { RealmWork } from './realm-work.ts';

/** https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html */
export const NO_CAPACITY =
  'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type [optimal]';

/** `full`: it waits for others to end. `short`: for capacity that the compute environment may have, and that there is none of. */
export function roomIn(
  work: RealmWork,
  environment: ComputeEnvironmentRecord,
  { vcpus }: JobPlan,
  capacity: EngineCapacity | undefined,
): 'room' | 'full' | 'short' {
  const needed = work.usedVcpus(environment) + vcpus;
  if (needed > maxVcpus(environment)) return 'full';
  if (!capacity) return 'room';
  const type = environment.computeResources?.type ?? '';
  // AWS gives no reason for this one.
  if (work.usedVcpusOf(type) + vcpus > capacity.quotaOf(type)) return 'full';
  return needed > capacity.vcpusFor(environment.computeEnvironmentName) ? 'short' : 'room';
}
