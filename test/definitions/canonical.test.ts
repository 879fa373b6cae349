import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { CANONICAL_RULES, canonicalDefinition, contentHash, knownPart } from '../../src/definitions/canonical.ts';
import { structureOf } from '../../src/definitions/shape/member.ts';
import { canonicalFormPage } from '../../tools/canonical-form-page.ts';
import { bend, ec2, ecs, eks, fargate, multinode, type Request } from './requests.ts';

const hash = (request: Request) => contentHash(canonicalDefinition(request));
const C = 'containerProperties';
const POD = 'eksProperties.podProperties';
const TASK = 'ecsProperties.taskProperties.0';
const NODE = 'nodeProperties.nodeRangeProperties.0.container';

type Row = readonly [string, () => Request, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>];

const AB = [
  { name: 'A', value: '1' },
  { name: 'B', value: '2' },
];
const BA = AB.toReversed();
const SECRETS = AB.map(({ name }) => ({ name, valueFrom: name }));
const REQUIREMENTS = [
  { type: 'VCPU', value: '2' },
  { type: 'MEMORY', value: '500' },
];

/** [what Batch does, request, as written, as described] */
const SAME: readonly (readonly [rows: string, ...Row])[] = [
  [
    'RegisterJobDefinitionRequest.jobDefinitionArn drop, RegisterJobDefinitionRequest.revision drop, RegisterJobDefinitionRequest.status drop, RegisterJobDefinitionRequest.containerOrchestrationType drop',
    'adds what register refuses',
    ec2,
    {},
    { jobDefinitionArn: 'arn:x', revision: 3, status: 'ACTIVE', containerOrchestrationType: 'ECS' },
  ],
  [
    'NetworkConfiguration.interfaceConfigurations drop',
    'adds interface configurations',
    fargate,
    {},
    { [`${C}.networkConfiguration.interfaceConfigurations`]: [{ x: 1 }] },
  ],
  [
    'any list: [], any structure or map: {}',
    'fills lists and maps in',
    ec2,
    { [`${C}.volumes`]: undefined, parameters: undefined, tags: undefined },
    { [`${C}.volumes`]: [], [`${C}.ulimits`]: [], parameters: {}, tags: {} },
  ],
  [
    'any list: [], any structure or map: {}',
    'fills lists of the log configuration in',
    ec2,
    { [`${C}.logConfiguration`]: { logDriver: 'awslogs' } },
    { [`${C}.logConfiguration`]: { logDriver: 'awslogs', options: {}, secretOptions: [] } },
  ],
  [
    'any list: []',
    'fills lists of linuxParameters in',
    ec2,
    { [`${C}.linuxParameters`]: undefined },
    { [`${C}.linuxParameters`]: { devices: [], tmpfs: [] } },
  ],
  [
    'any list: []',
    'fills evaluateOnExit in',
    ec2,
    { retryStrategy: { attempts: 1 } },
    { retryStrategy: { attempts: 1, evaluateOnExit: [] } },
  ],
  [
    'any list: []',
    'fills lists of a pod in',
    eks,
    { [`${POD}.initContainers`]: undefined },
    { [`${POD}.initContainers`]: [], [`${POD}.containers.0.args`]: [] },
  ],
  [
    'any list: []',
    'fills instanceTypes of a node range in',
    multinode,
    {},
    { 'nodeProperties.nodeRangeProperties.0.instanceTypes': [] },
  ],
  [
    'any member: null',
    'shows null for absent',
    ec2,
    { timeout: undefined },
    { timeout: null, [`${C}.instanceType`]: null },
  ],
  [
    'ContainerProperties.fargatePlatformConfiguration default',
    'adds LATEST on Fargate',
    fargate,
    {},
    { [`${C}.fargatePlatformConfiguration`]: { platformVersion: 'LATEST' } },
  ],
  [
    'ContainerProperties.fargatePlatformConfiguration default',
    'adds LATEST in any case',
    fargate,
    {},
    { [`${C}.fargatePlatformConfiguration`]: { platformVersion: 'latest' } },
  ],
  [
    'EcsTaskProperties.platformVersion default',
    'adds LATEST to a task',
    ecs,
    {},
    { [`${TASK}.platformVersion`]: 'LATEST' },
  ],
  [
    'TaskContainerProperties.essential default',
    'makes containers essential',
    ecs,
    {},
    { [`${TASK}.containers.0.essential`]: true },
  ],
  ['RegisterJobDefinitionRequest.propagateTags default', 'shows propagateTags', ec2, {}, { propagateTags: false }],
  [
    'RegisterJobDefinitionRequest.platformCapabilities default',
    'shows EC2',
    ec2,
    {},
    { platformCapabilities: ['EC2'] },
  ],
  ['EksPodProperties.hostNetwork default', 'gives a pod the host network', eks, {}, { [`${POD}.hostNetwork`]: true }],
  [
    'EksContainer.name default',
    'names a container of a pod',
    eks,
    { [`${POD}.containers.0.name`]: undefined },
    { [`${POD}.containers.0.name`]: 'Default' },
  ],
  [
    'ContainerProperties.environment drop',
    'drops empty variables',
    ec2,
    { [`${C}.environment`]: [...AB, { name: 'C', value: '' }, { name: 'D' }] },
    { [`${C}.environment`]: AB },
  ],
  [
    'TaskContainerProperties.environment drop',
    'drops empty variables of tasks',
    ecs,
    { [`${TASK}.containers.0.environment`]: [{ name: 'C', value: '' }] },
    {},
  ],
  [
    'ContainerProperties.environment drop',
    'drops empty variables of nodes',
    multinode,
    { [`${NODE}.environment`]: [{ name: 'C', value: '' }, ...AB] },
    { [`${NODE}.environment`]: AB },
  ],
  [
    'ContainerProperties.environment order',
    'reorders variables',
    ec2,
    { [`${C}.environment`]: AB },
    { [`${C}.environment`]: BA },
  ],
  [
    'TaskContainerProperties.environment order',
    'reorders variables of tasks',
    ecs,
    { [`${TASK}.containers.0.environment`]: AB },
    { [`${TASK}.containers.0.environment`]: BA },
  ],
  [
    'ContainerProperties.secrets order',
    'reorders secrets',
    ec2,
    { [`${C}.secrets`]: SECRETS },
    { [`${C}.secrets`]: SECRETS.toReversed() },
  ],
  [
    'LogConfiguration.secretOptions order',
    'reorders secret options',
    ec2,
    { [`${C}.logConfiguration.secretOptions`]: SECRETS },
    { [`${C}.logConfiguration.secretOptions`]: SECRETS.toReversed() },
  ],
  [
    'ContainerProperties.resourceRequirements order',
    'reorders resource requirements',
    ec2,
    { [`${C}.resourceRequirements`]: REQUIREMENTS },
    { [`${C}.resourceRequirements`]: REQUIREMENTS.toReversed() },
  ],
  [
    'RegisterJobDefinitionRequest.platformCapabilities order',
    'reorders capabilities',
    ec2,
    { platformCapabilities: ['EC2', 'FARGATE'] },
    { platformCapabilities: ['FARGATE', 'EC2'] },
  ],
  [
    'EcsTaskProperties.containers order',
    'reorders containers of a task',
    ecs,
    {},
    { [`${TASK}.containers`]: ecs().ecsProperties?.taskProperties?.[0]?.containers?.toReversed() },
  ],
  [
    'ConsumableResourceProperties.consumableResourceList order',
    'reorders consumable resources',
    ec2,
    {
      consumableResourceProperties: {
        consumableResourceList: [
          { consumableResource: 'a', quantity: 1 },
          { consumableResource: 'b', quantity: 2 },
        ],
      },
    },
    {
      consumableResourceProperties: {
        consumableResourceList: [
          { consumableResource: 'b', quantity: 2 },
          { consumableResource: 'a', quantity: 1 },
        ],
      },
    },
  ],
  [
    'EvaluateOnExit.action case',
    'lower-cases actions',
    ec2,
    {},
    { 'retryStrategy.evaluateOnExit.0.action': 'retry', 'retryStrategy.evaluateOnExit.1.action': 'exit' },
  ],
  [
    'ResourceRequirement.value number',
    'writes amounts as numbers',
    fargate,
    { [`${C}.resourceRequirements.0.value`]: '1' },
    { [`${C}.resourceRequirements.0.value`]: '1.0' },
  ],
  [
    'ContainerProperties.resourceRequirements moved, ContainerProperties.vcpus moved, ContainerProperties.memory moved',
    'moves vcpus and memory',
    ec2,
    { [`${C}.resourceRequirements`]: undefined, [`${C}.vcpus`]: 2, [`${C}.memory`]: 500 },
    { [`${C}.resourceRequirements`]: REQUIREMENTS },
  ],
  [
    'ContainerProperties.vcpus moved, ContainerProperties.memory moved',
    'shows vcpus and memory twice',
    ec2,
    { [`${C}.resourceRequirements`]: undefined, [`${C}.vcpus`]: 2, [`${C}.memory`]: 500 },
    { [`${C}.resourceRequirements`]: REQUIREMENTS, [`${C}.vcpus`]: 2, [`${C}.memory`]: 500 },
  ],
  [
    'ContainerProperties.vcpus moved',
    'shows vcpus 0',
    ec2,
    { [`${C}.resourceRequirements`]: [REQUIREMENTS[1]] },
    { [`${C}.resourceRequirements`]: [REQUIREMENTS[1]], [`${C}.vcpus`]: 0 },
  ],
  [
    'RegisterJobDefinitionRequest.tags drop',
    'has tags of its own',
    ec2,
    {},
    {
      'tags.aws:cloudformation:stack-name': 'x',
      'tags.batchwright:commit': 'abc',
      'tags.resourceArn': 'arn:aws:batch:x',
    },
  ],
  [
    'any structure or map: order of members',
    'shows members in another order',
    ec2,
    {},
    { [C]: Object.fromEntries(Object.entries(ec2().containerProperties ?? {}).toReversed()) },
  ],
  [
    'TaskContainerProperties.secrets order',
    'reorders secrets of tasks',
    ecs,
    { [`${TASK}.containers.0.secrets`]: SECRETS },
    { [`${TASK}.containers.0.secrets`]: SECRETS.toReversed() },
  ],
  [
    'TaskContainerProperties.resourceRequirements order',
    'reorders resource requirements of tasks',
    ecs,
    { [`${TASK}.containers.0.resourceRequirements`]: REQUIREMENTS },
    { [`${TASK}.containers.0.resourceRequirements`]: REQUIREMENTS.toReversed() },
  ],
];

