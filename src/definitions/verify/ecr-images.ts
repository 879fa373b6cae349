/** Images as ECR tells of them: manifests, platforms, the parts of an index. */
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
      return 'verdict' in answer ? answer : { value: answer.value.get(image.id) };
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

async function readManifests(
  places: readonly EcrImage[],
  ports: VerifyPorts,
): Promise<Answer<ReadonlyMap<string, FoundImage>>> {
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
): Promise<Map<string, FoundImage>> {
  const ecr = await aws.ecr(region);
  const found = new Map<string, FoundImage>();
  for (const chunk of chunks(ids, IMAGES_A_CALL)) {
    const { images = [] } = await call(() =>
      ecr.batchGetImage({
        registryId: account,
        repositoryName: repository,
        imageIds: chunk.map(id => (isDigest(id) ? { imageDigest: id } : { imageTag: id })),
        acceptedMediaTypes: ACCEPTED_MANIFESTS.split(', '),
      }),
    );
    for (const { imageId, imageManifest = '', imageManifestMediaType: mediaType = '' } of images) {
      const { imageDigest: digest = '', imageTag } = imageId ?? {};
      const content = parseManifest({ digest, mediaType, bytes: Buffer.from(imageManifest) });
      for (const id of [digest, imageTag]) if (id) found.set(id, { ...content, index: isIndex(mediaType) });
    }
  }
  return found;
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
