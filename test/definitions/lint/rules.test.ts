import { describe, expect, test } from '@jest/globals';
import { lintDefinitions } from '../../../src/definitions/lint/lint.ts';
import { LINT_RULES } from '../../../src/definitions/lint/rules.ts';
import { expectGolden } from '../../golden.ts';
import { bend, definitionOf, ec2, ecs, eks, fargate, multinode, type Request } from '../requests.ts';

/** [rule, what, request, changes, paths of that rule's findings]. Every rule must find something in one row at least. */
type Row = readonly [string, string, () => Request, Readonly<Record<string, unknown>>, readonly string[]];

const C = 'containerProperties';
const POD = 'eksProperties.podProperties';
const TASK = 'ecsProperties.taskProperties.0';
const NODES = 'nodeProperties.nodeRangeProperties';
const REQ = `${C}.resourceRequirements`;
const ENV = `${C}.environment`;
const EVALUATE = 'retryStrategy.evaluateOnExit';
const ROLE = 'arn:aws:iam::123456789012:role/cues-job';
const DIGEST = `@sha256:${'a1'.repeat(32)}`;
const argument = (...command: string[]) => ({ [`${C}.command`]: command });
const env = (name: string, value: string) => ({ [ENV]: [{ name, value }] });
const amounts = (vcpu: string, memory: string) => ({ [`${REQ}.0.value`]: vcpu, [`${REQ}.1.value`]: memory });
const retry = (...evaluateOnExit: object[]) => ({ [EVALUATE]: evaluateOnExit });
const END = { action: 'EXIT', onReason: '*' };

const SHAPE: readonly Row[] = [
  ['unknown-member', 'at the top', ec2, { _comment: 'x' }, ['_comment']],
  ['unknown-member', 'four deep', ec2, { [`${C}.volumes.0.host.hostpath`]: '/x' }, [`${C}.volumes.0.host.hostpath`]],
  ['unknown-member', 'in a pod', eks, { [`${POD}.containers.0.environment`]: [] }, [`${POD}.containers.0.environment`]],
  ['unknown-member', 'user keys are free', ec2, { 'tags.anything': 'x', 'parameters.any': 'x' }, []],
  ['member-case', 'capital', ec2, { [`${C}.Image`]: 'x' }, [`${C}.Image`]],
  ['unknown-member', 'not when only the case is wrong', ec2, { [`${C}.Image`]: 'x' }, []],
  ['describe-only-member', 'top', ec2, { revision: 3, status: 'ACTIVE' }, ['revision', 'status']],
  [
    'describe-only-member',
    'orchestration',
    ec2,
    { containerOrchestrationType: 'ECS', jobDefinitionArn: 'a' },
    ['containerOrchestrationType', 'jobDefinitionArn'],
  ],
  [
    'describe-only-member',
    'deep',
    fargate,
    { [`${C}.networkConfiguration.interfaceConfigurations`]: [] },
    [`${C}.networkConfiguration.interfaceConfigurations`],
  ],
  ['unknown-member', 'not for describe-only ones', ec2, { revision: 3 }, []],
  ['missing-member', 'type', ec2, { type: undefined }, ['']],
  ['missing-member', 'null', ec2, { type: null }, ['type']],
  ['missing-member', 'in a list', ec2, { [`${C}.secrets.0.valueFrom`]: undefined }, [`${C}.secrets.0`]],
  ['missing-member', 'ecs image', ecs, { [`${TASK}.containers.1.image`]: undefined }, [`${TASK}.containers.1`]],
  ['wrong-type', 'text for a number', ec2, { 'retryStrategy.attempts': '3' }, ['retryStrategy.attempts']],
  ['wrong-type', 'fraction', ec2, { 'timeout.attemptDurationSeconds': 60.5 }, ['timeout.attemptDurationSeconds']],
  ['wrong-type', 'number for a text', ec2, { [`${REQ}.0.value`]: 2 }, [`${REQ}.0.value`]],
  ['wrong-type', 'text for a list', ec2, { [`${C}.command`]: 'build' }, [`${C}.command`]],
  ['wrong-type', 'list for an object', ec2, { timeout: [] }, ['timeout']],
  ['wrong-type', 'object for a list', ec2, { [ENV]: { A: 'b' } }, [ENV]],
  ['wrong-type', 'list for a map', ec2, { tags: [] }, ['tags']],
  ['wrong-type', 'text for a flag', ec2, { propagateTags: 'true' }, ['propagateTags']],
  ['wrong-type', 'null tag', ec2, { 'tags.team': null }, ['tags.team']],
  ['wrong-type', 'null in a list', ec2, { [`${C}.command.0`]: null }, [`${C}.command.0`]],
  [
    'unknown-value',
    'log driver',
    ec2,
    { [`${C}.logConfiguration.logDriver`]: 'cloudwatch' },
    [`${C}.logConfiguration.logDriver`],
  ],
  ['unknown-value', 'capability', ec2, { platformCapabilities: ['fargate'] }, ['platformCapabilities.0']],
  ['unknown-value', 'MANAGED_INSTANCES is known', ecs, { platformCapabilities: ['MANAGED_INSTANCES'] }, []],
  ['unknown-value', 'action', ec2, { [`${EVALUATE}.0.action`]: 'STOP' }, [`${EVALUATE}.0.action`]],
  ['unknown-value', 'action in lower case', ec2, { [`${EVALUATE}.0.action`]: 'retry' }, []],
  [
    'unknown-value',
    'architecture',
    fargate,
    { [`${C}.runtimePlatform.cpuArchitecture`]: 'arm64' },
    [`${C}.runtimePlatform.cpuArchitecture`],
  ],
  [
    'unknown-value',
    'policy',
    eks,
    { [`${POD}.containers.0.imagePullPolicy`]: 'always' },
    [`${POD}.containers.0.imagePullPolicy`],
  ],
  ['null-member', 'null', ec2, { [`${C}.jobRoleArn`]: null }, [`${C}.jobRoleArn`]],
];