test.each(SAME)('%s: the same definition though Batch %s', (_rows, _what, request, written, described) => {
  expect(JSON.stringify(bend(request(), described))).not.toBe(JSON.stringify(bend(request(), written)));
  expect(canonicalDefinition(bend(request(), described))).toEqual(canonicalDefinition(bend(request(), written)));
  expect(hash(bend(request(), described))).toBe(hash(bend(request(), written)));
});

/** [what the user changed, request, before, after] */
const DIFFERENT: readonly Row[] = [
  ['the order of a command', ec2, { [`${C}.command`]: ['a', 'b'] }, { [`${C}.command`]: ['b', 'a'] }],
  ['an argument to the empty string', ec2, { [`${C}.command`]: ['a', ''] }, { [`${C}.command`]: ['a'] }],
  [
    'the order of variables of a pod',
    eks,
    {},
    { [`${POD}.containers.0.env`]: [{ name: 'A' }, { name: 'B', value: '$(A)' }] },
  ],
  [
    'a variable of a pod to empty',
    eks,
    { [`${POD}.containers.0.env.1.value`]: 'x' },
    { [`${POD}.containers.0.env.1.value`]: '' },
  ],
  [
    'the order of retry rules',
    ec2,
    {},
    { 'retryStrategy.evaluateOnExit': ec2().retryStrategy?.evaluateOnExit?.toReversed() },
  ],
  [
    'the order of mount points',
    ec2,
    { [`${C}.mountPoints`]: [{ sourceVolume: 'a' }, { sourceVolume: 'b' }] },
    { [`${C}.mountPoints`]: [{ sourceVolume: 'b' }, { sourceVolume: 'a' }] },
  ],
  [
    'the order of pods’ containers',
    eks,
    { [`${POD}.containers.1`]: { name: 'z', image: 'z' } },
    { [`${POD}.containers`]: [{ name: 'z', image: 'z' }, eks().eksProperties?.podProperties?.containers?.[0]] },
  ],
  ['false', ec2, {}, { [`${C}.readonlyRootFilesystem`]: false }],
  ['false in a pod', eks, {}, { [`${POD}.hostNetwork`]: false }],
  ['essential to false', ecs, {}, { [`${TASK}.containers.0.essential`]: false }],
  ['0', ec2, { schedulingPriority: undefined }, { schedulingPriority: 0 }],
  ['an empty user', ec2, { [`${C}.user`]: undefined }, { [`${C}.user`]: '' }],
  ['an empty tag', ec2, {}, { 'tags.flag': '' }],
  ['an empty parameter', ec2, {}, { 'parameters.day': '' }],
  ['an empty label', eks, {}, { [`${POD}.metadata.labels.other`]: '' }],
  ['the platform version', fargate, {}, { [`${C}.fargatePlatformConfiguration`]: { platformVersion: '1.4.0' } }],
  ['the platform', ec2, {}, { platformCapabilities: ['FARGATE'] }],
  ['propagateTags', ec2, {}, { propagateTags: true }],
  ['a digest', ec2, {}, { [`${C}.image`]: 'other' }],
  ['an amount', ec2, {}, { [`${C}.resourceRequirements.0.value`]: '4' }],
  [
    'the deprecated amount',
    ec2,
    { [`${C}.resourceRequirements`]: undefined, [`${C}.vcpus`]: 2 },
    { [`${C}.resourceRequirements`]: undefined, [`${C}.vcpus`]: 4 },
  ],
  ['a tag', ec2, {}, { 'tags.team': 'other' }],
  ['a tag that only resembles ours', ec2, {}, { 'tags.batchwrights': 'x', 'tags.resourceArn': 'x' }],
  ['an action', ec2, {}, { 'retryStrategy.evaluateOnExit.0.action': 'EXIT' }],
  ['a member this version does not know', ec2, {}, { [`${C}.quantumCores`]: 0 }],
];

