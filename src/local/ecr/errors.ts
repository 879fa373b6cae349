/** Errors in ECR's own words. The texts without a note are those of docs and of clients' logs; see BEHAVIOUR.md. */
import { ServiceError } from '../model.ts';
import type { Registry } from './model.ts';

type RepositoryName = Registry & { readonly name: string };

export function repositoryNotFound({ name, account }: RepositoryName): ServiceError {
  return new ServiceError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${account}'`,
  );
}

export function repositoryAlreadyExists({ name, account }: RepositoryName): ServiceError {
  return new ServiceError(
    'RepositoryAlreadyExistsException',
    `The repository with name '${name}' already exists in the registry with id '${account}'`,
  );
}

export function repositoryNotEmpty({ name, account }: RepositoryName): ServiceError {
  return new ServiceError(
    'RepositoryNotEmptyException',
    `The repository with name '${name}' in registry with id '${account}' cannot be deleted because it still contains images`,
  );
}

export function imageNotFound(
  { name, account }: RepositoryName,
  id: { imageDigest?: string | undefined; imageTag?: string | undefined },
): ServiceError {
  return new ServiceError(
    'ImageNotFoundException',
    `The image with imageId {imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'} does not exist within the ` +
      `repository with name '${name}' in the registry with id '${account}'`,
  );
}

export function imageAlreadyExists(
  { name, account }: RepositoryName,
  digest: string,
  tag: string | undefined,
): ServiceError {
  return new ServiceError(
    'ImageAlreadyExistsException',
    `Image with digest '${digest}' and tag '${tag ?? 'null'}' already exists in the repository with name '${name}' in registry with id '${account}'`,
  );
}

export function tagIsImmutable({ name }: RepositoryName, tag: string): ServiceError {
  return new ServiceError(
    'ImageTagAlreadyExistsException',
    `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the repository is immutable.`,
  );
}

export function layersNotFound({ name, account }: RepositoryName, digests: readonly string[]): ServiceError {
  return new ServiceError(
    'LayersNotFoundException',
    `Layers with digests '[${digests.join(', ')}]' required for pushing image into repository with name '${name}' in the registry with id '${account}' do not exist`,
  );
}

export function referencedImagesNotFound({ name, account }: RepositoryName, digests: readonly string[]): ServiceError {
  return new ServiceError(
    'ReferencedImagesNotFoundException',
    `Images with digests '[${digests.join(', ')}]' required for pushing image into repository with name '${name}' in the registry with id '${account}' do not exist`,
  );
}

export function digestDoesNotMatch(calculated: string, given: string): ServiceError {
  return new ServiceError(
    'ImageDigestDoesNotMatchException',
    `The calculated digest '${calculated}' of the image does not match the digest '${given}' provided`,
  );
}

export function layerNotFound({ name, account }: RepositoryName, digest: string): ServiceError {
  return new ServiceError(
    'LayersNotFoundException',
    `The layer with digest ${digest} does not exist within the repository with name '${name}' in the registry with id '${account}'`,
  );
}

export function layerInaccessible(): ServiceError {
  return new ServiceError(
    'LayerInaccessibleException',
    'The specified layer is not available because it is not associated with an image. Unassociated image layers may be cleaned up at any time.',
  );
}

export function uploadNotFound({ name, account }: RepositoryName, uploadId: string): ServiceError {
  return new ServiceError(
    'UploadNotFoundException',
    `The upload with id '${uploadId}' does not exist in the repository with name '${name}' in the registry with id '${account}'`,
  );
}

export function invalidParameter(name: string, constraint: string): ServiceError {
  return new ServiceError(
    'InvalidParameterException',
    `Invalid parameter at '${name}' failed to satisfy constraint: '${constraint}'`,
  );
}