const FAMILY: readonly Row[] = [
  ['property-family', 'none', ec2, { [C]: undefined }, ['']],
  ['property-family', 'two', ec2, { ecsProperties: { taskProperties: [] } }, ['ecsProperties']],
  ['property-family', 'nodes in a container', ec2, { nodeProperties: {} }, ['nodeProperties']],
  ['property-family', 'multinode without nodes', multinode, { nodeProperties: undefined }, ['']],
  [
    'platform-family',
    'EKS capability',
    eks,
    { platformCapabilities: ['EC2'], propagateTags: true },
    ['platformCapabilities', 'propagateTags'],
  ],
  [
    'platform-family',
    'multinode on Fargate',
    multinode,
    { platformCapabilities: ['FARGATE'] },
    ['platformCapabilities'],
  ],
  [
    'platform-family',
    'Managed Instances need ecs',
    ec2,
    { platformCapabilities: ['MANAGED_INSTANCES'] },
    ['platformCapabilities'],
  ],
  [
    'platform-family',
    'ecs on Managed Instances',
    ecs,
    { platformCapabilities: ['MANAGED_INSTANCES'], [`${TASK}.networkMode`]: 'host' },
    [],
  ],
  ['platform-family', 'networkMode elsewhere', ecs, { [`${TASK}.networkMode`]: 'host' }, [`${TASK}.networkMode`]],
  ['missing-image', 'none', ec2, { [`${C}.image`]: undefined }, [C]],
  ['missing-image', 'in a node', multinode, { [`${NODES}.1.container.image`]: undefined }, [`${NODES}.1.container`]],
  ['node-ranges', 'a node without a range', multinode, { [`${NODES}.1.targetNodes`]: '3' }, [NODES]],
  ['node-ranges', 'overlapping', multinode, { [`${NODES}.0.targetNodes`]: '0:3' }, []],
  ['node-ranges', 'main node', multinode, { 'nodeProperties.mainNode': 4 }, ['nodeProperties.mainNode']],
  [
    'node-ranges',
    'no range',
    multinode,
    { [`${NODES}.0.targetNodes`]: 'all', [`${NODES}.1.targetNodes`]: '0:' },
    [`${NODES}.0.targetNodes`],
  ],
  [
    'node-ranges',
    'two types',
    multinode,
    { [`${NODES}.1.instanceTypes`]: ['c5.large', 'c5.xlarge'] },
    [`${NODES}.1.instanceTypes`],
  ],
  ['node-ranges', 'two families', multinode, { [`${NODES}.1.eksProperties`]: {} }, [`${NODES}.1`]],
];

const CONTAINERS_TEN = Array.from({ length: 10 }, (_, index) => ({ name: `c${index}`, image: 'x' }));
const BOUNDARIES: readonly Row[] = [
  ...[4, 8, 16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024].map(
    (gib): Row => [
      'memory-never-fits',
      `${gib} GiB`,
      ec2,
      { [`${REQ}.1.value`]: String(gib * 1024) },
      [`${REQ}.1.value`],
    ],
  ),
  ...[1, 2, 3, 5, 12, 24, 48, 97, 385, 513].map(
    (gib): Row => ['memory-never-fits', `${gib} GiB`, ec2, { [`${REQ}.1.value`]: String(gib * 1024) }, []],
  ),
  ...['v', 'v'.repeat(255)].map((name): Row => ['volume-name', name, ec2, { [`${C}.volumes.0.name`]: name }, []]),
  ...['', 'v'.repeat(256)].map(
    (name): Row => ['volume-name', name, ec2, { [`${C}.volumes.0.name`]: name }, [`${C}.volumes.0`]],
  ),
  ...['u', 'u'.repeat(31)].map((name): Row => ['user-name', name, ec2, { [`${C}.user`]: name }, []]),
  ['user-name', '32', ec2, { [`${C}.user`]: 'u'.repeat(32) }, [`${C}.user`]],
  ['user-name', 'ecs 31:31', ecs, { [`${TASK}.containers.1.user`]: `${'u'.repeat(31)}:${'g'.repeat(31)}` }, []],
  [
    'user-name',
    'ecs 31:32',
    ecs,
    { [`${TASK}.containers.1.user`]: `${'u'.repeat(31)}:${'g'.repeat(32)}` },
    [`${TASK}.containers.1.user`],
  ],
  ['user-name', 'ecs 32', ecs, { [`${TASK}.containers.1.user`]: 'u'.repeat(32) }, [`${TASK}.containers.1.user`]],
  ['gpu-name', 'nothing to ask', ec2, { jobDefinitionName: 'gpu', [C]: undefined }, []],
  ['image-reference', 'a short digest', ec2, { [`${C}.image`]: `cues@sha256:${'0'.repeat(63)}` }, [`${C}.image`]],
  ['image-reference', 'a digest of zeros', ec2, { [`${C}.image`]: `cues@sha256:${'0'.repeat(64)}` }, []],
  ['image-reference', 'no repository', ec2, { [`${C}.image`]: ':v1' }, [`${C}.image`]],
  ['image-reference', 'tag of 128', ec2, { [`${C}.image`]: `cues:${'t'.repeat(128)}` }, []],
  ['image-reference', 'tag of 129', ec2, { [`${C}.image`]: `cues:${'t'.repeat(129)}` }, [`${C}.image`]],
  [
    'arn-form',
    'an empty resource at the end',
    ec2,
    { [`${C}.secrets.0.valueFrom`]: 'arn:aws:ssm:eu-west-1:123456789012:' },
    [`${C}.secrets.0.valueFrom`],
  ],
  [
    'arn-form',
    'an empty resource before more',
    ec2,
    { [`${C}.secrets.0.valueFrom`]: 'arn:aws:ssm:eu-west-1:123456789012::x' },
    [`${C}.secrets.0.valueFrom`],
  ],
  ['request-size', 'exactly 24 KiB', ec2, sized(24 * 1024), []],
  ['request-size', 'a byte more', ec2, sized(24 * 1024 + 1), ['']],
];

/** A command that makes the request just so many bytes. */
function sized(bytes: number): Readonly<Record<string, unknown>> {
  const empty = Buffer.byteLength(JSON.stringify(bend(ec2(), { [`${C}.command`]: [''] })));
  return { [`${C}.command`]: ['x'.repeat(bytes - empty)] };
}

const MORE_FAMILY: readonly Row[] = [
  ['eks-pod', 'ten init containers', eks, { [`${POD}.initContainers`]: CONTAINERS_TEN }, []],
  [
    'ecs-task',
    'the only one is not essential',
    ecs,
    { [`${TASK}.containers`]: [{ image: 'x', essential: false }] },
    [`${TASK}.containers`],
  ],
  ['retry-attempts', 'none for one rule', ec2, { retryStrategy: { evaluateOnExit: [END] } }, ['retryStrategy']],
  ['number-range', 'startTimeout 2', ecs, { [`${TASK}.containers.0.startTimeout`]: 2 }, []],
  ['number-range', 'stopTimeout 120', ecs, { [`${TASK}.containers.0.stopTimeout`]: 120 }, []],
  ['placeholder', 'a script after other arguments', ec2, argument('env', 'A=b', 'bash', '-lc', `\${X}`), []],
  [
    'privileged',
    'with a read-only root',
    ec2,
    { [`${C}.privileged`]: true, [`${C}.readonlyRootFilesystem`]: true },
    [`${C}.privileged`],
  ],
  [
    'privileged',
    'a pod with a read-only root',
    eks,
    { [`${POD}.containers.0.securityContext`]: { privileged: true, readOnlyRootFilesystem: true } },
    [`${POD}.containers.0.securityContext.privileged`],
  ],
  [
    'retry-pattern',
    '512 and a wrong letter',
    ec2,
    retry({ action: 'RETRY', onReason: `${'x'.repeat(511)}#` }, END),
    [`${EVALUATE}.0.onReason`],
  ],
  ['override-size', 'exactly 7,000', ec2, { [`${C}.environment`]: [], [`${C}.command`]: ['x'.repeat(6997)] }, []],
  ['override-size', 'exactly 7,001', ec2, { [`${C}.environment`]: [], [`${C}.command`]: ['x'.repeat(6998)] }, [C]],
  ['property-family', 'multinode with more', multinode, { [C]: {} }, [C]],
  ['missing-image', 'empty', eks, { [`${POD}.containers.0.image`]: '' }, [`${POD}.containers.0.image`]],
  ['node-ranges', 'beyond the last node', multinode, { [`${NODES}.1.targetNodes`]: '2:4' }, [`${NODES}.1.targetNodes`]],
  ['node-ranges', 'to the last node', multinode, { [`${NODES}.1.targetNodes`]: '2:3' }, []],
  [
    'node-ranges',
    'six',
    multinode,
    { [NODES]: ['0:', '0', '1', '2', '3', ':1'].map(targetNodes => ({ targetNodes, container: {} })) },
    [NODES],
  ],
  [
    'ecs-task',
    'no name',
    ecs,
    { [`${TASK}.containers.1.name`]: undefined, [`${TASK}.containers.0.dependsOn`]: undefined },
    [`${TASK}.containers.1`],
  ],
  ['ecs-task', 'one needs no name', ecs, { [`${TASK}.containers`]: [{ image: 'x' }] }, []],
  [
    'eks-resources',
    'no memory',
    eks,
    { [`${POD}.containers.0.resources`]: undefined },
    [`${POD}.containers.0.resources`],
  ],
  [
    'eks-resources',
    'memory in requests',
    eks,
    { [`${POD}.containers.0.resources`]: { requests: { memory: '4Mi' } } },
    [],
  ],
];

