import type { DefinitionConfig, TargetConfig } from '../config/model.ts';
import type { Release } from '../definitions/model.ts';
import { ConfigurationError, errorCode, RemoteError } from '../errors.ts';
import type { SourceRevision } from '../image/model.ts';
import type { Ports } from './command.ts';

/** Stands where a digest will be, in what is rendered without an image: well formed, and of no image. */
export const PLACEHOLDER_DIGEST = `sha256:${'0'.repeat(64)}`;

/** `host/repository@digest` in a target's own registry. */
export function referenceOf(digest: string, target: TargetConfig, registryHost: Ports['registryHost']): string {
  return `${target.registry ?? registryHost(target)}/${target.image.repository}@${digest}`;
}

/** The same image and commit for every definition, each from its own region's registry. */
export function releaseOfCommit(
  digest: string,
  source: SourceRevision | undefined,
  registryHost: Ports['registryHost'],
): (config: DefinitionConfig) => Release {
  return config => ({ image: referenceOf(digest, config, registryHost), source });
}

/**
 * Reads the `image` input: a digest, a reference that ends in one, or build-push's `images` output. Whatever the form, the digest
 * alone is taken: each region's registry is the configuration's, since definitions of one region must not pull from another.
 */
export function parseImageInput(given: string): string {
  const digests = new Set(given.match(/sha256:[0-9a-f]{64}(?![0-9a-f])/g));
  const [digest] = digests;
  if (digest !== undefined && digests.size === 1) return digest;
  throw new ConfigurationError({
    message:
      digests.size > 1
        ? `input "image" names ${digests.size} different digests: ${[...digests].join(', ')}`
        : `input "image" must be a digest (sha256:…), a reference ending in one, or build-push's \`images\` output, not "${given}"`,
    remedy: 'A tag may move between now and the pull; a digest cannot.',
  });
}

/** The digest that was given, or else that of this commit's image. */
export async function readImageDigest(
  given: string | undefined,
  source: SourceRevision | undefined,
  [first]: readonly TargetConfig[],
  ports: Pick<Ports, 'aws' | 'signal'>,
): Promise<string> {
  if (given) return parseImageInput(given);
  if (first && source?.commit) return findCommitDigest(source.commit, first, ports, source.dirty);
  throw new ConfigurationError({
    message: 'no image was given, and without a commit none can be looked up',
    remedy: "Give `image`: build-push's `digest` output.",
  });
}

/** What is built from uncommitted changes is of no commit, and is found by its digest alone. */
const DIRTY =
  'The work tree has uncommitted changes, and what build-push makes of them has no tag of the commit: give the digest that it printed, `--image sha256:…`, or commit and run build-push again.';

/** The digest of this commit's image in the first target's repository, by its commit tag. `dirty`: of the work tree, for the remedy. */
export async function findCommitDigest(
  commit: string,
  target: TargetConfig,
  { aws, signal }: Pick<Ports, 'aws' | 'signal'>,
  dirty = false,
): Promise<string> {
  const { region, image, account } = target;
  try {
    const ecr = await aws.ecr(region);
    const { imageDetails = [] } = await ecr.describeImages(
      { repositoryName: image.repository, registryId: account, imageIds: [{ imageTag: commit }] },
      { abortSignal: signal },
    );
    const digest = imageDetails[0]?.imageDigest;
    if (digest) return digest;
    throw new Error('the answer holds no digest');
  } catch (error) {
    const place = `${image.repository} in ${region}`;
    const whose = `image of commit ${commit.slice(0, 12)}`;
    const remedy = dirty ? DIRTY : 'Run build-push for this commit first, or give an image: `--image sha256:…`.';
    const call = { operation: 'DescribeImages', target: place };
    // Nobody refused anything: what to do comes first, and AWS's words last.
    if (/^(Image|Repository)NotFoundException$/.test(errorCode(error) ?? ''))
      throw new RemoteError({ ...call, doing: `No ${whose} was put into ${place}. ${remedy} AWS says` }, error);
    throw new RemoteError({ ...call, doing: `looking for the ${whose} in ${place}`, remedy }, error);
  }
}
