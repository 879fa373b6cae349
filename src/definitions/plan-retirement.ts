import type { DefinitionConfig } from '../config/model.ts';
import { ConfigurationError } from '../errors.ts';
import { chooseRevision } from './choose-revision.ts';
import { type RevisionsInUse, readRegionInUse } from './in-use.ts';
import { type LiveDefinition, type LiveFleet, type RegistrationPorts, readFleet, withLimiter } from './live.ts';
import type { RegistrationPlan } from './model.ts';
import { planRetention, type RetentionPlan } from './retention.ts';

export interface PlannedRetirement extends RetentionPlan<LiveDefinition> {
  readonly config: DefinitionConfig;
  /** How many are ACTIVE now. */
  readonly active: number;
}

/** Who needs a revision that is not among the newest. */
export interface Needs {
  /** By region. */
  readonly inUse: ReadonlyMap<string, RevisionsInUse>;
  /** By ARN, the run that may yet submit jobs of it. */
  readonly pinned: ReadonlyMap<string, string>;
}

const NOBODY: Needs = { inUse: new Map(), pinned: new Map() };

/** Which revisions the configuration's `retention` lets go, as far as what is ACTIVE tells. */
export function retireAgainst(
  configs: readonly DefinitionConfig[],
  fleet: LiveFleet,
  { inUse, pinned }: Needs,
  now: number,
): readonly PlannedRetirement[] {
  return configs.map(config => {
    const revisions = fleet.get(config.region)?.get(config.jobDefinitionName) ?? [];
    const { keep, olderThanDays } = config.retention;
    const live = revisions.at(-1);
    const previous = live && chooseRevision(revisions, live, { by: 'previous' });
    const asked = keep !== undefined || olderThanDays !== undefined;
    const plan = planRetention(revisions, {
      keep: asked ? (keep ?? 1) : Number.POSITIVE_INFINITY,
      before: olderThanDays === undefined ? undefined : now - olderThanDays * 86_400_000,
      inUse: new Set(inUse.get(config.region)?.keys()),
      pinned,
      protect: new Set(previous ? [previous.revision] : []),
    });
    return { config, active: revisions.length, ...plan };
  });
}

/** What `deregister` would retire once the plan is applied, unless jobs or runs need it: nobody is asked for that. */
export function retireAfter(
  { definitions }: RegistrationPlan,
  fleet: LiveFleet,
  now: number,
): readonly PlannedRetirement[] {
  const configs = definitions.map(({ definition: { config }, action }) => {
    const { keep } = config.retention;
    if (action === 'unchanged' || keep === undefined) return config;
    // The revision that is registered is one of those that are kept.
    return { ...config, retention: { ...config.retention, keep: Math.max(1, keep - 1) } };
  });
  return retireAgainst(configs, fleet, NOBODY, now).filter(({ retire }) => retire.length > 0);
}

/**
 * Which ACTIVE revisions may be deregistered: beyond `retention.keep`, older than `retention.olderThanDays`, never one with unfinished
 * jobs in whichever job queue or that a run is pinned to, never what a rollback goes back to, never the last. Changes nothing.
 * `readPinned` is asked once, with the definitions of which something could go.
 *
 * Throws RemoteError when a region cannot be read, its jobs too: without them nobody knows which revisions are free. Throws what
 * `readPinned` throws, and ConfigurationError when the configuration says nothing about retention.
 */
export async function planRetirement(
  configs: readonly DefinitionConfig[],
  readPinned: (configs: readonly DefinitionConfig[]) => Promise<Needs['pinned']>,
  ports: RegistrationPorts,
): Promise<readonly PlannedRetirement[]> {
  if (configs.every(({ retention }) => retention.keep === undefined && retention.olderThanDays === undefined)) {
    throw new ConfigurationError({
      message: 'the configuration keeps every revision: it has no `retention`',
      remedy: 'Say what stays, with retention.keep (how many of the newest) or retention.olderThanDays.',
    });
  }
  const limited = withLimiter(ports);
  const named = configs.map(({ region, jobDefinitionName: name }) => ({ region, name }));
  const fleet = await readFleet(named, limited);
  const now = ports.clock.now();
  const unlessNeeded = retireAgainst(configs, fleet, NOBODY, now).flatMap(({ retire, config }) =>
    retire.length > 0 ? [config] : [],
  );
  // Where nothing could go, nobody need be asked for its jobs.
  if (unlessNeeded.length === 0) return retireAgainst(configs, fleet, NOBODY, now);
  const regions = [...new Set(unlessNeeded.map(({ region }) => region))];
  const [pinned, ...inUse] = await Promise.all([
    readPinned(unlessNeeded),
    ...regions.map(async region => [region, await readRegionInUse(region, limited)] as const),
  ]);
  return retireAgainst(configs, fleet, { inUse: new Map(inUse), pinned }, now);
}