const TASKS: readonly Row[] = [
  [
    'ecs-task',
    'two tasks',
    ecs,
    { 'ecsProperties.taskProperties.1': { containers: [{ image: 'x', name: 'a' }] } },
    ['ecsProperties.taskProperties.1'],
  ],
  ['ecs-task', 'no container', ecs, { [`${TASK}.containers`]: [] }, [`${TASK}.containers`]],
  [
    'ecs-task',
    'eleven',
    ecs,
    { [`${TASK}.containers`]: Array.from({ length: 11 }, (_, i) => ({ name: `c${i}`, image: 'x' })) },
    [`${TASK}.containers`],
  ],
  [
    'ecs-task',
    'ten',
    ecs,
    { [`${TASK}.containers`]: Array.from({ length: 10 }, (_, i) => ({ name: `c${i}`, image: 'x' })) },
    [],
  ],
  ['ecs-task', 'none essential', ecs, { [`${TASK}.containers.0.essential`]: false }, [`${TASK}.containers`]],
  [
    'ecs-task',
    'one name twice',
    ecs,
    { [`${TASK}.containers.0.name`]: 'fetch' },
    [`${TASK}.containers.1.name`, `${TASK}.containers.0.dependsOn.0`],
  ],
  [
    'ecs-task',
    'unknown dependency',
    ecs,
    { [`${TASK}.containers.0.dependsOn.0.containerName`]: 'load' },
    [`${TASK}.containers.0.dependsOn.0`],
  ],
  [
    'ecs-task',
    'waits for an essential one',
    ecs,
    { [`${TASK}.containers.1.essential`]: true },
    [`${TASK}.containers.0.dependsOn.0`],
  ],
  [
    'ecs-task',
    'START of an essential one',
    ecs,
    { [`${TASK}.containers.1.essential`]: true, [`${TASK}.containers.0.dependsOn.0.condition`]: 'START' },
    [],
  ],
  ['eks-pod', 'no container', eks, { [`${POD}.containers`]: [] }, [POD]],
  [
    'eks-pod',
    'eleven',
    eks,
    { [`${POD}.containers`]: Array.from({ length: 11 }, (_, i) => ({ name: `c${i}`, image: 'x' })) },
    [POD],
  ],
  [
    'eks-pod',
    'eleven init',
    eks,
    { [`${POD}.initContainers`]: Array.from({ length: 11 }, (_, i) => ({ name: `c${i}`, image: 'x' })) },
    [`${POD}.initContainers`],
  ],
  ['eks-pod', 'one name twice', eks, { [`${POD}.containers.0.name`]: 'fetch' }, [`${POD}.containers.0.name`]],
  ...['default', 'kube-system', 'Models', 'a'.repeat(64), '-a'].map(
    (name): Row => ['eks-pod', name, eks, { [`${POD}.metadata.namespace`]: name }, [`${POD}.metadata.namespace`]],
  ),
  ...['2Gi', '2048', '3Mi', 'x2048Mi'].map(
    (amount): Row => [
      'eks-resources',
      `memory ${amount}`,
      eks,
      { [`${POD}.containers.0.resources`]: { limits: { memory: amount } } },
      [`${POD}.containers.0.resources.limits.memory`],
    ],
  ),
  ...['0.3', '0', 'one'].map(
    (amount): Row => [
      'eks-resources',
      `cpu ${amount}`,
      eks,
      { [`${POD}.containers.0.resources`]: { limits: { memory: '4Mi' }, requests: { cpu: amount } } },
      [`${POD}.containers.0.resources.requests.cpu`],
    ],
  ),
  [
    'eks-resources',
    'gpu',
    eks,
    { [`${POD}.containers.0.resources`]: { limits: { memory: '4Mi', 'nvidia.com/gpu': '0.5' } } },
    [`${POD}.containers.0.resources.limits.nvidia.com/gpu`],
  ],
  [
    'eks-resources',
    'memory differs',
    eks,
    { [`${POD}.containers.0.resources.requests.memory`]: '1024Mi' },
    [`${POD}.containers.0.resources.requests.memory`],
  ],
  [
    'eks-resources',
    'requests above limits',
    eks,
    { [`${POD}.containers.0.resources.requests.cpu`]: '2' },
    [`${POD}.containers.0.resources.requests.cpu`],
  ],
  [
    'mount-point-volume',
    'unknown volume',
    ec2,
    { [`${C}.mountPoints.0.sourceVolume`]: 'data' },
    [`${C}.mountPoints.0.sourceVolume`],
  ],
  [
    'mount-point-volume',
    'unknown volume of a pod',
    eks,
    { [`${POD}.containers.0.volumeMounts.0.name`]: 'data' },
    [`${POD}.containers.0.volumeMounts.0.name`],
  ],
];

