/** Instance types as DescribeInstanceTypes has them, for the common families. https://aws.amazon.com/ec2/instance-types/ */
import { ServiceError } from '../model.ts';

export interface InstanceType {
  readonly name: string;
  readonly vcpus: number;
  /** As it is sold; what a container may have is less. */
  readonly memoryMiB: number;
  readonly architecture: 'x86_64' | 'arm64';
  readonly gpus?: { readonly name: string; readonly count: number } | undefined;
}

/** Families with so many GiB for each vCPU, and their sizes. */
const REGULAR: readonly (readonly [families: string, InstanceType['architecture'], number, sizes: string])[] = [
  ['c4', 'x86_64', 1.875, 'large xlarge 2xlarge 4xlarge'],
  ['m4', 'x86_64', 4, 'large xlarge 2xlarge 4xlarge 10xlarge 16xlarge'],
  ['r4 i3', 'x86_64', 7.625, 'large xlarge 2xlarge 4xlarge 8xlarge 16xlarge'],
  ['c5 c5d', 'x86_64', 2, 'large xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge metal=96'],
  ['m5 m5d m5n m5dn', 'x86_64', 4, 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge metal=96'],
  ['r5 r5d r5n r5dn', 'x86_64', 8, 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge metal=96'],
  ['m5a m5ad', 'x86_64', 4, 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge'],
  ['r5a r5ad', 'x86_64', 8, 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge'],
  ['c6i c6id', 'x86_64', 2, 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge metal=128'],
  ['m6i m6id', 'x86_64', 4, 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge metal=128'],
  ['r6i r6id', 'x86_64', 8, 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge metal=128'],
  ['c6a', 'x86_64', 2, 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge metal=192'],
  ['m6a', 'x86_64', 4, 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge metal=192'],
  ['r6a', 'x86_64', 8, 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge metal=192'],
  ['c7i', 'x86_64', 2, 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge'],
  ['m7i', 'x86_64', 4, 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge'],
  ['r7i', 'x86_64', 8, 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge'],
  ['c6g c6gd c7g c7gd', 'arm64', 2, 'medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge metal=64'],
  ['m6g m6gd m7g m7gd', 'arm64', 4, 'medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge metal=64'],
  ['r6g r6gd r7g r7gd', 'arm64', 8, 'medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge metal=64'],
];

/** What follows no scheme: vCPUs and GiB. */
const SINGLE: readonly (readonly [name: string, vcpus: number, gib: number])[] = [
  ['c4.8xlarge', 36, 60],
  ...burstable('t3', 't3a', 't4g'),
];

/** vCPUs, GiB, GPUs. */
const GPU: Readonly<Record<string, Readonly<Record<string, readonly [number, number, number]>>>> = {
  'p3 V100': { '2xlarge': [8, 61, 1], '8xlarge': [32, 244, 4], '16xlarge': [64, 488, 8] },
  'p4d A100': { '24xlarge': [96, 1152, 8] },
  'p5 H100': { '48xlarge': [192, 2048, 8] },
  'g4dn T4': {
    ...singleGpu(),
    '12xlarge': [48, 192, 4],
    metal: [96, 384, 8],
  },
  'g5 A10G': { ...singleGpu(), '12xlarge': [48, 192, 4], '24xlarge': [96, 384, 4], '48xlarge': [192, 768, 8] },
  'g6 L4': { ...singleGpu(), '12xlarge': [48, 192, 4], '24xlarge': [96, 384, 4], '48xlarge': [192, 768, 8] },
};

/** In the order of their names. */
export const INSTANCE_TYPES: readonly InstanceType[] = [...regularTypes(), ...singleTypes(), ...gpuTypes()].sort(
  (a, b) => (a.name < b.name ? -1 : 1),
);

/** Those of the names, or all for none. Throws ServiceError. */
export function selectNamed(names: readonly string[]): readonly InstanceType[] {
  if (names.length === 0) return INSTANCE_TYPES;
  const unknown = names.filter(name => !INSTANCE_TYPES.some(type => type.name === name));
  if (unknown.length === 0) return INSTANCE_TYPES.filter(({ name }) => names.includes(name));
  const message = `The following supplied instance types do not exist: [${unknown.join(', ')}]`;
  throw new ServiceError('InvalidInstanceType', message);
}

function regularTypes(): InstanceType[] {
  return REGULAR.flatMap(([families, architecture, perVcpu, sizes]) =>
    families.split(' ').flatMap(family =>
      sizes.split(' ').map(size => {
        const [name = '', stated] = size.split('=');
        const vcpus = stated ? Number(stated) : vcpusOf(name);
        return { name: `${family}.${name}`, vcpus, memoryMiB: vcpus * perVcpu * 1024, architecture };
      }),
    ),
  );
}

function singleTypes(): InstanceType[] {
  return SINGLE.map(([name, vcpus, gib]) => ({
    name,
    vcpus,
    memoryMiB: gib * 1024,
    architecture: name.startsWith('t4g') ? 'arm64' : 'x86_64',
  }));
}

function gpuTypes(): InstanceType[] {
  return Object.entries(GPU).flatMap(([key, sizes]) => {
    const [family = '', name = ''] = key.split(' ');
    return Object.entries(sizes).map(([size, [vcpus, gib, count]]): InstanceType => {
      return {
        name: `${family}.${size}`,
        vcpus,
        memoryMiB: gib * 1024,
        architecture: 'x86_64',
        gpus: { name, count },
      };
    });
  });
}

function vcpusOf(size: string): number {
  const times = /^(\d*)xlarge$/.exec(size)?.[1];
  if (times === undefined) return size === 'medium' ? 1 : 2;
  return 4 * (times === '' ? 1 : Number(times));
}

function burstable(...families: readonly string[]): (readonly [string, number, number])[] {
  const sizes = { nano: 0.5, micro: 1, small: 2, medium: 4, large: 8, xlarge: 16, '2xlarge': 32 };
  return families.flatMap(family =>
    Object.entries(sizes).map(
      ([size, gib]) => [`${family}.${size}`, size.endsWith('xlarge') ? gib / 4 : 2, gib] as const,
    ),
  );
}

function singleGpu(): Record<string, readonly [number, number, number]> {
  return {
    xlarge: [4, 16, 1],
    '2xlarge': [8, 32, 1],
    '4xlarge': [16, 64, 1],
    '8xlarge': [32, 128, 1],
    '16xlarge': [64, 256, 1],
  };
}
