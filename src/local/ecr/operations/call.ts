/** What every operation of the ECR API is given. */
import type { ServiceRequest } from '../../model.ts';
import { checkAccess } from '../access.ts';
import { invalidParameter } from '../errors.ts';
import { type Input, readString, requireRepositoryName } from '../input.ts';
import { applyLifecycle } from '../lifecycle.ts';
import type { Registry, Repository } from '../model.ts';
import type { Registries } from '../registries.ts';

export type Operation = (request: ServiceRequest) => unknown;
export type Operations = Readonly<Record<string, Operation>>;

/** The registry a call is about: the caller's own unless `registryId` names another. */
export function readRegistry(request: ServiceRequest): Registry {
  const registryId = readString(request.input, 'registryId');
  if (registryId !== undefined && !/^\d{12}$/.test(registryId)) {
    throw invalidParameter('registryId', "must satisfy regular expression '[0-9]{12}'");
  }
  return { account: registryId ?? request.account, region: request.region };
}

/** The repository a call is about. Throws RepositoryNotFoundException, and AccessDeniedException for another account's. */
export function readRepository(registries: Registries, request: ServiceRequest): Repository {
  const repository = registries.get({ ...readRegistry(request), name: requireRepositoryName(request.input) });
  checkAccess(repository, request.account, `ecr:${request.operation}`);
  applyLifecycle(registries, repository);
  return registries.get(repository);
}

/** The two members nearly every answer begins with. */
export function describeOwner(repository: Repository): Input {
  return { registryId: repository.account, repositoryName: repository.name };
}
