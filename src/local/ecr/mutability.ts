/** Which tags may move. */
import type { Repository } from './model.ts';

/** Whether a tag that is on one image may not be put on another. An exclusion filter turns the repository's rule round. */
export function isTagImmutable(
  repository: Pick<Repository, 'imageTagMutability' | 'imageTagMutabilityExclusionFilters'>,
  tag: string,
): boolean {
  const immutable = repository.imageTagMutability.startsWith('IMMUTABLE');
  const filters = repository.imageTagMutability.endsWith('_WITH_EXCLUSION')
    ? (repository.imageTagMutabilityExclusionFilters ?? [])
    : [];
  return filters.some(({ filter }) => matchesWildcard(filter, tag)) ? !immutable : immutable;
}

/** `*` stands for zero or more characters. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map(part => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}
