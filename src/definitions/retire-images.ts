/** Images that no ACTIVE revision names, in the repositories that the configuration pushes to. */
import type { DescribeImagesCommandOutput, ImageDetail } from '@aws-sdk/client-ecr';
import type { Target, TargetConfig } from '../config/model.ts';
import { ConfigurationError, RemoteError } from '../errors.ts';
import { MEDIA_TYPES } from '../image/media-types.ts';
import type { AwsPorts } from '../ports.ts';
import { type LimitedPorts, type RegistrationPorts, readAllActive, withLimiter } from './live.ts';
import { digestOf, imagesOf } from './live-release.ts';

export type ImageRetirementPorts = RegistrationPorts & { readonly aws: Pick<AwsPorts, 'batch' | 'batchOnce' | 'ecr'> };

export interface RetiredImages {
  readonly region: string;
  readonly repository: string;
  /** Indexes first: what an index names can go only after it. */
  readonly digests: readonly string[];
  readonly kept: number;
}

export interface ImageFailure {
  readonly region: string;
  readonly digest: string;
  readonly why: string;
}

/** BatchDeleteImage and BatchGetImage take no more. */
const MOST_IDS = 100;
const DAY = 86_400_000;

/**
 * What may go from each region's repository: images older than `days` that no ACTIVE revision of any configured region names, by digest or
 * tag, and that no kept index is made of. Signatures and other artifacts are left alone. Changes nothing.
 *
 * `targets` are all of the configuration. Throws ConfigurationError when another account's environment pulls from these registries, since
 * its revisions cannot be read; RemoteError when a region cannot be read.
 */
export async function planImageRetirement(
  {
    targets,
    account,
    days,
  }: { readonly targets: readonly TargetConfig[]; readonly account: string; readonly days: number },
  ports: ImageRetirementPorts,
): Promise<readonly RetiredImages[]> {
  const own = targets.filter(target => target.account === account);
  refuseForeignUsers(targets, own);
  const limited = { ...withLimiter(ports), aws: ports.aws };
  const regions = [...new Map(own.map(target => [target.region, target])).values()];
  const named = new Set((await Promise.all(regions.map(({ region }) => readNamed(region, limited)))).flat());
  const before = ports.clock.now() - days * DAY;
  return Promise.all(regions.map(target => planRegion(target, named, before, limited)));
}

function refuseForeignUsers(targets: readonly TargetConfig[], own: readonly TargetConfig[]): void {
  const registries = new Set(own.map(({ registry }) => registry));
  const users = targets.filter(target => !own.includes(target) && registries.has(target.registry));
  if (users.length === 0) return;
  throw new ConfigurationError({
    message: `${[...new Set(users.map(({ environment }) => environment))].join(', ')} pulls from these registries, and its revisions are in another account, which these credentials cannot read`,
    remedy: 'Remove images with a lifecycle policy of the repository instead.',
  });
}

/** Every digest and tag that something ACTIVE names, whoever registered it. */
async function readNamed(region: string, ports: LimitedPorts): Promise<readonly string[]> {
  const images = (await readAllActive(region, ports)).flatMap(({ described }) => imagesOf(described));
  return images.flatMap(image => [digestOf(image) ?? [], tagOf(image) ?? []].flat());
}

function tagOf(image: string): string {
  return /:([\w.-]+)$/.exec(image.replace(/@.*$/, '').split('/').at(-1) ?? '')?.[1] ?? 'latest';
}

async function planRegion(
  { region, account, image: { repository } }: TargetConfig,
  named: ReadonlySet<string>,
  before: number,
  ports: ImageRetirementPorts & LimitedPorts,
): Promise<RetiredImages> {
  const details = await describeAll({ region, account }, repository, ports);
  const mayGo = (detail: ImageDetail) =>
    isImage(detail) &&
    (detail.imagePushedAt?.getTime() ?? Number.POSITIVE_INFINITY) < before &&
    ![detail.imageDigest, ...(detail.imageTags ?? [])].some(name => name !== undefined && named.has(name));
  const kept = details.filter(detail => !mayGo(detail));
  const needed = await readParts({ region, account }, repository, kept.filter(isIndex), ports);
  const going = details.filter(detail => mayGo(detail) && !needed.has(detail.imageDigest ?? ''));
  const ordered = [...going.filter(isIndex), ...going.filter(detail => !isIndex(detail))];
  return {
    region,
    repository,
    digests: ordered.flatMap(({ imageDigest }) => imageDigest ?? []),
    kept: details.length - going.length,
  };
}

