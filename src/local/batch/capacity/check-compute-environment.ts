/** What CreateComputeEnvironment refuses. */
import type { ComputeResource, CreateComputeEnvironmentRequest } from '@aws-sdk/client-batch';
import { clientError, type Refuse } from '../errors.ts';
import type { Checked } from '../request-shape.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const EC2_TYPES = ['EC2', 'SPOT'];
const TYPES = [...EC2_TYPES, 'FARGATE', 'FARGATE_SPOT', 'ECS_MANAGED_INSTANCES'];
const NOT_ON_FARGATE = [
  'allocationStrategy',
  'bidPercentage',
  'desiredvCpus',
  'ec2Configuration',
  'ec2KeyPair',
  'imageId',
  'instanceRole',
  'instanceTypes',
  'launchTemplate',
  'minvCpus',
  'placementGroup',
  'spotIamFleetRole',
  'tags',
] as const;

export function checkComputeEnvironment(request: Checked<CreateComputeEnvironmentRequest>, refuse: Refuse): void {
  if (!NAME.test(request.computeEnvironmentName)) refuse('Compute Environment name should match a valid pattern.');
  if (request.type !== 'MANAGED' && request.type !== 'UNMANAGED') {
    throw clientError(`type must be one of MANAGED | UNMANAGED, got ${String(request.type)}`);
  }
  const { state } = request;
  if (state !== undefined && state !== 'ENABLED') {
    if (state !== 'DISABLED') throw clientError(`state ${String(state)} must be one of ENABLED | DISABLED`);
    refuse('Compute Environment must be created in ENABLED state.');
  }
  if (request.type === 'MANAGED' && !request.computeResources)
    refuse('computeResources must be provided for a MANAGED compute environment');
  if (request.type === 'MANAGED' && request.unmanagedvCpus !== undefined) {
    refuse('unmanagedvCpus is not applicable for managed Compute Environments');
  }
  if (request.computeResources)
    checkResources(request.computeResources, request.eksConfiguration !== undefined, refuse);
}

function checkResources(resources: Checked<ComputeResource>, onEks: boolean, refuse: Refuse): void {
  const { type, maxvCpus, minvCpus } = resources;
  if (!TYPES.includes(type))
    throw clientError(`computeResources.type must be one of ${TYPES.join(' | ')}, got ${type}`);
  if (type.startsWith('FARGATE')) checkFargate(resources, refuse);
  if (EC2_TYPES.includes(type)) checkEc2(resources, refuse);
  if (onEks && !EC2_TYPES.includes(type))
    refuse('Supported compute types for EKS compute environments are [EC2, SPOT]');
  if ((minvCpus ?? 0) < 0) refuse('minvCpus should be greater than or equal to 0.');
  if (maxvCpus < 1) refuse('maxvCpus must be greater than 0');
  if ((minvCpus ?? 0) > maxvCpus) refuse('minvCpus should be less than or equal to maxvCpus.');
  const { desiredvCpus } = resources;
  if (desiredvCpus !== undefined && (desiredvCpus < (minvCpus ?? 0) || desiredvCpus > maxvCpus)) {
    refuse('desiredvCpus should be between minvCpus and maxvCpus.');
  }
  if (!resources.managedInstancesProvider && !resources.subnets?.length) refuse('Subnet ids are required.');
}

function checkEc2(resources: ComputeResource, refuse: Refuse): void {
  if (!resources.instanceRole) refuse('Instance role is required.');
  if (resources.minvCpus === undefined) refuse('Resource minvCpus is required.');
  if (!resources.instanceTypes?.length) refuse('Resource instanceTypes are required.');
  if (!resources.securityGroupIds?.length && !resources.launchTemplate) refuse('Security group ids are required.');
  checkSpot(resources, refuse);
  const { bidPercentage } = resources;
  if (bidPercentage !== undefined && (bidPercentage < 1 || bidPercentage > 100))
    refuse('bidPercentage should be between 1 and 100.');
}

/** The default strategy asks a fleet for its instances, and a fleet needs a role. */
function checkSpot({ type, allocationStrategy = 'BEST_FIT', spotIamFleetRole }: ComputeResource, refuse: Refuse): void {
  if (type === 'SPOT' && allocationStrategy === 'BEST_FIT' && !spotIamFleetRole) {
    refuse('compute resource spotIamFleetRole is required.');
  }
}

function checkFargate(resources: ComputeResource, refuse: Refuse): void {
  for (const member of NOT_ON_FARGATE)
    if (resources[member] !== undefined) refuse(`${member} is not applicable for Fargate.`);
  if (!resources.securityGroupIds?.length) refuse('Security group ids are required.');
  if (resources.securityGroupIds.length > 5) refuse('Fargate supports a maximum of 5 security groups.');
  if ((resources.subnets ?? []).length > 16) refuse('Fargate supports a maximum of 16 subnets.');
}