const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag${index}`, 'x']));
const LIMITS: readonly Row[] = [
  ['job-definition-name', 'colon', ec2, { jobDefinitionName: 'cues:latest' }, ['jobDefinitionName']],
  ['job-definition-name', '129', ec2, { jobDefinitionName: 'a'.repeat(129) }, ['jobDefinitionName']],
  ['job-definition-name', '128', ec2, { jobDefinitionName: 'a'.repeat(128) }, []],
  ...(
    [
      ['retryStrategy.attempts', 0, 1, 10, 11],
      ['schedulingPriority', -1, 0, 9999, 10000],
      [`${C}.linuxParameters.swappiness`, -1, 0, 100, 101],
    ] as const
  ).flatMap(([path, low, least, most, high]): Row[] => [
    ['number-range', `${path} ${low}`, ec2, { [path]: low }, [path]],
    ['number-range', `${path} ${least}`, ec2, { [path]: least }, []],
    ['number-range', `${path} ${most}`, ec2, { [path]: most }, []],
    ['number-range', `${path} ${high}`, ec2, { [path]: high }, [path]],
  ]),
  ['number-range', 'timeout 59', ec2, { 'timeout.attemptDurationSeconds': 59 }, ['timeout.attemptDurationSeconds']],
  ['number-range', 'timeout 60', ec2, { 'timeout.attemptDurationSeconds': 60 }, []],
  [
    'number-range',
    'storage 20',
    fargate,
    { [`${C}.ephemeralStorage.sizeInGiB`]: 20 },
    [`${C}.ephemeralStorage.sizeInGiB`],
  ],
  [
    'number-range',
    'storage 201',
    fargate,
    { [`${C}.ephemeralStorage.sizeInGiB`]: 201 },
    [`${C}.ephemeralStorage.sizeInGiB`],
  ],
  ['number-range', 'storage 21', fargate, { [`${C}.ephemeralStorage.sizeInGiB`]: 21 }, []],
  ['number-range', 'storage 200', fargate, { [`${C}.ephemeralStorage.sizeInGiB`]: 200 }, []],
  [
    'number-range',
    'stopTimeout 121 on Fargate',
    ecs,
    { [`${TASK}.containers.0.stopTimeout`]: 121 },
    [`${TASK}.containers.0.stopTimeout`],
  ],
  [
    'number-range',
    'startTimeout 1',
    ecs,
    { [`${TASK}.containers.0.startTimeout`]: 1 },
    [`${TASK}.containers.0.startTimeout`],
  ],
  [
    'number-range',
    'stopTimeout 121 on Managed Instances',
    ecs,
    { platformCapabilities: ['MANAGED_INSTANCES'], [`${TASK}.containers.0.stopTimeout`]: 121 },
    [],
  ],
  [
    'number-range',
    'EFS port',
    ec2,
    {
      [`${C}.volumes.0`]: {
        name: 'scratch',
        efsVolumeConfiguration: { fileSystemId: 'fs-1', transitEncryptionPort: 65536 },
      },
    },
    [`${C}.volumes.0.efsVolumeConfiguration.transitEncryptionPort`],
  ],
  ['tag-limits', '46 of 45', ec2, { tags: tags(46) }, ['tags']],
  ['tag-limits', '45', ec2, { tags: tags(45) }, []],
  ['tag-limits', 'aws:', ec2, { 'tags.aws:x': 'y' }, ['tags.aws:x']],
  ['tag-limits', 'ours', ec2, { 'tags.batchwright:commit': 'y' }, ['tags.batchwright:commit']],
  ['tag-limits', 'key characters', ec2, { 'tags.a#b': 'y' }, ['tags.a#b']],
  ['tag-limits', 'key length', ec2, { [`tags.${'k'.repeat(129)}`]: 'y' }, [`tags.${'k'.repeat(129)}`]],
  ['tag-limits', 'value characters', ec2, { 'tags.a': 'x#y' }, ['tags.a']],
  ['tag-limits', 'value length', ec2, { 'tags.a': 'x'.repeat(257) }, ['tags.a']],
  ['tag-limits', 'an empty value', ec2, { 'tags.a': '', 'tags.Größe': 'für alle' }, []],
  ['propagated-tags', '41 with the stamp', ec2, { tags: tags(36), propagateTags: true }, ['propagateTags']],
  ['propagated-tags', '40 with the stamp', ec2, { tags: tags(35), propagateTags: true }, []],
  ['propagated-tags', 'not propagated', ec2, { tags: tags(40) }, []],
  ['environment-name', 'reserved', ec2, env('AWS_BATCH_X', '1'), [`${ENV}.0.name`]],
  ['environment-name', 'other AWS names', ec2, env('AWS_REGION', '1'), []],
  ['environment-name', 'nameless', ec2, env('', '1'), [`${ENV}.0`]],
  [
    'environment-name',
    'reserved in a pod',
    eks,
    { [`${POD}.containers.0.env.0.name`]: 'AWS_BATCH' },
    [`${POD}.containers.0.env.0.name`],
  ],
  ['user-name', 'group', ec2, { [`${C}.user`]: '1000:1000' }, [`${C}.user`]],
  ['user-name', 'capital', ec2, { [`${C}.user`]: 'Builder' }, [`${C}.user`]],
  ['user-name', 'uid', ec2, { [`${C}.user`]: '1000' }, []],
  ['user-name', 'capital in ecs', ecs, { [`${TASK}.containers.1.user`]: 'Root' }, [`${TASK}.containers.1.user`]],
  ['volume-name', 'space', ec2, { [`${C}.volumes.0.name`]: 'my data' }, [`${C}.volumes.0`]],
  [
    'volume-name',
    'EFS with IAM',
    ec2,
    {
      [`${C}.volumes.0`]: {
        name: 'scratch',
        efsVolumeConfiguration: { fileSystemId: 'fs-1', authorizationConfig: { iam: 'ENABLED' } },
      },
    },
    [`${C}.volumes.0.efsVolumeConfiguration`],
  ],
  [
    'volume-name',
    'EFS with IAM, encrypted',
    ec2,
    {
      [`${C}.volumes.0`]: {
        name: 'scratch',
        efsVolumeConfiguration: {
          fileSystemId: 'fs-1',
          transitEncryption: 'ENABLED',
          authorizationConfig: { iam: 'ENABLED' },
        },
      },
    },
    [],
  ],
  ['request-size', '24 KiB', ec2, { [`${C}.command`]: ['x'.repeat(24 * 1024)] }, ['']],
  ['request-size', 'bytes, not characters', ec2, { [`${C}.command`]: ['ä'.repeat(12 * 1024)] }, ['']],
  ['override-size', '7,001 bytes', ec2, { [`${C}.command`]: ['x'.repeat(7001)] }, [C]],
  ['override-size', 'environment counts', ec2, env('A', 'x'.repeat(7000)), [C]],
  ['override-size', '6,900', ec2, { [`${C}.command`]: ['x'.repeat(6900)] }, []],
];

const RESOURCES: readonly Row[] = [
  ['missing-resources', 'memory', ec2, { [`${REQ}.1`]: { type: 'GPU', value: '1' } }, [C]],
  [
    'missing-resources',
    'deprecated ones count',
    ec2,
    { [REQ]: undefined, [`${C}.vcpus`]: 1, [`${C}.memory`]: 500 },
    [],
  ],
  [
    'missing-resources',
    'an ecs container',
    ecs,
    { [`${TASK}.containers.0.resourceRequirements`]: [] },
    [`${TASK}.containers.0`],
  ],
  ...['1.0', '0.5', '0', 'two'].map(
    (value): Row => ['resource-value', `VCPU ${value} on EC2`, ec2, { [`${REQ}.0.value`]: value }, [`${REQ}.0.value`]],
  ),
  ['resource-value', 'VCPU on Fargate', fargate, amounts('0.25', '512'), []],
  ['resource-value', 'VCPU text on Fargate', fargate, amounts('.5', '1024'), [`${REQ}.0.value`]],
  ...['3', '2 GB', '0.5'].map(
    (value): Row => ['resource-value', `MEMORY ${value}`, ec2, { [`${REQ}.1.value`]: value }, [`${REQ}.1.value`]],
  ),
  ['resource-value', 'MEMORY 4', ec2, { [`${REQ}.1.value`]: '4' }, []],
  ['resource-value', 'GPU 0', ec2, { [`${REQ}.2`]: { type: 'GPU', value: '0' } }, [`${REQ}.2.value`]],
  ['resource-value', 'twice', ec2, { [`${REQ}.2`]: { type: 'VCPU', value: '2' } }, [`${REQ}.2`]],
  [
    'deprecated-resources',
    'both',
    ec2,
    { [REQ]: undefined, [`${C}.vcpus`]: 1, [`${C}.memory`]: 500 },
    [`${C}.vcpus`, `${C}.memory`],
  ],
  [
    'deprecated-resources',
    'half migrated',
    ec2,
    { [REQ]: [{ type: 'GPU', value: '1' }], [`${C}.vcpus`]: 1 },
    [`${C}.vcpus`],
  ],
  ['doubled-resources', 'both forms', ec2, { [`${C}.vcpus`]: 2 }, [`${C}.vcpus`]],
  ['doubled-resources', 'different ones', ec2, { [REQ]: [{ type: 'VCPU', value: '2' }], [`${C}.memory`]: 500 }, []],
  ...['4096', '8192', '16384', '131072'].map(
    (value): Row => ['memory-never-fits', value, ec2, { [`${REQ}.1.value`]: value }, [`${REQ}.1.value`]],
  ),
  ...['7800', '2048', '8191'].map((value): Row => ['memory-never-fits', value, ec2, { [`${REQ}.1.value`]: value }, []]),
  ['memory-never-fits', 'Fargate is exact', fargate, amounts('1', '8192'), []],
  ['memory-never-fits', 'deprecated form', ec2, { [REQ]: undefined, [`${C}.memory`]: 8192 }, [`${C}.memory`]],
  ['gpu-name', 'gpu', ec2, { jobDefinitionName: 'train-gpu-large' }, ['jobDefinitionName']],
  ['gpu-name', 'asks for one', ec2, { jobDefinitionName: 'train-gpu', [`${REQ}.2`]: { type: 'GPU', value: '1' } }, []],
  [
    'gpu-name',
    'asks for one on EKS',
    eks,
    { jobDefinitionName: 'train-gpu', [`${POD}.containers.0.resources`]: { limits: { 'nvidia.com/gpu': '1' } } },
    [],
  ],
  ['gpu-name', 'another word', ec2, { jobDefinitionName: 'gpuless' }, []],
];

const PLATFORM: readonly Row[] = [
  ...['networkConfiguration', 'fargatePlatformConfiguration', 'ephemeralStorage'].map(
    (name): Row => ['fargate-only-member', name, ec2, { [`${C}.${name}`]: {} }, [`${C}.${name}`]],
  ),
  ['ec2-only-member', 'privileged', fargate, { [`${C}.privileged`]: true }, [`${C}.privileged`]],
  ['ec2-only-member', 'not privileged', fargate, { [`${C}.privileged`]: false, [`${C}.ulimits`]: [] }, []],
  [
    'ec2-only-member',
    'ulimits',
    fargate,
    { [`${C}.ulimits`]: [{ name: 'nofile', hardLimit: 1, softLimit: 1 }] },
    [`${C}.ulimits`],
  ],
  [
    'ec2-only-member',
    'ulimits of a task are taken',
    ecs,
    { [`${TASK}.containers.0.ulimits`]: [{ name: 'nofile', hardLimit: 1, softLimit: 1 }] },
    [],
  ],
  ['ec2-only-member', 'GPU', fargate, { [`${REQ}.2`]: { type: 'GPU', value: '1' } }, [`${REQ}.2`]],
  ['ec2-only-member', 'deprecated', fargate, { [`${C}.vcpus`]: 1 }, [`${C}.vcpus`]],
  [
    'ec2-only-member',
    'host volume',
    fargate,
    { [`${C}.volumes`]: [{ name: 'a', host: { sourcePath: '/x' } }] },
    [`${C}.volumes.0.host`],
  ],
  [
    'ec2-only-member',
    'tmpfs',
    fargate,
    { [`${C}.linuxParameters`]: { tmpfs: [{ containerPath: '/x', size: 1 }] } },
    [`${C}.linuxParameters.tmpfs`],
  ],
  ['ec2-only-member', 'init is fine', fargate, { [`${C}.linuxParameters`]: { initProcessEnabled: true } }, []],
  [
    'ec2-only-member',
    'driver',
    fargate,
    { [`${C}.logConfiguration.logDriver`]: 'syslog' },
    [`${C}.logConfiguration.logDriver`],
  ],
  ['ec2-only-member', 'ipc', ecs, { [`${TASK}.ipcMode`]: 'task' }, [`${TASK}.ipcMode`]],
  ['ec2-only-member', 'fine on EC2', ec2, { [`${C}.privileged`]: true }, []],
  ...(
    [
      ['0.25', '512'],
      ['0.25', '2048'],
      ['0.5', '4096'],
      ['1', '8192'],
      ['2', '16384'],
      ['4', '30720'],
      ['8', '61440'],
      ['16', '122880'],
      ['32', '249856'],
    ] as const
  ).map(([vcpu, memory]): Row => ['fargate-resources', `${vcpu}/${memory}`, fargate, amounts(vcpu, memory), []]),
  ...(
    [
      ['0.25', '3072'],
      ['0.25', '1536'],
      ['0.5', '512'],
      ['1', '1024'],
      ['1', '4000'],
      ['2', '17408'],
      ['4', '4096'],
      ['8', '17408'],
      ['16', '36864'],
      ['32', '65536'],
      ['3', '8192'],
    ] as const
  ).map(([vcpu, memory]): Row => ['fargate-resources', `${vcpu}/${memory}`, fargate, amounts(vcpu, memory), [REQ]]),
  [
    'fargate-resources',
    'the sum of a task',
    ecs,
    { [`${TASK}.containers.0.resourceRequirements.1.value`]: '1024' },
    [`${TASK}.containers`],
  ],
  ['fargate-resources', 'not on EC2', ec2, amounts('1', '1000'), []],
  ['fargate-execution-role', 'none', fargate, { [`${C}.executionRoleArn`]: undefined }, [C]],
  ['fargate-execution-role', 'none in a task', ecs, { [`${TASK}.executionRoleArn`]: undefined }, [TASK]],
  ['fargate-execution-role', 'EC2 needs none', ec2, { [`${C}.executionRoleArn`]: undefined }, []],
  ['secrets-execution-role', 'secrets without one', ec2, { [`${C}.executionRoleArn`]: undefined }, [C]],
  [
    'secrets-execution-role',
    'secretOptions without one',
    ec2,
    {
      [`${C}.executionRoleArn`]: undefined,
      [`${C}.secrets`]: [],
      [`${C}.logConfiguration.secretOptions`]: [
        { name: 'a', valueFrom: 'arn:aws:ssm:eu-west-1:123456789012:parameter/a' },
      ],
    },
    [C],
  ],
  ['secrets-execution-role', 'no secrets', ec2, { [`${C}.executionRoleArn`]: undefined, [`${C}.secrets`]: [] }, []],
  ['fargate-runtime-platform', 'none', fargate, { [`${C}.runtimePlatform`]: undefined }, [C]],
  ['fargate-runtime-platform', 'system alone', fargate, { [`${C}.runtimePlatform.cpuArchitecture`]: undefined }, [C]],
];

const RETRY: readonly Row[] = [
  ['retry-attempts', 'none', ec2, { 'retryStrategy.attempts': undefined }, ['retryStrategy']],
  [
    'retry-attempts',
    'six rules',
    ec2,
    retry(...Array.from({ length: 5 }, (_, i) => ({ action: 'RETRY', onExitCode: `${i + 1}` })), END),
    [EVALUATE],
  ],
  [
    'retry-attempts',
    'five rules',
    ec2,
    retry(...Array.from({ length: 4 }, (_, i) => ({ action: 'RETRY', onExitCode: `${i + 1}` })), END),
    [],
  ],
  [
    'retry-pattern',
    'parentheses',
    ec2,
    retry({ action: 'RETRY', onStatusReason: 'Host EC2 (instance i-1) terminated.' }, END),
    [`${EVALUATE}.0.onStatusReason`],
  ],
  [
    'retry-pattern',
    'star in the middle',
    ec2,
    retry({ action: 'RETRY', onReason: 'Cannot*Container' }, END),
    [`${EVALUATE}.0.onReason`],
  ],
  ['retry-pattern', 'exit code', ec2, retry({ action: 'RETRY', onExitCode: '-1' }, END), [`${EVALUATE}.0.onExitCode`]],
  ['retry-pattern', 'exit codes by prefix', ec2, retry({ action: 'RETRY', onExitCode: '13*' }, END), []],
  ['retry-pattern', '513', ec2, retry({ action: 'RETRY', onReason: 'x'.repeat(513) }, END), [`${EVALUATE}.0.onReason`]],
  ['retry-pattern', '512', ec2, retry({ action: 'RETRY', onReason: 'x'.repeat(512) }, END), []],
  ['retry-without-final-exit', 'none', ec2, retry({ action: 'RETRY', onStatusReason: 'Host EC2*' }), [`${EVALUATE}.0`]],
  [
    'retry-without-final-exit',
    'not everything',
    ec2,
    retry({ action: 'EXIT', onReason: 'Cannot*' }),
    [`${EVALUATE}.0`],
  ],
  ['retry-without-final-exit', 'retry at the end', ec2, retry({ action: 'RETRY', onReason: '*' }), [`${EVALUATE}.0`]],
  ['retry-without-final-exit', 'lower case, other condition', ec2, retry({ action: 'exit', onExitCode: '*' }), []],
  [
    'retry-without-final-exit',
    'only one of two is *',
    ec2,
    retry({ action: 'EXIT', onReason: '*', onExitCode: '1' }),
    [`${EVALUATE}.0`],
  ],
  ['retry-without-rules', '2', ec2, { retryStrategy: { attempts: 2 } }, ['retryStrategy.attempts']],
  ['retry-without-rules', '1', ec2, { retryStrategy: { attempts: 1 } }, []],
  ['retry-single-attempt', '1 and rules', ec2, { 'retryStrategy.attempts': 1 }, ['retryStrategy.attempts']],
  ['retry-single-attempt', '1 and exits', ec2, { ...retry(END), 'retryStrategy.attempts': 1 }, []],
  [
    'retry-application-failure',
    'exact',
    ec2,
    retry({ action: 'RETRY', onStatusReason: 'Essential container in task exited' }, END),
    [`${EVALUATE}.0.onStatusReason`],
  ],
  [
    'retry-application-failure',
    'prefix',
    ec2,
    retry({ action: 'RETRY', onStatusReason: 'Essential*' }, END),
    [`${EVALUATE}.0.onStatusReason`],
  ],
  [
    'retry-application-failure',
    'everything',
    ec2,
    retry({ action: 'retry', onStatusReason: '*' }),
    [`${EVALUATE}.0.onStatusReason`],
  ],
  [
    'retry-application-failure',
    'with an exit code',
    ec2,
    retry({ action: 'RETRY', onStatusReason: 'Essential*', onExitCode: '75' }, END),
    [],
  ],
  ['retry-application-failure', 'exits', ec2, retry({ action: 'EXIT', onStatusReason: 'Essential*' }, END), []],
  [
    'retry-never-matches',
    'after a catch-all',
    ec2,
    retry(END, { action: 'RETRY', onExitCode: '1' }),
    [`${EVALUATE}.1`],
  ],
  [
    'retry-never-matches',
    'after a wider one',
    ec2,
    retry({ action: 'RETRY', onReason: 'Cannot*' }, { action: 'EXIT', onReason: 'CannotPull*' }, END),
    [`${EVALUATE}.1`],
  ],
  [
    'retry-never-matches',
    'after a narrower one',
    ec2,
    retry({ action: 'EXIT', onReason: 'CannotPull*' }, { action: 'RETRY', onReason: 'Cannot*' }, END),
    [],
  ],
  [
    'retry-never-matches',
    'after another condition',
    ec2,
    retry({ action: 'EXIT', onExitCode: '1' }, { action: 'RETRY', onReason: 'Cannot*' }, END),
    [],
  ],
  ['retry-never-matches', 'exit 0', ec2, retry({ action: 'EXIT', onExitCode: '0' }, END), [`${EVALUATE}.0`]],
  [
    'retry-never-matches',
    'Host EC2 on Fargate',
    fargate,
    retry({ action: 'RETRY', onStatusReason: 'Host EC2*' }, END),
    [`${EVALUATE}.0`],
  ],
  [
    'retry-never-matches',
    'Spot task on EC2',
    ec2,
    retry({ action: 'RETRY', onStatusReason: 'Your Spot Task*' }, END),
    [`${EVALUATE}.0`],
  ],
  ['retry-pattern', 'no condition', ec2, retry({ action: 'RETRY' }, END), [`${EVALUATE}.0`]],
  ['retry-never-matches', 'no condition is told by another rule', ec2, retry({ action: 'RETRY' }, END), []],
  ['no-timeout', 'none', ec2, { timeout: undefined }, ['']],
  ['no-timeout', 'empty', ec2, { timeout: {} }, ['']],
];

const image = (reference: string) => ({ [`${C}.image`]: reference });
const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const IMAGES: readonly Row[] = [
  ['image-reference', 'spaces', ec2, image('my image'), [`${C}.image`]],
  ['image-reference', 'a URL', ec2, image('https://example.com/image'), [`${C}.image`]],
  ['image-reference', '256', ec2, image(`a/${'b'.repeat(254)}`), [`${C}.image`]],
  ...[
    'ubuntu',
    'ubuntu:24.04',
    'public.ecr.aws/docker/library/python:3.12',
    'localhost:5000/a/b',
    `${ECR}/a${DIGEST}`,
    `${ECR}/a:v1${DIGEST}`,
  ].map((text): Row => ['image-reference', text, ec2, image(text), []]),
  ['image-not-digest', 'tag', ec2, image(`${ECR}/cues:v1`), [`${C}.image`]],
  ['image-not-digest', 'tag and digest', ec2, image(`${ECR}/cues:v1${DIGEST}`), []],
  ['image-not-digest', 'latest has its own rule', ec2, image(`${ECR}/cues:latest`), []],
  [
    'image-not-digest',
    'in a pod',
    eks,
    { [`${POD}.initContainers.0.image`]: 'busybox:1' },
    [`${POD}.initContainers.0.image`],
  ],
  ['image-latest', 'latest', ec2, image('localhost:5000/cues:latest'), [`${C}.image`]],
  ['image-without-tag', 'none', ec2, image('localhost:5000/cues'), [`${C}.image`]],
  ['image-without-tag', 'digest', ec2, {}, []],
  [
    'image-region',
    'other region',
    ec2,
    image(`123456789012.dkr.ecr.us-east-1.amazonaws.com/cues${DIGEST}`),
    [`${C}.image`],
  ],
  ['image-region', 'local registry', ec2, image(`127.0.0.1:4566/123456789012/us-east-1/cues${DIGEST}`), [`${C}.image`]],
  [
    'image-account',
    'other account',
    ec2,
    image(`210987654321.dkr.ecr.eu-west-1.amazonaws.com/cues${DIGEST}`),
    [`${C}.image`],
  ],
  ['image-account', 'no ECR', ec2, image('ghcr.io/x/cues:v1'), []],
];

const secret = (valueFrom: string) => ({ [`${C}.secrets.0.valueFrom`]: valueFrom });
const FROM = `${C}.secrets.0.valueFrom`;
const ARNS: readonly Row[] = [
  ['arn-form', 'doubled colon', ec2, secret('arn:aws:secretsmanager:eu-west-1::123456789012:secret:db'), [FROM]],
  [
    'arn-form',
    'doubled colon before the name',
    ec2,
    secret('arn:aws:secretsmanager:eu-west-1:123456789012:secret::db'),
    [FROM],
  ],
  ['arn-form', 'no region', ec2, secret('arn:aws:ssm::123456789012:parameter/db'), [FROM]],
  ['arn-form', 'bad region', ec2, secret('arn:aws:ssm:ireland:123456789012:parameter/db'), [FROM]],
  ['arn-form', 'bad account', ec2, secret('arn:aws:ssm:eu-west-1:1234:parameter/db'), [FROM]],
  ['arn-form', 'no resource', ec2, secret('arn:aws:ssm:eu-west-1:123456789012'), [FROM]],
  ['arn-form', 'a comment inside', ec2, secret('arn:aws:ssm:eu-west-1:123456789012:parameter/db # prod'), [FROM]],
  ['arn-form', 'no service', ec2, secret('arn:aws::eu-west-1:123456789012:x'), [FROM]],
  ['arn-form', 'role without an account', ec2, { [`${C}.jobRoleArn`]: 'arn:aws:iam:::role/x' }, [`${C}.jobRoleArn`]],
  ...[
    'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:password::',
    'arn:aws:ssm:eu-west-1:123456789012:parameter/a/b',
    'db-password',
  ].map((text): Row => ['arn-form', text, ec2, secret(text), []]),
  ['arn-form', 'bucket', ec2, env('B', 'arn:aws:s3:::models'), []],
  ['arn-form', 'managed policy', ec2, env('P', 'arn:aws:iam::aws:policy/ReadOnlyAccess'), []],
  ['role-arn', 'a bare name', ec2, { [`${C}.jobRoleArn`]: 'cues-job' }, [`${C}.jobRoleArn`]],
  [
    'role-arn',
    'instance profile',
    ec2,
    { [`${C}.jobRoleArn`]: 'arn:aws:iam::123456789012:instance-profile/x' },
    [`${C}.jobRoleArn`],
  ],
  ['role-arn', 'path', ec2, { [`${C}.jobRoleArn`]: 'arn:aws:iam::123456789012:role/team/x' }, []],
  [
    'role-account',
    'other account',
    ec2,
    { [`${C}.jobRoleArn`]: 'arn:aws:iam::210987654321:role/x' },
    [`${C}.jobRoleArn`],
  ],
  ['role-account', 'own account', ecs, { [`${TASK}.taskRoleArn`]: ROLE }, []],
  ['arn-partition', 'China', ec2, secret('arn:aws-cn:ssm:eu-west-1:123456789012:parameter/db'), [FROM]],
  ['arn-region', 'other region', ec2, secret('arn:aws:ssm:us-east-1:123456789012:parameter/db'), [FROM]],
  ['arn-region', 'roles have none', ec2, {}, []],
  ['arn-account', 'other account', ec2, secret('arn:aws:ssm:eu-west-1:210987654321:parameter/db'), [FROM]],
  ['arn-account', 'roles have their own rule', ec2, { [`${C}.jobRoleArn`]: 'arn:aws:iam::210987654321:role/x' }, []],
];

const TEXTS: readonly Row[] = [
  ['plain-secret', 'by name', ec2, env('DB_PASSWORD', 'hunter2'), [`${ENV}.0.value`]],
  ['plain-secret', 'camel case', ec2, env('apiKey', 'hunter2'), [`${ENV}.0.value`]],
  ['plain-secret', 'by format', ec2, env('X', `AKIA${'Q'.repeat(16)}`), [`${ENV}.0.value`]],
  ['plain-secret', 'in a command', ec2, argument('--token', `ghp_${'a'.repeat(36)}`), [`${C}.command.1`]],
  [
    'plain-secret',
    'a log option',
    ec2,
    { [`${C}.logConfiguration.options.splunk-token`]: 'hunter2' },
    [`${C}.logConfiguration.options.splunk-token`],
  ],
  ['plain-secret', 'a parameter', ec2, { 'parameters.password': 'hunter2' }, ['parameters.password']],
  [
    'plain-secret',
    'a pod',
    eks,
    { [`${POD}.containers.0.env.0`]: { name: 'TOKEN', value: 'hunter2' } },
    [`${POD}.containers.0.env.0.value`],
  ],
  ['plain-secret', 'a URL', ec2, env('DATABASE_URL', 'postgres://cues:hunter2@db/x'), [`${ENV}.0.value`]],
  ...(
    [
      ['TOKENIZERS_PARALLELISM', 'false'],
      ['SECRET_ARN', 'db-secret'],
      ['MAX_TOKENS', '4096'],
      ['DB_PASSWORD', 'arn:aws:ssm:eu-west-1:123456789012:parameter/db'],
      ['TOKEN_PATH', '/run/token'],
      ['USE_TOKEN', 'true'],
      ['DB_PASSWORD', ''],
      ['KEY', 'value'],
      ['DATABASE_URL', 'postgres://db/x'],
    ] as const
  ).map(([name, value]): Row => ['plain-secret', `${name}=${value}`, ec2, env(name, value), []]),
  ['placeholder', 'shell style', ec2, env('A', `s3://\${BUCKET}/x`), [`${ENV}.0.value`]],
  ['placeholder', 'braces', ec2, env('A', '{{bucket}}'), [`${ENV}.0.value`]],
  ['placeholder', 'angles', ec2, { [`${C}.jobRoleArn`]: 'arn:aws:iam::<ACCOUNT_ID>:role/x' }, [`${C}.jobRoleArn`]],
  ['placeholder', 'your-…', ec2, env('A', '<your-bucket>'), [`${ENV}.0.value`]],
  ['placeholder', 'underscores', ec2, image('__IMAGE__'), [`${C}.image`]],
  ['placeholder', 'a script', ec2, argument('bash', '-c', `echo \${HOME:-/} {{x}}`), []],
  ['placeholder', 'a script with a path and options', ec2, argument('/bin/sh', '-ec', `echo \${X}`), []],
  ['placeholder', 'no shell', ec2, argument('python', '-c', `\${X}`), [`${C}.command.2`]],
  ['placeholder', 'Ref::', ec2, argument('Ref::account'), []],
  ['placeholder', 'Kubernetes', eks, { [`${POD}.containers.0.args`]: ['$(A)'] }, []],
  ['placeholder', 'less than', ec2, env('A', 'a < b > c'), []],
  ['joined-argument', 'option and value', ec2, argument('--r1 s3://x/y'), [`${C}.command.0`]],
  ['joined-argument', 'short', ec2, argument('-o file'), [`${C}.command.0`]],
  ['joined-argument', 'a sentence', ec2, argument('hello world', '- x', '--message=a b'), []],
  ['joined-argument', 'a script', ec2, argument('sh', '-c', '--x y'), []],
  ['parameter-without-default', 'none', ec2, { parameters: undefined }, [`${C}.command.2`]],
  [
    'parameter-without-default',
    'inside a script',
    ec2,
    argument('sh', '-c', 'run Ref::account Ref::day'),
    [`${C}.command.2`],
  ],
  ['parameter-without-default', 'not inherited names', ec2, argument('Ref::constructor'), [`${C}.command.0`]],
  ['empty-environment-value', 'empty', ec2, env('A', ''), [`${ENV}.0`]],
  ['empty-environment-value', 'a pod keeps them', eks, { [`${POD}.containers.0.env.0.value`]: '' }, []],
  ['repeated-environment-name', 'twice', ec2, { [`${ENV}.1`]: { name: 'BUCKET', value: 'x' } }, [`${ENV}.1`]],
  ['repeated-environment-name', 'variable and secret', ec2, env('DB_PASSWORD', '/x'), [`${C}.secrets.0`]],
  ['empty-string', 'role', ec2, { [`${C}.jobRoleArn`]: '' }, [`${C}.jobRoleArn`]],
  ['empty-string', 'user', ec2, { [`${C}.user`]: '' }, [`${C}.user`]],
  ['empty-string', 'tags, medium and arguments may', eks, { 'tags.a': '', [`${POD}.containers.0.args`]: [''] }, []],
];

