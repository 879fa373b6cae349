/** What is wrong with a multi-node definition. */
import type { NodeRangeProperty, RegisterJobDefinitionRequest } from '@aws-sdk/client-batch';
import type { Refuse } from '../errors.ts';
import { checkContainer } from './check-container.ts';
import { checkEcs } from './check-ecs.ts';
import { checkEks } from './check-eks.ts';

const MOST_RANGES = 5;

export function checkNodes(request: RegisterJobDefinitionRequest, refuse: Refuse): void {
  const { nodeProperties, platformCapabilities, containerProperties, ecsProperties, eksProperties } = request;
  if (platformCapabilities?.includes('FARGATE')) refuse('Fargate does not support MNP jobs');
  if (platformCapabilities?.includes('MANAGED_INSTANCES')) refuse('MANAGED_INSTANCES does not support MNP jobs');
  if (containerProperties || ecsProperties || eksProperties)
    refuse('Only nodeProperties is applicable for multinode job definitions');
  if (!nodeProperties) refuse('Node properties of multinode job is required.');
  const { numNodes = 0, mainNode = 0, nodeRangeProperties = [] } = nodeProperties;
  if (numNodes < 1 || numNodes > 1000) refuse('Number of nodes must be between 1 and 1000.');
  if (mainNode < 0 || mainNode >= numNodes) refuse('Main node index is out of range, must be less than numNodes.');
  if (!nodeRangeProperties.length) refuse('Node properties should not be empty');
  if (nodeRangeProperties.length > MOST_RANGES)
    refuse(`Maximum allowed size of node range properties is ${MOST_RANGES}`);
  for (const range of nodeRangeProperties) checkRange(range, numNodes, refuse);
  checkCoverage(nodeRangeProperties, numNodes, refuse);
}

function checkRange(range: NodeRangeProperty, numNodes: number, refuse: Refuse): void {
  if (!/^[\d:]+$/.test(range.targetNodes ?? '')) refuse('targetNodes should contain only digits.');
  if (range.container && range.ecsProperties)
    refuse('NodeRangeProperties can not use both ecsProperties and container fields');
  const nodes = readTargetNodes(range.targetNodes ?? '', numNodes);
  if (!nodes || nodes.from > nodes.to || nodes.to >= numNodes)
    refuse(`targetNodes ${range.targetNodes ?? ''} is not valid`);
  if (range.instanceTypes?.length && !range.ecsProperties) {
    refuse('Using instanceTypes with nodeRangeProperty is only allowed for ecsProperties jobs.');
  }
  if (range.container) checkContainer(range.container, false, refuse);
  else if (range.ecsProperties) checkEcs(range.ecsProperties, false, refuse);
  else if (range.eksProperties) checkEks(range.eksProperties, refuse);
  else refuse(`Must specify container for node range ${range.targetNodes ?? ''}`);
}

/** Every node must stand in some range; ranges may nest, the inner one wins. */
function checkCoverage(ranges: readonly NodeRangeProperty[], numNodes: number, refuse: Refuse): void {
  for (let node = 0; node < numNodes; node++) {
    if (!rangeOf(ranges, node, numNodes)) refuse(`Node ${node} is in no node range`);
  }
}

/** The narrowest range that holds the node. */
export function rangeOf(
  ranges: readonly NodeRangeProperty[],
  node: number,
  numNodes: number,
): NodeRangeProperty | undefined {
  const holding = ranges.flatMap(range => {
    const nodes = readTargetNodes(range.targetNodes ?? '', numNodes);
    return nodes && nodes.from <= node && node <= nodes.to ? [{ range, width: nodes.to - nodes.from }] : [];
  });
  return holding.toSorted((one, other) => one.width - other.width)[0]?.range;
}

/** `0:3`, `2:`, `:3` or `5`. */
function readTargetNodes(text: string, numNodes: number): { readonly from: number; readonly to: number } | undefined {
  const found = /^(\d*)(:?)(\d*)$/.exec(text);
  if (!found || text === '') return undefined;
  const [, from = '', colon, to = ''] = found;
  if (!colon) return { from: Number(from), to: Number(from) };
  return { from: from === '' ? 0 : Number(from), to: to === '' ? numNodes - 1 : Number(to) };
}
