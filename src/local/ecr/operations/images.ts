/** DescribeImages, ListImages, BatchGetImage, PutImage, BatchDeleteImage. */
import type { ServiceRequest } from '../../model.ts';
import { acceptImage } from '../accept.ts';
import { invalidParameter } from '../errors.ts';
import {
  findImage,
  getImage,
  listsNaming,
  putImage,
  refuseUnchanged,
  removeImage,
  removeTag,
  sweepLayers,
} from '../images.ts';
import {
  asImageId,
  asString,
  type ImageId,
  type Input,
  omitUndefined,
  readChoice,
  readList,
  readRecord,
  readString,
  requireImageId,
  requireList,
  requireString,
  seconds,
} from '../input.ts';
import type { Image, Repository } from '../model.ts';
import { isTag } from '../names.ts';
import { cutPage, sortable } from '../page.ts';
import type { Registries } from '../registries.ts';
import { describeOwner, type Operations, readRepository } from './call.ts';
import { describeScanStatus, describeScanSummary } from './scanning.ts';

export function imageOperations(
  registries: Registries,
  onPushed: (repository: Repository, image: Image) => void,
): Operations {
  return {
    DescribeImages: request => describeImages(registries, request),
    ListImages: request => listImages(registries, request),
    BatchGetImage: async request => await batchGetImage(registries, request),
    PutImage: async request => {
      const repository = readRepository(registries, request);
      const tag = readTag(request.input);
      const imageManifest = requireString(request.input, 'imageManifest', { min: 1, max: 4_194_304 });
      const result = await putImage(registries, {
        repository,
        bytes: Buffer.from(imageManifest),
        mediaType: readString(request.input, 'imageManifestMediaType'),
        tag,
        digest: readString(request.input, 'imageDigest'),
      });
      const image = refuseUnchanged(result, repository, tag);
      onPushed(repository, image);
      const imageId = omitUndefined({ imageDigest: image.digest, imageTag: tag });
      return {
        image: { ...describeOwner(repository), imageId, imageManifest, imageManifestMediaType: image.mediaType },
      };
    },
    BatchDeleteImage: request => batchDeleteImage(registries, request),
  };
}

function readTag(input: Input): string | undefined {
  const tag = readString(input, 'imageTag', { min: 1, max: 300 });
  if (tag !== undefined && !isTag(tag))
    throw invalidParameter('imageTag', "must satisfy regular expression '[a-zA-Z0-9-_.]+'");
  return tag;
}

function describeImages(registries: Registries, request: ServiceRequest): Input {
  const repository = readRepository(registries, request);
  const ids = readList(request.input, 'imageIds', { min: 1, max: 100 }, requireImageId);
  const describe = (image: Image) => describeImage(registries, repository, image);
  if (ids) {
    const images = new Set(ids.map(id => getImage(registries, repository, id)));
    return { imageDetails: [...images].map(describe) };
  }
  const images = readFiltered(registries, repository, request.input);
  const { items, nextToken } = cutPage(images, ({ sequence }) => sortable(sequence), request.input, {
    normal: 100,
    max: 1000,
  });
  return omitUndefined({ imageDetails: items.map(describe), nextToken });
}

function describeImage(registries: Registries, repository: Repository, image: Image): Input {
  return omitUndefined({
    ...describeOwner(repository),
    imageDigest: image.digest,
    imageTags: image.tags.length > 0 ? image.tags : undefined,
    imageSizeInBytes: image.bytes,
    imagePushedAt: seconds(image.pushedAt),
    imageScanStatus: image.scan && describeScanStatus(image.scan, registries.now()),
    imageScanFindingsSummary: image.scan && describeScanSummary(image.scan, registries.now()),
    imageManifestMediaType: image.mediaType,
    artifactMediaType: image.artifactMediaType,
    lastRecordedPullTime: image.lastPulledAt === undefined ? undefined : seconds(image.lastPulledAt),
    subjectManifestDigest: image.subject,
    imageStatus: 'ACTIVE',
  });
}

/** In order of push. */
function readFiltered(registries: Registries, repository: Repository, input: Input): Image[] {
  const filter = readRecord(input, 'filter') ?? {};
  const tagStatus = readChoice(filter, 'tagStatus', ['TAGGED', 'UNTAGGED', 'ANY']) ?? 'ANY';
  const imageStatus = readChoice(filter, 'imageStatus', ['ACTIVE', 'ARCHIVED', 'ACTIVATING', 'ANY']) ?? 'ACTIVE';
  if (imageStatus === 'ARCHIVED' || imageStatus === 'ACTIVATING') return [];
  const images = [...registries.images(repository).entries()].map(([, image]) => image);
  const kept = images.filter(({ tags }) => tagStatus === 'ANY' || (tagStatus === 'TAGGED') === tags.length > 0);
  return kept.sort((one, other) => one.sequence - other.sequence);
}

