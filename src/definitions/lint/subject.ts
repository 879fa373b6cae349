import {
  isJsonList,
  isJsonObject,
  type Json,
  type JsonObject,
  readList,
  readNumber,
  readObject,
  readText,
} from '../json.ts';
import type { Definition, JsonPath } from '../model.ts';
import { findShapeFaults, type ShapeFault } from './shape-faults.ts';

/** One definition, taken apart once for all rules. Nothing in it is checked: each part is there only when it has the right type. */
export interface Subject {
  readonly definition: Definition;
  readonly request: JsonObject;
  /** What must run it: EKS by its properties, else by platformCapabilities, which is EC2 by default. */
  readonly platform: 'EC2' | 'FARGATE' | 'MANAGED_INSTANCES' | 'EKS';
  /** Every container: of containerProperties, of each ECS task, of each EKS pod (init containers too), of each node range. */
  readonly containers: readonly Container[];
  readonly tasks: readonly Task[];
  readonly pods: readonly Part[];
  readonly retryRules: readonly RetryRule[];
  /** Every string value at any depth. */
  readonly texts: readonly PlacedText[];
  readonly shapeFaults: readonly ShapeFault[];
}

/** An object of the request and where it stands. */
export interface Part {
  readonly path: JsonPath;
  readonly members: JsonObject;
}

/** What shares roles, network and volumes: containerProperties, or one element of taskProperties. */
export interface Task extends Part {
  readonly kind: 'container' | 'ecs';
  readonly containers: readonly Container[];
}

export interface Container extends Part {
  readonly kind: 'container' | 'ecs' | 'eks';
  readonly environment: readonly NamedText[];
  /** Texts of `command`, and of `args` on EKS. */
  readonly arguments: readonly PlacedText[];
  readonly requirements: readonly Requirement[];
}

export interface PlacedText {
  readonly path: JsonPath;
  readonly text: string;
}

export interface NamedText extends PlacedText {
  readonly name: string;
}

export interface Requirement extends PlacedText {
  readonly type: string;
}

export interface RetryRule extends Part {
  readonly action: string;
  readonly conditions: Readonly<Partial<Record<'onStatusReason' | 'onReason' | 'onExitCode', string>>>;
}

export function readSubject(definition: Definition): Subject {
  const request = readObject(definition.request);
  const node = readParts(readObject(request['nodeProperties'])['nodeRangeProperties'], [
    'nodeProperties',
    'nodeRangeProperties',
  ]);
  const roots: readonly Part[] = [{ path: [], members: request }, ...node];
  const tasks = roots.flatMap(root => [...containerTasks(root), ...ecsTasks(root)]);
  const pods = roots.flatMap(readPods);
  const platform = readText(readList(request['platformCapabilities'])[0]);
  return {
    definition,
    request,
    platform: pods.length > 0 ? 'EKS' : platform === 'FARGATE' || platform === 'MANAGED_INSTANCES' ? platform : 'EC2',
    tasks,
    pods,
    containers: [...tasks.flatMap(task => task.containers), ...pods.flatMap(podContainers)],
    retryRules: readRetryRules(request),
    texts: collectTexts(request, [], []),
    shapeFaults: findShapeFaults(request),
  };
}

/** The objects of a list, each with its path. */
export function readParts(value: unknown, path: JsonPath): readonly Part[] {
  return readList(value).flatMap((entry, index) =>
    isJsonObject(entry) ? [{ path: [...path, index], members: entry }] : [],
  );
}

/** A resource requirement's amount, from whichever place states it; undefined when absent or no number. */
export function amountOf(container: Container, type: 'VCPU' | 'MEMORY' | 'GPU'): number | undefined {
  const requirement = container.requirements.find(entry => entry.type === type);
  if (requirement) return /^\d+(\.\d+)?$/.test(requirement.text) ? Number(requirement.text) : undefined;
  if (type === 'GPU') return undefined;
  return readNumber(container.members[type === 'VCPU' ? 'vcpus' : 'memory']);
}

function containerTasks({ path, members }: Part): readonly Task[] {
  const name = path.length === 0 ? 'containerProperties' : 'container';
  const properties = members[name];
  if (!isJsonObject(properties)) return [];
  const part = { path: [...path, name], members: properties };
  return [{ ...part, kind: 'container', containers: [readContainer(part, 'container')] }];
}

function ecsTasks({ path, members }: Part): readonly Task[] {
  const tasks = readParts(readObject(members['ecsProperties'])['taskProperties'], [
    ...path,
    'ecsProperties',
    'taskProperties',
  ]);
  return tasks.map(task => ({
    ...task,
    kind: 'ecs',
    containers: readParts(task.members['containers'], [...task.path, 'containers']).map(part =>
      readContainer(part, 'ecs'),
    ),
  }));
}

function readPods({ path, members }: Part): readonly Part[] {
  const pod = readObject(members['eksProperties'])['podProperties'];
  return isJsonObject(pod) ? [{ path: [...path, 'eksProperties', 'podProperties'], members: pod }] : [];
}

function podContainers({ path, members }: Part): readonly Container[] {
  return ['initContainers', 'containers'].flatMap(name =>
    readParts(members[name], [...path, name]).map(part => readContainer(part, 'eks')),
  );
}

function readContainer(part: Part, kind: Container['kind']): Container {
  return {
    ...part,
    kind,
    environment: readNamed(part, kind === 'eks' ? 'env' : 'environment'),
    arguments: [...readTexts(part, 'command'), ...readTexts(part, 'args')],
    requirements: readRequirements(part),
  };
}

function readNamed(part: Part, list: string): readonly NamedText[] {
  return readParts(part.members[list], [...part.path, list]).map(({ path, members }) => ({
    path,
    name: readText(members['name']) ?? '',
    text: readText(members['value']) ?? '',
  }));
}

function readTexts(part: Part, list: string): readonly PlacedText[] {
  return readList(part.members[list]).flatMap((text, index) =>
    typeof text === 'string' ? [{ path: [...part.path, list, index], text }] : [],
  );
}

function readRequirements(part: Part): readonly Requirement[] {
  return readParts(part.members['resourceRequirements'], [...part.path, 'resourceRequirements']).flatMap(
    ({ path, members }) => {
      const [type, text] = [readText(members['type']), readText(members['value'])];
      return type !== undefined && text !== undefined ? [{ path, type, text }] : [];
    },
  );
}

function readRetryRules(request: JsonObject): readonly RetryRule[] {
  const rules = readObject(request['retryStrategy'])['evaluateOnExit'];
  return readParts(rules, ['retryStrategy', 'evaluateOnExit']).map(part => ({
    ...part,
    action: (readText(part.members['action']) ?? '').toUpperCase(),
    conditions: readConditions(part.members),
  }));
}

function readConditions(members: JsonObject): RetryRule['conditions'] {
  const condition = (name: keyof RetryRule['conditions']) => {
    const text = readText(members[name]);
    return text === undefined ? {} : { [name]: text };
  };
  return { ...condition('onStatusReason'), ...condition('onReason'), ...condition('onExitCode') };
}

function collectTexts(value: Json, path: JsonPath, found: PlacedText[]): readonly PlacedText[] {
  if (typeof value === 'string') found.push({ path, text: value });
  else if (isJsonList(value))
    for (const [index, entry] of value.entries()) collectTexts(entry, [...path, index], found);
  else if (isJsonObject(value))
    for (const [name, entry] of Object.entries(value)) collectTexts(entry ?? null, [...path, name], found);
  return found;
}
