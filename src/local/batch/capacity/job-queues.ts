/** Create-, Describe-, Update- and DeleteJobQueue. */
import type {
  ComputeEnvironmentOrder,
  CreateJobQueueRequest,
  DeleteJobQueueRequest,
  DescribeJobQueuesRequest,
  JobQueueDetail,
  JobStateTimeLimitAction,
  UpdateJobQueueRequest,
} from '@aws-sdk/client-batch';
import { arnOf, nameFrom } from '../arn.ts';
import { clientError, type Refuse } from '../errors.ts';
import { statusAt } from '../lifecycle.ts';
import { pageOf } from '../paging.ts';
import type { Realm } from '../realm.ts';
import type { ComputeEnvironmentRecord, JobQueueRecord } from '../records.ts';
import type { Checked } from '../request-shape.ts';
import { findComputeEnvironment, type Moment } from './compute-environments.ts';
import { isFargate } from './placement.ts';
import { findSchedulingPolicy } from './scheduling-policies.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const MOST_ENVIRONMENTS = 3;

type Order = Checked<ComputeEnvironmentOrder>;
type QueueChange = Omit<Checked<UpdateJobQueueRequest>, 'jobQueue'>;

export function createJobQueue(
  realm: Realm,
  request: Checked<CreateJobQueueRequest>,
  refuse: Refuse,
  { now, settlesAt }: Moment,
): object {
  const { jobQueueName } = request;
  if (!NAME.test(jobQueueName)) refuse('Job Queue name should match a valid pattern.');
  if (findJobQueue(realm, jobQueueName, now)) throw clientError('Object already exists');
  checkQueue(realm, request, refuse, now);
  const environments = request.computeEnvironmentOrder ?? [];
  const [first] = environments;
  if (!first) refuse('computeEnvironmentOrder is required.');
  const jobQueueArn = arnOf(realm, 'job-queue', jobQueueName);
  const orders = [...realm.jobQueues.entries()].map(([, { order }]) => order);
  realm.jobQueues.put(jobQueueName, {
    ...request,
    jobQueueName,
    jobQueueArn,
    computeEnvironmentOrder: withArns(realm, environments),
    jobQueueType: request.jobQueueType ?? queueType(realm, first, now),
    jobStateTimeLimitActions: request.jobStateTimeLimitActions ?? [],
    serviceEnvironmentOrder: request.serviceEnvironmentOrder ?? [],
    state: request.state ?? 'ENABLED',
    tags: request.tags ?? {},
    status: 'CREATING',
    statusReason: 'JobQueue Healthy',
    settlesAt,
    order: Math.max(0, ...orders) + 1,
  });
  return { jobQueueName, jobQueueArn };
}

export function describeJobQueues(
  realm: Realm,
  request: DescribeJobQueuesRequest,
  refuse: Refuse,
  now: number,
): object {
  const asked = request.jobQueues;
  if (asked?.length) {
    if (request.maxResults !== undefined) refuse('JobQueues and MaxResults cannot both be set');
    const found = asked.map(name => findJobQueue(realm, name, now)).filter(each => each !== undefined);
    return { jobQueues: [...new Set(found)].map(each => show(each, now)) };
  }
  const all = [...realm.jobQueues.entries()].map(([, each]) => each).filter(each => statusAt(each, now));
  const page = pageOf(all, request, 'job queues');
  return {
    jobQueues: page.items.map(each => show(each, now)),
    ...(page.nextToken ? { nextToken: page.nextToken } : {}),
  };
}

export function updateJobQueue(
  realm: Realm,
  request: Checked<UpdateJobQueueRequest>,
  refuse: Refuse,
  { now, settlesAt }: Moment,
): object {
  const asked = request.jobQueue;
  const found = findJobQueue(realm, asked, now);
  if (!found) throw clientError(`${asked} does not exist`);
  if (statusAt(found, now) !== 'VALID') throw clientError('Cannot update, resource is being modified');
  checkQueue(realm, request, refuse, now);
  if (request.schedulingPolicyArn && !found.schedulingPolicyArn)
    refuse('A scheduling policy can be replaced, but not added to a job queue that was created without one.');
  const { jobQueue: _, computeEnvironmentOrder, ...changes } = request;
  const { jobQueueName, jobQueueArn } = found;
  realm.jobQueues.put(jobQueueName, {
    ...found,
    ...changes,
    state: changes.state ?? found.state,
    priority: changes.priority ?? found.priority,
    ...(computeEnvironmentOrder ? { computeEnvironmentOrder: withArns(realm, computeEnvironmentOrder) } : {}),
    status: 'UPDATING',
    settlesAt,
  });
  return { jobQueueName, jobQueueArn };
}

