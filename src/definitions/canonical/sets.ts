import { compareText, isJsonList, type Json, readObject, scalarText } from '../json.ts';
import { API, type CanonicalRule, RECORDED, TERRAFORM } from './rule.ts';

/** Lists whose order means nothing, so that Batch may answer in another. Every other list keeps its order. */
export const SET_RULES: readonly CanonicalRule[] = [
  {
    shapes: ['ContainerProperties', 'TaskContainerProperties'],
    member: 'environment',
    kind: 'order',
    change: sortBy('name'),
    why: 'The order of environment entries may change. EKS `env` keeps its order: $(VAR) looks back.',
    source: TERRAFORM,
  },
  {
    shapes: ['ContainerProperties', 'TaskContainerProperties'],
    member: 'secrets',
    kind: 'order',
    change: sortBy('name'),
    why: 'Secrets are a set by name.',
    source: TERRAFORM,
  },
  {
    shapes: ['LogConfiguration'],
    member: 'secretOptions',
    kind: 'order',
    change: sortBy('name'),
    why: 'Secret options are a set by name.',
    source: TERRAFORM,
  },
  {
    shapes: ['ContainerProperties', 'TaskContainerProperties'],
    member: 'resourceRequirements',
    kind: 'order',
    change: sortBy('type'),
    why: 'Resource requirements are a set by type.',
    source: RECORDED,
  },
  {
    shapes: ['RegisterJobDefinitionRequest'],
    member: 'platformCapabilities',
    kind: 'order',
    change: value => (isJsonList(value) ? value.toSorted((a, b) => compareText(scalarText(a), scalarText(b))) : value),
    why: 'Platform capabilities are a set.',
    source: `${API}RegisterJobDefinition.html`,
  },
  {
    shapes: ['ConsumableResourceProperties'],
    member: 'consumableResourceList',
    kind: 'order',
    change: sortBy('consumableResource'),
    why: 'Consumable resources are a set by name.',
    source: `${API}ConsumableResourceProperties.html`,
  },
  {
    shapes: ['EcsTaskProperties'],
    member: 'containers',
    kind: 'order',
    change: sortNamedContainers,
    why: 'Containers of a task are known by name; `dependsOn`, not their order, says what starts first.',
    source: TERRAFORM,
  },
];

/** Stable, so entries of one name keep their order: the last of them may win. */
function sortBy(member: string): (value: Json) => Json {
  const key = (entry: Json) => scalarText(readObject(entry)[member]);
  return value => (isJsonList(value) ? value.toSorted((a, b) => compareText(key(a), key(b))) : value);
}

function sortNamedContainers(value: Json): Json {
  const named = isJsonList(value) && value.every(container => typeof readObject(container)['name'] === 'string');
  return named ? sortBy('name')(value) : value;
}
