/** The repository of one target, as ECR knows it. */
import type { Repository as EcrRepository } from '@aws-sdk/client-ecr';
import type { ImageConfig } from '../config/model.ts';
import { ConfigurationError, errorCode, RemoteError } from '../errors.ts';
import type { EcrPort } from '../ports.ts';
import type { ImagePorts, ImageTarget } from './model.ts';
import { remedyForDenied } from './permission.ts';

export interface FoundRepository {
  /** `host/path` of the repository. */
  readonly uri: string;
  /** Whether a tag that is on one image may be put on another. */
  canMove(tag: string): boolean;
}

interface Call {
  readonly ecr: EcrPort;
  readonly image: ImageConfig;
  readonly target: ImageTarget;
  readonly ports: Pick<ImagePorts, 'notify' | 'signal'>;
}

/** Undefined when there is none. */
export async function findRepository(
  image: ImageConfig,
  target: ImageTarget,
  ports: Pick<ImagePorts, 'aws' | 'notify' | 'signal'>,
): Promise<FoundRepository | undefined> {
  return await describe({ ecr: await ports.aws.ecr(target.region), image, target, ports });
}

/** Creates the repository when the configuration says how. Throws ConfigurationError with the remedy when it does not. */
export async function createRepository(
  image: ImageConfig,
  target: ImageTarget,
  ports: Pick<ImagePorts, 'aws' | 'notify' | 'signal'>,
): Promise<FoundRepository> {
  const call: Call = { ecr: await ports.aws.ecr(target.region), image, target, ports };
  await create(call);
  const found = await describe(call);
  if (found) return found;
  throw new RemoteError(failureOf(call, 'Creating', 'CreateRepository'), 'it was created but cannot be found');
}

/** The problem of a repository that is not there and may not be made. */
export function describeMissing(
  image: ImageConfig,
  { region, account }: ImageTarget,
): { message: string; remedy: string } {
  return {
    message: `The repository ${image.repository} does not exist in ${region} (account ${account})`,
    remedy: `Set image.createRepository, or run: aws ecr create-repository --region ${region} --repository-name ${image.repository}`,
  };
}

async function describe(call: Call): Promise<FoundRepository | undefined> {
  const { ecr, image, target } = call;
  const request = { repositoryNames: [image.repository], registryId: target.account };
  try {
    const { repositories } = await ecr.describeRepositories(request, optionsOf(call));
    return repositories?.[0] ? readFound(repositories[0]) : undefined;
  } catch (error) {
    if (errorCode(error) === 'RepositoryNotFoundException') return undefined;
    throw refused(call, 'Looking for', 'DescribeRepositories', error);
  }
}

async function create(call: Call): Promise<void> {
  const { ecr, image, target, ports } = call;
  const settings = image.createRepository;
  if (!settings) throw new ConfigurationError(describeMissing(image, target));
  const { encryption, kmsKey } = settings;
  try {
    const made = await ecr.createRepository(
      {
        registryId: target.account,
        repositoryName: image.repository,
        imageTagMutability: settings.imageTagMutability,
        imageScanningConfiguration: { scanOnPush: settings.scanOnPush },
        encryptionConfiguration: { encryptionType: encryption, ...(kmsKey === undefined ? {} : { kmsKey }) },
        tags: Object.entries(settings.tags).map(([Key, Value]) => ({ Key, Value })),
      },
      optionsOf(call),
    );
    const text = `created the repository ${made.repository?.repositoryUri ?? image.repository}`;
    ports.notify({ type: 'message', level: 'notice', text });
  } catch (error) {
    // Somebody else was quicker: then it has their settings.
    if (errorCode(error) === 'RepositoryAlreadyExistsException') return;
    throw refused(call, 'Creating', 'CreateRepository', error);
  }
  if (settings.lifecyclePolicy !== undefined) await putLifecyclePolicy(call, settings.lifecyclePolicy);
}

async function putLifecyclePolicy(call: Call, lifecyclePolicyText: string): Promise<void> {
  const { ecr, image, target } = call;
  const request = { registryId: target.account, repositoryName: image.repository, lifecyclePolicyText };
  await ecr.putLifecyclePolicy(request, optionsOf(call)).catch((error: unknown) => {
    throw refused(call, 'Setting the lifecycle policy of', 'PutLifecyclePolicy', error);
  });
}

function readFound(repository: EcrRepository): FoundRepository {
  const mutability = repository.imageTagMutability ?? 'MUTABLE';
  const filters = repository.imageTagMutabilityExclusionFilters ?? [];
  const excluded = (tag: string): boolean =>
    mutability.endsWith('_WITH_EXCLUSION') && filters.some(({ filter }) => matchesWildcard(filter ?? '', tag));
  return { uri: repository.repositoryUri ?? '', canMove: tag => mutability.startsWith('MUTABLE') !== excluded(tag) };
}

/** `*` stands for any number of characters. */
function matchesWildcard(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map(part => part.replaceAll(/[\\^$.+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}

function optionsOf({ ports }: Call): { abortSignal?: AbortSignal } {
  return ports.signal ? { abortSignal: ports.signal } : {};
}

function failureOf({ image, target }: Call, doing: string, operation: string) {
  const subject = `${image.repository} in ${target.region}`;
  return { doing: `${doing} the repository ${subject}`, operation, target: subject };
}

function refused(call: Call, doing: string, operation: string, error: unknown): unknown {
  if (call.ports.signal?.aborted) return call.ports.signal.reason;
  const remedy = remedyForDenied(error, `ecr:${operation} on the repository`);
  return new RemoteError({ ...failureOf(call, doing, operation), remedy }, error);
}
