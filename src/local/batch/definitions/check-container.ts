/** What is wrong with one container's properties, on EC2 or on Fargate. */
import type { ContainerProperties, ResourceRequirement } from '@aws-sdk/client-batch';
import type { Refuse } from '../errors.ts';
import { requirement } from '../jobs/plan.ts';
import { checkVariables } from './check-common.ts';
import { describeFargateSize, isFargateSize } from './fargate-sizes.ts';

const USER = /^([a-z0-9_][a-z0-9_-]{0,30})$/;
const FARGATE_LOG_DRIVERS = ['awslogs', 'splunk', 'awsfirelens'];
const LEAST_MEMORY_MIB = 4;

export function checkContainer(container: ContainerProperties, fargate: boolean, refuse: Refuse): void {
  checkImage(container.image, refuse);
  checkVariables(container.environment, refuse);
  checkRequirements(container.resourceRequirements ?? [], fargate, refuse);
  if (container.user && !USER.test(container.user)) refuse(`User '${container.user}' does not match regex`);
  if (fargate) checkOnFargate(container, refuse);
  else checkOnEc2(container, refuse);
  checkDoubles(container, refuse);
  checkLinux(container, refuse);
  if ((container.secrets?.length || container.logConfiguration?.secretOptions?.length) && !container.executionRoleArn) {
    refuse('executionRoleArn cannot be empty when using secrets or secretOptions');
  }
}

/** The deprecated members and the requirements that took their place cannot both be given. */
function checkDoubles(container: ContainerProperties, refuse: Refuse): void {
  for (const [old, type] of [
    ['vcpus', 'VCPU'],
    ['memory', 'MEMORY'],
  ] as const) {
    if (container[old] !== undefined && requirement(container.resourceRequirements, type) !== undefined) {
      refuse(`Cannot use both ECS containerProperties ${old} and resourceRequirement ${type}.`);
    }
  }
}

function checkLinux({ linuxParameters: linux }: ContainerProperties, refuse: Refuse): void {
  if (!linux) return;
  const { maxSwap, swappiness, tmpfs = [] } = linux;
  if (maxSwap !== undefined && maxSwap < 0) refuse(`Invalid swap memory size: ${maxSwap}, must be non-negative.`);
  if (swappiness !== undefined && (swappiness < 0 || swappiness > 100)) {
    refuse(`Invalid swappiness: ${swappiness}, must be between 0 and 100.`);
  }
  if (tmpfs.some(({ size = 0 }) => size < 1)) {
    refuse('Size of a tmpfs is invalid. The size is required and must be a positive integer.');
  }
}

export function checkImage(image: string | undefined, refuse: Refuse): void {
  if (!image) refuse('ECS Container Image must be provided.');
  if ((image ?? '').length > 255) refuse('Image can be at most 255 characters long');
}

export function checkRequirements(given: readonly ResourceRequirement[], fargate: boolean, refuse: Refuse): void {
  const types = given.map(({ type }) => type);
  if (new Set(types).size < types.length) refuse('Cannot provide duplicates in resourceRequirements.');
  for (const { type = '', value = '' } of given) {
    if (!['VCPU', 'MEMORY', 'GPU'].includes(type)) refuse(`Type ${type} for resourceRequirements is not valid`);
    const pattern = type === 'VCPU' && fargate ? /^\d*\.?\d+$|^\d+\.0*$/ : /^\d+$/;
    if (!pattern.test(value))
      refuse(`Value ${value} for type ${type} in resourceRequirement is not valid. Please provide a numeric value.`);
  }
}

function checkOnEc2(container: ContainerProperties, refuse: Refuse): void {
  const vcpus = requirement(container.resourceRequirements, 'VCPU') ?? container.vcpus;
  const memory = requirement(container.resourceRequirements, 'MEMORY') ?? container.memory;
  if (vcpus === undefined) refuse('vCPU is not provided.');
  if (vcpus < 1) refuse(`vCPU must be at least 1, got ${vcpus}.`);
  if (memory === undefined) refuse('Memory is not provided.');
  if (memory < LEAST_MEMORY_MIB) refuse(`Memory must be at least ${LEAST_MEMORY_MIB} Mib, got ${memory} Mib.`);
  if (container.networkConfiguration) refuse('networkConfiguration not applicable for EC2.');
  if (container.fargatePlatformConfiguration) refuse('fargatePlatformConfiguration not applicable for EC2.');
  if (container.ephemeralStorage) refuse('ephemeralStorage not applicable for EC2.');
}

function checkOnFargate(container: ContainerProperties, refuse: Refuse): void {
  if (container.vcpus !== undefined) refuse('vcpus is not applicable for Fargate. Use resource requirements instead.');
  if (container.memory !== undefined)
    refuse('memory is not applicable for Fargate. Use resource requirements instead.');
  if (!container.executionRoleArn) refuse('executionRoleArn is required for Fargate jobs.');
  if (container.privileged) refuse('privileged is not applicable for Fargate.');
  if (container.ulimits?.length) refuse('ulimits is not applicable for Fargate.');
  if (container.instanceType) refuse('instanceType is not applicable for Fargate.');
  if (requirement(container.resourceRequirements, 'GPU') !== undefined) refuse('GPU is not applicable for Fargate.');
  checkLinuxOnFargate(container, refuse);
  const driver = container.logConfiguration?.logDriver;
  if (driver !== undefined && !FARGATE_LOG_DRIVERS.includes(driver))
    refuse(`Log driver for Fargate is not valid: ${driver}`);
  if (container.volumes?.some(({ host }) => host?.sourcePath)) {
    refuse('host.sourcePath should not be set for volumes in Fargate.');
  }
  const { sizeInGiB } = container.ephemeralStorage ?? {};
  if (sizeInGiB !== undefined && (sizeInGiB < 21 || sizeInGiB > 200)) {
    refuse('Ephemeral storage for Fargate tasks can be only between range 21 GiB to 200 GiB');
  }
  checkFargateSize(container.resourceRequirements, refuse);
}

function checkLinuxOnFargate({ linuxParameters }: ContainerProperties, refuse: Refuse): void {
  for (const member of ['devices', 'maxSwap', 'sharedMemorySize', 'swappiness', 'tmpfs'] as const) {
    const value = linuxParameters?.[member];
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) {
      refuse(`linuxParameter.${member} is not allowed for Fargate.`);
    }
  }
}

export function checkFargateSize(requirements: readonly ResourceRequirement[] | undefined, refuse: Refuse): void {
  const vcpus = requirement(requirements, 'VCPU');
  const memory = requirement(requirements, 'MEMORY');
  if (vcpus === undefined) refuse('vCPU is not provided.');
  if (memory === undefined) refuse('Memory is not provided.');
  if (!isFargateSize(vcpus, memory)) refuse(describeFargateSize(vcpus, memory));
}
