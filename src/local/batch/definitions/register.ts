/** RegisterJobDefinition and DeregisterJobDefinition. */
import type { RegisterJobDefinitionRequest, RegisterJobDefinitionResponse } from '@aws-sdk/client-batch';
import { arnOf } from '../arn.ts';
import { clientError, type Refuse } from '../errors.ts';
import type { Realm } from '../realm.ts';
import type { JobDefinitionRecord } from '../records.ts';
import type { Checked } from '../request-shape.ts';
import { checkDefinition } from './check-definition.ts';
import { fillContainer, fillEcs, fillEks, fillNodes, fillRetryStrategy } from './fill-in.ts';
import { findRevision } from './find-revision.ts';

/** Always a new revision, numbered on from the last one ever given to the name; nothing is inherited from earlier ones. */
export function registerJobDefinition(
  realm: Realm,
  request: Checked<RegisterJobDefinitionRequest>,
  refuse: Refuse,
): RegisterJobDefinitionResponse {
  checkDefinition(request, refuse);
  const { jobDefinitionName } = request;
  const revision = (realm.lastRevisions.get(jobDefinitionName) ?? 0) + 1;
  const key = `${jobDefinitionName}:${revision}`;
  const jobDefinitionArn = arnOf(realm, 'job-definition', key);
  realm.lastRevisions.put(jobDefinitionName, revision);
  realm.revisions.put(key, { ...fillDefinition(request), jobDefinitionName, jobDefinitionArn, revision });
  return { jobDefinitionName, jobDefinitionArn, revision };
}

/** Takes `name:revision` or an ARN. The revision stays described, as INACTIVE, for 180 days. */
export function deregisterJobDefinition(
  realm: Realm,
  request: { readonly jobDefinition?: string | undefined },
  now: number,
): object {
  const asked = request.jobDefinition ?? '';
  const found = findRevision(realm, asked);
  if (!found) throw clientError(`JobDefinition ${asked} not found.`);
  const inactiveSince = found.inactiveSince ?? now;
  realm.revisions.put(`${found.jobDefinitionName}:${found.revision}`, { ...found, status: 'INACTIVE', inactiveSince });
  return {};
}

function fillDefinition(
  request: RegisterJobDefinitionRequest,
): Omit<JobDefinitionRecord, 'jobDefinitionName' | 'jobDefinitionArn' | 'revision'> {
  const { jobDefinitionName: _, containerProperties, ecsProperties, eksProperties, nodeProperties, ...rest } = request;
  const fargate = (request.platformCapabilities ?? []).includes('FARGATE');
  return {
    ...rest,
    status: 'ACTIVE',
    parameters: request.parameters ?? {},
    tags: request.tags ?? {},
    containerOrchestrationType: eksProperties ? 'EKS' : 'ECS',
    ...(containerProperties ? { containerProperties: fillContainer(containerProperties, fargate) } : {}),
    ...(ecsProperties ? { ecsProperties: fillEcs(ecsProperties, fargate) } : {}),
    ...(eksProperties ? { eksProperties: fillEks(eksProperties) } : {}),
    ...(nodeProperties ? { nodeProperties: fillNodes(nodeProperties) } : {}),
    ...(request.retryStrategy ? { retryStrategy: fillRetryStrategy(request.retryStrategy) } : {}),
  };
}
