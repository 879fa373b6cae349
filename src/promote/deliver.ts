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
  /** `moving` ones are left out where tags cannot move. */
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
 * Copies by digest from registry to registry, then tags, then puts the evidence beside it. What is there is not sent again, so running it
 * again after a failure goes on. Throws RemoteError that says which regions have it; ConfigurationError for a tag that cannot move.
 */
export async function deliverImage(request: DeliveryRequest, ports: ImagePorts): Promise<readonly DeliveredImage[]> {
  const { image, source, destinations } = request;
  const open = createRegistries(image.repository, ports);
  const places = await Promise.all(
    destinations.flatMap(({ targets: [target], found }) =>
      target
        ? [
            (async () => {
              const there = found ?? (await createRepository(image, target, ports));
              return { repository: open(target, there), found: there };
            })(),
          ]
        : [],
    ),
  );
  const { digest } = source.manifest;
  const copied = await copyImage(
    source.repository,
    digest,
    places.map(({ repository }) => repository),
  );
  const outcomes = await Promise.all(
    places.map(async ({ repository, found }, index) => {
      const { how = 'exists', bytes = 0, error } = copied[index] ?? {};
      const { region } = repository;
      if (error !== undefined) return { region, repository, how, bytes, error };
      try {
        await tagAndProve(repository, request, tag => found.canMove(tag));
        return { region, repository, how, bytes };
      } catch (failure) {
        ports.signal?.throwIfAborted();
        return { region, repository, how, bytes, error: failure };
      }
    }),
  );
  requireEverywhere(outcomes, `${image.repository}@${digest}`);
  return outcomes.map(({ region, repository, how, bytes }) => {
    return { region, reference: `${repository.address}@${digest}`, how, bytes };
  });
}

async function tagAndProve(
  repository: OpenedRepository,
  { source: { manifest }, tags, proofs }: DeliveryRequest,
  canMove: (tag: string) => boolean,
): Promise<void> {
  for (const tag of tags.fixed) await tagImage(repository, manifest, tag, canMove(tag));
  for (const tag of tags.moving.filter(canMove)) await tagImage(repository, manifest, tag, true);
  for (const { stored } of proofs) await writeEvidence(repository, manifest.digest, stored);
}