test.each(DIFFERENT)('another definition when somebody changes %s', (_what, request, before, after) => {
  expect(hash(bend(request(), after))).not.toBe(hash(bend(request(), before)));
});

describe('the canonical form', () => {
  test.each([ec2, fargate, ecs, eks, multinode])('of itself is itself', request => {
    const once = canonicalDefinition(request());
    expect(canonicalDefinition(once as unknown as Request)).toEqual(once);
  });

  test('keeps what a newer Batch answers, without its empty parts', () => {
    const request = bend(ec2(), { newer: { on: false, none: null, list: [], deep: [{ a: {} }] } });
    expect(canonicalDefinition(request)['newer']).toEqual({ on: false, deep: [{}] });
  });

  test('does not change what it is given', () => {
    const request = ecs();
    canonicalDefinition(request);
    expect(request).toEqual(ecs());
  });
});

test.each(['x', 3, true, ['x'], { x: 'y' }, [null], [['x']]])(
  'a request that lint would refuse (%j) is still compared',
  value => {
    const members = [
      'tags platformCapabilities propagateTags retryStrategy consumableResourceProperties containerProperties'.split(
        ' ',
      ),
      'environment secrets resourceRequirements vcpus memory logConfiguration'.split(' ').map(name => `${C}.${name}`),
      [
        `${C}.resourceRequirements.0.value`,
        'retryStrategy.evaluateOnExit.0.action',
        `${C}.fargatePlatformConfiguration`,
      ],
    ].flat();
    for (const member of members) {
      expect(hash(bend(ec2(), { [member]: value }))).not.toBe(hash(bend(ec2(), { [member]: 'something else' })));
    }
    for (const member of [`${TASK}.containers`, `${TASK}.platformVersion`, `${TASK}.containers.0.essential`]) {
      expect(canonicalDefinition(bend(ecs(), { [member]: value }))).toBeDefined();
    }
  },
);

