/**
 * What AWS Batch's bundles of instance types stand for; `optimal` means the same as `default_x86_64` since November 2025.
 * https://docs.aws.amazon.com/batch/latest/APIReference/API_ComputeResource.html#Batch-Type-ComputeResource-instanceTypes
 */
const X86 = ['m6i', 'c6i', 'r6i', 'c7i'] as const;

export const INSTANCE_BUNDLES: Readonly<Record<string, readonly string[]>> = {
  optimal: X86,
  default_x86_64: X86,
  default_arm64: ['m6g', 'c6g', 'r6g', 'c7g'],
};

/**
 * The share of an instance's memory that ECS may give to containers: the rest is the operating system's. An 8 GiB m4.large registers
 * 7,985 MiB. https://docs.aws.amazon.com/batch/latest/userguide/memory-management.html
 */
export const REGISTERED_MEMORY = 7985 / 8192;
