import type { RevisionStamp } from './model.ts';

/** https://docs.aws.amazon.com/batch/latest/userguide/using-tags.html */
export const MAX_TAGS = 50;
const MAX_VALUE_LENGTH = 256;

const STAMP_KEYS = {
  contentHash: 'batchwright:content-hash',
  rolledBackTo: 'batchwright:rolled-back-to',
  replaces: 'batchwright:replaces',
  override: 'batchwright:override',
  digest: 'batchwright:digest',
  commit: 'batchwright:commit',
  registeredAt: 'batchwright:registered-at',
  planId: 'batchwright:plan',
  version: 'batchwright:version',
  ref: 'batchwright:ref',
  runUrl: 'batchwright:run-url',
} as const satisfies Record<keyof RevisionStamp, string>;

/** On a revision that a deployment relies on without having registered it; says which. */
export const ADOPTED_TAG = 'batchwright:adopted-by';

/** The tags that registration adds to the user's, the most needed first. */
export const STAMP_TAGS: readonly string[] = Object.values(STAMP_KEYS);
/**
 * How many of them must find room: without these, neither what is live nor where it came from could be told. Of a promotion `replaces`,
 * without which a run after a kill would not know the way back, comes before the time.
 */
export const NEEDED_STAMP_TAGS = 5;

/**
 * The user's tags and the stamp, at most 50 in all: the stamp's last give way, the content hash never. Characters that tags do not
 * take (a branch may be named `a#b`) become `_`, and long values lose their end.
 */
export function stampTags(
  own: Readonly<Record<string, string>> | undefined,
  stamp: RevisionStamp,
): Readonly<Record<string, string>> {
  const room = Math.max(1, MAX_TAGS - Object.keys(own ?? {}).length);
  const tags = (Object.keys(STAMP_KEYS) as (keyof RevisionStamp)[]).flatMap(member => {
    const value = stamp[member];
    return value ? [[STAMP_KEYS[member], tagValue(value)]] : [];
  });
  return { ...own, ...Object.fromEntries(tags.slice(0, room)) };
}

/** What a revision was stamped with; empty for one that somebody else registered. */
export function readStamp(tags: Readonly<Record<string, string>>): Partial<RevisionStamp> {
  const members = Object.entries(STAMP_KEYS).flatMap(([member, key]) => {
    const value = tags[key];
    return value === undefined ? [] : [[member, value]];
  });
  return Object.fromEntries(members);
}

/** Characters that tags do not take become `_`; at most 256. */
export function tagValue(text: string): string {
  return text.replace(/[^\p{L}\p{N}\p{Z}+\-=._:/@]/gu, '_').slice(0, MAX_VALUE_LENGTH);
}
