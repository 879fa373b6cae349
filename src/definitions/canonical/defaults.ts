import { isJsonList, isJsonObject, type Json, type JsonObject, readObject, scalarText } from '../json.ts';
import { API, type CanonicalRule, RECORDED, TERRAFORM } from './rule.ts';

/** Values that Batch fills in, and that mean the same as saying nothing. */
export const DEFAULT_RULES: readonly CanonicalRule[] = [
  {
    shapes: ['ContainerProperties'],
    member: 'fargatePlatformConfiguration',
    kind: 'default',
    change: value => (isLatestPlatform(value) ? undefined : value),
    why: 'On Fargate Batch adds {"platformVersion": "LATEST"}.',
    source: TERRAFORM,
  },
  {
    shapes: ['EcsTaskProperties'],
    member: 'platformVersion',
    kind: 'default',
    change: value => (isLatest(value) ? undefined : value),
    why: 'Batch adds "LATEST".',
    source: TERRAFORM,
  },
  {
    shapes: ['TaskContainerProperties'],
    member: 'essential',
    kind: 'default',
    change: value => (value === true ? undefined : value),
    why: 'A container is essential unless it says false; Batch adds true.',
    source: TERRAFORM,
  },
  {
    shapes: ['RegisterJobDefinitionRequest'],
    member: 'propagateTags',
    kind: 'default',
    change: value => (value === false ? undefined : value),
    why: 'Absent and false are the same; describe shows false in some answers and nothing in others.',
    source: RECORDED,
  },
  {
    shapes: ['RegisterJobDefinitionRequest'],
    member: 'platformCapabilities',
    kind: 'default',
    change: value => (isJsonList(value) && value.length === 1 && value[0] === 'EC2' ? undefined : value),
    why: 'Absent and ["EC2"] are the same; describe shows it in some answers and not in others.',
    source: `${API}RegisterJobDefinition.html; ${RECORDED}`,
  },
  {
    shapes: ['EksPodProperties'],
    member: 'hostNetwork',
    kind: 'default',
    change: value => (value === true ? undefined : value),
    why: 'A pod has the host network unless it says false.',
    source: `${API}EksPodProperties.html`,
  },
  {
    shapes: ['EksContainer'],
    member: 'name',
    kind: 'default',
    change: value => (value === 'Default' ? undefined : value),
    why: 'A container without a name is named "Default".',
    source: `${API}EksContainer.html`,
  },
];

/** Members and entries that Batch drops, or adds for describe alone. */
export const DROP_RULES: readonly CanonicalRule[] = [
  ...['jobDefinitionArn', 'revision', 'status', 'containerOrchestrationType'].map(
    (member): CanonicalRule => ({
      shapes: ['RegisterJobDefinitionRequest'],
      member,
      kind: 'drop',
      change: () => undefined,
      why: 'Describe adds it; register refuses it.',
      source: RECORDED,
    }),
  ),
  {
    shapes: ['NetworkConfiguration'],
    member: 'interfaceConfigurations',
    kind: 'drop',
    change: () => undefined,
    why: 'Describe adds it; register refuses it.',
    source: RECORDED,
  },
  {
    shapes: ['ContainerProperties', 'TaskContainerProperties'],
    member: 'environment',
    kind: 'drop',
    change: value => (isJsonList(value) ? value.filter(entry => !isEmptyEntry(entry)) : value),
    why: 'Batch ignores environment entries whose value is empty.',
    source: TERRAFORM,
  },
  {
    shapes: ['RegisterJobDefinitionRequest'],
    member: 'tags',
    kind: 'drop',
    change: value => (isJsonObject(value) ? dropOtherTags(value) : value),
    why: "`aws:` tags are AWS's, `batchwright:` tags say where a revision comes from, `resourceArn` is describe's own.",
    source: RECORDED,
  },
];

function isLatest(value: Json | undefined): boolean {
  return typeof value === 'string' && value.toUpperCase() === 'LATEST';
}

function isLatestPlatform(value: Json): boolean {
  const members = readObject(value);
  return isLatest(members['platformVersion']) && Object.keys(members).length === 1;
}

function isEmptyEntry(entry: Json): boolean {
  const value = readObject(entry)['value'];
  return value === '' || value === undefined;
}

function dropOtherTags(tags: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(tags).filter(([key, value]) => !isOtherTag(key, value)));
}

function isOtherTag(key: string, value: Json | undefined): boolean {
  return /^(aws|batchwright):/.test(key) || (key === 'resourceArn' && scalarText(value).startsWith('arn:'));
}
