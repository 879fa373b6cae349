/** Images of one repository: put, find, tag and delete. Both faces come here. */

import {
  digestDoesNotMatch,
  imageAlreadyExists,
  imageNotFound,
  layersNotFound,
  referencedImagesNotFound,
  tagIsImmutable,
} from './errors.ts';
import type { ImageId } from './input.ts';
import { type Descriptor, type Manifest, parseManifest } from './manifests.ts';
import type { Image, Repository } from './model.ts';
import { isTagImmutable } from './mutability.ts';
import type { Registries } from './registries.ts';

export interface PutImageRequest {
  readonly repository: Repository;
  readonly bytes: Uint8Array;
  readonly mediaType?: string | undefined;
  readonly tag?: string | undefined;
  /** What the caller says the digest is. */
  readonly digest?: string | undefined;
}

export interface PutImageResult {
  readonly image: Image;
  /** False when the image was there already, under this tag if one was given. */
  readonly changed: boolean;
}

/**
 * Puts a manifest, and the tag on it. Throws ImageDigestDoesNotMatch-, LayersNotFound-, ReferencedImagesNotFound- and
 * ImageTagAlreadyExistsException; whether an unchanged image is an error is for the caller to say.
 */
export async function putImage(registries: Registries, request: PutImageRequest): Promise<PutImageResult> {
  const manifest = parseManifest(request.bytes, request.mediaType, request.digest);
  if (request.digest !== undefined && request.digest !== manifest.digest)
    throw digestDoesNotMatch(manifest.digest, request.digest);
  const staged = registries.uuid();
  await registries.files.stage(staged, request.bytes);
  try {
    // From here to the tables without a pause: what was checked still holds when it is written.
    const repository = registries.get(request.repository);
    checkReferences(registries, repository, manifest);
    checkTag(registries, repository, manifest.digest, request.tag);
    const changed = writeImage(registries, repository, manifest, request, staged);
    await registries.files.syncFolder();
    await registries.commit();
    return { image: getImage(registries, repository, { imageDigest: manifest.digest }), changed };
  } finally {
    registries.files.removePartial(staged);
  }
}

/** For the API, which refuses an image that is there already. */
export function refuseUnchanged(
  { image, changed }: PutImageResult,
  repository: Repository,
  tag: string | undefined,
): Image {
  if (!changed) throw imageAlreadyExists(repository, image.digest, tag);
  return image;
}

function checkReferences(registries: Registries, repository: Repository, manifest: Manifest): void {
  const blobs = registries.blobs(repository);
  const needed = listBlobs(manifest).map(({ digest }) => digest);
  const absent = [...new Set(needed)].filter(digest => !blobs.get(digest));
  if (absent.length > 0) throw layersNotFound(repository, absent);
  const images = registries.images(repository);
  const absentImages = manifest.manifests.map(({ digest }) => digest).filter(digest => !images.get(digest));
  if (absentImages.length > 0) throw referencedImagesNotFound(repository, [...new Set(absentImages)]);
}

/** What has to be in the repository: config and layers, but not those fetched from elsewhere. */
function listBlobs({ config, layers }: Manifest): Descriptor[] {
  return [config, ...layers].flatMap(descriptor => (descriptor?.distributable ? [descriptor] : []));
}

function checkTag(registries: Registries, repository: Repository, digest: string, tag: string | undefined): void {
  if (tag === undefined) return;
  const holder = registries.tags(repository).get(tag);
  if (holder !== undefined && holder !== digest && isTagImmutable(repository, tag))
    throw tagIsImmutable(repository, tag);
}

function writeImage(
  registries: Registries,
  repository: Repository,
  manifest: Manifest,
  request: PutImageRequest,
  staged: string,
): boolean {
  const images = registries.images(repository);
  const there = images.get(manifest.digest);
  if (!there) {
    registries.files.adopt(staged, manifest.digest);
    images.put(manifest.digest, describeNewImage(registries, repository, manifest, request.bytes.length));
  }
  const tagged = request.tag !== undefined && tagImage(registries, repository, manifest.digest, request.tag);
  return !there || tagged;
}

