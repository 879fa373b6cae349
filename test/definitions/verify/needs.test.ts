import { expect, test } from '@jest/globals';
import { readSubject } from '../../../src/definitions/lint/subject.ts';
import { needsOf, totalVcpus } from '../../../src/definitions/verify/needs.ts';
import { bend, definitionOf, ec2, ecs, eks, fargate, multinode, type Request } from '../requests.ts';

const POD = 'eksProperties.podProperties';
const limits = (cpu: unknown, memory: string, gpu?: number) => ({
  resources: { limits: { cpu, memory, ...(gpu && { 'nvidia.com/gpu': gpu }) } },
});
const pod = () =>
  bend(eks(), {
    [`${POD}.containers`]: [limits('1.5', '100Mi', 1), limits('500m', '50Mi'), {}],
    [`${POD}.initContainers`]: [limits('1', '700Mi'), limits(4, '1Mi')],
  });

test.each<[string, () => Request, readonly (readonly number[])[], number]>([
  ['a container', ec2, [[1, 2, 3800, 0]], 2],
  ['a container on Fargate', fargate, [[1, 1, 2048, 0]], 1],
  ['the containers of a task together', ecs, [[1, 1, 2048, 0]], 1],
  [
    'a container with the old members',
    () =>
      bend(ec2(), {
        'containerProperties.resourceRequirements': [],
        'containerProperties.vcpus': 3,
        'containerProperties.memory': 64,
      }),
    [[1, 3, 64, 0]],
    3,
  ],
  [
    'each range of nodes',
    multinode,
    [
      [2, 2, 3800, 0],
      [2, 2, 3800, 0],
    ],
    8,
  ],
  [
    'one node',
    () => bend(multinode(), { 'nodeProperties.nodeRangeProperties.0.targetNodes': '3' }),
    [
      [1, 2, 3800, 0],
      [2, 2, 3800, 0],
    ],
    6,
  ],
  ['requests of a pod before limits', eks, [[1, 0.5, 2048, 0]], 0.5],
  ['a pod: the others together, or the largest init container', pod, [[1, 4, 700, 1]], 4],
])('%s', (_, request, expected, total) => {
  const needs = needsOf(readSubject(definitionOf(request())));
  expect(needs.map(({ nodes, vcpus, memoryMiB, gpus }) => [nodes, vcpus, memoryMiB, gpus])).toEqual(expected);
  expect(totalVcpus(needs)).toBe(total);
});
