import { ConfigurationError } from '../errors.ts';
import { isDigest } from '../image/digest.ts';
import { canonicalDefinition, contentHash } from './canonical.ts';
import type { LiveDefinition } from './live.ts';
import { digestOf, imagesOf } from './live-release.ts';
import { readStamp } from './tags.ts';

/** What to roll back to. */
export type RollbackTarget =
  | { readonly by: 'previous' }
  | { readonly by: 'revision'; readonly revision: number }
  | { readonly by: 'digest' | 'commit' | 'version'; readonly value: string };

/** `previous`, a revision's number, an image digest, a commit of at least 7 digits, or a version. Throws ConfigurationError. */
export function parseRollbackTarget(text: string): RollbackTarget {
  if (text === 'previous') return { by: 'previous' };
  if (isDigest(text)) return { by: 'digest', value: text };
  if (/^\d{1,6}$/.test(text)) return { by: 'revision', revision: Number(text) };
  if (/^[0-9a-f]{7,40}$/.test(text)) return { by: 'commit', value: text };
  if (/^v?\d+(\.\d+)+/.test(text)) return { by: 'version', value: text };
  throw new ConfigurationError({
    message: `"${text}" is nothing to roll back to`,
    remedy:
      'Give previous, a revision such as 12, a digest (sha256:…), a commit of at least 7 digits, or a version such as v1.4.0.',
  });
}

export function describeTarget(target: RollbackTarget): string {
  if (target.by === 'previous') return 'revision before it with other content';
  return target.by === 'revision' ? `revision ${target.revision}` : `revision of ${target.by} ${target.value}`;
}

/** The newest ACTIVE one. `revisions` are oldest first. */
export function liveOf(revisions: readonly LiveDefinition[]): LiveDefinition | undefined {
  return revisions.findLast(({ described }) => described.status === 'ACTIVE');
}

/**
 * The revision whose content is to be live again, deregistered or not; undefined when there is none. `previous` is the newest before the
 * live one whose content differs; copies that earlier rollbacks made are passed over, so that rolling back twice goes back twice.
 */
export function chooseRevision(
  revisions: readonly LiveDefinition[],
  live: LiveDefinition,
  target: RollbackTarget,
): LiveDefinition | undefined {
  switch (target.by) {
    case 'previous':
      return choosePrevious(revisions, live);
    case 'revision':
      return revisions.find(({ revision }) => revision === target.revision);
    case 'digest':
      return revisions.findLast(one => imagesOf(one.described).some(image => digestOf(image) === target.value));
    case 'commit':
      return revisions.findLast(({ tags }) => readStamp(tags).commit?.startsWith(target.value));
    case 'version':
      return revisions.findLast(({ tags }) => withoutV(readStamp(tags).version) === withoutV(target.value));
  }
}

function withoutV(version: string | undefined): string | undefined {
  return version?.replace(/^v/, '');
}

function choosePrevious(revisions: readonly LiveDefinition[], live: LiveDefinition): LiveDefinition | undefined {
  const origin = Number(readStamp(live.tags).rolledBackTo ?? live.revision);
  const content = hashOf(live);
  return revisions.findLast(
    one => one.revision < origin && readStamp(one.tags).rolledBackTo === undefined && hashOf(one) !== content,
  );
}

function hashOf({ described }: LiveDefinition): string {
  return contentHash(canonicalDefinition(described));
}