/** One entry for each tag, and one for an image without any. */
function listImages(registries: Registries, request: ServiceRequest): Input {
  const repository = readRepository(registries, request);
  const entries = readFiltered(registries, repository, request.input).flatMap(image =>
    (image.tags.length > 0 ? [...image.tags].sort() : [undefined]).map(imageTag => ({
      key: `${sortable(image.sequence)} ${imageTag ?? ''}`,
      id: omitUndefined({ imageDigest: image.digest, imageTag }),
    })),
  );
  const { items, nextToken } = cutPage(entries, ({ key }) => key, request.input, { normal: 100, max: 1000 });
  return omitUndefined({ imageIds: items.map(({ id }) => id), nextToken });
}

async function batchGetImage(registries: Registries, request: ServiceRequest): Promise<Input> {
  const repository = readRepository(registries, request);
  const accepted = readList(request.input, 'acceptedMediaTypes', { min: 1, max: 100 }, asString);
  const images: Input[] = [];
  const failures: Input[] = [];
  for (const imageId of requireList(request.input, 'imageIds', { min: 1, max: 100 }, asImageId)) {
    const refusal = refuseId(imageId);
    const image = refusal ? undefined : findImage(registries, repository, imageId);
    const got =
      image && (await acceptImage(registries, image, imageId.imageDigest === undefined ? accepted : undefined));
    if (!got) {
      failures.push({
        imageId: omitUndefined(imageId),
        ...(refusal ?? { failureCode: 'ImageNotFound', failureReason: 'Requested image not found' }),
      });
      continue;
    }
    images.push({
      ...describeOwner(repository),
      imageId: omitUndefined({ imageDigest: got.digest, imageTag: imageId.imageTag }),
      imageManifest: got.bytes.toString(),
      imageManifestMediaType: got.mediaType,
    });
  }
  return { images, failures };
}

function batchDeleteImage(registries: Registries, request: ServiceRequest): Input {
  const repository = readRepository(registries, request);
  const imageIds: ImageId[] = [];
  const failures: Input[] = [];
  const ids = requireList(request.input, 'imageIds', { min: 1, max: 100 }, asImageId);
  // A list goes before the images it names when both are asked for, as it must.
  const lists = ids.filter(id => (findImage(registries, repository, id)?.manifests.length ?? 0) > 0);
  for (const imageId of [...lists, ...ids.filter(id => !lists.includes(id))]) {
    const refusal = refuseId(imageId) ?? refuseDeletion(registries, repository, imageId);
    if (refusal) failures.push({ imageId: omitUndefined(imageId), ...refusal });
    else imageIds.push(...deleteOne(registries, repository, imageId));
  }
  if (imageIds.length > 0) sweepLayers(registries, repository);
  return { imageIds, failures };
}

/** By tag the tag goes, and the image with its last one; by digest the image goes with all its tags. */
function deleteOne(registries: Registries, repository: Repository, imageId: ImageId): ImageId[] {
  const image = getImage(registries, repository, imageId);
  const { imageTag } = imageId;
  if (imageTag !== undefined && image.tags.length > 1) {
    removeTag(registries, repository, imageTag);
    return [{ imageDigest: image.digest, imageTag }];
  }
  removeImage(registries, repository, image);
  return image.tags.length > 0
    ? image.tags.map(tag => ({ imageDigest: image.digest, imageTag: tag }))
    : [{ imageDigest: image.digest }];
}

function refuseId({ imageDigest, imageTag }: ImageId): Input | undefined {
  if (imageDigest === undefined && imageTag === undefined) {
    return {
      failureCode: 'MissingDigestAndTag',
      failureReason: 'Invalid request parameters: both tag and digest cannot be null',
    };
  }
  if (imageDigest !== undefined && !/^[a-zA-Z0-9\-_+.]+:[a-fA-F0-9]+$/.test(imageDigest)) {
    return {
      failureCode: 'InvalidImageDigest',
      failureReason:
        "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    };
  }
  return undefined;
}

function refuseDeletion(registries: Registries, repository: Repository, imageId: ImageId): Input | undefined {
  const image = findImage(registries, repository, imageId);
  if (!image) return { failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };
  const goes = imageId.imageTag === undefined || image.tags.length === 1;
  const lists = goes ? listsNaming(registries, repository, image.digest) : [];
  if (lists.length === 0) return undefined;
  return {
    failureCode: 'ImageReferencedByManifestList',
    failureReason: `Requested image referenced by manifest list: [${lists.join(', ')}]`,
  };
}
