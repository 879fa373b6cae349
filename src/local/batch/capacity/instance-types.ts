/**
 * vCPUs, memory and GPUs of instance types, enough to tell whether a job can ever be placed. Sizes follow the family's scheme; what
 * does not is in the table. Memory is what an instance registers with ECS: somewhat less than it is sold with (an 8 GiB m4.large
 * registers 7,985 MiB). https://docs.aws.amazon.com/batch/latest/userguide/memory-management.html
 */
export interface InstanceSize {
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
}

/** The share of an instance's memory that a container may have: 7985 of 8192. */
const REGISTERED = 7985 / 8192;

/** GiB per vCPU. */
const FAMILIES: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8, x: 16, i: 8, d: 8, z: 8 };

const SIZES: Readonly<Record<string, number>> = { medium: 1, large: 2, xlarge: 4, metal: 96 };

/** Burstable sizes: vCPUs, GiB. */
const BURSTABLE: Readonly<Record<string, readonly [number, number]>> = {
  nano: [2, 0.5],
  micro: [2, 1],
  small: [2, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  '2xlarge': [8, 32],
};

/** GPU families: vCPUs, GiB, GPUs. */
const GPU_TYPES: Readonly<Record<string, readonly [number, number, number]>> = {
  'p2.xlarge': [4, 61, 1],
  'p2.8xlarge': [32, 488, 8],
  'p2.16xlarge': [64, 732, 16],
  'p3.2xlarge': [8, 61, 1],
  'p3.8xlarge': [32, 244, 4],
  'p3.16xlarge': [64, 488, 8],
  'p4d.24xlarge': [96, 1152, 8],
  'p5.48xlarge': [192, 2048, 8],
  'g4dn.xlarge': [4, 16, 1],
  'g4dn.2xlarge': [8, 32, 1],
  'g4dn.4xlarge': [16, 64, 1],
  'g4dn.8xlarge': [32, 128, 1],
  'g4dn.12xlarge': [48, 192, 4],
  'g4dn.16xlarge': [64, 256, 1],
  'g5.xlarge': [4, 16, 1],
  'g5.2xlarge': [8, 32, 1],
  'g5.4xlarge': [16, 64, 1],
  'g5.8xlarge': [32, 128, 1],
  'g5.12xlarge': [48, 192, 4],
  'g5.16xlarge': [64, 256, 1],
  'g5.24xlarge': [96, 384, 4],
  'g5.48xlarge': [192, 768, 8],
  'g6.xlarge': [4, 16, 1],
  'g6.2xlarge': [8, 32, 1],
  'g6.12xlarge': [48, 192, 4],
  'g6.48xlarge': [192, 768, 8],
};

/** `optimal` chooses among the C, M and R families (c4, m4, r4 or their successors); the largest of each. */
const OPTIMAL = ['c5.24xlarge', 'm5.24xlarge', 'r5.24xlarge'];
const DEFAULT_ARM = ['c7g.16xlarge', 'm7g.16xlarge', 'r7g.16xlarge'];

/** The sizes that a compute environment's `instanceTypes` may bring; undefined: a name we know nothing about, which fits anything. */
export function sizesOf(instanceType: string): readonly (InstanceSize | undefined)[] {
  if (instanceType === 'optimal' || instanceType === 'default_x86_64') return OPTIMAL.map(sizeOf);
  if (instanceType === 'default_arm64') return DEFAULT_ARM.map(sizeOf);
  if (instanceType.includes('.')) return [sizeOf(instanceType)];
  const gpus = Object.keys(GPU_TYPES).filter(name => name.startsWith(`${instanceType}.`));
  return gpus.length ? gpus.map(sizeOf) : [sizeOf(`${instanceType}.24xlarge`)];
}

function sizeOf(name: string): InstanceSize | undefined {
  const gpu = GPU_TYPES[name];
  if (gpu) return sized(...gpu);
  const [family = '', size = ''] = name.split('.');
  const burstable = /^t\d/.test(family) ? BURSTABLE[size] : undefined;
  if (burstable) return sized(...burstable);
  const perVcpu = FAMILIES[family[0] ?? ''];
  const vcpus = countVcpus(size);
  if (perVcpu === undefined || vcpus === undefined || /^(p|g|inf|trn)/.test(family)) return undefined;
  return sized(vcpus, vcpus * perVcpu);
}

function sized(vcpus: number, memoryGiB: number, gpus = 0): InstanceSize {
  return { vcpus, memoryMiB: Math.floor(memoryGiB * 1024 * REGISTERED), gpus };
}

function countVcpus(size: string): number | undefined {
  const times = /^(\d+)xlarge$/.exec(size)?.[1];
  return times ? Number(times) * 4 : SIZES[size];
}
