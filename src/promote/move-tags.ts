/** Tags that move from release to release, once the new one is proven: `1.2` never leads to an image that failed. */
import { findRepository } from '../image/ecr-repository.ts';
import type { ImagePorts } from '../image/model.ts';
import type { Destination } from '../image/plan.ts';
import { createRegistries } from '../image/registries.ts';
import { tagImage } from '../image/tag-image.ts';
import type { DeliveryRequest } from './deliver.ts';

/** Puts them in every region where tags can move; gives why it failed, region by region. Never throws because of the registry. */
export async function moveTags(request: DeliveryRequest, ports: ImagePorts): Promise<readonly string[]> {
  if (request.tags.moving.length === 0) return [];
  const failures = await Promise.all(
    request.destinations.map(async destination => {
      try {
        await moveIn(destination, request, ports);
        return [];
      } catch (error) {
        const tags = request.tags.moving.join(', ');
        const why = error instanceof Error ? error.message : String(error);
        return [`${destination.targets[0]?.region}: the tag ${tags} was not moved: ${why}`];
      }
    }),
  );
  return failures.flat();
}

async function moveIn(
  { targets: [target], found }: Destination,
  { image, source, tags }: DeliveryRequest,
  ports: ImagePorts,
): Promise<void> {
  if (!target) return;
  const there = found ?? (await findRepository(image, target, ports));
  if (!there) throw new Error(`the repository ${image.repository} is gone`);
  const repository = createRegistries(image.repository, ports)(target, there);
  for (const tag of tags.moving.filter(there.canMove)) await tagImage(repository, source.manifest, tag, true);
}
