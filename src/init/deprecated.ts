/** `vcpus` and `memory` as resource requirements. https://docs.aws.amazon.com/batch/latest/APIReference/API_ContainerProperties.html */
import type { Value, ValueObject } from './model.ts';
import { isList, isObject } from './resources.ts';
import { QUOTED, RAW } from './scan-placeholders.ts';

const TYPES: Readonly<Record<string, string>> = { vcpus: 'VCPU', memory: 'MEMORY' };

/** Where both are given, the requirement counts. */
export function moveDeprecated(request: ValueObject): { readonly request: ValueObject; readonly changed: boolean } {
  let changed = false;
  const move = (container: Value): Value => {
    if (!isObject(container) || !Object.keys(TYPES).some(name => name in container)) return container;
    changed = true;
    const { vcpus, memory, resourceRequirements, ...rest } = container;
    const listed = isList(resourceRequirements) ? resourceRequirements : [];
    const has = (type: string) => listed.some(entry => isObject(entry) && entry['type'] === type);
    const added = Object.entries({ vcpus, memory }).flatMap(([name, amount]) => {
      const type = TYPES[name] ?? name;
      return amount === undefined || amount === 0 || has(type) ? [] : [{ type, value: textOf(amount) }];
    });
    return { ...rest, resourceRequirements: [...listed, ...added] };
  };
  const node = (range: Value): Value =>
    isObject(range) && 'container' in range ? { ...range, container: move(range['container'] ?? null) } : range;
  const { containerProperties, nodeProperties } = request;
  const ranges = isObject(nodeProperties) ? nodeProperties['nodeRangeProperties'] : undefined;
  const moved = {
    ...request,
    ...(containerProperties !== undefined && { containerProperties: move(containerProperties) }),
    ...(isObject(nodeProperties) &&
      isList(ranges) && { nodeProperties: { ...nodeProperties, nodeRangeProperties: ranges.map(node) } }),
  };
  return { request: moved, changed };
}

/** A requirement's amount is text, also where a placeholder stands for it. */
function textOf(amount: Value): Value {
  return typeof amount === 'number'
    ? String(amount)
    : typeof amount === 'string'
      ? amount.replace(RAW, QUOTED)
      : amount;
}
