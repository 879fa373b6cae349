/** Gives a manifest in a form that the client accepts. */
import { digestOf, MEDIA_TYPES } from './manifests.ts';
import type { Image } from './model.ts';
import type { Registries } from './registries.ts';

export interface ImageBytes {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** Config and layer types by their counterparts in the other family. */
const COUNTERPARTS: readonly (readonly [docker: string, oci: string])[] = [
  [MEDIA_TYPES.dockerManifest, MEDIA_TYPES.ociManifest],
  ['application/vnd.docker.container.image.v1+json', 'application/vnd.oci.image.config.v1+json'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'application/vnd.oci.image.layer.v1.tar+gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'application/vnd.oci.image.layer.v1.tar'],
];

/**
 * The image as it was pushed, or converted between Docker and OCI when `accepted` has only the other one; undefined when it
 * cannot be converted. Without `accepted` nothing is converted: so it must be for a digest.
 */
export async function acceptImage(
  registries: Registries,
  image: Image,
  accepted: readonly string[] | undefined,
): Promise<ImageBytes | undefined> {
  const bytes = await registries.files.read(image.digest);
  const stored = { digest: image.digest, mediaType: image.mediaType, bytes };
  if (!accepted || accepted.length === 0 || accepted.includes('*/*') || accepted.includes(image.mediaType))
    return stored;
  const wanted = findCounterpart(image.mediaType);
  return wanted !== undefined && accepted.includes(wanted) ? convert(bytes, wanted) : undefined;
}

function findCounterpart(mediaType: string): string | undefined {
  const pair = COUNTERPARTS.find(both => both.includes(mediaType));
  return pair?.find(other => other !== mediaType);
}

function convert(stored: Buffer, mediaType: string): ImageBytes | undefined {
  const manifest = JSON.parse(stored.toString()) as Record<string, unknown> & {
    config: { mediaType: string };
    layers: { mediaType: string }[];
  };
  const parts = [manifest.config, ...manifest.layers].map(part => ({
    ...part,
    mediaType: findCounterpart(part.mediaType),
  }));
  if (parts.some(part => part.mediaType === undefined)) return undefined;
  const [config, ...layers] = parts;
  // Docker's manifest knows no annotations, subject or artifact type.
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }, null, 3));
  return { digest: digestOf(bytes), mediaType, bytes };
}