function isIndex({ imageManifestMediaType }: ImageDetail): boolean {
  return imageManifestMediaType === MEDIA_TYPES.ociIndex || imageManifestMediaType === MEDIA_TYPES.dockerIndex;
}

/** Of a signature, an attestation or a chart nobody knows here who needs it. */
function isImage(detail: ImageDetail): boolean {
  const { artifactMediaType, subjectManifestDigest } = detail;
  if (subjectManifestDigest !== undefined) return false;
  return (
    isIndex(detail) ||
    [undefined, MEDIA_TYPES.ociConfig, MEDIA_TYPES.dockerConfig].includes(
      artifactMediaType as typeof MEDIA_TYPES.ociConfig,
    )
  );
}

type Place = Pick<Target, 'region' | 'account'>;

async function describeAll(
  { region, account }: Place,
  repositoryName: string,
  { aws, limiter, signal }: ImageRetirementPorts & LimitedPorts,
): Promise<readonly ImageDetail[]> {
  const ecr = await aws.ecr(region);
  const found: ImageDetail[] = [];
  let nextToken: string | undefined;
  do {
    const request = { registryId: account, repositoryName, maxResults: 1000, ...(nextToken && { nextToken }) };
    const page: DescribeImagesCommandOutput = await limiter
      .run({ region, operations: 'read', service: 'ecr' }, () => ecr.describeImages(request), signal)
      .catch((error: unknown) => {
        throw ecrError('DescribeImages', `${repositoryName} in ${region}`, error);
      });
    found.push(...(page.imageDetails ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  return found;
}

/** Digests of what these indexes are made of. */
async function readParts(
  { region, account }: Place,
  repositoryName: string,
  indexes: readonly ImageDetail[],
  { aws, limiter, signal }: ImageRetirementPorts & LimitedPorts,
): Promise<ReadonlySet<string>> {
  const ecr = await aws.ecr(region);
  const parts = new Set<string>();
  const add = (text: string | undefined) => {
    const { manifests = [] } = JSON.parse(text ?? '{}') as { manifests?: readonly { digest: string }[] };
    for (const { digest } of manifests) parts.add(digest);
  };
  for (let from = 0; from < indexes.length; from += MOST_IDS) {
    const imageIds = indexes.slice(from, from + MOST_IDS).map(({ imageDigest }) => ({ imageDigest }));
    const request = { registryId: account, repositoryName, imageIds };
    const { images = [], failures = [] } = await limiter
      .run({ region, operations: 'read', service: 'ecr' }, () => ecr.batchGetImage(request), signal)
      .catch((error: unknown) => {
        throw ecrError('BatchGetImage', `${repositoryName} in ${region}`, error);
      });
    const [failure] = failures;
    if (failure)
      throw ecrError(
        'BatchGetImage',
        `${repositoryName} in ${region}`,
        new Error(`${failure.failureCode}: ${failure.failureReason}`),
      );
    for (const { imageManifest } of images) add(imageManifest);
  }
  return parts;
}

/** Removes what was planned, a hundred at a time. Gives what is still there, and why; never throws because of AWS. */
export async function removeImages(
  planned: readonly RetiredImages[],
  account: string,
  { aws, signal }: ImageRetirementPorts,
): Promise<readonly ImageFailure[]> {
  const failures: ImageFailure[] = [];
  await Promise.all(
    planned.map(async ({ region, repository, digests }) => {
      for (let from = 0; from < digests.length; from += MOST_IDS) {
        const some = digests.slice(from, from + MOST_IDS);
        const fail = (why: string) => failures.push(...some.map(digest => ({ region, digest, why })));
        if (signal?.aborted) {
          fail('cancelled before');
          continue;
        }
        try {
          const ecr = await aws.ecr(region);
          const imageIds = some.map(imageDigest => ({ imageDigest }));
          const answer = await ecr.batchDeleteImage({ registryId: account, repositoryName: repository, imageIds });
          for (const { imageId, failureCode, failureReason } of answer.failures ?? []) {
            failures.push({ region, digest: imageId?.imageDigest ?? '', why: `${failureCode}: ${failureReason}` });
          }
        } catch (error) {
          fail(ecrError('BatchDeleteImage', `${repository} in ${region}`, error).message);
        }
      }
    }),
  );
  return failures;
}

function ecrError(operation: string, target: string, error: unknown): RemoteError {
  const doing = operation === 'BatchDeleteImage' ? 'removing images of' : 'reading the images of';
  return new RemoteError(
    { doing: `${doing} ${target}`, operation, target, remedy: `The role needs ecr:${operation}.` },
    error,
  );
}
