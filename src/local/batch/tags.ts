/** Tags by ARN, of compute environments, queues, policies, definitions and jobs. */
import { arnOf, nameFrom, type ResourceKind } from './arn.ts';
import { checkTags } from './definitions/check-common.ts';
import { clientError, validationError } from './errors.ts';
import type { RealmWork } from './scheduling/realm-work.ts';

type Tags = Readonly<Record<string, string>>;

interface Tagged {
  readonly tags: Tags;
  put(tags: Tags): void;
}

export function listTags(work: RealmWork, { resourceArn }: { readonly resourceArn: string }): object {
  return { tags: requireTagged(work, resourceArn).tags };
}

export function tagResource(
  work: RealmWork,
  { resourceArn, tags }: { readonly resourceArn: string; readonly tags: Tags },
): object {
  const found = requireTagged(work, resourceArn);
  const merged = { ...found.tags, ...tags };
  checkTags(merged);
  found.put(merged);
  return {};
}

export function untagResource(
  work: RealmWork,
  { resourceArn, tagKeys }: { readonly resourceArn: string; readonly tagKeys: readonly string[] },
): object {
  if (!tagKeys.length || tagKeys.length > 50) {
    throw validationError([
      `Value at 'tagKeys' failed to satisfy constraint: Member must have length between 1 and 50, inclusive`,
    ]);
  }
  const found = requireTagged(work, resourceArn);
  found.put(Object.fromEntries(Object.entries(found.tags).filter(([key]) => !tagKeys.includes(key))));
  return {};
}

/** Children of array and multi-node jobs have no tags. */
function requireTagged(work: RealmWork, arn: string): Tagged {
  const kind = (['compute-environment', 'job-queue', 'scheduling-policy', 'job-definition', 'job'] as const).find(
    each => arn.startsWith(arnOf(work.realm, each, '')),
  );
  const name = kind && nameFrom(work.realm, kind, arn);
  const found = kind && name ? findTagged(work, kind, name) : undefined;
  if (!found) throw clientError(`Resource ${arn} not found`);
  return found;
}

function findTagged(work: RealmWork, kind: ResourceKind, name: string): Tagged | undefined {
  if (kind === 'job') {
    const job = name.includes(':') ? undefined : work.book.find(name)?.job;
    return job && { tags: job.record.tags, put: tags => job.setTags(tags) };
  }
  const { realm } = work;
  switch (kind) {
    case 'compute-environment':
      return inTable(realm.computeEnvironments, name);
    case 'job-queue':
      return inTable(realm.jobQueues, name);
    case 'scheduling-policy':
      return inTable(realm.schedulingPolicies, name);
    case 'job-definition':
      return inTable(realm.revisions, name);
  }
}

function inTable<Value extends { readonly tags?: Record<string, string> | undefined }>(
  table: { get(key: string): Value | undefined; put(key: string, value: Value): void },
  name: string,
): Tagged | undefined {
  const record = table.get(name);
  return record && { tags: record.tags ?? {}, put: tags => table.put(name, { ...record, tags: { ...tags } }) };
}
