import { isJsonObject, type JsonObject, readList, readObject, readText } from '../json.ts';
import type { JsonPath } from '../model.ts';
import { api, type DefinitionRule, guide, IN_THE_WILD, type Report } from './rule.ts';
import { amountOf, type Container, type Task } from './subject.ts';

const FARGATE_GUIDE = guide('fargate-job-definitions');

/** What runs only on Fargate, or only off it. */
export const PLATFORM_RULES: readonly DefinitionRule[] = [
  {
    name: 'fargate-only-member',
    level: 'error',
    description: 'networkConfiguration, fargatePlatformConfiguration and ephemeralStorage are refused on EC2.',
    source: api('ContainerProperties'),
    check: ({ platform, tasks }, report) => {
      for (const { path, members } of platform === 'EC2' ? tasks : []) {
        for (const name of ['networkConfiguration', 'fargatePlatformConfiguration', 'ephemeralStorage']) {
          if (members[name] !== undefined)
            report([...path, name], `\`${name}\` is for Fargate; Batch refuses it on EC2`);
        }
      }
    },
  },
  {
    name: 'ec2-only-member',
    level: 'error',
    description:
      'Fargate takes no privileged container, ulimits, GPU, instance type, host volume, host devices, shared memory, tmpfs, swap, ipcMode, deprecated vcpus or memory, and only the log drivers awslogs, splunk and awsfirelens.',
    source: `${FARGATE_GUIDE}; ${api('LinuxParameters')}`,
    check: ({ platform, tasks }, report) => {
      for (const task of platform === 'FARGATE' ? tasks : []) {
        tellMembers(task, ['ipcMode'], report);
        tellHostVolumes(task, report);
        for (const container of task.containers) checkFargateContainer(container, report);
      }
    },
  },
  {
    name: 'fargate-resources',
    level: 'error',
    description: 'Fargate knows certain pairs of vCPU and memory; for ecsProperties the sum of the containers counts.',
    source: api('ResourceRequirement'),
    check: ({ platform, tasks }, report) => {
      for (const task of platform === 'FARGATE' ? tasks : []) checkPair(task, report);
    },
  },
  {
    name: 'fargate-execution-role',
    level: 'error',
    description: 'A Fargate job needs an execution role.',
    source: api('ContainerProperties'),
    check: ({ platform, tasks }, report) => {
      for (const { path, members } of platform === 'FARGATE' ? tasks : []) {
        if (members['executionRoleArn'] === undefined)
          report(path, '`executionRoleArn` is missing; Fargate needs it to pull and to log');
      }
    },
  },
  {
    name: 'secrets-execution-role',
    level: 'error',
    description: 'Secrets are read by the execution role, so a job with secrets or secretOptions needs one.',
    source: 'https://docs.aws.amazon.com/batch/latest/userguide/specifying-sensitive-data.html',
    check: ({ platform, tasks }, report) => {
      // On Fargate the rule above has said it.
      for (const { path, members, containers } of platform === 'FARGATE'
        ? []
        : tasks.filter(({ kind }) => kind === 'container')) {
        if (members['executionRoleArn'] === undefined && containers.some(hasSecrets))
          report(path, '`executionRoleArn` is missing; Batch refuses secrets without a role that may read them');
      }
    },
  },
  {
    name: 'fargate-runtime-platform',
    level: 'warning',
    description: 'A Fargate job without runtimePlatform runs on X86_64 Linux, whatever its image was built for.',
    source: `${api('RuntimePlatform')}; ${IN_THE_WILD}`,
    check: ({ platform, tasks }, report) => {
      for (const { path, members } of platform === 'FARGATE' ? tasks : []) {
        if (readObject(members['runtimePlatform'])['cpuArchitecture'] === undefined) {
          report(path, '`runtimePlatform` names no cpuArchitecture; say X86_64 or ARM64, as the image was built');
        }
      }
    },
  },
];

