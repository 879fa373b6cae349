/** PutReplicationConfiguration, DescribeRegistry, DescribeImageReplicationStatus. */
import type { ServiceRequest } from '../../model.ts';
import { invalidParameter } from '../errors.ts';
import { getImage } from '../images.ts';
import {
  asRecord,
  type Input,
  omitUndefined,
  readChoice,
  readList,
  required,
  requireImageId,
  requireList,
  requireRecord,
  requireString,
} from '../input.ts';
import type { Registries } from '../registries.ts';
import { type ReplicationRule, readRules } from '../replicate.ts';
import { registryKey } from '../settings.ts';
import { type Operations, readRepository } from './call.ts';

export function replicationOperations(registries: Registries): Operations {
  return {
    PutReplicationConfiguration: request => {
      const configuration = requireRecord(request.input, 'replicationConfiguration');
      const rules = requireList(configuration, 'rules', { min: 0, max: 25 }, readRule);
      checkDestinations(rules, request);
      registries.settings<readonly ReplicationRule[]>('replication').put(registryKey(request), rules);
      return { replicationConfiguration: { rules } };
    },
    DescribeRegistry: request => ({
      registryId: request.account,
      replicationConfiguration: { rules: readRules(registries, request) },
    }),
    DescribeImageReplicationStatus: request => describeStatus(registries, request),
  };
}

function describeStatus(registries: Registries, request: ServiceRequest): Input {
  const repository = readRepository(registries, request);
  const id = requireImageId(request.input['imageId'], 'imageId');
  const { digest, replications = [] } = getImage(registries, repository, id);
  return {
    repositoryName: repository.name,
    imageId: omitUndefined({ imageDigest: digest, imageTag: id.imageTag }),
    replicationStatuses: replications.map(({ account, region, status, failureCode }) =>
      omitUndefined({ region, registryId: account, status, failureCode }),
    ),
  };
}

function readRule(item: unknown, name: string): ReplicationRule {
  const rule = asRecord(item, name);
  const destinations = requireList(rule, 'destinations', { min: 0, max: 100 }, readDestination);
  const repositoryFilters = readList(rule, 'repositoryFilters', { min: 1, max: 100 }, readFilter);
  return omitUndefined({ destinations, repositoryFilters });
}

function readDestination(item: unknown, name: string): { region: string; registryId: string } {
  const destination = asRecord(item, name);
  const region = requireString(destination, 'region', { min: 2, max: 25 });
  const registryId = requireString(destination, 'registryId');
  if (!/^[0-9a-z-]+$/.test(region))
    throw invalidParameter(`${name}.region`, "must satisfy regular expression '[0-9a-z-]{2,25}'");
  if (!/^\d{12}$/.test(registryId))
    throw invalidParameter(`${name}.registryId`, "must satisfy regular expression '[0-9]{12}'");
  return { region, registryId };
}

function readFilter(item: unknown, name: string): { filter: string; filterType: 'PREFIX_MATCH' } {
  const record = asRecord(item, name);
  const filter = requireString(record, 'filter', { min: 2, max: 256 });
  return {
    filter,
    filterType: required(readChoice(record, 'filterType', ['PREFIX_MATCH'] as const), `${name}.filterType`),
  };
}

/** At most 25 registries in all, and never this one itself. */
function checkDestinations(rules: readonly ReplicationRule[], { account, region }: ServiceRequest): void {
  const all = rules.flatMap(({ destinations }) => destinations);
  if (all.some(destination => destination.region === region && destination.registryId === account)) {
    throw invalidParameter(
      'replicationConfiguration',
      'Replication destination cannot be the same as the source registry',
    );
  }
  const unique = new Set(all.map(destination => `${destination.registryId}/${destination.region}`));
  if (unique.size > 25)
    throw invalidParameter('replicationConfiguration', 'There can be at most 25 unique destinations across all rules');
}
