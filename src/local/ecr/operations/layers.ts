/** BatchCheckLayerAvailability, InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload, GetDownloadUrlForLayer. */
import type { ServiceRequest } from '../../model.ts';
import { ServiceError } from '../../model.ts';
import type { Downloads } from '../downloads.ts';
import { invalidParameter, layerInaccessible, layerNotFound } from '../errors.ts';
import { asString, type Input, requireInteger, requireList, requireString } from '../input.ts';
import { isDigest } from '../names.ts';
import type { Registries } from '../registries.ts';
import { checkPartSizes, type Uploads } from '../uploads.ts';
import { describeOwner, type Operations, readRepository } from './call.ts';

/** What InitiateLayerUpload advises. */
const PART_BYTES = 10 * 1024 * 1024;
const MAXIMUM_PART_BYTES = 20 * 1024 * 1024;

export function layerOperations(registries: Registries, uploads: Uploads, downloads: Downloads): Operations {
  return {
    BatchCheckLayerAvailability: request => checkAvailability(registries, request),
    InitiateLayerUpload: request => ({
      uploadId: uploads.start(readRepository(registries, request)).id,
      partSize: PART_BYTES,
    }),
    UploadLayerPart: async request => await uploadPart(registries, uploads, request),
    CompleteLayerUpload: async request => await completeUpload(registries, uploads, request),
    GetDownloadUrlForLayer: request => {
      const repository = readRepository(registries, request);
      const layerDigest = requireString(request.input, 'layerDigest');
      if (!registries.blobs(repository).get(layerDigest)) throw layerNotFound(repository, layerDigest);
      const isUsed = [...registries.images(repository).entries()].some(([, image]) =>
        image.blobs.includes(layerDigest),
      );
      if (!isUsed) throw layerInaccessible();
      return { downloadUrl: downloads.sign(layerDigest), layerDigest };
    },
  };
}

function checkAvailability(registries: Registries, request: ServiceRequest): Input {
  const repository = readRepository(registries, request);
  const digests = requireList(request.input, 'layerDigests', { min: 1, max: 100 }, asString);
  const blobs = registries.blobs(repository);
  const describe = (layerDigest: string) => {
    const blob = blobs.get(layerDigest);
    return blob
      ? {
          layerDigest,
          layerAvailability: 'AVAILABLE',
          layerSize: blob.bytes,
          mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
        }
      : { layerDigest, layerAvailability: 'UNAVAILABLE' };
  };
  const [valid, invalid] = [digests.filter(isDigest), digests.filter(digest => !isDigest(digest))];
  const failures = invalid.map(layerDigest =>
    layerDigest === ''
      ? {
          layerDigest,
          failureCode: 'MissingLayerDigest',
          failureReason: 'Invalid request parameters: layer digest cannot be null',
        }
      : {
          layerDigest,
          failureCode: 'InvalidLayerDigest',
          failureReason:
            "Invalid request parameters: layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
        },
  );
  return { layers: valid.map(describe), failures };
}

async function uploadPart(registries: Registries, uploads: Uploads, request: ServiceRequest): Promise<Input> {
  const repository = readRepository(registries, request);
  const uploadId = requireString(request.input, 'uploadId');
  const upload = uploads.get(repository, uploadId);
  const first = requireInteger(request.input, 'partFirstByte', { min: 0, max: Number.MAX_SAFE_INTEGER });
  const last = requireInteger(request.input, 'partLastByte', { min: 0, max: Number.MAX_SAFE_INTEGER });
  const part = Buffer.from(requireString(request.input, 'layerPartBlob'), 'base64');
  if (part.length > MAXIMUM_PART_BYTES)
    throw invalidParameter('layerPartBlob', `Member must have length less than or equal to ${MAXIMUM_PART_BYTES}`);
  if (first !== upload.bytes || last - first + 1 !== part.length) {
    throw new ServiceError(
      'InvalidLayerPartException',
      `Layer part from byte ${first} to ${last} with ${part.length} bytes is not valid: the last valid byte received is ${upload.bytes - 1}`,
      400,
      { ...describeOwner(repository), uploadId, lastValidByteReceived: upload.bytes - 1 },
    );
  }
  const { bytes } = await uploads.append(upload, oneChunk(part));
  return { ...describeOwner(repository), uploadId, lastByteReceived: bytes - 1 };
}

async function completeUpload(registries: Registries, uploads: Uploads, request: ServiceRequest): Promise<Input> {
  const repository = readRepository(registries, request);
  const uploadId = requireString(request.input, 'uploadId');
  const upload = uploads.get(repository, uploadId);
  const [layerDigest = ''] = requireList(request.input, 'layerDigests', { min: 1, max: 100 }, asString);
  if (!isDigest(layerDigest))
    throw invalidParameter('layerDigests', "must satisfy regular expression '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'");
  if (upload.bytes === 0)
    throw new ServiceError('EmptyUploadException', `The upload with id '${uploadId}' does not contain any layer parts`);
  checkPartSizes(upload.smallestPartBytes);
  const there = registries.blobs(repository).get(layerDigest) !== undefined;
  await uploads.complete(repository, upload, layerDigest);
  if (there) {
    throw new ServiceError(
      'LayerAlreadyExistsException',
      `The layer with digest '${layerDigest}' already exists in the repository with name '${repository.name}' in the registry with id '${repository.account}'`,
    );
  }
  return { ...describeOwner(repository), uploadId, layerDigest };
}

async function* oneChunk(part: Buffer): AsyncGenerator<Buffer> {
  if (part.length > 0) yield part;
}