const PRACTICE: readonly Row[] = [
  ['no-log-configuration', 'none', ec2, { [`${C}.logConfiguration`]: undefined }, [C]],
  ['no-log-configuration', 'a pod needs none', eks, {}, []],
  ['privileged', 'privileged', ec2, { [`${C}.privileged`]: true }, [`${C}.privileged`]],
  [
    'privileged',
    'a pod',
    eks,
    { [`${POD}.containers.0.securityContext`]: { privileged: true } },
    [`${POD}.containers.0.securityContext.privileged`],
  ],
  ['privileged', 'not', ec2, { [`${C}.privileged`]: false, [`${C}.readonlyRootFilesystem`]: true }, []],
];

const ROWS = [
  ...SHAPE,
  ...FAMILY,
  ...MORE_FAMILY,
  ...BOUNDARIES,
  ...TASKS,
  ...LIMITS,
  ...RESOURCES,
  ...PLATFORM,
  ...RETRY,
  ...IMAGES,
  ...ARNS,
  ...TEXTS,
  ...PRACTICE,
];

test.each(ROWS)('%s: %s', (rule, _what, request, changes, paths) => {
  const findings = lintDefinitions([definitionOf(bend(request(), changes))], {}).filter(
    finding => finding.rule === rule,
  );
  expect(findings.map(({ path }) => path.join('.'))).toEqual(paths);
});

