/**
 * What Batch makes of a definition when it is registered: lists that were not given are empty, variables without a value are
 * dropped, actions are in lower case. Source: emulator-facts B6–B9, recorded describe outputs.
 */
import type {
  ContainerProperties,
  EcsProperties,
  EcsTaskProperties,
  EksContainer,
  EksProperties,
  KeyValuePair,
  LinuxParameters,
  LogConfiguration,
  NodeProperties,
  RetryStrategy,
  TaskContainerProperties,
} from '@aws-sdk/client-batch';

export function fillContainer(given: ContainerProperties, fargate: boolean): ContainerProperties {
  return {
    ...given,
    command: given.command ?? [],
    environment: dropEmptyVariables(given.environment),
    mountPoints: given.mountPoints ?? [],
    resourceRequirements: given.resourceRequirements ?? [],
    secrets: given.secrets ?? [],
    ulimits: given.ulimits ?? [],
    volumes: given.volumes ?? [],
    ...fillLinux(given.linuxParameters),
    ...fillLog(given.logConfiguration),
    ...(fargate
      ? { fargatePlatformConfiguration: { platformVersion: 'LATEST', ...given.fargatePlatformConfiguration } }
      : {}),
  };
}

export function fillRetryStrategy(given: RetryStrategy): RetryStrategy {
  const rules = given.evaluateOnExit ?? [];
  return {
    ...given,
    evaluateOnExit: rules.map(rule => ({ ...rule, action: lowerCaseAction(rule.action) })),
  };
}

/** The SDK's type knows upper case alone; the API itself answers `retry` and `exit`. */
function lowerCaseAction<Action extends string | undefined>(action: Action): Action {
  return action?.toLowerCase() as Action;
}

export function fillEcs(given: EcsProperties, fargate: boolean): EcsProperties {
  return { taskProperties: (given.taskProperties ?? []).map(task => fillTask(task, fargate)) };
}

function fillTask(given: EcsTaskProperties, fargate: boolean): EcsTaskProperties {
  return {
    ...given,
    containers: (given.containers ?? []).map(fillTaskContainer),
    volumes: given.volumes ?? [],
    ...(fargate ? { platformVersion: given.platformVersion ?? 'LATEST' } : {}),
  };
}

function fillTaskContainer(given: TaskContainerProperties): TaskContainerProperties {
  return {
    ...given,
    command: given.command ?? [],
    dependsOn: given.dependsOn ?? [],
    environment: dropEmptyVariables(given.environment),
    essential: given.essential ?? true,
    mountPoints: given.mountPoints ?? [],
    resourceRequirements: given.resourceRequirements ?? [],
    secrets: given.secrets ?? [],
    ulimits: given.ulimits ?? [],
    ...fillLinux(given.linuxParameters),
    ...fillLog(given.logConfiguration),
  };
}

export function fillEks(given: EksProperties): EksProperties {
  const pod = given.podProperties;
  if (!pod) return given;
  return {
    ...given,
    podProperties: {
      ...pod,
      containers: (pod.containers ?? []).map(fillEksContainer),
      ...(pod.initContainers ? { initContainers: pod.initContainers.map(fillEksContainer) } : {}),
      volumes: pod.volumes ?? [],
    },
  };
}

function fillEksContainer(given: EksContainer): EksContainer {
  return { ...given, args: given.args ?? [], env: given.env ?? [], volumeMounts: given.volumeMounts ?? [] };
}

export function fillNodes(given: NodeProperties): NodeProperties {
  return {
    ...given,
    nodeRangeProperties: (given.nodeRangeProperties ?? []).map(range => ({
      ...range,
      ...(range.container ? { container: fillContainer(range.container, false) } : {}),
      ...(range.ecsProperties ? { ecsProperties: fillEcs(range.ecsProperties, false) } : {}),
      ...(range.eksProperties ? { eksProperties: fillEks(range.eksProperties) } : {}),
      instanceTypes: range.instanceTypes ?? [],
    })),
  };
}

function dropEmptyVariables(given: readonly KeyValuePair[] | undefined): KeyValuePair[] {
  return (given ?? []).filter(({ value }) => value !== undefined && value !== '');
}

function fillLinux(given: LinuxParameters | undefined) {
  return given ? { linuxParameters: { ...given, devices: given.devices ?? [], tmpfs: given.tmpfs ?? [] } } : {};
}

function fillLog(given: LogConfiguration | undefined) {
  return given
    ? { logConfiguration: { ...given, options: given.options ?? {}, secretOptions: given.secretOptions ?? [] } }
    : {};
}
