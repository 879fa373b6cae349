import { isJsonList, type Json, readList, readObject } from '../json.ts';
import { API, type CanonicalRule, RECORDED, TERRAFORM } from './rule.ts';

/** Values that Batch writes in another way. */
export const VALUE_RULES: readonly CanonicalRule[] = [
  {
    shapes: ['EvaluateOnExit'],
    member: 'action',
    kind: 'case',
    change: value => (typeof value === 'string' ? value.toUpperCase() : value),
    why: 'Actions are not case-sensitive, and describe answers in lower case.',
    source: `${API}EvaluateOnExit.html; ${TERRAFORM}; ${RECORDED}`,
  },
  {
    shapes: ['ResourceRequirement'],
    member: 'value',
    kind: 'number',
    change: value => (typeof value === 'string' ? canonicalNumber(value) : value),
    why: '"1" and "1.0" are the same amount.',
    source: `${API}ResourceRequirement.html`,
  },
];

/** The deprecated `vcpus` and `memory`, which may come back under either name. */
export const MOVED_RULES: readonly CanonicalRule[] = [
  {
    shapes: ['ContainerProperties'],
    member: 'resourceRequirements',
    kind: 'moved',
    change: (value, owner) =>
      value === null || isJsonList(value)
        ? [...readList(value), ...moved(value, 'VCPU', owner['vcpus']), ...moved(value, 'MEMORY', owner['memory'])]
        : value,
    why: '`vcpus` and `memory` come back as they were given, as resourceRequirements, or as both, in which the requirement counts.',
    source: `${TERRAFORM}; ${RECORDED}`,
  },
  ...['vcpus', 'memory'].map(
    (member): CanonicalRule => ({
      shapes: ['ContainerProperties'],
      member,
      kind: 'moved',
      change: value => (typeof value === 'number' ? undefined : value),
      why: 'Kept as a resource requirement.',
      source: `${API}ContainerProperties.html`,
    }),
  ),
];

/** Batch takes no 0 of either, so 0 means absent. */
function moved(requirements: Json, type: string, amount: Json | undefined): readonly Json[] {
  if (typeof amount !== 'number' || amount === 0) return [];
  const given = isJsonList(requirements) && requirements.some(entry => readObject(entry)['type'] === type);
  return given ? [] : [{ type, value: String(amount) }];
}

function canonicalNumber(text: string): string {
  return /^\d+(\.\d+)?$/.test(text) ? String(Number(text)) : text;
}
