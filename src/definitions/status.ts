/** What is live where. */
import type { DefinitionConfig } from '../config/model.ts';
import { RemoteError } from '../errors.ts';
import type { AwsPorts } from '../ports.ts';
import { asUnknown, createImageLookup, type Known } from './image-lookup.ts';
import { type RevisionsInUse, readRegionInUse } from './in-use.ts';
import { type LimitedPorts, type LiveDefinition, type RegistrationPorts, readFleet, withLimiter } from './live.ts';
import { digestOf, imagesOf } from './live-release.ts';
import type { RevisionStamp } from './model.ts';
import { readStamp } from './tags.ts';

export type StatusPorts = RegistrationPorts & { readonly aws: Pick<AwsPorts, 'batch' | 'batchOnce' | 'ecr'> };

export interface DefinitionStatus {
  readonly config: DefinitionConfig;
  /** Undefined when no revision is ACTIVE. */
  readonly live: LiveStatus | undefined;
}

export interface LiveStatus {
  readonly arn: string;
  readonly revision: number;
  /** How many revisions are ACTIVE, this one too. */
  readonly active: number;
  /** As the definition names it; undefined when it runs no container. */
  readonly image: string | undefined;
  readonly digest: string | undefined;
  /** What it was registered with; empty when somebody else registered it. */
  readonly stamp: Partial<RevisionStamp>;
  /** Unfinished jobs of every job queue of the region, on this revision and on older ACTIVE ones. */
  readonly jobs: Known<{ readonly onLive: number; readonly onOlder: number }>;
  /** Whether the digest is still in the region's own repository. */
  readonly imageExists: Known<boolean>;
}

/** Throws RemoteError when the definitions of a region cannot be read; what else cannot be read is said in its place. */
export async function readStatus(
  configs: readonly DefinitionConfig[],
  ports: StatusPorts,
): Promise<readonly DefinitionStatus[]> {
  const limited = { ...withLimiter(ports), aws: ports.aws };
  const named = configs.map(({ region, jobDefinitionName: name }) => ({ region, name }));
  const regions = new Set(configs.map(({ region }) => region));
  const [fleet, inUse] = await Promise.all([readFleet(named, limited), readAllInUse(regions, limited)]);
  const hasImage = createImageLookup(limited);
  return Promise.all(
    configs.map(async (config): Promise<DefinitionStatus> => {
      const revisions = fleet.get(config.region)?.get(config.jobDefinitionName) ?? [];
      const newest = revisions.at(-1);
      if (newest === undefined) return { config, live: undefined };
      const [image] = imagesOf(newest.described);
      return {
        config,
        live: {
          arn: newest.arn,
          revision: newest.revision,
          active: revisions.length,
          image,
          digest: image === undefined ? undefined : digestOf(image),
          stamp: readStamp(newest.tags),
          jobs: countJobs(newest, revisions, inUse.get(config.region)),
          imageExists: await hasImage(config, image),
        },
      };
    }),
  );
}

async function readAllInUse(
  regions: Iterable<string>,
  ports: LimitedPorts,
): Promise<ReadonlyMap<string, Known<RevisionsInUse>>> {
  const read = async (region: string) => [region, await readRegionInUse(region, ports).catch(asUnasked)] as const;
  return new Map(await Promise.all([...regions].map(read)));
}

function asUnasked(error: unknown): { readonly unknown: string } {
  if (!(error instanceof RemoteError)) return asUnknown('batch:ListJobs')(error);
  return asUnknown(`batch:${error.operation}`)(error.cause);
}

function countJobs(
  newest: LiveDefinition,
  revisions: readonly LiveDefinition[],
  inUse: Known<RevisionsInUse> | undefined,
): LiveStatus['jobs'] {
  if (inUse === undefined || 'unknown' in inUse) return inUse ?? { unknown: 'not asked' };
  const all = revisions.reduce((sum, { arn }) => sum + (inUse.get(arn) ?? 0), 0);
  const onLive = inUse.get(newest.arn) ?? 0;
  return { onLive, onOlder: all - onLive };
}
