/** What is wrong with ecsProperties: one task of up to ten containers. */
import type { EcsProperties, TaskContainerProperties } from '@aws-sdk/client-batch';
import type { Refuse } from '../errors.ts';
import { requirement } from '../jobs/plan.ts';
import type { Checked } from '../request-shape.ts';
import { checkVariables } from './check-common.ts';
import { checkImage, checkRequirements } from './check-container.ts';
import { describeFargateSize, isFargateSize } from './fargate-sizes.ts';

const MOST_CONTAINERS = 10;

export function checkEcs({ taskProperties }: Checked<EcsProperties>, fargate: boolean, refuse: Refuse): void {
  const [task] = taskProperties;
  if (!task || taskProperties.length > 1) refuse('ecsProperties must have exactly one taskProperties element');
  const { containers } = task;
  if (!containers.length || containers.length > MOST_CONTAINERS)
    refuse('Number of containers must be between 1 and 10');
  checkNames(containers, refuse);
  for (const container of containers) checkTaskContainer(container, fargate, refuse);
  if (!containers.some(({ essential = true }) => essential)) refuse('At least one container must be set as essential');
  if (fargate && !task.executionRoleArn) refuse('executionRoleArn is required for Fargate jobs.');
  if (fargate) checkSum(containers, refuse);
}

function checkTaskContainer(container: TaskContainerProperties, fargate: boolean, refuse: Refuse): void {
  checkImage(container.image, refuse);
  checkVariables(container.environment, refuse);
  checkRequirements(container.resourceRequirements ?? [], fargate, refuse);
  if (!fargate && requirement(container.resourceRequirements, 'VCPU') === undefined) refuse('vCPU is not provided.');
  if (!fargate && requirement(container.resourceRequirements, 'MEMORY') === undefined)
    refuse('Memory is not provided.');
}

/** Names are needed, and tell containers apart, as soon as there are two; `dependsOn` may name only those. */
function checkNames(containers: readonly TaskContainerProperties[], refuse: Refuse): void {
  const names = containers.map(({ name }) => name);
  if (containers.length > 1 && names.some(name => !name))
    refuse('Container name is required when there are several containers');
  if (new Set(names).size < names.length) refuse('Container names must be unique');
  for (const container of containers) checkDependencies(container, containers, refuse);
}

function checkDependencies(
  { name, dependsOn = [] }: TaskContainerProperties,
  containers: readonly TaskContainerProperties[],
  refuse: Refuse,
): void {
  if (dependsOn.length && containers.length === 1)
    refuse('Container dependency can not be used in a single-container job.');
  for (const { containerName = '', condition = '' } of dependsOn) {
    const target = containers.find(each => each.name === containerName);
    if (!target || containerName === name) refuse(`containerName ${containerName} must reference a defined container.`);
    if (!['START', 'COMPLETE', 'SUCCESS'].includes(condition)) {
      refuse(`TaskContainer dependency ${condition} is not valid. Valid values are: [START, COMPLETE, SUCCESS]`);
    }
    if (condition !== 'START' && (target?.essential ?? true)) {
      refuse(`The container target of a dependency can not have condition ${condition} if the target is essential`);
    }
  }
}

/** On Fargate the sum of the containers must be one of its sizes. */
function checkSum(containers: readonly TaskContainerProperties[], refuse: Refuse): void {
  const sum = (type: string) =>
    containers.reduce((total, { resourceRequirements }) => total + (requirement(resourceRequirements, type) ?? 0), 0);
  if (!isFargateSize(sum('VCPU'), sum('MEMORY'))) refuse(describeFargateSize(sum('VCPU'), sum('MEMORY')));
}
