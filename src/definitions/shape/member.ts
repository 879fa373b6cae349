/** The shape of a RegisterJobDefinition request, as the SDK's own schema has it, in a form that is quick to walk. */
import { DESCRIBE_ONLY, ENUMS, SHAPES } from './table.ts';

export interface MemberShape {
  /** `string`, `integer`, `boolean`, or the name of a structure. */
  readonly type: string;
  readonly many: 'one' | 'list' | 'map';
  readonly required: boolean;
  /** The values Batch knows, where the API names them. */
  readonly values?: readonly string[] | undefined;
}

export type StructureShape = ReadonlyMap<string, MemberShape>;

export const ROOT_SHAPE = 'RegisterJobDefinitionRequest';

/**
 * Values the API reference lists in prose alone, so that the SDK has no enum of them.
 * https://docs.aws.amazon.com/batch/latest/APIReference/API_RegisterJobDefinition.html
 */
const VALUES_IN_PROSE: Readonly<Record<string, readonly string[]>> = {
  'RuntimePlatform.operatingSystemFamily': [
    'LINUX',
    'WINDOWS_SERVER_2019_CORE',
    'WINDOWS_SERVER_2019_FULL',
    'WINDOWS_SERVER_2022_CORE',
    'WINDOWS_SERVER_2022_FULL',
  ],
  'RuntimePlatform.cpuArchitecture': ['X86_64', 'ARM64'],
  'EcsTaskProperties.ipcMode': ['host', 'task', 'none'],
  'EcsTaskProperties.pidMode': ['host', 'task'],
  'EcsTaskProperties.networkMode': ['host'],
  'TaskContainerDependency.condition': ['START', 'COMPLETE', 'SUCCESS'],
  'EksPodProperties.dnsPolicy': ['Default', 'ClusterFirst', 'ClusterFirstWithHostNet'],
  'EksContainer.imagePullPolicy': ['Always', 'IfNotPresent', 'Never'],
  'EksEmptyDir.medium': ['', 'Memory'],
  'Ulimit.name':
    'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(' '),
};

/** Members that describe shows deep inside and register refuses; the SDK's schema does not have them at all. */
const DEEP_DESCRIBE_ONLY: Readonly<Record<string, readonly string[]>> = {
  NetworkConfiguration: ['interfaceConfigurations'],
  [ROOT_SHAPE]: DESCRIBE_ONLY,
};

const structures = new Map(Object.entries(SHAPES).map(([shape, members]) => [shape, parseStructure(shape, members)]));

/** The members of a structure; undefined for `string`, `integer` and `boolean`. */
export function structureOf(type: string): StructureShape | undefined {
  return structures.get(type);
}

/** Is it a member that DescribeJobDefinitions answers with and RegisterJobDefinition refuses? */
export function isDescribeOnly(shape: string, member: string): boolean {
  return DEEP_DESCRIBE_ONLY[shape]?.includes(member) ?? false;
}

function parseStructure(shape: string, members: Readonly<Record<string, string>>): StructureShape {
  return new Map(Object.entries(members).map(([name, text]) => [name, parseMember(`${shape}.${name}`, text)]));
}

function parseMember(member: string, text: string): MemberShape {
  const type = text.replace(/[[\]{}!]/g, '');
  return {
    type: type in ENUMS ? 'string' : type,
    many: text.includes('[]') ? 'list' : text.includes('{}') ? 'map' : 'one',
    required: text.endsWith('!'),
    values: ENUMS[type] ?? VALUES_IN_PROSE[member],
  };
}
