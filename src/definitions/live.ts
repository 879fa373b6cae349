import type { JobDefinition } from '@aws-sdk/client-batch';
import type { Notify } from '../events.ts';
import { createRateLimiter, type RateLimiter } from '../limiter.ts';
import type { AwsPorts, Clock } from '../ports.ts';
import { batchError } from './batch-error.ts';
import type { LiveRevision } from './model.ts';
import { readContentHash } from './tags.ts';

/** What planning and registering need of the outside. */
export interface RegistrationPorts {
  readonly aws: Pick<AwsPorts, 'batch' | 'batchOnce'>;
  readonly clock: Clock;
  readonly notify: Notify;
  /** No call is begun after it is aborted; those under way are waited for. */
  readonly signal?: AbortSignal | undefined;
  /** Shared with other verbs of the process, where there are any. */
  readonly limiter?: RateLimiter | undefined;
}

/** The ports with a limiter for certain. */
export type LimitedPorts = RegistrationPorts & { readonly limiter: RateLimiter };

export function withLimiter(ports: RegistrationPorts): LimitedPorts {
  return { ...ports, limiter: ports.limiter ?? createRateLimiter(ports.clock, ports.notify) };
}

/** ACTIVE revisions by job definition name; names without any are absent. */
export type LiveRevisions = ReadonlyMap<string, readonly JobDefinition[]>;

/**
 * Every ACTIVE revision of the names in one region, with few calls: listing all takes one call per 100 revisions of the account,
 * asking by name at least one per name. It lists until that is sure to be dearer, and then asks by name.
 *
 * Throws RemoteError.
 */
export async function readLiveRevisions(
  region: string,
  names: readonly string[],
  ports: LimitedPorts,
): Promise<LiveRevisions> {
  const wanted = [...new Set(names)];
  const listed = wanted.length > 1 ? await listActive(region, wanted.length, ports) : undefined;
  const found = listed ?? (await Promise.all(wanted.map(name => readByName(region, name, ports)))).flat();
  const ours = new Set(wanted);
  return Map.groupBy(
    found.filter(({ jobDefinitionName = '' }) => ours.has(jobDefinitionName)),
    ({ jobDefinitionName = '' }) => jobDefinitionName,
  );
}

/** The revisions of one name that are ACTIVE. Throws RemoteError. */
export async function readByName(region: string, name: string, ports: LimitedPorts): Promise<readonly JobDefinition[]> {
  const request = { jobDefinitionName: name, status: 'ACTIVE' };
  return (await readPages(region, request, `${name} in ${region}`, Infinity, ports)) ?? [];
}

/** The order of answers is not documented, so the newest is the one of the highest number. */
export function newestOf(revisions: readonly JobDefinition[] = []): JobDefinition | undefined {
  return revisions.reduce<JobDefinition | undefined>(
    (newest, each) => ((each.revision ?? 0) > (newest?.revision ?? 0) ? each : newest),
    undefined,
  );
}

export function liveRevisionOf({ jobDefinitionArn = '', revision = 0, tags }: JobDefinition): LiveRevision {
  return { arn: jobDefinitionArn, revision, contentHash: readContentHash(tags) };
}

/** Undefined when there are more than `pages` pages. */
function listActive(region: string, pages: number, ports: LimitedPorts): Promise<readonly JobDefinition[] | undefined> {
  return readPages(region, { status: 'ACTIVE' }, `the job definitions in ${region}`, pages, ports);
}

async function readPages(
  region: string,
  request: { readonly status: string; readonly jobDefinitionName?: string },
  target: string,
  most: number,
  { aws, limiter, signal }: LimitedPorts,
): Promise<readonly JobDefinition[] | undefined> {
  const found: JobDefinition[] = [];
  const batch = await aws.batch(region);
  let nextToken: string | undefined;
  for (let page = 1; page <= most; page++) {
    const call = () => batch.describeJobDefinitions({ ...request, maxResults: 100, ...(nextToken && { nextToken }) });
    const answer = await limiter.run({ region, operations: 'read' }, call, signal).catch((error: unknown) => {
      throw batchError('DescribeJobDefinitions', target, error);
    });
    found.push(...(answer.jobDefinitions ?? []));
    nextToken = answer.nextToken;
    if (!nextToken) return found;
  }
  return undefined;
}
