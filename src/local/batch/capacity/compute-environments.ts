/** Create-, Describe-, Update- and DeleteComputeEnvironment. */
import type {
  ComputeEnvironmentDetail,
  ComputeResource,
  CreateComputeEnvironmentRequest,
  DeleteComputeEnvironmentRequest,
  DescribeComputeEnvironmentsRequest,
  UpdateComputeEnvironmentRequest,
} from '@aws-sdk/client-batch';
import { arnOf, clusterOf, ecsArn, nameFrom, partitionOf } from '../arn.ts';
import { clientError, type Refuse } from '../errors.ts';
import { statusAt } from '../lifecycle.ts';
import { pageOf } from '../paging.ts';
import type { Realm } from '../realm.ts';
import type { ComputeEnvironmentRecord } from '../records.ts';
import type { Checked } from '../request-shape.ts';
import { checkComputeEnvironment } from './check-compute-environment.ts';
import { uses } from './job-queues.ts';

/** What the handlers of compute environments and job queues need beside the realm. */
export interface Moment {
  readonly now: number;
  /** When what is changed now will be VALID or gone. */
  readonly settlesAt: number;
  readonly uuid: () => string;
}

export function createComputeEnvironment(
  realm: Realm,
  request: Checked<CreateComputeEnvironmentRequest>,
  refuse: Refuse,
  { now, settlesAt, uuid }: Moment,
): object {
  checkComputeEnvironment(request, refuse);
  const name = request.computeEnvironmentName;
  if (findComputeEnvironment(realm, name, now)) throw clientError('Object already exists');
  const { tags, computeResources, eksConfiguration, state, serviceRole } = request;
  const computeEnvironmentArn = arnOf(realm, 'compute-environment', name);
  realm.computeEnvironments.put(name, {
    ...request,
    computeEnvironmentArn,
    ...(eksConfiguration ? {} : { ecsClusterArn: ecsArn(realm, `cluster/${clusterOf(realm, name)}`) }),
    ...(computeResources ? { computeResources: fillResources(computeResources) } : {}),
    containerOrchestrationType: eksConfiguration ? 'EKS' : 'ECS',
    serviceRole: serviceRole ?? serviceLinkedRole(realm),
    state: state ?? 'ENABLED',
    tags: tags ?? {},
    uuid: uuid(),
    status: 'CREATING',
    statusReason: 'ComputeEnvironment Healthy',
    settlesAt,
  });
  return { computeEnvironmentName: name, computeEnvironmentArn };
}

/** By name or ARN, or all in pages; unknown ones are left out. */
export function describeComputeEnvironments(
  realm: Realm,
  request: DescribeComputeEnvironmentsRequest,
  refuse: Refuse,
  now: number,
): object {
  const asked = request.computeEnvironments;
  if (asked?.length) {
    if (request.maxResults !== undefined) refuse('ComputeEnvironments and MaxResults cannot both be set');
    const found = asked.map(name => findComputeEnvironment(realm, name, now)).filter(each => each !== undefined);
    return { computeEnvironments: [...new Set(found)].map(each => show(each, now)) };
  }
  const all = [...realm.computeEnvironments.entries()].map(([, each]) => each).filter(each => statusAt(each, now));
  const page = pageOf(all, request, 'compute environments');
  return {
    computeEnvironments: page.items.map(each => show(each, now)),
    ...(page.nextToken ? { nextToken: page.nextToken } : {}),
  };
}

export function updateComputeEnvironment(
  realm: Realm,
  request: Checked<UpdateComputeEnvironmentRequest>,
  refuse: Refuse,
  { now, settlesAt }: Moment,
): object {
  const found = requireComputeEnvironment(realm, request.computeEnvironment, now);
  if (statusAt(found, now) !== 'VALID') throw clientError('Cannot update, resource is being modified');
  const { computeEnvironment: _, computeResources, ...rest } = request;
  if (rest.state !== undefined && rest.state !== 'ENABLED' && rest.state !== 'DISABLED')
    refuse(`Invalid state ${String(rest.state)}`);
  const name = found.computeEnvironmentName;
  realm.computeEnvironments.put(name, {
    ...found,
    ...rest,
    ...(computeResources ? { computeResources: changeResources(found.computeResources, computeResources) } : {}),
    status: 'UPDATING',
    settlesAt,
  });
  return { computeEnvironmentName: name, computeEnvironmentArn: found.computeEnvironmentArn };
}

/** It must be DISABLED, settled, and in no job queue. An unknown name: 200. */
export function deleteComputeEnvironment(
  realm: Realm,
  request: Checked<DeleteComputeEnvironmentRequest>,
  { now, settlesAt }: Moment,
): object {
  const found = findComputeEnvironment(realm, request.computeEnvironment, now);
  if (!found) return {};
  if (statusAt(found, now) !== 'VALID') throw clientError('Cannot delete, resource is being modified');
  if (found.state !== 'DISABLED')
    throw clientError('Cannot delete, found existing ComputeEnvironment in ENABLED state');
  const queues = [...realm.jobQueues.entries()].map(([, queue]) => queue);
  if (queues.some(queue => statusAt(queue, now) && uses(queue, found))) {
    throw clientError('Cannot delete, found existing JobQueue relationship');
  }
  const name = found.computeEnvironmentName;
  if (settlesAt <= now) realm.computeEnvironments.delete(name);
  else realm.computeEnvironments.put(name, { ...found, status: 'DELETING', settlesAt });
  return {};
}

/** By name or ARN of this account and region; undefined also when its deletion has settled. */
export function findComputeEnvironment(realm: Realm, asked: string, now: number): ComputeEnvironmentRecord | undefined {
  const name = nameFrom(realm, 'compute-environment', asked);
  const record = name === undefined ? undefined : realm.computeEnvironments.get(name);
  return record && statusAt(record, now) ? record : undefined;
}

function requireComputeEnvironment(realm: Realm, asked: string, now: number): ComputeEnvironmentRecord {
  const found = findComputeEnvironment(realm, asked, now);
  if (!found) throw clientError(`${asked} does not exist`);
  return found;
}

function show(record: ComputeEnvironmentRecord, now: number): ComputeEnvironmentDetail {
  const { settlesAt: _, ...shown } = record;
  return { ...shown, status: statusAt(record, now) ?? 'DELETED' };
}

function fillResources(given: ComputeResource): ComputeResource {
  const ec2 = given.type === 'EC2' || given.type === 'SPOT';
  if (!ec2) return given;
  return {
    ...given,
    minvCpus: given.minvCpus ?? 0,
    desiredvCpus: given.desiredvCpus ?? given.minvCpus ?? 0,
    tags: given.tags ?? {},
  };
}

function changeResources(
  before: ComputeResource | undefined,
  change: NonNullable<UpdateComputeEnvironmentRequest['computeResources']>,
): ComputeResource {
  const {
    updateToLatestImageVersion: _,
    type = before?.type,
    maxvCpus = before?.maxvCpus,
    managedInstancesProvider,
    ...rest
  } = change;
  const provider = { ...before?.managedInstancesProvider, ...managedInstancesProvider };
  return {
    ...before,
    ...rest,
    type,
    maxvCpus,
    // An update holds the same members as a creation, all of them optional.
    ...(managedInstancesProvider
      ? { managedInstancesProvider: provider as ComputeResource['managedInstancesProvider'] }
      : {}),
  };
}

function serviceLinkedRole({ account, region }: Realm): string {
  return `arn:${partitionOf(region)}:iam::${account}:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch`;
}