/** It must be DISABLED and settled. An unknown name: undefined, which the API answers with 200. */
export function deleteJobQueue(
  realm: Realm,
  request: Checked<DeleteJobQueueRequest>,
  { now, settlesAt }: Moment,
): JobQueueRecord | undefined {
  const found = findJobQueue(realm, request.jobQueue, now);
  if (!found) return undefined;
  if (statusAt(found, now) !== 'VALID') throw clientError('Cannot delete, resource is being modified');
  if (found.state !== 'DISABLED') throw clientError('Cannot delete, found existing JobQueue in ENABLED state');
  if (settlesAt <= now) realm.jobQueues.delete(found.jobQueueName);
  else realm.jobQueues.put(found.jobQueueName, { ...found, status: 'DELETING', settlesAt });
  return found;
}

/** By name or ARN of this account and region; undefined also when its deletion has settled. */
export function findJobQueue(realm: Realm, asked: string, now: number): JobQueueRecord | undefined {
  const name = nameFrom(realm, 'job-queue', asked);
  const record = name === undefined ? undefined : realm.jobQueues.get(name);
  return record && statusAt(record, now) ? record : undefined;
}

export function uses(
  { computeEnvironmentOrder }: JobQueueRecord,
  { computeEnvironmentArn }: ComputeEnvironmentRecord,
): boolean {
  return computeEnvironmentOrder.some(({ computeEnvironment }) => computeEnvironment === computeEnvironmentArn);
}

function checkQueue(realm: Realm, request: QueueChange, refuse: Refuse, now: number): void {
  const { state, priority, schedulingPolicyArn, computeEnvironmentOrder } = request;
  if (state !== undefined && state !== 'ENABLED' && state !== 'DISABLED') {
    throw clientError(`state ${String(state)} must be one of ENABLED | DISABLED`);
  }
  if (priority !== undefined && (priority < 0 || priority > 1000)) refuse('Priority must be between 0 and 1000');
  if (schedulingPolicyArn && !findSchedulingPolicy(realm, schedulingPolicyArn)) {
    throw clientError(`SchedulingPolicy ${schedulingPolicyArn} not found.`);
  }
  if (computeEnvironmentOrder) checkOrder(realm, computeEnvironmentOrder, refuse, now);
  checkTimeLimits(request.jobStateTimeLimitActions ?? [], refuse);
}

function checkTimeLimits(actions: readonly Checked<JobStateTimeLimitAction>[], refuse: Refuse): void {
  for (const { action, maxTimeSeconds, state } of actions) {
    if (action !== 'CANCEL') refuse('Invalid job action. Valid job actions: [CANCEL]');
    if (state !== 'RUNNABLE') refuse('Invalid job state. Valid job states: [RUNNABLE]');
    if (maxTimeSeconds < 600 || maxTimeSeconds > 86_400) refuse('maxTimeSeconds must be between 600 and 86400');
  }
  const keys = actions.map(({ state, reason }) => `${state} ${reason}`);
  if (new Set(keys).size < keys.length) refuse('Duplicate job state limit actions are not allowed.');
}

function checkOrder(realm: Realm, order: readonly Order[], refuse: Refuse, now: number): void {
  if (!order.length) refuse('computeEnvironmentOrder is required.');
  if (order.length > MOST_ENVIRONMENTS)
    refuse(`A job queue can have at most ${MOST_ENVIRONMENTS} compute environments`);
  if (new Set(order.map(each => each.order)).size < order.length) refuse('Duplicate ComputeEnvironment order values.');
  const found = order.map(({ computeEnvironment }) => {
    const environment = findComputeEnvironment(realm, computeEnvironment, now);
    const status = environment && statusAt(environment, now);
    if (environment && (status === 'VALID' || status === 'UPDATING')) return environment;
    throw clientError('Compute Environments must be created and valid before attaching them to a job queue');
  });
  if (new Set(found.map(isFargate)).size > 1) refuse('Fargate and EC2 compute environments can not be mixed.');
}

/** Names and ARNs as ARNs; an ARN that is not of this account and region has been refused before. */
function withArns(realm: Realm, order: readonly Order[]): Order[] {
  return order.map(each => ({
    ...each,
    computeEnvironment: each.computeEnvironment.startsWith('arn:')
      ? each.computeEnvironment
      : arnOf(realm, 'compute-environment', each.computeEnvironment),
  }));
}

function queueType(realm: Realm, { computeEnvironment }: Order, now: number): 'EKS' | 'ECS' | 'ECS_FARGATE' {
  const first = findComputeEnvironment(realm, computeEnvironment, now);
  if (first?.eksConfiguration) return 'EKS';
  return first && isFargate(first) ? 'ECS_FARGATE' : 'ECS';
}

function show(record: JobQueueRecord, now: number): JobQueueDetail {
  const { settlesAt: _, order: __, ...shown } = record;
  return { ...shown, status: statusAt(record, now) ?? 'DELETED' };
}
