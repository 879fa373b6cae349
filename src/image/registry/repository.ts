/** One repository of one registry, ready to be talked to. */
import { RemoteError } from '../../errors.ts';
import { describeDigest } from '../digest.ts';
import { describeRepository, pathInRegistry, type RegistryLocation } from '../registry-location.ts';
import type { Exchange } from './exchange.ts';
import { RegistryFailure } from './failure.ts';
import { type RetryPorts, retrying } from './retry.ts';

export interface Registry {
  readonly location: RegistryLocation;
  readonly region: string;
  readonly exchange: Exchange;
  readonly ports: RetryPorts;
}

export interface Repository extends Registry {
  /** As ECR knows it. */
  readonly name: string;
  /** As the registry's own addresses have it. */
  readonly path: string;
  /** `host/path`, as in an image reference. */
  readonly address: string;
}

export function openRepository(registry: Registry, name: string): Repository {
  const { location } = registry;
  return { ...registry, name, path: pathInRegistry(location, name), address: describeRepository(location, name) };
}

/** Tries as `retrying` does; what remains becomes a RemoteError that names the thing, the repository and its region. */
export async function withRetries<Result>(
  repository: Repository,
  call: { readonly operation: string; readonly doing: string; readonly subject: string },
  attempt: () => Promise<Result>,
): Promise<Result> {
  const target = `${repository.name} in ${repository.region}`;
  const doing = `${call.doing} ${describeDigest(call.subject)}`;
  try {
    return await retrying(doing, attempt, repository.ports);
  } catch (error) {
    repository.ports.signal?.throwIfAborted();
    if (error instanceof RemoteError) throw error;
    throw asRemoteError(error, `${doing} (${target})`, call.operation, target);
  }
}

function asRemoteError(error: unknown, doing: string, operation: string, target: string): RemoteError {
  if (!(error instanceof RegistryFailure)) return new RemoteError({ doing, operation, target }, error);
  const code = error.code ?? String(error.status);
  return new RemoteError({ doing, operation, target, code, remedy: remedyFor(error, operation) }, error);
}

const PULLS = 'ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and ecr:BatchCheckLayerAvailability';
const PUSHES = 'ecr:InitiateLayerUpload, ecr:UploadLayerPart, ecr:CompleteLayerUpload and ecr:PutImage';

function remedyFor({ status, code }: RegistryFailure, operation: string): string | undefined {
  if (status === 403 || code === 'DENIED') {
    const reads = operation.startsWith('GET') || operation.startsWith('HEAD');
    return `The deploy role needs ${reads ? PULLS : `${PULLS}, ${PUSHES}`} on the repository.`;
  }
  if (status === 401)
    return 'The registry does not take the login: is the account of the configuration the one that is logged in?';
  return undefined;
}
