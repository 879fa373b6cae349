import type { JobDefinition } from '@aws-sdk/client-batch';
import { type CanonicalDefinition, canonicalDefinition, contentHash, knownPart } from './canonical.ts';
import { diffDefinitions } from './diff.ts';
import {
  type LiveRevisions,
  liveRevisionOf,
  newestOf,
  type RegistrationPorts,
  readLiveRevisions,
  withLimiter,
} from './live.ts';
import type { Definition, PlannedDefinition, RegistrationPlan } from './model.ts';

/**
 * Compares every definition with the newest ACTIVE revision of its name, in all regions at once; changes nothing.
 *
 * Throws RemoteError when a region cannot be read.
 */
export async function planRegistration(
  definitions: readonly Definition[],
  ports: RegistrationPorts,
): Promise<RegistrationPlan> {
  const limited = withLimiter(ports);
  const regions = Map.groupBy(definitions, ({ target }) => target.region);
  const live = new Map(
    await Promise.all(
      [...regions].map(async ([region, own]): Promise<[string, LiveRevisions]> => {
        const names = own.map(({ name }) => name);
        return [region, await readLiveRevisions(region, names, limited)];
      }),
    ),
  );
  return {
    definitions: definitions.map(definition =>
      planDefinition(definition, newestOf(live.get(definition.target.region)?.get(definition.name))),
    ),
  };
}

/** What registering `definition` over `live` would do. */
export function planDefinition(definition: Definition, live: JobDefinition | undefined): PlannedDefinition {
  const wanted = canonicalDefinition(definition.request);
  const hash = contentHash(wanted);
  if (!live) return { definition, contentHash: hash, action: 'register-new', diff: [] };
  const current = canonicalDefinition(live);
  const revision = liveRevisionOf(live);
  if (isSameContent(wanted, current, revision.contentHash === hash)) {
    return { definition, contentHash: hash, action: 'unchanged', live: revision, diff: [] };
  }
  return {
    definition,
    contentHash: hash,
    action: 'register-changed',
    live: revision,
    diff: diffDefinitions(current, wanted),
  };
}

/**
 * Content decides; a tag may have been copied by hand. But where it says that this very content was registered, members this version
 * does not know are what a newer Batch has filled in, and no reason to register for ever.
 */
function isSameContent(wanted: CanonicalDefinition, current: CanonicalDefinition, stamped: boolean): boolean {
  if (JSON.stringify(wanted) === JSON.stringify(current)) return true;
  return stamped && JSON.stringify(knownPart(wanted)) === JSON.stringify(knownPart(current));
}
