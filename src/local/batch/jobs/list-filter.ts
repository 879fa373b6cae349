/** The filters of ListJobs: one at a time. */
import type { KeyValuesPair } from '@aws-sdk/client-batch';
import { nameFrom } from '../arn.ts';
import { clientError } from '../errors.ts';
import type { Realm } from '../realm.ts';
import type { Job } from './job.ts';

export interface JobFilter {
  matches(job: Job): boolean;
  /** It can be used together with a status; the others show every status. */
  readonly withStatus: boolean;
}

export function readFilter(realm: Realm, filters: readonly KeyValuesPair[]): JobFilter | undefined {
  const [filter] = filters;
  if (!filter) return undefined;
  if (filters.length > 1) throw clientError('Only one filter can be used at a time');
  const [value] = filter.values ?? [];
  if (value === undefined) throw clientError(`Filter ${filter.name ?? ''} needs a value`);
  switch (filter.name) {
    case 'JOB_NAME':
      return always(job => startsOrIs(job.record.jobName.toLowerCase(), value.toLowerCase()));
    case 'JOB_DEFINITION':
      return always(definitionMatcher(realm, value));
    case 'BEFORE_CREATED_AT':
      return always(job => job.record.createdAt < readTime(value));
    case 'AFTER_CREATED_AT':
      return always(job => job.record.createdAt > readTime(value));
    case 'SHARE_IDENTIFIER':
      return { matches: job => startsOrIs(job.record.overrides.shareIdentifier ?? '', value), withStatus: true };
    default:
      throw clientError(
        `Filter name ${filter.name ?? ''} is not one of JOB_NAME | JOB_DEFINITION | BEFORE_CREATED_AT | AFTER_CREATED_AT | SHARE_IDENTIFIER`,
      );
  }
}

function always(matches: (job: Job) => boolean): JobFilter {
  return { matches, withStatus: false };
}

/** An ARN means that revision, a name all of its revisions, a name with `*` all names that begin so. */
function definitionMatcher(realm: Realm, value: string): (job: Job) => boolean {
  if (value.startsWith('arn:')) {
    const definition = nameFrom(realm, 'job-definition', value);
    return job => job.record.definition === definition;
  }
  return job => startsOrIs(job.record.definition.slice(0, job.record.definition.lastIndexOf(':')), value);
}

function startsOrIs(text: string, pattern: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}

function readTime(value: string): number {
  if (!/^\d+$/.test(value)) throw clientError(`${value} is not a time in milliseconds`);
  return Number(value);
}
