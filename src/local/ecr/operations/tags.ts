/** TagResource, UntagResource, ListTagsForResource. */
import type { ServiceRequest } from '../../model.ts';
import { ServiceError } from '../../model.ts';
import { invalidParameter } from '../errors.ts';
import { asRecord, asString, type Input, readList, required, requireList, requireString } from '../input.ts';
import type { Repository } from '../model.ts';
import { parseRepositoryArn } from '../names.ts';
import type { Registries } from '../registries.ts';
import type { Operations } from './call.ts';

export function tagOperations(registries: Registries): Operations {
  return {
    TagResource: request => {
      const repository = readResource(registries, request);
      required(request.input['tags'] ?? undefined, 'tags');
      registries.change(repository, { tags: readTags(request.input, repository.tags) });
      return {};
    },
    UntagResource: request => {
      const repository = readResource(registries, request);
      const keys = requireList(request.input, 'tagKeys', { min: 0, max: 200 }, asString);
      const kept = Object.entries(repository.tags).filter(([key]) => !keys.includes(key));
      registries.change(repository, { tags: Object.fromEntries(kept) });
      return {};
    },
    ListTagsForResource: request => {
      const { tags } = readResource(registries, request);
      return { tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
    },
  };
}

/** The tags given, over those there are. At most 50; keys of 1 to 128 and values of 0 to 256 characters. */
export function readTags(input: Input, there: Readonly<Record<string, string>>): Record<string, string> {
  const given = readList(input, 'tags', { min: 0, max: 200 }, readTag) ?? [];
  const tags = { ...there, ...Object.fromEntries(given) };
  if (Object.keys(tags).length > 50)
    throw new ServiceError(
      'TooManyTagsException',
      'The list of tags on the repository is over the limit. The maximum number of tags that can be applied to a repository is 50.',
    );
  return tags;
}

function readTag(item: unknown, name: string): [string, string] {
  const record = asRecord(item, name);
  const key = requireString(record, 'Key');
  const value = requireString(record, 'Value');
  if (key.length < 1 || key.length > 128 || value.length > 256 || key.startsWith('aws:')) {
    throw new ServiceError(
      'InvalidTagParameterException',
      `Invalid tag '${key}': keys have 1 to 128 characters and do not begin with 'aws:', values have at most 256`,
    );
  }
  return [key, value];
}

function readResource(registries: Registries, request: ServiceRequest): Repository {
  const arn = requireString(request.input, 'resourceArn');
  const name = parseRepositoryArn(arn);
  if (!name || name.region !== request.region || name.account !== request.account)
    throw invalidParameter('resourceArn', 'Invalid ARN');
  return registries.get(name);
}
