/** Where a job may run, and why it never can. https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html */
import type { ComputeEnvironmentRecord } from '../records.ts';
import { type InstanceSize, sizesOf } from './instance-types.ts';

export interface Needs {
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
  readonly fargate: boolean;
}

export const BLOCKED = {
  vcpus:
    'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated with the job queue cannot meet the CPU requirement of the job.',
  resources:
    'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher than that can be met by the CE(s) attached to the job queue.',
} as const;

/** Whether a compute environment could ever run the job: yes, or what is in the way. */
export function obstacleIn(environment: ComputeEnvironmentRecord, needs: Needs): 'vcpus' | 'resources' | undefined {
  const resources = environment.computeResources;
  if (!resources) return undefined;
  if (isFargate(environment)) return needs.vcpus > maxVcpus(environment) ? 'vcpus' : undefined;
  const types =
    resources.instanceTypes ??
    resources.managedInstancesProvider?.instanceLaunchTemplate?.instanceRequirements?.allowedInstanceTypes;
  const sizes = (types?.length ? types : ['optimal']).flatMap(sizesOf);
  if (!sizes.some(size => holds(size, needs))) return 'resources';
  return needs.vcpus > maxVcpus(environment) ? 'vcpus' : undefined;
}

/**
 * The text for the job at the head when none of its queue's compute environments can ever run it; undefined: it only waits.
 * Takes what `obstacleIn` says of each, '' for nothing.
 */
export function blockedReason(obstacles: readonly string[]): string | undefined {
  if (!obstacles.length || obstacles.includes('')) return undefined;
  return obstacles.includes('vcpus') ? BLOCKED.vcpus : BLOCKED.resources;
}

/** Unmanaged compute environments have no ceiling of their own. */
export function maxVcpus(environment: ComputeEnvironmentRecord): number {
  return environment.computeResources?.maxvCpus ?? environment.unmanagedvCpus ?? Number.POSITIVE_INFINITY;
}

export function isFargate(environment: ComputeEnvironmentRecord): boolean {
  return environment.computeResources?.type?.startsWith('FARGATE') ?? false;
}

function holds(size: InstanceSize | undefined, needs: Needs): boolean {
  return !size || (size.vcpus >= needs.vcpus && size.memoryMiB >= needs.memoryMiB && size.gpus >= needs.gpus);
}
