import type { JobDefinition } from '@aws-sdk/client-batch';
import type { Notify } from '../events.ts';
import { createRateLimiter, type RateLimiter } from '../limiter.ts';
import type { AwsPorts, Clock } from '../ports.ts';
import { batchError } from './batch-error.ts';
import type { LiveRevision } from './model.ts';
import { ADOPTED_TAG, readStamp } from './tags.ts';

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

/** An ACTIVE revision with its content. */
export interface LiveDefinition extends LiveRevision {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly described: JobDefinition;
}

/** ACTIVE revisions by job definition name, oldest first; names without any are absent. */
export type LiveDefinitions = ReadonlyMap<string, readonly LiveDefinition[]>;

/** What is ACTIVE in every region that was asked, by the region's name. */
export type LiveFleet = ReadonlyMap<string, LiveDefinitions>;

/** Every ACTIVE revision of the named job definitions, all regions at once. Throws RemoteError when a region cannot be read. */
export async function readFleet(
  named: readonly { readonly region: string; readonly name: string }[],
  ports: RegistrationPorts,
): Promise<LiveFleet> {
  const limited = withLimiter(ports);
  const regions = Map.groupBy(named, ({ region }) => region);
  const read = async ([region, own]: readonly [string, typeof named]): Promise<[string, LiveDefinitions]> => {
    const names = own.map(({ name }) => name);
    return [region, await readLiveDefinitions(region, names, limited)];
  };
  return new Map(await Promise.all([...regions].map(read)));
}

/**
 * Every ACTIVE revision of the names in one region, with few calls: listing all takes one call per 100 revisions of the account,
 * asking by name at least one per name. It lists until that is sure to be dearer, and then asks by name.
 *
 * Throws RemoteError.
 */
export async function readLiveDefinitions(
  region: string,
  names: readonly string[],
  ports: LimitedPorts,
): Promise<LiveDefinitions> {
  const wanted = new Set(names);
  const listed = wanted.size > 1 ? await listActive(region, wanted.size, ports) : undefined;
  const found = listed ?? (await Promise.all([...wanted].map(name => readByName(region, name, ports)))).flat();
  return Map.groupBy(
    found.filter(({ name }) => wanted.has(name)),
    ({ name }) => name,
  );
}

/** The revisions of one name that are ACTIVE, oldest first. Throws RemoteError. */
export async function readByName(
  region: string,
  name: string,
  ports: LimitedPorts,
): Promise<readonly LiveDefinition[]> {
  const request = { jobDefinitionName: name, status: 'ACTIVE' };
  return (await readPages(region, request, `${name} in ${region}`, Infinity, ports)) ?? [];
}

/** Every revision of one name that Batch still describes, the deregistered ones of the last 180 days too, oldest first. Throws RemoteError. */
export async function readAllByName(
  region: string,
  name: string,
  ports: LimitedPorts,
): Promise<readonly LiveDefinition[]> {
  return (await readPages(region, { jobDefinitionName: name }, `${name} in ${region}`, Infinity, ports)) ?? [];
}

/** Every ACTIVE revision of the account in a region, whoever registered it. Throws RemoteError. */
export async function readAllActive(region: string, ports: LimitedPorts): Promise<readonly LiveDefinition[]> {
  return (await listActive(region, Infinity, ports)) ?? [];
}

/** What is described, with the members that every revision has for certain. */
export function liveDefinitionOf(described: JobDefinition): LiveDefinition {
  const { jobDefinitionName: name = '', jobDefinitionArn: arn = '', revision = 0, tags = {} } = described;
  const { contentHash, planId, registeredAt, runUrl } = readStamp(tags);
  const origin = { contentHash, planId, registeredAt, runUrl, adoptedBy: tags[ADOPTED_TAG] };
  return { name, arn, revision, tags, ...origin, described };
}

/** Undefined when there are more than `pages` pages. */
function listActive(
  region: string,
  pages: number,
  ports: LimitedPorts,
): Promise<readonly LiveDefinition[] | undefined> {
  return readPages(region, { status: 'ACTIVE' }, `the job definitions in ${region}`, pages, ports);
}

async function readPages(
  region: string,
  request: { readonly status?: string; readonly jobDefinitionName?: string },
  target: string,
  most: number,
  { aws, limiter, signal }: LimitedPorts,
): Promise<readonly LiveDefinition[] | undefined> {
  const found: LiveDefinition[] = [];
  const batch = await aws.batch(region);
  let nextToken: string | undefined;
  for (let page = 1; page <= most; page++) {
    const call = () => batch.describeJobDefinitions({ ...request, maxResults: 100, ...(nextToken && { nextToken }) });
    const answer = await limiter.run({ region, operations: 'read' }, call, signal).catch((error: unknown) => {
      throw batchError('DescribeJobDefinitions', target, error);
    });
    found.push(...(answer.jobDefinitions ?? []).map(liveDefinitionOf));
    nextToken = answer.nextToken;
    // The order of answers is not documented.
    if (!nextToken) return found.sort((a, b) => a.revision - b.revision);
  }
  return undefined;
}