function tellMembers(
  { path, members }: { path: JsonPath; members: JsonObject },
  names: readonly string[],
  report: Report,
): void {
  for (const name of names) {
    const value = members[name];
    const empty = value === undefined || value === false || (Array.isArray(value) && value.length === 0);
    if (!empty) report([...path, name], `\`${name}\` is not available on Fargate`);
  }
}

function tellHostVolumes({ path, members }: Task, report: Report): void {
  for (const [index, volume] of readList(members['volumes']).entries()) {
    const host = readObject(volume)['host'];
    if (isJsonObject(host) && Object.keys(host).length > 0) {
      report([...path, 'volumes', index, 'host'], 'a host volume is not available on Fargate');
    }
  }
}

function checkFargateContainer(container: Container, report: Report): void {
  tellMembers(container, ['privileged', 'instanceType', 'vcpus', 'memory'], report);
  // ECS takes ulimits for tasks on Fargate, containerProperties do not.
  if (container.kind === 'container') tellMembers(container, ['ulimits'], report);
  const linux = {
    path: [...container.path, 'linuxParameters'],
    members: readObject(container.members['linuxParameters']),
  };
  tellMembers(linux, ['devices', 'sharedMemorySize', 'tmpfs', 'maxSwap', 'swappiness'], report);
  for (const { path, type } of container.requirements)
    if (type === 'GPU') report(path, 'GPUs are not available on Fargate');
  const driver = readText(readObject(container.members['logConfiguration'])['logDriver']);
  if (driver !== undefined && !['awslogs', 'splunk', 'awsfirelens'].includes(driver)) {
    report(
      [...container.path, 'logConfiguration', 'logDriver'],
      `the log driver "${driver}" is not available on Fargate; use awslogs`,
    );
  }
}

/** vCPU → the MiB that go with it: from, to, step. */
const FARGATE_MEMORY: ReadonlyMap<number, readonly number[]> = new Map([
  [0.25, [512, 1024, 2048]],
  [0.5, steps(1024, 4096, 1024)],
  [1, steps(2048, 8192, 1024)],
  [2, steps(4096, 16384, 1024)],
  [4, steps(8192, 30720, 1024)],
  [8, steps(16384, 61440, 4096)],
  [16, steps(32768, 122880, 8192)],
  [32, [61440, 122880, 249856]],
]);

function steps(from: number, to: number, step: number): readonly number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}

function checkPair(task: Task, report: Report): void {
  const vcpus = total(task, 'VCPU');
  const memory = total(task, 'MEMORY');
  if (vcpus === undefined || memory === undefined) return;
  const allowed = FARGATE_MEMORY.get(vcpus);
  const path = task.kind === 'ecs' ? [...task.path, 'containers'] : [...task.path, 'resourceRequirements'];
  if (!allowed) {
    report(path, `Fargate has no ${vcpus} vCPU; it has ${[...FARGATE_MEMORY.keys()].join(', ')}`);
  } else if (!allowed.includes(memory)) {
    report(
      path,
      `Fargate has no ${vcpus} vCPU with ${memory} MiB; the nearest is ${nearestAmount(memory, allowed)} MiB`,
    );
  }
}

function total({ containers }: Task, type: 'VCPU' | 'MEMORY'): number | undefined {
  const amounts = containers.map(container => amountOf(container, type)).filter(amount => amount !== undefined);
  return amounts.length === 0 ? undefined : amounts.reduce((sum, amount) => sum + amount, 0);
}

/** The least that is enough, else the most there is. */
function nearestAmount(wanted: number, allowed: readonly number[]): number | undefined {
  return allowed.find(amount => amount >= wanted) ?? allowed.at(-1);
}

function hasSecrets({ members }: Container): boolean {
  const { secretOptions } = readObject(members['logConfiguration']);
  return readList(members['secrets']).length > 0 || readList(secretOptions).length > 0;
}