test('all messages read well', () => {
  const lines = ROWS.flatMap(([rule, what, request, changes]) =>
    lintDefinitions([definitionOf(bend(request(), changes))], {})
      .filter(finding => finding.rule === rule)
      .map(
        ({ path, message }) =>
          `${rule} | ${what.slice(0, 50)} | ${path.join('.').slice(0, 90)}\n    ${message.slice(0, 240)}\n`,
      ),
  );
  expectGolden('lint/messages.txt', lines.join(''));
});

/** As https://docs.aws.amazon.com/batch/latest/APIReference/API_ResourceRequirement.html lists them. */
test('the pairs of Fargate are those of the API reference', () => {
  const listed: Readonly<Record<string, readonly number[]>> = {
    '0.25': [512, 1024, 2048],
    '0.5': [1024, 2048, 3072, 4096],
    '1': [2048, 3072, 4096, 5120, 6144, 7168, 8192],
    '2': [4096, 5120, 6144, 7168, 8192, 9216, 10240, 11264, 12288, 13312, 14336, 15360, 16384],
    '4': Array.from({ length: 23 }, (_, index) => 8192 + index * 1024),
    '8': [16384, 20480, 24576, 28672, 32768, 36864, 40960, 45056, 49152, 53248, 57344, 61440],
    '16': [32768, 40960, 49152, 57344, 65536, 73728, 81920, 90112, 98304, 106496, 114688, 122880],
    '32': [61440, 122880, 249856],
  };
  const sizes = [512, 1536, ...Array.from({ length: 256 }, (_, index) => (index + 1) * 1024)];
  const passes = (vcpu: string, memory: number) =>
    !lintDefinitions([definitionOf(bend(fargate(), amounts(vcpu, String(memory))))], {}).some(
      ({ rule }) => rule === 'fargate-resources',
    );
  for (const [vcpu, memory] of Object.entries(listed)) expect(sizes.filter(size => passes(vcpu, size))).toEqual(memory);
});

describe('the table of rules', () => {
  test.each([
    ['ec2', ec2],
    ['fargate', fargate],
    ['ecs', ecs],
    ['eks', eks],
    ['multinode', multinode],
  ] as const)('finds nothing in a good %s definition', (_family, request) => {
    expect(lintDefinitions([definitionOf(request())], {})).toEqual([]);
  });

  test('has rows above for every rule that looks at one definition', () => {
    const covered = new Set(ROWS.filter(([, , , , paths]) => paths.length > 0).map(([rule]) => rule));
    const alone = LINT_RULES.filter(rule => 'check' in rule).map(({ name }) => name);
    expect(alone.filter(name => !covered.has(name))).toEqual([]);
  });

  test('names every rule once, in kebab-case, with a sentence and a source', () => {
    expect(new Set(LINT_RULES.map(({ name }) => name)).size).toBe(LINT_RULES.length);
    for (const { name, description, source } of LINT_RULES) {
      expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(description).toMatch(/\.$/);
      expect(source).not.toBe('');
    }
  });
});
