/** Tags of an image that is in the repository already, or whose blobs are. */
import { ConfigurationError, RemoteError } from '../errors.ts';
import { findManifest, putManifest, type StoredManifest } from './registry/manifests.ts';
import type { Repository } from './registry/repository.ts';

/**
 * Puts the tag on the manifest. A tag that is on it already is left alone, so that a tag that cannot move is no obstacle to the same
 * image. Throws ConfigurationError when it is on another image and cannot move.
 */
export async function tagImage(
  repository: Repository,
  manifest: StoredManifest,
  tag: string,
  canMove: boolean,
): Promise<void> {
  const current = await findManifest(repository, tag);
  if (current === manifest.digest) return;
  if (current !== undefined && !canMove) throw clash(repository, tag, current, manifest.digest);
  try {
    await putManifest(repository, tag, manifest);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // Somebody was quicker, or the repository is stricter than it said.
    const now = await findManifest(repository, tag);
    if (now === manifest.digest) return;
    if (now === undefined || !isImmutability(error)) throw error;
    throw clash(repository, tag, now, manifest.digest);
  }
}

function isRefusal(error: unknown): error is RemoteError {
  return error instanceof RemoteError && error.operation === 'PUT manifest';
}

/** ECR says TAG_INVALID and "… already exists … cannot be overwritten because the repository is immutable". */
function isImmutability({ code, message }: RemoteError): boolean {
  return code === 'ImageTagAlreadyExistsException' || /already exists|immutable/i.test(message);
}

function clash({ name, region }: Repository, tag: string, held: string, wanted: string): ConfigurationError {
  return new ConfigurationError({
    message: `The tag ${tag} of ${name} in ${region} cannot be moved: it is on ${held}, and this image is ${wanted}`,
    remedy:
      'Use the image that is there (build without force), or give this one another tag: a new commit, a new version. ' +
      'Deleting the tag in ECR frees it, where nothing runs that image.',
  });
}
