/** Repository, registry and lifecycle policies. */
import { ServiceError, type ServiceRequest } from '../../model.ts';
import { readStatements } from '../../policy-document.ts';
import { invalidParameter } from '../errors.ts';
import {
  asImageId,
  type Input,
  omitUndefined,
  readChoice,
  readList,
  readRecord,
  readString,
  requireString,
  seconds,
} from '../input.ts';
import { type Expiry, parseLifecyclePolicy, planExpiry } from '../lifecycle-policy.ts';
import type { Repository } from '../model.ts';
import { repositoryKey } from '../names.ts';
import { cutPage, sortable } from '../page.ts';
import type { Registries } from '../registries.ts';
import { registryKey } from '../settings.ts';
import { describeOwner, type Operations, readRepository } from './call.ts';

export function policyOperations(registries: Registries): Operations {
  return {
    ...repositoryPolicyOperations(registries),
    ...registryPolicyOperations(registries),
    ...lifecycleOperations(registries),
    ...previewOperations(registries),
  };
}

function repositoryPolicyOperations(registries: Registries): Operations {
  return {
    SetRepositoryPolicy: request => {
      const repository = readRepository(registries, request);
      const policyText = readPolicy(request.input, 'Invalid repository policy provided');
      registries.change(repository, { policyText });
      return { ...describeOwner(repository), policyText };
    },
    GetRepositoryPolicy: request => {
      const repository = readRepository(registries, request);
      return { ...describeOwner(repository), policyText: requirePolicy(repository) };
    },
    DeleteRepositoryPolicy: request => {
      const repository = readRepository(registries, request);
      const policyText = requirePolicy(repository);
      registries.change(repository, { policyText: undefined });
      return { ...describeOwner(repository), policyText };
    },
  };
}

function registryPolicyOperations(registries: Registries): Operations {
  const policies = registries.settings<string>('registry-policy');
  const require = ({ account, region }: ServiceRequest): string => {
    const policyText = policies.get(registryKey({ account, region }));
    if (policyText !== undefined) return policyText;
    throw new ServiceError(
      'RegistryPolicyNotFoundException',
      `Registry policy does not exist in the registry with id '${account}'`,
    );
  };
  return {
    PutRegistryPolicy: request => {
      const policyText = readPolicy(request.input, 'Invalid registry policy provided');
      policies.put(registryKey(request), policyText);
      return { registryId: request.account, policyText };
    },
    GetRegistryPolicy: request => ({ registryId: request.account, policyText: require(request) }),
    DeleteRegistryPolicy: request => {
      const policyText = require(request);
      policies.delete(registryKey(request));
      return { registryId: request.account, policyText };
    },
  };
}

function lifecycleOperations(registries: Registries): Operations {
  return {
    PutLifecyclePolicy: request => {
      const repository = readRepository(registries, request);
      const lifecyclePolicyText = requireString(request.input, 'lifecyclePolicyText', { max: 30_720 });
      parseLifecyclePolicy(lifecyclePolicyText);
      registries.change(repository, { lifecyclePolicyText, lifecycleEvaluatedAt: registries.now() });
      return { ...describeOwner(repository), lifecyclePolicyText };
    },
    GetLifecyclePolicy: request => describeLifecycle(readRepository(registries, request)),
    DeleteLifecyclePolicy: request => {
      const repository = readRepository(registries, request);
      const described = describeLifecycle(repository);
      registries.change(repository, { lifecyclePolicyText: undefined, lifecycleEvaluatedAt: undefined });
      return described;
    },
  };
}

interface Preview {
  readonly lifecyclePolicyText: string;
  readonly results: readonly Expiry[];
}

