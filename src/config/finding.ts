import type { PlainTarget } from './plain-target.ts';
import type { YamlPath } from './yaml-source.ts';

/** Something wrong at a place of the file. */
export interface Finding {
  readonly path: YamlPath;
  readonly message: string;
  readonly remedy?: string | undefined;
}

/** As many targets are named one by one. */
const MOST_PLACES = 3;

/** What is wrong in several targets by the same line of the file is told once, and where. */
export function findInTargets(
  targets: readonly PlainTarget[],
  find: (target: PlainTarget) => readonly Finding[],
): Finding[] {
  const found = targets.flatMap(target =>
    find(target).map(finding => ({ finding, place: `${target.environment}/${target.region}` })),
  );
  const groups = Map.groupBy(found, ({ finding }) => JSON.stringify(finding));
  return [...groups.values()].flatMap(group =>
    group.slice(0, 1).map(({ finding }) => ({
      ...finding,
      message: `${finding.message} in ${describePlaces(group.map(({ place }) => place))}`,
    })),
  );
}

function describePlaces(places: readonly string[]): string {
  const named = places.length > MOST_PLACES ? places.slice(0, MOST_PLACES - 1) : places.slice(0, -1);
  const rest = places.length - named.length;
  return [named.join(', '), rest === 1 ? places.at(-1) : `${rest} more`].filter(Boolean).join(' and ');
}
