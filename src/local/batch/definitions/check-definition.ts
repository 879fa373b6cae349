/** What RegisterJobDefinition refuses. The texts in quotes of the facts are AWS's own; the others say the same rule in our words. */
import type { ContainerProperties, RegisterJobDefinitionRequest } from '@aws-sdk/client-batch';
import { clientError, type Refuse } from '../errors.ts';
import type { Checked } from '../request-shape.ts';
import { checkRetryStrategy, checkTags, checkTimeout } from './check-common.ts';
import { checkContainer } from './check-container.ts';
import { checkEcs } from './check-ecs.ts';
import { checkEks } from './check-eks.ts';
import { checkNodes } from './check-nodes.ts';

const NAME = /^[A-Za-z0-9_-]{1,128}$/;
const MOST_KIB = 24;

export function checkDefinition(request: Checked<RegisterJobDefinitionRequest>, refuse: Refuse): void {
  if (!NAME.test(request.jobDefinitionName)) refuse('Job definition name should match valid pattern');
  if (request.type !== 'container' && request.type !== 'multinode') {
    throw clientError(`type must be one of container | multinode, got ${String(request.type)}`);
  }
  const bytes = Buffer.byteLength(JSON.stringify(request));
  if (bytes > MOST_KIB * 1024)
    refuse(`Job definition size must be less than ${MOST_KIB} KiB, got ${Math.ceil(bytes / 1024)} KiB`);
  checkTags(request.tags);
  if (request.retryStrategy) checkRetryStrategy(request.retryStrategy, refuse);
  if (request.timeout) checkTimeout(request.timeout, refuse);
  const { schedulingPriority } = request;
  if (schedulingPriority !== undefined && (schedulingPriority < 0 || schedulingPriority > 9999)) {
    refuse('Scheduling priority must be between 0 and 9999.');
  }
  checkCapabilities(request, refuse);
  if (request.type === 'multinode') checkNodes(request, refuse);
  else checkSingleNode(request, refuse);
}

function checkCapabilities({ platformCapabilities }: RegisterJobDefinitionRequest, refuse: Refuse): void {
  if (!platformCapabilities) return;
  for (const each of platformCapabilities) {
    if (!['FARGATE', 'EC2', 'MANAGED_INSTANCES'].includes(each)) {
      refuse(`Capability ${each} is not valid. Valid capabilities: [FARGATE, EC2, MANAGED_INSTANCES]`);
    }
  }
  if (platformCapabilities.length !== 1) refuse('Exactly 1 capability must be provided.');
}

function checkSingleNode(request: Checked<RegisterJobDefinitionRequest>, refuse: Refuse): void {
  const { containerProperties, ecsProperties, eksProperties, nodeProperties } = request;
  if (nodeProperties) refuse('nodeProperties is only applicable for multinode job definitions');
  if (containerProperties && eksProperties) refuse('Cannot use both ECS containerProperties and eksProperties');
  if (containerProperties && ecsProperties) refuse('Cannot use both ECS containerProperties and ecsProperties');
  if (ecsProperties && eksProperties) refuse('Cannot use both ecsProperties and eksProperties');
  if (containerProperties && request.platformCapabilities?.includes('MANAGED_INSTANCES')) {
    refuse('Cannot use ECS containerProperties for MANAGED_INSTANCES');
  }
  const fargate = (request.platformCapabilities ?? []).includes('FARGATE');
  if (containerProperties && !isEmpty(containerProperties)) checkContainer(containerProperties, fargate, refuse);
  else if (ecsProperties) checkEcs(ecsProperties, fargate, refuse);
  else if (eksProperties) checkEks(eksProperties, refuse);
  else refuse('Container properties should not be empty');
}

function isEmpty(container: ContainerProperties): boolean {
  return Object.keys(container).length === 0;
}
