/** Images as ECR tells of them: manifests, platforms, the parts of an index. */
import type { Image, ImageIdentifier } from '@aws-sdk/client-ecr';
import { isDigest } from '../../image/digest.ts';
import type { Platform } from '../../image/image-config.ts';
import { ACCEPTED_MANIFESTS, isIndex } from '../../image/media-types.ts';
import { readAll } from '../../image/registry/exchange.ts';
import { type Descriptor, type ManifestContent, parseManifest } from '../../image/registry/manifests.ts';
import { type Answer, ask, type Call, chunks, hasCode, remember } from './ask.ts';
import { type EcrImage, imagesOf } from './image-place.ts';
import { type Fleet, ng, type VerifyPorts } from './model.ts';

/** BatchGetImage takes this many images. */
const IMAGES_A_CALL = 100;

export interface Images {
  /** What is found under the digest or tag; undefined when nothing is. */
  manifest(image: EcrImage): Promise<Answer<FoundImage | undefined>>;
  platforms(image: EcrImage, found: FoundImage): Promise<Answer<readonly Platform[]>>;
  /** The parts of an index that the repository has not. */
  missing(image: EcrImage, found: FoundImage): Promise<Answer<readonly Descriptor[]>>;
}

export interface FoundImage extends ManifestContent {
  readonly index: boolean;
}

/** All images of a repository that the fleet names are asked for in one call. */
export function createImages({ candidates }: Fleet, ports: VerifyPorts): Images {
  const places = candidates.flatMap(imagesOf).flatMap(({ place }) => place ?? []);
  const byRepository = Map.groupBy(places, repositoryOf);
  const manifests = remember(key => readManifests(byRepository.get(key) ?? [], ports));
  const platforms = new Map<string, Promise<Answer<readonly Platform[]>>>();
  const missing = new Map<string, Promise<Answer<readonly Descriptor[]>>>();
  return {
    manifest: async image => {
      const answer = await manifests(repositoryOf(image));
      return 'verdict' in answer ? answer : (answer.value.get(image.id) ?? { value: undefined });
    },
    platforms: (image, found) => once(platforms, image, () => readPlatforms(image, found, ports)),
    missing: (image, found) => once(missing, image, () => findMissing(image, found, ports)),
  };
}

function repositoryOf({ account, region, repository }: EcrImage): string {
  return `${account}/${region}/${repository}`;
}

function once<Value>(known: Map<string, Promise<Value>>, image: EcrImage, read: () => Promise<Value>): Promise<Value> {
  const key = `${repositoryOf(image)} ${image.id}`;
  const value = known.get(key) ?? read();
  known.set(key, value);
  return value;
}

/** By digest and tag; what ECR has not is absent, and what it will not give has its verdict. */
type Found = ReadonlyMap<string, Answer<FoundImage>>;

async function readManifests(places: readonly EcrImage[], ports: VerifyPorts): Promise<Answer<Found>> {
  const [first] = places;
  if (!first) return { value: new Map() };
  const look = (call: Call) => getImages(first, new Set(places.map(({ id }) => id)), call, ports);
  const action = 'ecr:BatchGetImage';
  const explain = (error: unknown) =>
    hasCode(error, /^RepositoryNotFound/)
      ? ng(`there is no ECR repository ${first.repository} in ${first.region}`, 'Run build-push, which can create it.')
      : undefined;
  return ask({ region: first.region, action, look, explain }, ports);
}

async function getImages(
  { account, region, repository }: EcrImage,
  ids: Iterable<string>,
  call: Call,
  { aws }: VerifyPorts,
): Promise<Found> {
  const ecr = await aws.ecr(region);
  const found = new Map<string, Answer<FoundImage>>();
  for (const chunk of chunks(ids, IMAGES_A_CALL)) {
    const { images = [], failures = [] } = await call(() =>
      ecr.batchGetImage({
        registryId: account,
        repositoryName: repository,
        imageIds: chunk.map(id => (isDigest(id) ? { imageDigest: id } : { imageTag: id })),
        acceptedMediaTypes: ACCEPTED_MANIFESTS.split(', '),
      }),
    );
    for (const image of images) keep(found, image.imageId, readImage(image));
    for (const { imageId, failureCode, failureReason = 'no reason given' } of failures) {
      if (failureCode === 'ImageNotFound') continue;
      keep(found, imageId, { verdict: ng(`ecr:BatchGetImage failed: ${failureCode}: ${failureReason}`) });
    }
  }
  return found;
}

function keep(
  found: Map<string, Answer<FoundImage>>,
  id: ImageIdentifier | undefined,
  answer: Answer<FoundImage>,
): void {
  for (const name of [id?.imageDigest, id?.imageTag]) if (name) found.set(name, answer);
}

function readImage({ imageId, imageManifest = '', imageManifestMediaType: mediaType = '' }: Image): Answer<FoundImage> {
  const { imageDigest: digest = '' } = imageId ?? {};
  try {
    const content = parseManifest({ digest, mediaType, bytes: Buffer.from(imageManifest) });
    return { value: { ...content, index: isIndex(mediaType) } };
  } catch {
    return { verdict: ng(`is no container image, but ${mediaType}`) };
  }
}

async function findMissing(
  image: EcrImage,
  { index, manifests }: FoundImage,
  ports: VerifyPorts,
): Promise<Answer<readonly Descriptor[]>> {
  if (!index) return { value: [] };
  const parts = manifests.map(({ digest }) => ({ ...image, id: digest }));
  const answer = await readManifests(parts, ports);
  return 'verdict' in answer ? answer : { value: manifests.filter(({ digest }) => !answer.value.has(digest)) };
}

/** An index says them of its parts; of a single image they stand in its configuration, a blob of its own. */
async function readPlatforms(
  { account, region, repository }: EcrImage,
  { index, manifests, config }: FoundImage,
  ports: VerifyPorts,
): Promise<Answer<readonly Platform[]>> {
  if (index || !config)
    return { value: manifests.flatMap(({ platform }) => (platform && platform.os !== 'unknown' ? [platform] : [])) };
  return ask(
    {
      region,
      action: 'ecr:GetDownloadUrlForLayer',
      look: async call => {
        const ecr = await ports.aws.ecr(region);
        const request = { registryId: account, repositoryName: repository, layerDigest: config.digest };
        const { downloadUrl = '' } = await call(() => ecr.getDownloadUrlForLayer(request));
        return [await download(downloadUrl, ports)];
      },
    },
    ports,
  );
}

async function download(url: string, { http, signal }: VerifyPorts): Promise<Platform> {
  const { status, body } = await http.request({ method: 'GET', url, signal });
  const text = Buffer.from(await readAll(body)).toString('utf8');
  if (status !== 200) throw new Error(`the image's configuration could not be downloaded (HTTP ${status})`);
  const { os, architecture, variant } = JSON.parse(text) as Platform;
  return { os, architecture, variant };
}
