import type { JobDefinition } from '@aws-sdk/client-batch';
import { isDigest } from '../image/digest.ts';
import type { SourceRevision } from '../image/model.ts';
import type { LiveDefinition } from './live.ts';
import type { Release } from './model.ts';
import { readStamp } from './tags.ts';

/**
 * What a live revision runs: its first container's image, and the commit it was stamped with. Rendering the branch with it shows
 * what else differs. Undefined for a revision without any container.
 */
export function liveRelease(
  { tags, described }: LiveDefinition,
  source: SourceRevision | undefined,
): Release | undefined {
  const [image] = imagesOf(described);
  if (image === undefined) return undefined;
  const { commit, ref, version } = readStamp(tags);
  const { repositoryUrl } = source ?? {};
  return { image, source: commit === undefined ? source : { commit, ref, version, repositoryUrl } };
}

/** Every image that a definition names, in its own order, of whichever family it is. */
export function imagesOf(described: JobDefinition): readonly string[] {
  const { containerProperties, ecsProperties, eksProperties, nodeProperties } = described;
  const nodes = nodeProperties?.nodeRangeProperties ?? [];
  const containers = [
    containerProperties,
    ...nodes.map(({ container }) => container),
    ...[ecsProperties, ...nodes.map(node => node.ecsProperties)].flatMap(
      ecs => ecs?.taskProperties?.flatMap(task => task.containers ?? []) ?? [],
    ),
    ...[eksProperties, ...nodes.map(node => node.eksProperties)].flatMap(eks => [
      ...(eks?.podProperties?.containers ?? []),
      ...(eks?.podProperties?.initContainers ?? []),
    ]),
  ];
  return containers.flatMap(container => container?.image ?? []);
}

/** The digest that an image reference ends in. */
export function digestOf(image: string): string | undefined {
  const digest = image.split('@')[1];
  return digest !== undefined && isDigest(digest) ? digest : undefined;
}

/** Of the image that all of them have; undefined when there are several, or one without a digest. */
export function commonDigest(described: readonly JobDefinition[]): string | undefined {
  const digests = new Set(described.flatMap(imagesOf).map(digestOf));
  const [digest] = digests;
  return digests.size === 1 ? digest : undefined;
}
