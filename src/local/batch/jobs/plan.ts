/** What a job runs: its definition with the submitted overrides over it. Worked out once a job, when it is first needed. */
import type {
  ContainerOverrides,
  ContainerProperties,
  EcsPropertiesOverride,
  EcsTaskProperties,
  EksContainer,
  EksContainerOverride,
  EksPodProperties,
  EksPropertiesOverride,
  KeyValuePair,
  LogConfiguration,
  ResourceRequirement,
  RetryStrategy,
  Secret,
  TaskContainerDependency,
  TaskContainerProperties,
} from '@aws-sdk/client-batch';
import type { JobDefinitionRecord, JobRecord } from '../records.ts';
import { substitute } from './parameters.ts';

export interface ContainerPlan {
  /** `default` for a job of one container. */
  readonly name: string;
  readonly image: string;
  /** Parameters already put in; undefined: the image's own. */
  readonly command: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
  readonly user: string | undefined;
  readonly readonlyRootFilesystem: boolean | undefined;
  readonly privileged: boolean | undefined;
  readonly essential: boolean;
  readonly dependsOn: readonly TaskContainerDependency[];
  readonly log: LogConfiguration | undefined;
  readonly secrets: readonly Secret[];
}

export interface JobPlan {
  readonly containers: readonly ContainerPlan[];
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
  readonly fargate: boolean;
  readonly attempts: number;
  readonly rules: NonNullable<RetryStrategy['evaluateOnExit']>;
  readonly timeoutSeconds: number | undefined;
}

export function planJob(job: JobRecord, definition: JobDefinitionRecord): JobPlan {
  const containers = planContainers(job, definition);
  const sum = (count: (container: ContainerPlan) => number) =>
    containers.reduce((total, each) => total + count(each), 0);
  const retry = job.overrides.retryStrategy ?? definition.retryStrategy;
  return {
    containers,
    vcpus: sum(({ vcpus }) => vcpus),
    memoryMiB: sum(({ memoryMiB }) => memoryMiB),
    gpus: sum(({ gpus }) => gpus),
    fargate: (definition.platformCapabilities ?? []).includes('FARGATE'),
    attempts: retry?.attempts ?? 1,
    rules: retry?.evaluateOnExit ?? [],
    timeoutSeconds: (job.overrides.timeout ?? definition.timeout)?.attemptDurationSeconds,
  };
}

function planContainers(job: JobRecord, definition: JobDefinitionRecord): ContainerPlan[] {
  const task = overrideTask(definition.ecsProperties?.taskProperties?.[0], job.overrides.ecsPropertiesOverride);
  if (task) return (task.containers ?? []).map(each => planTaskContainer(each, job.parameters));
  const pod = overridePod(definition.eksProperties?.podProperties, job.overrides.eksPropertiesOverride);
  if (pod) return planPod(pod);
  const container = overrideContainer(definition.containerProperties ?? {}, job.overrides.containerOverrides);
  return [planContainer(container, job.parameters)];
}

/** The definition's container as DescribeJobs shows it for a job: overrides over it, `Ref::` as written. */
export function overrideContainer(
  given: ContainerProperties,
  over: ContainerOverrides | undefined,
): ContainerProperties {
  if (!over) return given;
  return {
    ...given,
    ...(over.command ? { command: over.command } : {}),
    ...(over.vcpus === undefined ? {} : { vcpus: over.vcpus }),
    ...(over.memory === undefined ? {} : { memory: over.memory }),
    ...(over.instanceType === undefined ? {} : { instanceType: over.instanceType }),
    environment: mergeVariables(given.environment, over.environment),
    resourceRequirements: mergeRequirements(given.resourceRequirements, over.resourceRequirements),
  };
}

/** Containers are matched by name; one without a name in the override stands for the first. */
export function overrideTask(
  given: EcsTaskProperties | undefined,
  over: EcsPropertiesOverride | undefined,
): EcsTaskProperties | undefined {
  const changes = over?.taskProperties?.[0]?.containers ?? [];
  if (!given || !changes.length) return given;
  const containers = (given.containers ?? []).map((each, at) => {
    const change = changeOf(each.name, at, changes);
    if (!change) return each;
    return {
      ...each,
      ...(change.command ? { command: change.command } : {}),
      environment: mergeVariables(each.environment, change.environment),
      resourceRequirements: mergeRequirements(each.resourceRequirements, change.resourceRequirements),
    };
  });
  return { ...given, containers };
}

export function overridePod(
  given: EksPodProperties | undefined,
  over: EksPropertiesOverride | undefined,
): EksPodProperties | undefined {
  if (!given || !over?.podProperties) return given;
  const { containers, initContainers } = over.podProperties;
  return {
    ...given,
    ...(given.containers && containers ? { containers: overridePodContainers(given.containers, containers) } : {}),
    ...(given.initContainers && initContainers
      ? { initContainers: overridePodContainers(given.initContainers, initContainers) }
      : {}),
  };
}

