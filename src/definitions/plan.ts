import { type CanonicalDefinition, canonicalDefinition, contentHash, knownPart } from './canonical.ts';
import { diffDefinitions } from './diff.ts';
import { type LiveDefinition, type LiveFleet, type RegistrationPorts, readFleet } from './live.ts';
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
  const named = definitions.map(({ target, name }) => ({ region: target.region, name }));
  return planAgainst(definitions, await readFleet(named, ports));
}

/** Compares with what has been read before. */
export function planAgainst(definitions: readonly Definition[], fleet: LiveFleet): RegistrationPlan {
  return {
    definitions: definitions.map(definition => {
      const revisions = fleet.get(definition.target.region)?.get(definition.name);
      return planDefinition(definition, revisions?.at(-1));
    }),
  };
}

/** What the plan registers. */
export function toRegister({ definitions }: RegistrationPlan): readonly Definition[] {
  return definitions.flatMap(({ definition, action }) => (action === 'unchanged' ? [] : [definition]));
}

/** What registering `definition` over `live` would do. */
export function planDefinition(definition: Definition, live: LiveDefinition | undefined): PlannedDefinition {
  const wanted = canonicalDefinition(definition.request);
  const hash = contentHash(wanted);
  if (!live) return { definition, contentHash: hash, action: 'register-new', diff: [] };
  const current = canonicalDefinition(live.described);
  const { name: _, tags: __, described: ___, ...revision } = live;
  if (isSameContent(wanted, current, live.contentHash === hash)) {
    return { definition, contentHash: hash, action: 'unchanged', live: revision, diff: [] };
  }
  const diff = diffDefinitions(current, wanted);
  return { definition, contentHash: hash, action: 'register-changed', live: revision, diff };
}

/**
 * Content decides; a tag may have been copied by hand. But where it says that this very content was registered, members this version
 * does not know are what a newer Batch has filled in, and no reason to register for ever.
 */
function isSameContent(wanted: CanonicalDefinition, current: CanonicalDefinition, stamped: boolean): boolean {
  if (JSON.stringify(wanted) === JSON.stringify(current)) return true;
  return stamped && JSON.stringify(knownPart(wanted)) === JSON.stringify(knownPart(current));
}
