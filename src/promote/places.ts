import type { TargetConfig } from '../config/model.ts';
import type { ImagePorts } from '../image/model.ts';
import { createRegistries, type OpenedRepository } from '../image/registries.ts';

/** Opens the repository that a target's image is in. */
export type OpenPlace = (target: TargetConfig) => OpenedRepository;

/**
 * Opens repositories without asking ECR about them: the configuration knows the registry's host. So another account's can be opened with
 * the permission to pull from it alone.
 */
export function createOpener(ports: ImagePorts): OpenPlace {
  const openers = new Map<string, ReturnType<typeof createRegistries>>();
  return target => {
    const { repository } = target.image;
    const open = openers.get(repository) ?? createRegistries(repository, ports);
    openers.set(repository, open);
    if (target.registry === undefined) throw new Error(`no registry is known of ${target.environment}`);
    return open(target, { uri: '', canMove: () => false });
  };
}