function describeNewImage(
  registries: Registries,
  repository: Repository,
  manifest: Manifest,
  manifestBytes: number,
): Image {
  const images = registries.images(repository);
  const blobs = listBlobs(manifest);
  const ownBytes = blobs.reduce((sum, { digest }) => sum + (registries.blobs(repository).get(digest)?.bytes ?? 0), 0);
  const listBytes = Math.max(0, ...manifest.manifests.map(({ digest }) => images.get(digest)?.bytes ?? 0));
  return {
    digest: manifest.digest,
    mediaType: manifest.mediaType,
    artifactMediaType: manifest.artifactType ?? manifest.config?.mediaType,
    manifestBytes,
    bytes: manifest.manifests.length > 0 ? listBytes : ownBytes,
    pushedAt: registries.now(),
    sequence: registries.nextSequence(),
    tags: [],
    blobs: blobs.map(({ digest }) => digest),
    manifests: manifest.manifests.map(({ digest }) => digest),
    subject: manifest.subject?.digest,
    annotations: manifest.annotations,
  };
}

/** False when the tag is on this image already. The image that had it stays, untagged if it was the last. */
export function tagImage(registries: Registries, repository: Repository, digest: string, tag: string): boolean {
  const holder = registries.tags(repository).get(tag);
  if (holder === digest) return false;
  if (holder !== undefined) removeTag(registries, repository, tag);
  changeImage(registries, repository, digest, image => ({ tags: [...image.tags, tag] }));
  registries.tags(repository).put(tag, digest);
  return true;
}

export function removeTag(registries: Registries, repository: Repository, tag: string): void {
  const holder = registries.tags(repository).get(tag);
  if (holder === undefined) return;
  registries.tags(repository).delete(tag);
  changeImage(registries, repository, holder, image => ({ tags: image.tags.filter(other => other !== tag) }));
}

export function changeImage(
  registries: Registries,
  repository: Repository,
  digest: string,
  change: (image: Image) => Partial<Image>,
): void {
  const image = registries.images(repository).get(digest);
  if (image) registries.images(repository).put(digest, { ...image, ...change(image) });
}

/** Undefined when there is none, or when tag and digest do not belong together. */
export function findImage(
  registries: Registries,
  repository: Repository,
  { imageDigest, imageTag }: ImageId,
): Image | undefined {
  const tagged = imageTag === undefined ? undefined : registries.tags(repository).get(imageTag);
  if (imageTag !== undefined && (tagged === undefined || (imageDigest !== undefined && imageDigest !== tagged)))
    return undefined;
  const digest = imageDigest ?? tagged;
  return digest === undefined ? undefined : registries.images(repository).get(digest);
}

/** Throws ImageNotFoundException. */
export function getImage(registries: Registries, repository: Repository, id: ImageId): Image {
  const image = findImage(registries, repository, id);
  if (!image) throw imageNotFound(repository, id);
  return image;
}

/** Every list of the repository that names this image. */
export function listsNaming(registries: Registries, repository: Repository, digest: string): string[] {
  return [...registries.images(repository).entries()]
    .filter(([, image]) => image.manifests.includes(digest))
    .map(([list]) => list);
}

/** The images whose subject this digest is, in order of push. */
export function listReferring(registries: Registries, repository: Repository, subject: string): Image[] {
  const images = [...registries.images(repository).entries()].map(([, image]) => image);
  return images.filter(image => image.subject === subject).sort((one, other) => one.sequence - other.sequence);
}

export function removeImage(registries: Registries, repository: Repository, image: Image): void {
  for (const tag of image.tags) registries.tags(repository).delete(tag);
  registries.images(repository).delete(image.digest);
  registries.forgetFile(image.digest);
}

/** A layer that no image uses any more may be cleaned up at any time, says ECR: here a day after it was pushed. */
const UNUSED_LAYER_MS = 24 * 60 * 60 * 1000;

export function sweepLayers(registries: Registries, repository: Repository): void {
  const used = new Set([...registries.images(repository).entries()].flatMap(([, image]) => image.blobs));
  for (const [digest, { pushedAt }] of registries.blobs(repository).entries()) {
    if (used.has(digest) || registries.now() - pushedAt < UNUSED_LAYER_MS) continue;
    registries.blobs(repository).delete(digest);
    registries.forgetFile(digest);
  }
}
