/** What is wrong with eksProperties. */
import type { EksContainer, EksProperties } from '@aws-sdk/client-batch';
import type { Refuse } from '../errors.ts';
import { checkImage } from './check-container.ts';

const MOST_CONTAINERS = 10;

export function checkEks({ podProperties }: EksProperties, refuse: Refuse): void {
  const containers = podProperties?.containers ?? [];
  if (!containers.length) refuse('Container properties should not be empty');
  if (containers.length > MOST_CONTAINERS) refuse(`A pod can have at most ${MOST_CONTAINERS} containers`);
  for (const { name } of containers) {
    if (name !== undefined && containers.filter(each => each.name === name).length > 1) {
      refuse(`The container name: ${name} must be unique in multi-container job.`);
    }
  }
  for (const container of [...(podProperties?.initContainers ?? []), ...containers])
    checkImage(container.image, refuse);
  for (const container of containers) checkResources(container, refuse);
}

function checkResources({ resources }: EksContainer, refuse: Refuse): void {
  const { limits = {}, requests = {} } = resources ?? {};
  for (const type of [...Object.keys(limits), ...Object.keys(requests)]) {
    if (!['cpu', 'memory', 'nvidia.com/gpu'].includes(type)) refuse(`${type} is not a supported type for resources.`);
  }
  if (limits['memory'] && requests['memory'] && limits['memory'] !== requests['memory']) {
    refuse('memory request must be equal to memory limit if both are provided.');
  }
  const memory = limits['memory'] ?? requests['memory'];
  if (memory === undefined) refuse('Memory is not provided.');
  if (!/^\d+Mi$/.test(memory))
    refuse(`Value ${memory} for type memory in resources is not valid. Provide a valid number and unit.`);
  const cpu = limits['cpu'] ?? requests['cpu'];
  if (cpu !== undefined && !(/^\d+(\.\d+)?$/.test(cpu) && Number(cpu) > 0 && (Number(cpu) * 4) % 1 === 0)) {
    refuse(`Value ${cpu} for type cpu in resources is not valid. Provide a valid number and unit.`);
  }
}
