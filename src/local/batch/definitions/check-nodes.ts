/** What is wrong with a multi-node definition. */
import type { NodeRangeProperty, RegisterJobDefinitionRequest } from '@aws-sdk/client-batch';
import type { Refuse } from '../errors.ts';
import type { Checked } from '../request-shape.ts';
import { checkContainer } from './check-container.ts';
import { checkEcs } from './check-ecs.ts';
import { checkEks } from './check-eks.ts';

const MOST_RANGES = 5;

export function checkNodes(request: Checked<RegisterJobDefinitionRequest>, refuse: Refuse): void {
  const { nodeProperties, platformCapabilities, containerProperties, ecsProperties, eksProperties } = request;
  if (platformCapabilities?.includes('FARGATE')) refuse('Fargate does not support MNP jobs');
  if (platformCapabilities?.includes('MANAGED_INSTANCES')) refuse('MANAGED_INSTANCES does not support MNP jobs');
  if (containerProperties || ecsProperties || eksProperties)
    refuse('Only nodeProperties is applicable for multinode job definitions');
  if (!nodeProperties) refuse('Node properties of multinode job is required.');
  const { numNodes, mainNode, nodeRangeProperties } = nodeProperties;
  if (numNodes < 1 || numNodes > 1000) refuse('Number of nodes must be between 1 and 1000.');
  if (mainNode < 0 || mainNode >= numNodes) refuse('Main node index is out of range, must be less than numNodes.');
  if (!nodeRangeProperties.length) refuse('Node properties should not be empty');
  if (nodeRangeProperties.length > MOST_RANGES)
    refuse(`Maximum allowed size of node range properties is ${MOST_RANGES}`);
  const ranges = nodeRangeProperties.map(range => checkRange(range, numNodes, refuse));
  // Every node must stand in some range; ranges may nest.
  for (let node = 0; node < numNodes; node++) {
    if (!ranges.some(({ from, to }) => from <= node && node <= to)) refuse(`Node ${node} is in no node range`);
  }
}

interface Nodes {
  readonly from: number;
  readonly to: number;
}

function checkRange(range: Checked<NodeRangeProperty>, numNodes: number, refuse: Refuse): Nodes {
  if (!/^[\d:]+$/.test(range.targetNodes)) refuse('targetNodes should contain only digits.');
  if (range.container && range.ecsProperties)
    refuse('NodeRangeProperties can not use both ecsProperties and container fields');
  const nodes = readTargetNodes(range.targetNodes, numNodes);
  if (!nodes || nodes.from > nodes.to || nodes.to >= numNodes) refuse(`targetNodes ${range.targetNodes} is not valid`);
  if (range.instanceTypes?.length && !range.ecsProperties) {
    refuse('Using instanceTypes with nodeRangeProperty is only allowed for ecsProperties jobs.');
  }
  if (range.container) checkContainer(range.container, false, refuse);
  else if (range.ecsProperties) checkEcs(range.ecsProperties, false, refuse);
  else if (range.eksProperties) checkEks(range.eksProperties, refuse);
  else refuse(`Must specify container for node range ${range.targetNodes}`);
  return nodes;
}

/** `0:3`, `2:`, `:3` or `5`. */
function readTargetNodes(text: string, numNodes: number): Nodes | undefined {
  const [from, to, ...more] = text.split(':');
  if (more.length) return undefined;
  if (to === undefined) return { from: Number(from), to: Number(from) };
  return { from: Number(from), to: to === '' ? numNodes - 1 : Number(to) };
}