/** A preview is complete as soon as it is asked for. */
function previewOperations(registries: Registries): Operations {
  const previews = registries.settings<Preview>('lifecycle-preview');
  return {
    StartLifecyclePolicyPreview: request => {
      const repository = readRepository(registries, request);
      const given = readString(request.input, 'lifecyclePolicyText', { max: 30_720 });
      const lifecyclePolicyText = given ?? requireLifecycle(repository);
      const images = [...registries.images(repository).entries()].map(([, image]) => image);
      const results = planExpiry(parseLifecyclePolicy(lifecyclePolicyText), images, registries.now());
      previews.put(repositoryKey(repository), { lifecyclePolicyText, results });
      return { ...describeOwner(repository), lifecyclePolicyText, status: 'IN_PROGRESS' };
    },
    GetLifecyclePolicyPreview: request => {
      const repository = readRepository(registries, request);
      const preview = previews.get(repositoryKey(repository));
      if (!preview)
        throw lifecycleNotFound(repository, 'LifecyclePolicyPreviewNotFoundException', 'Lifecycle policy preview');
      return describePreview(repository, preview, request.input);
    },
  };
}

function describePreview(repository: Repository, { lifecyclePolicyText, results }: Preview, input: Input): Input {
  const ids = readList(input, 'imageIds', { min: 1, max: 100 }, asImageId);
  const tagStatus = readChoice(readRecord(input, 'filter') ?? {}, 'tagStatus', ['TAGGED', 'UNTAGGED', 'ANY']) ?? 'ANY';
  const wanted = results
    .filter(
      ({ image }) =>
        !ids ||
        ids.some(
          ({ imageDigest, imageTag }) =>
            imageDigest === image.digest || (imageTag !== undefined && image.tags.includes(imageTag)),
        ),
    )
    .filter(({ image }) => tagStatus === 'ANY' || (tagStatus === 'TAGGED') === image.tags.length > 0)
    .sort((one, other) => one.image.sequence - other.image.sequence);
  const { items, nextToken } = cutPage(wanted, ({ image }) => sortable(image.sequence), input, {
    normal: 100,
    max: 100,
  });
  const previewResults = items.map(({ image, rulePriority }) => ({
    imageTags: image.tags,
    imageDigest: image.digest,
    imagePushedAt: seconds(image.pushedAt),
    action: { type: 'EXPIRE' },
    appliedRulePriority: rulePriority,
  }));
  const summary = { expiringImageTotalCount: results.length };
  return omitUndefined({
    ...describeOwner(repository),
    lifecyclePolicyText,
    status: 'COMPLETE',
    nextToken,
    previewResults,
    summary,
  });
}

function describeLifecycle(repository: Repository): Input {
  const lifecyclePolicyText = requireLifecycle(repository);
  return {
    ...describeOwner(repository),
    lifecyclePolicyText,
    lastEvaluatedAt: seconds(repository.lifecycleEvaluatedAt ?? repository.createdAt),
  };
}

function requireLifecycle(repository: Repository): string {
  if (repository.lifecyclePolicyText !== undefined) return repository.lifecyclePolicyText;
  throw lifecycleNotFound(repository, 'LifecyclePolicyNotFoundException', 'Lifecycle policy');
}

function requirePolicy(repository: Repository): string {
  if (repository.policyText !== undefined) return repository.policyText;
  throw lifecycleNotFound(repository, 'RepositoryPolicyNotFoundException', 'Repository policy');
}

function lifecycleNotFound({ name, account }: Repository, code: string, what: string): ServiceError {
  return new ServiceError(
    code,
    `${what} does not exist for the repository with name '${name}' in the registry with id '${account}'`,
  );
}

function readPolicy(input: Input, refusal: string): string {
  const text = requireString(input, 'policyText', { max: 10_240 });
  if (!isPolicy(text)) throw invalidParameter('PolicyText', refusal);
  return text;
}

/** At least one statement, each with an effect, a principal and an action. */
function isPolicy(text: string): boolean {
  try {
    const statements = readStatements(text);
    const isWhole = (statement: Input) =>
      ['Allow', 'Deny'].includes(String(statement['Effect'])) &&
      hasOne(statement, 'Principal', 'NotPrincipal') &&
      hasOne(statement, 'Action', 'NotAction');
    return statements.length > 0 && statements.every(isWhole);
  } catch {
    return false;
  }
}

function hasOne(statement: Input, ...names: readonly string[]): boolean {
  return names.filter(name => statement[name] !== undefined).length === 1;
}
