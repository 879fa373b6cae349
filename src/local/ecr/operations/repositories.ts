/** CreateRepository, DescribeRepositories, DeleteRepository, PutImageTagMutability, PutImageScanningConfiguration. */
import { createHash } from 'node:crypto';
import type { ServiceRequest } from '../../model.ts';
import { invalidParameter, repositoryNotEmpty, repositoryNotFound } from '../errors.ts';
import {
  asRecord,
  asString,
  checkRepositoryName,
  type Input,
  omitUndefined,
  readBoolean,
  readChoice,
  readList,
  readRecord,
  readString,
  required,
  requireRecord,
  requireRepositoryName,
  requireString,
  seconds,
} from '../input.ts';
import type { ExclusionFilter, Registry, Repository, TagMutability } from '../model.ts';
import { partition, repositoryArn, repositoryUri } from '../names.ts';
import { cutPage } from '../page.ts';
import type { Registries } from '../registries.ts';
import { describeOwner, type Operations, readRegistry, readRepository } from './call.ts';
import { readTags } from './tags.ts';

const MUTABILITIES: readonly TagMutability[] = [
  'MUTABLE',
  'IMMUTABLE',
  'IMMUTABLE_WITH_EXCLUSION',
  'MUTABLE_WITH_EXCLUSION',
];

export function repositoryOperations(registries: Registries, endpoint: () => string): Operations {
  const describe = (repository: Repository) => describeRepository(repository, endpoint());
  return {
    CreateRepository: request => {
      const repository = readNewRepository(request, registries.now());
      registries.create(repository);
      return { repository: describe(repository) };
    },
    DescribeRepositories: request => {
      const { repositories, nextToken } = findRepositories(registries, request);
      return omitUndefined({ repositories: repositories.map(describe), nextToken });
    },
    DeleteRepository: request => {
      const repository = readRepository(registries, request);
      const force = readBoolean(request.input, 'force') ?? false;
      if (!force && registries.images(repository).size > 0) throw repositoryNotEmpty(repository);
      registries.remove(repository);
      return { repository: describe(repository) };
    },
    PutImageTagMutability: request => {
      const repository = readRepository(registries, request);
      const mutability = required(readMutability(request.input), 'imageTagMutability');
      registries.change(repository, mutability);
      return omitUndefined({ ...describeOwner(repository), ...mutability });
    },
    PutImageScanningConfiguration: request => {
      const repository = readRepository(registries, request);
      const scanOnPush = readBoolean(requireRecord(request.input, 'imageScanningConfiguration'), 'scanOnPush') ?? false;
      registries.change(repository, { scanOnPush });
      return { ...describeOwner(repository), imageScanningConfiguration: { scanOnPush } };
    },
  };
}

export function describeRepository(repository: Repository, endpoint: string): Input {
  return omitUndefined({
    repositoryArn: repositoryArn(repository),
    registryId: repository.account,
    repositoryName: repository.name,
    repositoryUri: repositoryUri(repository, endpoint),
    createdAt: seconds(repository.createdAt),
    imageTagMutability: repository.imageTagMutability,
    imageTagMutabilityExclusionFilters: repository.imageTagMutabilityExclusionFilters,
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: omitUndefined(repository.encryptionConfiguration),
  });
}

function readNewRepository(request: ServiceRequest, now: number): Repository {
  const registry = readRegistry(request);
  return {
    ...registry,
    name: requireRepositoryName(request.input),
    createdAt: now,
    ...(readMutability(request.input) ?? { imageTagMutability: 'MUTABLE' }),
    scanOnPush: readBoolean(readRecord(request.input, 'imageScanningConfiguration') ?? {}, 'scanOnPush') ?? false,
    encryptionConfiguration: readEncryption(request.input, registry),
    tags: readTags(request.input, {}),
  };
}

function findRepositories(
  registries: Registries,
  request: ServiceRequest,
): { repositories: readonly Repository[]; nextToken?: string | undefined } {
  const registry = readRegistry(request);
  const names = readList(request.input, 'repositoryNames', { min: 1, max: 100 }, (item, name) =>
    checkRepositoryName(asString(item, name), name),
  );
  const all = registry.account === request.account ? registries.list(registry) : [];
  if (names === undefined) {
    const { items, nextToken } = cutPage(all, ({ name }) => name, request.input, { normal: 100, max: 1000 });
    return { repositories: items, nextToken };
  }
  const found = names.map(name => all.find(repository => repository.name === name) ?? name);
  const absent = found.find(item => typeof item === 'string');
  if (absent !== undefined) throw repositoryNotFound({ ...registry, name: absent });
  return { repositories: found.filter(item => typeof item !== 'string') };
}

function readMutability(
  input: Input,
): Pick<Repository, 'imageTagMutability' | 'imageTagMutabilityExclusionFilters'> | undefined {
  const imageTagMutability = readChoice(input, 'imageTagMutability', MUTABILITIES);
  const filters = readList(input, 'imageTagMutabilityExclusionFilters', { min: 1, max: 5 }, readExclusionFilter);
  const excludes = imageTagMutability?.endsWith('_WITH_EXCLUSION') ?? false;
  if (excludes !== (filters !== undefined)) {
    const rule = excludes ? 'is required' : 'is only allowed';
    throw invalidParameter(
      'imageTagMutabilityExclusionFilters',
      `${rule} with IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION`,
    );
  }
  return imageTagMutability && { imageTagMutability, imageTagMutabilityExclusionFilters: filters };
}

function readExclusionFilter(item: unknown, name: string): ExclusionFilter {
  const record = asRecord(item, name);
  const filterType = required(readChoice(record, 'filterType', ['WILDCARD'] as const), `${name}.filterType`);
  const filter = requireString(record, 'filter', { min: 1, max: 128 });
  if (!/^[0-9a-zA-Z._*-]+$/.test(filter))
    throw invalidParameter(`${name}.filter`, "must satisfy regular expression '^[0-9a-zA-Z._*-]{1,128}$'");
  return { filterType, filter };
}

function readEncryption(input: Input, { account, region }: Registry): Repository['encryptionConfiguration'] {
  const record = readRecord(input, 'encryptionConfiguration');
  if (!record) return { encryptionType: 'AES256' };
  const encryptionType = required(
    readChoice(record, 'encryptionType', ['AES256', 'KMS', 'KMS_DSSE']),
    'encryptionConfiguration.encryptionType',
  );
  const kmsKey = readString(record, 'kmsKey', { min: 1, max: 2048 });
  if (encryptionType === 'AES256') return { encryptionType };
  return {
    encryptionType,
    kmsKey: kmsKey ?? `arn:${partition(region)}:kms:${region}:${account}:key/${defaultKeyId(account, region)}`,
  };
}

/** The id of the account's `aws/ecr` key in this region: always the same one. */
function defaultKeyId(account: string, region: string): string {
  const hex = createHash('sha256').update(`aws/ecr ${account} ${region}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
