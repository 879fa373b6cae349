/** Scheduling policies. They are known by ARN alone. */
import type {
  CreateSchedulingPolicyRequest,
  DeleteSchedulingPolicyRequest,
  DescribeSchedulingPoliciesRequest,
  FairsharePolicy,
  ListSchedulingPoliciesRequest,
  UpdateSchedulingPolicyRequest,
} from '@aws-sdk/client-batch';
import { arnOf, nameFrom } from '../arn.ts';
import { clientError, type Refuse } from '../errors.ts';
import { statusAt } from '../lifecycle.ts';
import { pageOf } from '../paging.ts';
import type { Realm } from '../realm.ts';
import type { FairShare, SchedulingPolicyRecord } from '../records.ts';
import type { Checked } from '../request-shape.ts';

const SHARE_IDENTIFIER = /^(?=.{1,255}$)[A-Za-z0-9_-]*\*?$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

export function createSchedulingPolicy(
  realm: Realm,
  request: Checked<CreateSchedulingPolicyRequest>,
  refuse: Refuse,
): object {
  const { name } = request;
  if (!NAME.test(name)) refuse('Scheduling policy name should match a valid pattern.');
  if (realm.schedulingPolicies.get(name)) throw clientError('Object already exists');
  if (request.fairsharePolicy && request.quotaSharePolicy) {
    refuse('A scheduling policy can have either fairsharePolicy or quotaSharePolicy');
  }
  if (request.fairsharePolicy) checkFairShare(request.fairsharePolicy, refuse);
  const arn = arnOf(realm, 'scheduling-policy', name);
  const { fairsharePolicy, ...rest } = request;
  const policy = request.quotaSharePolicy ? {} : { fairsharePolicy: fillFairShare(fairsharePolicy) };
  realm.schedulingPolicies.put(name, { ...rest, arn, ...policy, tags: request.tags ?? {} });
  return { name, arn };
}

/** At most 100 ARNs; unknown ones are left out. */
export function describeSchedulingPolicies(
  realm: Realm,
  { arns }: Checked<DescribeSchedulingPoliciesRequest>,
  refuse: Refuse,
): object {
  if (arns.length > 100) refuse('Maximum number of scheduling policies supported is  100 .');
  return { schedulingPolicies: arns.map(arn => findSchedulingPolicy(realm, arn)).filter(each => each !== undefined) };
}

export function listSchedulingPolicies(realm: Realm, request: ListSchedulingPoliciesRequest): object {
  const all = [...realm.schedulingPolicies.entries()].map(([, { arn }]) => ({ arn }));
  const page = pageOf(all, request, 'scheduling policies');
  return { schedulingPolicies: page.items, ...(page.nextToken ? { nextToken: page.nextToken } : {}) };
}

export function updateSchedulingPolicy(
  realm: Realm,
  request: Checked<UpdateSchedulingPolicyRequest>,
  refuse: Refuse,
): object {
  const found = findSchedulingPolicy(realm, request.arn);
  if (!found) throw clientError(`Scheduling policy ${request.arn} does not exist`);
  if (request.fairsharePolicy) {
    checkFairShare(request.fairsharePolicy, refuse);
    realm.schedulingPolicies.put(found.name, {
      ...found,
      fairsharePolicy: fillFairShare(request.fairsharePolicy),
    });
  }
  return {};
}

/** Not while a job queue uses it. */
export function deleteSchedulingPolicy(
  realm: Realm,
  { arn }: Checked<DeleteSchedulingPolicyRequest>,
  now: number,
): object {
  const found = findSchedulingPolicy(realm, arn);
  if (!found) return {};
  const queues = [...realm.jobQueues.entries()].map(([, queue]) => queue);
  if (queues.some(queue => statusAt(queue, now) && queue.schedulingPolicyArn === found.arn))
    throw clientError('Cannot delete, found existing JobQueue relationship');
  realm.schedulingPolicies.delete(found.name);
  return {};
}

export function findSchedulingPolicy(realm: Realm, arn: string): SchedulingPolicyRecord | undefined {
  if (!arn.startsWith('arn:')) return undefined;
  return realm.schedulingPolicies.get(nameFrom(realm, 'scheduling-policy', arn) ?? '');
}

function fillFairShare(given: Checked<FairsharePolicy> = {}): FairShare {
  return {
    computeReservation: given.computeReservation ?? 0,
    shareDecaySeconds: given.shareDecaySeconds ?? 0,
    shareDistribution: given.shareDistribution ?? [],
  };
}

function checkFairShare(policy: Checked<FairsharePolicy>, refuse: Refuse): void {
  const { computeReservation = 0, shareDecaySeconds = 0, shareDistribution = [] } = policy;
  if (computeReservation < 0 || computeReservation > 99) refuse('computeReservation must be between 0 and 99');
  if (shareDecaySeconds < 0 || shareDecaySeconds > 604_800) refuse('shareDecaySeconds must be between 0 and 604800');
  if (shareDistribution.length > 500) refuse('ShareDistribution size cannot be greater than 500.');
  const names = shareDistribution.map(({ shareIdentifier }) => shareIdentifier);
  if (names.some(name => !SHARE_IDENTIFIER.test(name))) refuse('ShareIdentifier name should match a valid pattern.');
  if (new Set(names).size < names.length) refuse('Cannot have two or more identical shareIdentifiers.');
  for (const { weightFactor } of shareDistribution) {
    if (weightFactor !== undefined && (weightFactor < 0.0001 || weightFactor > 999.9999)) {
      refuse('Weight factor should be between 0.0001 and 999.9999.');
    }
  }
}
