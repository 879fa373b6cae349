import { isJsonObject, readList, readNumber, readText } from '../json.ts';
import { api, type DefinitionRule, guide, type Report } from './rule.ts';
import { type Part, readParts, type Subject } from './subject.ts';

const FAMILIES = ['containerProperties', 'ecsProperties', 'eksProperties'] as const;

/** https://docs.aws.amazon.com/batch/latest/userguide/multi-node-parallel-jobs.html: up to five node groups. */
const MOST_RANGES = 5;

/** Which properties a definition must and must not have. */
export const FAMILY_RULES: readonly DefinitionRule[] = [
  {
    name: 'property-family',
    level: 'error',
    description:
      'A container definition has exactly one of containerProperties, ecsProperties and eksProperties; a multinode one has nodeProperties, each range with one of container, ecsProperties and eksProperties.',
    source: api('RegisterJobDefinition'),
    check: ({ request }, report) => {
      if (request['type'] === 'multinode') {
        if (!isJsonObject(request['nodeProperties'])) report([], 'a multinode definition needs `nodeProperties`');
        for (const name of FAMILIES)
          if (request[name] !== undefined) report([name], `\`${name}\` is not for multinode definitions`);
        return;
      }
      const given = FAMILIES.filter(name => request[name] !== undefined);
      if (request['nodeProperties'] !== undefined)
        report(['nodeProperties'], '`nodeProperties` need `"type": "multinode"`');
      else if (given.length === 0) report([], `needs one of ${FAMILIES.join(', ')}`);
      else if (given.length > 1) report([given[1] ?? ''], `has ${given.join(' and ')}; Batch takes exactly one`);
    },
  },
  {
    name: 'platform-family',
    level: 'error',
    description:
      'Fargate and Managed Instances run no multinode job, Managed Instances need ecsProperties, EKS takes neither platformCapabilities nor propagateTags, and networkMode is for Managed Instances alone.',
    source: api('RegisterJobDefinition'),
    check: (subject, report) => {
      for (const [name, message] of platformFaults(subject)) report([name], message);
      for (const { path, members } of subject.platform === 'MANAGED_INSTANCES' ? [] : subject.tasks) {
        if (members['networkMode'] !== undefined)
          report([...path, 'networkMode'], '`networkMode` is for MANAGED_INSTANCES alone');
      }
    },
  },
  {
    name: 'missing-image',
    level: 'error',
    description: 'Every container names an image.',
    source: api('ContainerProperties'),
    check: ({ containers }, report) => {
      for (const { kind, path, members } of containers) {
        if (kind === 'container' && members['image'] === undefined) report(path, '`image` is missing');
        else if (members['image'] === '') report([...path, 'image'], '`image` is empty');
      }
    },
  },
  {
    name: 'node-ranges',
    level: 'error',
    description:
      'Up to 5 node ranges cover every node of a multinode job and none beyond, and the main node is one of them.',
    source: `${api('NodeProperties')}; ${guide('multi-node-parallel-jobs')}`,
    check: ({ request }, report) => {
      const properties = request['nodeProperties'];
      if (isJsonObject(properties)) checkNodes({ path: ['nodeProperties'], members: properties }, report);
    },
  },
];

function platformFaults({ platform, request, tasks }: Subject): readonly [string, string][] {
  const faults: [string, string][] = [];
  const multinode = request['type'] === 'multinode';
  if (platform === 'EKS') {
    for (const name of ['platformCapabilities', 'propagateTags']) {
      if (request[name] !== undefined) faults.push([name, `\`${name}\` must not be given for EKS`]);
    }
  }
  if (multinode && (platform === 'FARGATE' || platform === 'MANAGED_INSTANCES')) {
    faults.push(['platformCapabilities', `${platform} runs no multinode jobs`]);
  } else if (platform === 'MANAGED_INSTANCES' && tasks.some(({ kind }) => kind === 'container')) {
    faults.push(['platformCapabilities', 'MANAGED_INSTANCES needs `ecsProperties` in place of `containerProperties`']);
  }
  return faults;
}

function checkNodes({ path, members }: Part, report: Report): void {
  const nodes = readNumber(members['numNodes']) ?? 0;
  const main = readNumber(members['mainNode']) ?? 0;
  if (main >= nodes) report([...path, 'mainNode'], `the main node ${main} is none of the nodes 0 to ${nodes - 1}`);
  const ranges = readParts(members['nodeRangeProperties'], [...path, 'nodeRangeProperties']);
  if (ranges.length > MOST_RANGES)
    report([...path, 'nodeRangeProperties'], `${ranges.length} node ranges; Batch takes ${MOST_RANGES}`);
  const covered = new Set<number>();
  for (const range of ranges) {
    checkRange(range, nodes, report);
    for (const node of nodesOf(readText(range.members['targetNodes']) ?? '', nodes)) covered.add(node);
  }
  const missing = Array.from({ length: nodes }, (_, node) => node).find(node => !covered.has(node));
  if (missing !== undefined) report([...path, 'nodeRangeProperties'], `no node range covers node ${missing}`);
}

function checkRange({ path, members }: Part, nodes: number, report: Report): void {
  const target = readText(members['targetNodes']);
  if (target !== undefined && !/^(?:\d+:?\d*|:\d+)$/.test(target)) {
    report([...path, 'targetNodes'], `"${target}" is no node range; write "0:", ":3", "1:3" or "2"`);
  } else if (target?.split(':').some(end => Number(end) >= nodes)) {
    report([...path, 'targetNodes'], `"${target}" goes beyond the nodes 0 to ${nodes - 1}`);
  }
  const given = ['container', 'ecsProperties', 'eksProperties'].filter(name => members[name] !== undefined);
  if (given.length !== 1) report(path, 'a node range needs exactly one of container, ecsProperties, eksProperties');
  const types = readList(members['instanceTypes']);
  if (types.length > 1) report([...path, 'instanceTypes'], 'only one instance type may be given');
}

/** `0:3`, `:3`, `2:` or `2`, ends included. */
function nodesOf(range: string, nodes: number): readonly number[] {
  const [from = '', to = from] = range.split(':');
  const first = from === '' ? 0 : Number(from);
  const last = Math.min(to === '' ? nodes - 1 : Number(to), nodes - 1);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
