/** StartImageScan and DescribeImageScanFindings: basic scanning, without a vulnerability database behind it. */
import { ServiceError, type ServiceRequest } from '../../model.ts';
import { changeImage, getImage } from '../images.ts';
import { type Input, omitUndefined, requireImageId, seconds } from '../input.ts';
import { isList } from '../manifests.ts';
import type { Image, Repository, Scan } from '../model.ts';
import type { Registries } from '../registries.ts';
import { describeOwner, type Operations, readRepository } from './call.ts';

/** How long a scan is IN_PROGRESS. */
export const SCAN_MS = 2000;
/** ECR scans an image at most once in this time. */
const RESCAN_MS = 24 * 60 * 60 * 1000;

export function scanningOperations(registries: Registries): Operations {
  return {
    StartImageScan: request => {
      const { repository, image } = readImage(registries, request);
      if (isList(image.mediaType))
        throw new ServiceError(
          'UnsupportedImageTypeException',
          `The image manifest media type '${image.mediaType}' is not supported for scanning`,
        );
      const now = registries.now();
      if (image.scan && now - image.scan.startedAt < RESCAN_MS) {
        throw new ServiceError(
          'LimitExceededException',
          'The scan quota per image has been exceeded. Wait and try again.',
        );
      }
      startScan(registries, repository, image);
      return {
        ...describeOwner(repository),
        imageId: describeId(request, image),
        imageScanStatus: { status: 'IN_PROGRESS' },
      };
    },
    DescribeImageScanFindings: request => {
      const { repository, image } = readImage(registries, request);
      if (!image.scan) {
        throw new ServiceError(
          'ScanNotFoundException',
          `Image scan does not exist for the image with '{imageDigest:'${image.digest}', imageTag:'${image.tags[0] ?? 'null'}'}' in the ` +
            `repository with name '${repository.name}' in the registry with id '${repository.account}'`,
        );
      }
      const now = registries.now();
      const summary = describeScanSummary(image.scan, now);
      return omitUndefined({
        ...describeOwner(repository),
        imageId: describeId(request, image),
        imageScanStatus: describeScanStatus(image.scan, now),
        imageScanFindings: summary && { ...summary, findings: [] },
      });
    },
  };
}

export function startScan(registries: Registries, repository: Repository, image: Image): void {
  const startedAt = registries.now();
  changeImage(registries, repository, image.digest, () => ({ scan: { startedAt, completesAt: startedAt + SCAN_MS } }));
}

export function describeScanStatus(scan: Scan, now: number): Input {
  return now >= scan.completesAt
    ? { status: 'COMPLETE', description: 'The scan was completed successfully.' }
    : { status: 'IN_PROGRESS', description: 'The scan is in progress.' };
}

/** Undefined until the scan is complete. */
export function describeScanSummary(scan: Scan, now: number): Input | undefined {
  if (now < scan.completesAt) return undefined;
  return {
    imageScanCompletedAt: seconds(scan.completesAt),
    vulnerabilitySourceUpdatedAt: seconds(scan.startedAt),
    findingSeverityCounts: {},
  };
}

function readImage(registries: Registries, request: ServiceRequest): { repository: Repository; image: Image } {
  const repository = readRepository(registries, request);
  return { repository, image: getImage(registries, repository, requireImageId(request.input['imageId'], 'imageId')) };
}

function describeId(request: ServiceRequest, image: Image): Input {
  const { imageTag } = requireImageId(request.input['imageId'], 'imageId');
  return omitUndefined({ imageDigest: image.digest, imageTag });
}
