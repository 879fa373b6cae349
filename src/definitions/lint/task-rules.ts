import { type JsonObject, readObject, readText, scalarText } from '../json.ts';
import { api, type DefinitionRule, type Report } from './rule.ts';
import { type Part, readParts, type Task } from './subject.ts';

/** What ECS and Kubernetes demand of containers that live together. */
export const TASK_RULES: readonly DefinitionRule[] = [
  {
    name: 'ecs-task',
    level: 'error',
    description:
      'ecsProperties hold one task of 1 to 10 containers with different names, at least one of them essential; `dependsOn` names containers of the task, and COMPLETE or SUCCESS only those that are not essential.',
    source: api('EcsTaskProperties'),
    check: ({ tasks, request }, report) => {
      const ecs = tasks.filter(({ kind }) => kind === 'ecs');
      const nodes = request['type'] === 'multinode';
      for (const { path } of nodes ? [] : ecs.slice(1)) report(path, 'only one element of `taskProperties` is allowed');
      for (const task of ecs) checkTask(task, report);
    },
  },
  {
    name: 'eks-pod',
    level: 'error',
    description:
      'A pod has 1 to 10 containers and at most 10 init containers, all with different names, in a namespace of its own.',
    source: api('EksPodProperties'),
    check: ({ pods }, report) => {
      for (const pod of pods) checkPod(pod, report);
    },
  },
  {
    name: 'eks-resources',
    level: 'error',
    description:
      'On EKS every container states its memory, a whole number of MiB ("2048Mi") and the same in limits and requests, cpu a multiple of 0.25, GPUs whole and the same in both.',
    source: api('EksContainerResourceRequirements'),
    check: ({ containers }, report) => {
      for (const { kind, path, members } of containers) {
        if (kind === 'eks' && !path.includes('initContainers'))
          checkResources({ path: [...path, 'resources'], members: readObject(members['resources']) }, report);
      }
    },
  },
  {
    name: 'mount-point-volume',
    level: 'error',
    description: 'Every mount point names a volume of its task or pod.',
    source: api('Volume'),
    check: ({ tasks, pods }, report) => {
      for (const task of tasks) {
        for (const { path, members } of task.containers) {
          checkMounts(
            readParts(members['mountPoints'], [...path, 'mountPoints']),
            'sourceVolume',
            task.members,
            report,
          );
        }
      }
      for (const pod of pods) {
        const containers = ['initContainers', 'containers'].flatMap(name =>
          readParts(pod.members[name], [...pod.path, name]),
        );
        for (const { path, members } of containers) {
          checkMounts(readParts(members['volumeMounts'], [...path, 'volumeMounts']), 'name', pod.members, report);
        }
      }
    },
  },
];

function checkTask({ path, containers }: Task, report: Report): void {
  const names = containers.map(({ members }) => readText(members['name']));
  if (containers.length === 0 || containers.length > 10) {
    report([...path, 'containers'], `a task has 1 to 10 containers, not ${containers.length}`);
  }
  if (containers.length > 0 && containers.every(({ members }) => members['essential'] === false)) {
    report([...path, 'containers'], 'no container is essential; a job needs at least one');
  }
  tellRepeated(containers, report);
  for (const container of containers) {
    if (containers.length > 1 && !container.members['name'])
      report(container.path, 'one of several containers needs a `name`');
    for (const dependency of readParts(container.members['dependsOn'], [...container.path, 'dependsOn'])) {
      const name = readText(dependency.members['containerName']) ?? '';
      const index = names.indexOf(name);
      const other = containers[index];
      if (!other) report(dependency.path, `depends on the container "${name}", which the task does not have`);
      else if (other === container) report(dependency.path, `the container "${name}" depends on itself`);
      else if (dependency.members['condition'] !== 'START' && other.members['essential'] !== false) {
        report(dependency.path, `waits for the essential container "${name}" to end; only START may be asked of it`);
      }
    }
  }
}

function checkPod({ path, members }: Part, report: Report): void {
  const containers = readParts(members['containers'], [...path, 'containers']);
  const init = readParts(members['initContainers'], [...path, 'initContainers']);
  if (containers.length === 0 || containers.length > 10)
    report(path, `a pod has 1 to 10 containers, not ${containers.length}`);
  if (init.length > 10) report([...path, 'initContainers'], `a pod has at most 10 init containers, not ${init.length}`);
  tellRepeated([...init, ...containers], report);
  const namespace = readText(readObject(members['metadata'])['namespace']);
  if (namespace !== undefined && !isNamespace(namespace)) {
    report(
      [...path, 'metadata', 'namespace'],
      `"${namespace}" cannot be the namespace: lower case letters, digits and -, at most 63, not "default" or "kube…"`,
    );
  }
}

function isNamespace(name: string): boolean {
  return /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name) && name !== 'default' && !name.startsWith('kube');
}

function tellRepeated(containers: readonly Part[], report: Report): void {
  const seen = new Set<string>();
  for (const { path, members } of containers) {
    const name = readText(members['name']);
    if (name === undefined) continue;
    if (seen.has(name)) report([...path, 'name'], `two containers are named "${name}"`);
    seen.add(name);
  }
}

function checkResources({ path, members }: Part, report: Report): void {
  const limits = readObject(members['limits']);
  const requests = readObject(members['requests']);
  if (limits['memory'] === undefined && requests['memory'] === undefined)
    report(path, '`resources` lack memory, in limits or requests');
  for (const [place, amounts] of [
    ['limits', limits],
    ['requests', requests],
  ] as const) {
    for (const [name, value] of Object.entries(amounts))
      checkAmount([...path, place, name], name, scalarText(value), report);
  }
  for (const name of ['memory', 'nvidia.com/gpu']) {
    const [limit, request] = [limits[name], requests[name]];
    if (limit !== undefined && request !== undefined && limit !== request) {
      report(
        [...path, 'requests', name],
        `${name} is ${scalarText(limit)} in limits and ${scalarText(request)} in requests; they must be equal`,
      );
    }
  }
  if (Number(limits['cpu'] ?? requests['cpu']) < Number(requests['cpu'])) {
    report(
      [...path, 'requests', 'cpu'],
      `requests more cpu (${scalarText(requests['cpu'])}) than its limit (${scalarText(limits['cpu'])})`,
    );
  }
}

function checkAmount(path: Part['path'], name: string, value: string, report: Report): void {
  if (name === 'memory' && !(/^\d+Mi$/.test(value) && Number.parseInt(value, 10) >= 4)) {
    report(path, `"${value}" is no memory: a whole number of MiB, at least 4, with the suffix Mi`);
  } else if (name === 'cpu' && !(/^\d+(\.\d+)?$/.test(value) && Number(value) > 0 && (Number(value) * 4) % 1 === 0)) {
    report(path, `"${value}" is no cpu: a multiple of 0.25`);
  } else if (name === 'nvidia.com/gpu' && !/^[1-9]\d*$/.test(value)) {
    report(path, `"${value}" is no number of GPUs: a whole number from 1`);
  }
}

function checkMounts(mounts: readonly Part[], member: string, owner: JsonObject, report: Report): void {
  const volumes = new Set(readParts(owner['volumes'], []).map(({ members }) => readText(members['name'])));
  for (const { path, members } of mounts) {
    const name = readText(members[member]);
    if (name !== undefined && !volumes.has(name)) report([...path, member], `there is no volume named "${name}"`);
  }
}
