/** Grants → the JSON of an IAM policy. */
import type { Grant } from './permissions.ts';
import { PLACES, type PlaceName } from './places.ts';

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** One statement for each place, in the order of the table of places; actions in the alphabet's. */
export function policyOf(grants: readonly Grant[]): Policy {
  const names = Object.keys(PLACES) as PlaceName[];
  const statements = names.flatMap(name => {
    const actions = [...new Set(grants.filter(({ on }) => on === name).flatMap(grant => grant.actions))].sort();
    return actions.length === 0 ? [] : [statementOf(name, actions)];
  });
  return { Version: '2012-10-17', Statement: statements };
}

function statementOf(name: PlaceName, actions: readonly string[]): Statement {
  const place = PLACES[name];
  const { resources } = place;
  return {
    Sid: name,
    Effect: 'Allow',
    Action: actions,
    Resource: resources.length === 1 ? (resources[0] ?? '*') : resources,
    ...('condition' in place && { Condition: place.condition }),
  };
}

/** JSON with short lists on one line, as people write policies. */
export function writePolicy(policy: object): string {
  return JSON.stringify(policy, null, 2).replace(/\[\n\s+("[^"\n]*")\n\s+\]/g, '[$1]');
}
