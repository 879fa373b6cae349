/** DescribeJobDefinitions. */
import type {
  DescribeJobDefinitionsRequest,
  DescribeJobDefinitionsResponse,
  JobDefinition,
} from '@aws-sdk/client-batch';
import { nameFrom } from '../arn.ts';
import type { Refuse } from '../errors.ts';
import { pageOf } from '../paging.ts';
import type { Realm } from '../realm.ts';
import type { JobDefinitionRecord } from '../records.ts';
import { findRevision, revisionsOf } from './find-revision.ts';

/** https://docs.aws.amazon.com/batch/latest/APIReference/API_DeregisterJobDefinition.html */
const INACTIVE_DAYS = 180;

/** By `jobDefinitions` (at most 100, with nothing else), or by name and status, newest revision first, in pages of at most 100. */
export function describeJobDefinitions(
  realm: Realm,
  request: DescribeJobDefinitionsRequest,
  refuse: Refuse,
  now: number,
): DescribeJobDefinitionsResponse {
  const isKept = ({ inactiveSince = now }: JobDefinitionRecord) => now - inactiveSince < INACTIVE_DAYS * 86_400_000;
  const { jobDefinitions: asked } = request;
  if (asked?.length) {
    if (request.maxResults !== undefined) refuse('JobDefinitions and MaxResults cannot both be set');
    if (request.jobDefinitionName !== undefined) refuse('JobDefinitions and JobDefinitionName cannot both be set');
    if (request.status !== undefined) refuse('JobDefinitions and Status cannot both be set');
    if (asked.length > 100) refuse('Maximum number of job definitions supported is  100 .');
    const found = new Set(asked.map(name => findRevision(realm, name)).filter(record => record !== undefined));
    return { jobDefinitions: [...found].filter(isKept).map(show) };
  }
  const { jobDefinitionName: name = '', status = '' } = request;
  const matching = selectRevisions(realm, name).filter(
    record => (!status || record.status === status) && isKept(record),
  );
  const page = pageOf(matching, request, `definitions ${name} ${status}`);
  return { jobDefinitions: page.items.map(show), ...(page.nextToken ? { nextToken: page.nextToken } : {}) };
}

function show(record: JobDefinitionRecord): JobDefinition {
  const { inactiveSince: _, ...shown } = record;
  return shown;
}

function selectRevisions(realm: Realm, asked: string): JobDefinitionRecord[] {
  if (!asked) return [...realm.lastRevisions.entries()].flatMap(([name]) => revisionsOf(realm, name));
  const name = nameFrom(realm, 'job-definition', asked);
  return name === undefined ? [] : revisionsOf(realm, name);
}
