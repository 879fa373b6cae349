/** What is wrong with eksProperties. */
import type { EksContainer, EksProperties } from '@aws-sdk/client-batch';
import type { Refuse } from '../errors.ts';
import { checkImage } from './check-container.ts';

const MOST_CONTAINERS = 10;

export function checkEks({ podProperties }: EksProperties, refuse: Refuse): void {
  const containers = podProperties?.containers ?? [];
  if (!containers.length) refuse('Container properties should not be empty');
  if (containers.length > MOST_CONTAINERS) refuse(`A pod can have at most ${MOST_CONTAINERS} containers`);
  for (const container of [...(podProperties?.initContainers ?? []), ...containers])
    checkImage(container.image, refuse);
  for (const container of containers) checkResources(container, refuse);
}

function checkResources({ resources }: EksContainer, refuse: Refuse): void {
  const memory = resources?.limits?.['memory'] ?? resources?.requests?.['memory'];
  if (memory === undefined) refuse('Memory is not provided.');
  if (!/^\d+Mi$/.test(memory))
    refuse(`Value ${memory} for type memory in resources is not valid. Provide a valid number and unit.`);
  const cpu = resources?.limits?.['cpu'] ?? resources?.requests?.['cpu'];
  if (cpu !== undefined && !(/^\d+(\.\d+)?$/.test(cpu) && Number(cpu) > 0 && (Number(cpu) * 4) % 1 === 0)) {
    refuse(`Value ${cpu} for type cpu in resources is not valid. Provide a valid number and unit.`);
  }
}
