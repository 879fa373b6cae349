/** vCPUs, memory and GPUs of instance types, to tell whether a job can ever be placed. */
import { INSTANCE_BUNDLES, REGISTERED_MEMORY } from '../../../instance-families.ts';
import { INSTANCE_TYPES, type InstanceType } from '../../ec2/instance-types.ts';

export interface InstanceSize {
  readonly vcpus: number;
  /** What an instance registers with ECS: somewhat less than it is sold with. */
  readonly memoryMiB: number;
  readonly gpus: number;
}

/** The sizes that a compute environment's `instanceTypes` may bring; undefined: a name we know nothing about, which fits anything. */
export function sizesOf(instanceType: string): readonly (InstanceSize | undefined)[] {
  const families = INSTANCE_BUNDLES[instanceType] ?? [instanceType];
  const sizes = INSTANCE_TYPES.filter(({ name }) =>
    families.some(family => name === family || name.startsWith(`${family}.`)),
  );
  return sizes.length > 0 ? sizes.map(sized) : [undefined];
}

function sized({ vcpus, memoryMiB, gpus }: InstanceType): InstanceSize {
  return { vcpus, memoryMiB: Math.floor(memoryMiB * REGISTERED_MEMORY), gpus: gpus?.count ?? 0 };
}
