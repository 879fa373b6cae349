/** Tags that move from release to release, once the new one is proven: `1.2` never leads to an image that failed. */
import { type FoundRepository, findRepository } from '../image/ecr-repository.ts';
import type { ImagePorts, ImageTarget } from '../image/model.ts';
import { createRegistries } from '../image/registries.ts';
import { tagImage } from '../image/tag-image.ts';
import type { DeliveryRequest } from './deliver.ts';
import type { MovedTag } from './model.ts';

/** Puts them on the image in every region where tags can move; gives how each ended. Never throws because of the registry. */
export async function moveTags(request: DeliveryRequest, ports: ImagePorts): Promise<readonly MovedTag[]> {
  const { destinations, tags } = request;
  const moves = destinations.flatMap(({ targets: [target], found }) =>
    target ? tags.moving.map(tag => moveTag(tag, { target, found }, request, ports)) : [],
  );
  return await Promise.all(moves);
}

async function moveTag(
  tag: string,
  { target, found }: { readonly target: ImageTarget; readonly found: FoundRepository | undefined },
  { image, source }: DeliveryRequest,
  ports: ImagePorts,
): Promise<MovedTag> {
  const { region } = target;
  try {
    const there = found ?? (await findRepository(image, target, ports));
    if (!there) throw new Error(`the repository ${image.repository} is gone`);
    if (!there.canMove(tag)) return { region, tag, status: 'immutable' };
    await tagImage(createRegistries(image.repository, ports)(target, there), source.manifest, tag, true);
    return { region, tag, status: 'moved' };
  } catch (error) {
    return { region, tag, status: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}
