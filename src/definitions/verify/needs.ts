/** What has to be placed on one instance, or on Fargate, at once. */
import { type JsonObject, readNumber, readObject, readText } from '../json.ts';
import { amountOf, type Container, type Part, type Subject, type Task } from '../lint/subject.ts';

export interface Needs {
  /** How many instances each take this much; more than one for multi-node parallel jobs alone. */
  readonly nodes: number;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
}

/** One for each container, task, pod or range of nodes. */
export function needsOf(subject: Subject): readonly Needs[] {
  return [
    ...subject.tasks.map(task => ({ nodes: nodesOf(subject.request, task), ...sum(task.containers.map(ofContainer)) })),
    ...subject.pods.map(pod => ({ nodes: nodesOf(subject.request, pod), ...ofPod(subject, pod) })),
  ];
}

export function totalVcpus(needs: readonly Needs[]): number {
  return needs.reduce((total, { nodes, vcpus }) => total + nodes * vcpus, 0);
}

type Amounts = Omit<Needs, 'nodes'>;

/** Containers of a task run side by side. */
function sum(amounts: readonly Amounts[]): Amounts {
  return amounts.reduce(
    (total, { vcpus, memoryMiB, gpus }) => ({
      vcpus: total.vcpus + vcpus,
      memoryMiB: total.memoryMiB + memoryMiB,
      gpus: total.gpus + gpus,
    }),
    { vcpus: 0, memoryMiB: 0, gpus: 0 },
  );
}

function ofContainer(container: Container): Amounts {
  return {
    vcpus: amountOf(container, 'VCPU') ?? 0,
    memoryMiB: amountOf(container, 'MEMORY') ?? 0,
    gpus: amountOf(container, 'GPU') ?? 0,
  };
}

/** Init containers run before the others, one after another, so the largest of them counts against all others together. */
function ofPod({ containers }: Subject, pod: Part): Amounts {
  const own = (list: string) =>
    containers
      .filter(({ path }) => [...pod.path, list].every((part, index) => part === path[index]))
      .map(ofPodContainer);
  const together = sum(own('containers'));
  return own('initContainers').reduce(
    (most, { vcpus, memoryMiB, gpus }) => ({
      vcpus: Math.max(most.vcpus, vcpus),
      memoryMiB: Math.max(most.memoryMiB, memoryMiB),
      gpus: Math.max(most.gpus, gpus),
    }),
    together,
  );
}

/** Requests place a pod; limits stand for those that are not given. */
function ofPodContainer({ members }: Container): Amounts {
  const { limits, requests } = readObject(members['resources']);
  const asked: JsonObject = { ...readObject(limits), ...readObject(requests) };
  return {
    vcpus: quantity(asked['cpu']),
    memoryMiB: quantity(asked['memory']),
    gpus: quantity(asked['nvidia.com/gpu']),
  };
}

/** `2`, `0.25`, `500m`; memory in `Mi`, the only unit that Batch takes. */
function quantity(value: unknown): number {
  const text = readText(value) ?? String(readNumber(value) ?? 0);
  const number = Number.parseFloat(text) || 0;
  return text.endsWith('m') ? number / 1000 : number;
}

/** `targetNodes` is `0:3`, `2:`, `:1` or `4`; both ends count. */
function nodesOf(request: JsonObject, { path }: Task | Part): number {
  const nodes = readObject(request['nodeProperties']);
  const [first, list, index] = path;
  if (first !== 'nodeProperties' || list !== 'nodeRangeProperties' || typeof index !== 'number') return 1;
  const ranges = nodes['nodeRangeProperties'];
  const range = readText(readObject(Array.isArray(ranges) ? ranges[index] : undefined)['targetNodes']) ?? '';
  const [from = '', to = from] = range.split(':');
  const last = (readNumber(nodes['numNodes']) ?? 1) - 1;
  return (to === '' ? last : Number(to)) - Number(from) + 1;
}
