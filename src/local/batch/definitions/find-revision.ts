/** Job definitions by what people write: a name, `name:revision`, or an ARN with or without revision. */
import { nameFrom } from '../arn.ts';
import type { Realm } from '../realm.ts';
import type { JobDefinitionRecord } from '../records.ts';

/** The very revision that `name:revision` or its ARN names, whatever its status. */
export function findRevision(realm: Realm, asked: string): JobDefinitionRecord | undefined {
  const key = nameFrom(realm, 'job-definition', asked);
  return key === undefined ? undefined : realm.revisions.get(key);
}

/** Newest first. */
export function revisionsOf(realm: Realm, name: string): JobDefinitionRecord[] {
  const found: JobDefinitionRecord[] = [];
  for (let revision = realm.lastRevisions.get(name) ?? 0; revision > 0; revision--) {
    const record = realm.revisions.get(`${name}:${revision}`);
    if (record) found.push(record);
  }
  return found;
}

/** What SubmitJob runs: the very revision if it is ACTIVE, or the newest ACTIVE one of a name. */
export function findActiveRevision(realm: Realm, asked: string): JobDefinitionRecord | undefined {
  const name = nameFrom(realm, 'job-definition', asked);
  if (name === undefined) return undefined;
  const exact = realm.revisions.get(name);
  if (exact) return exact.status === 'ACTIVE' ? exact : undefined;
  return revisionsOf(realm, name).find(({ status }) => status === 'ACTIVE');
}
