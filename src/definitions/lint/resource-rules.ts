import { api, type DefinitionRule, guide, IN_THE_WILD } from './rule.ts';
import { amountOf, type Container, type Requirement, type Subject } from './subject.ts';

const TYPES = ['VCPU', 'MEMORY'] as const;
const DEPRECATED = { VCPU: 'vcpus', MEMORY: 'memory' } as const;

/** vCPU, memory and GPU. */
export const RESOURCE_RULES: readonly DefinitionRule[] = [
  {
    name: 'missing-resources',
    level: 'error',
    description: 'Every container outside EKS states its vCPU and memory.',
    source: `ASFHyP3/hyp3#586 ("vCPU is not provided."); ${api('ResourceRequirement')}`,
    check: ({ containers }, report) => {
      for (const container of containers) {
        const missing = container.kind === 'eks' ? [] : TYPES.filter(type => !isStated(container, type));
        if (missing.length > 0) report(container.path, `\`resourceRequirements\` lack ${missing.join(' and ')}`);
      }
    },
  },
  {
    name: 'resource-value',
    level: 'error',
    description:
      'VCPU is a whole number on EC2, written without a fraction; MEMORY a whole number of MiB, at least 4; GPU a whole number from 1; each type once.',
    source: `${api('ResourceRequirement')}; kestra-io/plugin-aws#504 ("Value 1.0 for type VCPU … not valid")`,
    check: ({ containers, platform }, report) => {
      for (const { requirements } of containers) {
        for (const [index, requirement] of requirements.entries()) {
          const twice = requirements.findIndex(({ type }) => type === requirement.type) < index;
          const fault = twice ? `${requirement.type} is stated twice` : amountFault(requirement, platform);
          if (fault !== undefined) report([...requirement.path, ...(twice ? [] : ['value'])], fault);
        }
      }
    },
  },
  {
    name: 'deprecated-resources',
    level: 'warning',
    description: 'vcpus and memory are deprecated: overrides of resourceRequirements at submission do not reach them.',
    source: `${api('ContainerProperties')}; ${IN_THE_WILD}`,
    check: ({ containers }, report) => {
      for (const { path, members, requirements } of singleContainers(containers)) {
        for (const type of TYPES) {
          const name = DEPRECATED[type];
          if (members[name] === undefined) continue;
          const half = requirements.length > 0 && !requirements.some(entry => entry.type === type);
          const how = half ? 'is only half migrated' : 'is deprecated';
          report([...path, name], `\`${name}\` ${how}; move it to resourceRequirements as ${type}`);
        }
      }
    },
  },
  {
    name: 'doubled-resources',
    level: 'warning',
    description: 'An amount stated both in vcpus or memory and in resourceRequirements.',
    source: IN_THE_WILD,
    check: ({ containers }, report) => {
      for (const { path, members, requirements } of singleContainers(containers)) {
        for (const type of TYPES) {
          const name = DEPRECATED[type];
          if (members[name] !== undefined && requirements.some(entry => entry.type === type)) {
            report(
              [...path, name],
              `\`${name}\` is also stated as ${type} in resourceRequirements, which counts; remove \`${name}\``,
            );
          }
        }
      }
    },
  },
  {
    name: 'memory-never-fits',
    level: 'warning',
    description:
      'Memory of exactly an instance’s nominal size never fits that instance: an 8 GiB m4.large offers 7,985 MiB, so 8,192 goes to the next size.',
    source: guide('memory-management'),
    check: ({ containers, platform }, report) => {
      if (platform === 'FARGATE') return;
      for (const container of containers) {
        const memory = container.kind === 'eks' ? undefined : amountOf(container, 'MEMORY');
        if (memory === undefined || !NOMINAL_GIB.has(memory / 1024)) continue;
        const gib = memory / 1024;
        report(
          memoryPath(container),
          `${memory} MiB is all of a ${gib} GiB instance, which keeps some for itself; ask for about ${usableMiB(memory)} MiB`,
        );
      }
    },
  },
  {
    name: 'gpu-name',
    level: 'warning',
    description: 'A definition or tier named GPU that asks for no GPU.',
    source: IN_THE_WILD,
    check: ({ definition, containers }, report) => {
      const named = [definition.name, definition.tier].find(name => /(?:^|[^a-z])gpu(?:s|[^a-z]|$)/i.test(name));
      if (named !== undefined && containers.length > 0 && !containers.some(asksForGpu)) {
        report(['jobDefinitionName'], `"${named}" says GPU, but no container asks for one`);
      }
    },
  },
];

/** Memory of the common instance families, GiB. From 4 on, the least that `optimal` chooses from. */
const NOMINAL_GIB = new Set([4, 8, 16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024]);

function singleContainers(containers: Subject['containers']): Subject['containers'] {
  return containers.filter(({ kind }) => kind === 'container');
}

function isStated({ members, requirements, kind }: Container, type: 'VCPU' | 'MEMORY'): boolean {
  return (
    requirements.some(entry => entry.type === type) || (kind === 'container' && members[DEPRECATED[type]] !== undefined)
  );
}

function amountFault({ type, text }: Requirement, platform: Subject['platform']): string | undefined {
  if (type === 'VCPU') {
    if (platform === 'FARGATE') return /^\d+(\.\d+)?$/.test(text) ? undefined : `"${text}" is no number of vCPUs`;
    return /^[1-9]\d*$/.test(text)
      ? undefined
      : `"${text}" is no number of vCPUs Batch takes on EC2: a whole one, written like "2"`;
  }
  if (type === 'MEMORY')
    return /^\d+$/.test(text) && Number(text) >= 4
      ? undefined
      : `"${text}" is no memory: a whole number of MiB, at least 4`;
  return type !== 'GPU' || /^[1-9]\d*$/.test(text) ? undefined : `"${text}" is no number of GPUs: a whole one, from 1`;
}

function memoryPath({ path, requirements }: Container): Container['path'] {
  const requirement = requirements.find(({ type }) => type === 'MEMORY');
  return requirement ? [...requirement.path, 'value'] : [...path, 'memory'];
}

/** Kernel, firmware and agent keep about 4 % and some 250 MiB; less than that is safe on every family. */
function usableMiB(nominal: number): number {
  return Math.floor((nominal * 0.96 - 256) / 100) * 100;
}

function asksForGpu({ requirements, members }: Container): boolean {
  return (
    requirements.some(({ type }) => type === 'GPU') || JSON.stringify(members['resources'] ?? {}).includes('/gpu"')
  );
}
