/** The image, its tags and its evidence, in every region of the environment that it is promoted to. */
import type { ImageConfig } from '../config/model.ts';
import { copyImage } from '../image/copy.ts';
import { createRepository } from '../image/ecr-repository.ts';
import { requireEverywhere } from '../image/everywhere.ts';
import type { ImagePorts } from '../image/model.ts';
import type { Destination } from '../image/plan.ts';
import { createRegistries, type OpenedRepository } from '../image/registries.ts';
import { tagImage } from '../image/tag-image.ts';
import { writeEvidence } from './evidence.ts';
import type { FoundProof } from './model.ts';
import type { FoundImage } from './source.ts';

export interface DeliveryRequest {
  readonly image: ImageConfig;
  readonly source: FoundImage;
  readonly destinations: readonly Destination[];
  /** `moving` ones wait until the image is proven, and are left out where tags cannot move. */
  readonly tags: { readonly fixed: readonly string[]; readonly moving: readonly string[] };
  /** What goes along with the image. */
  readonly proofs: readonly FoundProof[];
}

export interface DeliveredImage {
  readonly region: string;
  /** `host/repository@sha256:…` */
  readonly reference: string;
  readonly how: 'copied' | 'exists';
  /** Sent to this region. */
  readonly bytes: number;
}

/**
 * Copies by digest from registry to registry, then tags, then puts the evidence beside it; tags that move are left where they are, see
 * moveTags. One region's failure hinders no other, and what is there is not sent again, so running it again after a failure goes on.
 * Throws RemoteError that says which regions have it and why the others do not.
 */
export async function deliverImage(request: DeliveryRequest, ports: ImagePorts): Promise<readonly DeliveredImage[]> {
  const { image, source } = request;
  const { digest } = source.manifest;
  const places = await openPlaces(request, ports);
  const copied = await copyImage(
    source.repository,
    digest,
    places.flatMap(({ repository }) => repository ?? []),
  );
  const outcomes = await Promise.all(
    places.map(async ({ region, repository, canMove, error: closed }) => {
      const { how = 'exists', bytes = 0, error } = copied.find(each => each.repository === repository) ?? {};
      const outcome = { region, how, bytes, reference: `${repository?.address}@${digest}` };
      if (closed !== undefined || error !== undefined) return { ...outcome, error: closed ?? error };
      try {
        if (repository) await tagAndProve(repository, request, canMove);
        return outcome;
      } catch (failure) {
        ports.signal?.throwIfAborted();
        return { ...outcome, error: failure };
      }
    }),
  );
  requireEverywhere(outcomes, `${image.repository}@${digest}`);
  return outcomes.map(({ region, reference, how, bytes }) => ({ region, reference, how, bytes }));
}

interface Place {
  readonly region: string;
  /** Undefined when it is not there and could not be made, for the reason in `error`. */
  readonly repository?: OpenedRepository;
  readonly canMove: (tag: string) => boolean;
  readonly error?: unknown;
}

/** The repository of each region, made where it is missing. Rejects only when aborted. */
async function openPlaces({ image, destinations }: DeliveryRequest, ports: ImagePorts): Promise<readonly Place[]> {
  const open = createRegistries(image.repository, ports);
  const places = destinations.map(async ({ targets: [target], found }): Promise<readonly Place[]> => {
    if (!target) return [];
    const { region } = target;
    try {
      const there = found ?? (await createRepository(image, target, ports));
      return [{ region, repository: open(target, there), canMove: there.canMove }];
    } catch (error) {
      ports.signal?.throwIfAborted();
      return [{ region, canMove: () => false, error }];
    }
  });
  return (await Promise.all(places)).flat();
}

async function tagAndProve(
  repository: OpenedRepository,
  { source: { manifest }, tags, proofs }: DeliveryRequest,
  canMove: (tag: string) => boolean,
): Promise<void> {
  for (const tag of tags.fixed) await tagImage(repository, manifest, tag, canMove(tag));
  for (const { stored } of proofs) await writeEvidence(repository, manifest.digest, stored);
}