function overridePodContainers(
  given: readonly EksContainer[],
  changes: readonly EksContainerOverride[],
): EksContainer[] {
  return given.map((each, at) => {
    const change = changeOf(each.name ?? 'Default', at, changes);
    return change ? { ...each, ...change, env: mergeVariables(each.env, change.env).flatMap(named) } : each;
  });
}

/** By name; one without a name stands for the first container. */
function changeOf<Change extends { readonly name?: string | undefined }>(
  name: string | undefined,
  at: number,
  changes: readonly Change[],
): Change | undefined {
  const ofName = name === undefined ? undefined : changes.find(each => each.name === name);
  return ofName ?? (at === 0 ? changes.find(each => !each.name) : undefined);
}

export function mergeVariables<Variable extends KeyValuePair>(
  given: readonly Variable[] | undefined,
  over: readonly Variable[] | undefined,
): Variable[] {
  const merged = new Map((given ?? []).map(each => [each.name, each]));
  for (const each of over ?? []) merged.set(each.name, each);
  return [...merged.values()];
}

function mergeRequirements(
  given: readonly ResourceRequirement[] | undefined,
  over: readonly ResourceRequirement[] | undefined,
): ResourceRequirement[] {
  const merged = new Map((given ?? []).map(each => [each.type, each]));
  for (const each of over ?? []) merged.set(each.type, each);
  return [...merged.values()];
}

function planContainer(given: ContainerProperties, parameters: Readonly<Record<string, string>>): ContainerPlan {
  return {
    ...planTaskContainer({ ...given, image: given.image ?? '', name: 'default' }, parameters),
    vcpus: requirement(given.resourceRequirements, 'VCPU') ?? given.vcpus ?? 0,
    memoryMiB: requirement(given.resourceRequirements, 'MEMORY') ?? given.memory ?? 0,
  };
}

function planTaskContainer(
  given: TaskContainerProperties,
  parameters: Readonly<Record<string, string>>,
): ContainerPlan {
  return {
    name: given.name ?? 'default',
    image: given.image ?? '',
    command: given.command?.length ? given.command.map(word => substitute(word, parameters)) : undefined,
    environment: variables(given.environment),
    vcpus: requirement(given.resourceRequirements, 'VCPU') ?? 0,
    memoryMiB: requirement(given.resourceRequirements, 'MEMORY') ?? 0,
    gpus: requirement(given.resourceRequirements, 'GPU') ?? 0,
    user: given.user,
    readonlyRootFilesystem: given.readonlyRootFilesystem,
    privileged: given.privileged,
    essential: given.essential ?? true,
    dependsOn: given.dependsOn ?? [],
    log: given.logConfiguration,
    secrets: given.secrets ?? [],
  };
}

/** Kubernetes' words: `command` replaces the entry point and `args` the arguments; init containers run first, to success. */
function planPod(pod: EksPodProperties): ContainerPlan[] {
  const init = (pod.initContainers ?? []).map((each, at) => ({ ...each, name: each.name ?? `init-${at}` }));
  const before = init.map(({ name }) => ({ containerName: name, condition: 'SUCCESS' }));
  const plan = (each: (typeof init)[number] | NonNullable<EksPodProperties['containers']>[number], at: number) => ({
    name: each.name ?? (at === 0 ? 'Default' : `container-${at}`),
    image: each.image ?? '',
    command: each.command?.length || each.args?.length ? [...(each.command ?? []), ...(each.args ?? [])] : undefined,
    environment: variables(each.env),
    vcpus: quantity(each.resources?.limits?.['cpu'] ?? each.resources?.requests?.['cpu']),
    memoryMiB: quantity(each.resources?.limits?.['memory'] ?? each.resources?.requests?.['memory']),
    gpus: quantity(each.resources?.limits?.['nvidia.com/gpu'] ?? each.resources?.requests?.['nvidia.com/gpu']),
    user: each.securityContext?.runAsUser?.toString(),
    readonlyRootFilesystem: each.securityContext?.readOnlyRootFilesystem,
    privileged: each.securityContext?.privileged,
    log: undefined,
    secrets: [],
  });
  return [
    ...init.map((each, at) => ({ ...plan(each, at), essential: false, dependsOn: before.slice(0, at) })),
    ...(pod.containers ?? []).map((each, at) => ({ ...plan(each, at), essential: true, dependsOn: before })),
  ];
}

/** `0.25`, `2`, `2048Mi`: a count, or MiB. */
function quantity(text: string | undefined): number {
  return text === undefined ? 0 : Number.parseFloat(text);
}

function variables(given: readonly KeyValuePair[] | undefined): Record<string, string> {
  return Object.fromEntries((given ?? []).flatMap(named).map(({ name, value }) => [name, value ?? '']));
}

function named<Variable extends KeyValuePair>(variable: Variable): (Variable & { name: string })[] {
  return variable.name === undefined ? [] : [{ ...variable, name: variable.name }];
}

export function requirement(given: readonly ResourceRequirement[] | undefined, type: string): number | undefined {
  const found = given?.find(each => each.type === type)?.value;
  return found === undefined ? undefined : Number(found);
}
