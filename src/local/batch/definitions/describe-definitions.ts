/** DescribeJobDefinitions. */
import type { DescribeJobDefinitionsRequest, DescribeJobDefinitionsResponse } from '@aws-sdk/client-batch';
import { nameFrom } from '../arn.ts';
import type { Refuse } from '../errors.ts';
import { pageOf } from '../paging.ts';
import type { Realm } from '../realm.ts';
import type { JobDefinitionRecord } from '../records.ts';
import { findRevision, revisionsOf } from './find-revision.ts';

/** By `jobDefinitions` (at most 100, with nothing else), or by name and status, newest revision first, in pages of at most 100. */
export function describeJobDefinitions(
  realm: Realm,
  request: DescribeJobDefinitionsRequest,
  refuse: Refuse,
): DescribeJobDefinitionsResponse {
  const { jobDefinitions: asked } = request;
  if (asked?.length) {
    if (request.maxResults !== undefined) refuse('JobDefinitions and MaxResults cannot both be set');
    if (request.jobDefinitionName !== undefined) refuse('JobDefinitions and JobDefinitionName cannot both be set');
    if (request.status !== undefined) refuse('JobDefinitions and Status cannot both be set');
    if (asked.length > 100) refuse('Maximum number of job definitions supported is  100 .');
    const found = asked.map(name => findRevision(realm, name));
    return { jobDefinitions: [...new Set(found.filter(record => record !== undefined))] };
  }
  const { jobDefinitionName: name = '', status = '' } = request;
  const matching = selectRevisions(realm, name).filter(record => !status || record.status === status);
  const page = pageOf(matching, request, `definitions ${name} ${status}`);
  return { jobDefinitions: [...page.items], ...(page.nextToken ? { nextToken: page.nextToken } : {}) };
}

function selectRevisions(realm: Realm, asked: string): JobDefinitionRecord[] {
  if (!asked) return [...realm.lastRevisions.entries()].flatMap(([name]) => revisionsOf(realm, name));
  const name = nameFrom(realm, 'job-definition', asked);
  return name === undefined ? [] : revisionsOf(realm, name);
}