test('knownPart leaves out what this version does not know, and nothing else', () => {
  const request = bend(ecs(), { newer: 1, [`${TASK}.containers.0.newer`]: 'x', 'tags.newer': 'x' });
  const without = bend(ecs(), { 'tags.newer': 'x' });
  expect(knownPart(canonicalDefinition(request))).toEqual(canonicalDefinition(without));
});

describe('docs/canonical-form.md', () => {
  const page = readFileSync('docs/canonical-form.md', 'utf8');
  const rowsOfPage = [...page.matchAll(/^\| `([^`]+)` \| (\w+) \|/gm)].map(([, of, kind]) => `${of} ${kind}`);

  test('is what `node tools/canonical-form-page.ts` writes', () => {
    expect(page).toBe(canonicalFormPage());
  });

  test('has a row for each rule and each structure it holds for, and no other', () => {
    const rules = CANONICAL_RULES.flatMap(({ shapes, member, kind }) =>
      shapes.map(shape => `${shape}.${member} ${kind}`),
    );
    expect(new Set(rules).size).toBe(rules.length);
    expect(rowsOfPage.toSorted()).toEqual(rules.toSorted());
  });

  test('names nothing that no test here names, and no test names what it has not', () => {
    const everywhere = [...page.matchAll(/^\| (any [^|`]+) \|/gm)].map(([, row = '']) => row);
    const tested = new Set(SAME.flatMap(([rows]) => rows.split(', ')));
    expect([...tested].sort()).toEqual([...rowsOfPage, ...everywhere].sort());
  });
});

test('every rule says why and where from, and all but dropped members exist in the API', () => {
  for (const { shapes, member, kind, why, source } of CANONICAL_RULES) {
    expect(why).toMatch(/\.$/);
    expect(source).not.toBe('');
    const known = shapes.every(shape => structureOf(shape)?.has(member));
    expect(known || kind === 'drop').toBe(true);
  }
});
