/** Which entries of several lists, and which members of several objects, are one another's. */

import type { Value, ValueObject } from './model.ts';
import { isObject } from './resources.ts';

/** Sets (src/definitions/canonical/sets.ts), by the member that tells their entries apart. */
const SETS: Readonly<Record<string, string>> = {
  environment: 'name',
  secrets: 'name',
  secretOptions: 'name',
  resourceRequirements: 'type',
  consumableResourceList: 'consumableResource',
};

/** Every name, in the order of the first that has it. */
export function alignMembers(values: readonly ValueObject[]): readonly string[] {
  return mergeOrders(values.map(value => Object.keys(value)));
}

/**
 * Rows of entries that stand for one another, undefined where a list has none. Undefined when the lists are too different: of another
 * length, unless they are sets.
 */
export function alignList(
  lists: readonly (readonly Value[])[],
  member: string,
): readonly (readonly (Value | undefined)[])[] | undefined {
  const [first = []] = lists;
  const key = SETS[member];
  const keys = key === undefined ? undefined : lists.map(list => list.map(entry => keyOf(entry, key)));
  const sameLength = lists.every(({ length }) => length === first.length);
  const sameKeys = keys?.every(own => JSON.stringify(own) === JSON.stringify(keys[0])) ?? true;
  if (sameLength && sameKeys) return first.map((_, index) => lists.map(list => list[index]));
  if (keys === undefined || keys.some(own => own.includes(undefined) || new Set(own).size < own.length))
    return undefined;
  return mergeOrders(keys.map(own => own.filter(name => name !== undefined))).map(name =>
    lists.map((list, index) => list[keys[index]?.indexOf(name) ?? -1]),
  );
}

function keyOf(entry: Value, key: string): string | undefined {
  const name = isObject(entry) ? entry[key] : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** What only later ones have goes behind the name that it follows there. */
function mergeOrders(orders: readonly (readonly string[])[]): readonly string[] {
  const merged: string[] = [...new Set(orders[0])];
  for (const order of orders.slice(1)) {
    let at = -1;
    for (const name of order) {
      const found = merged.indexOf(name);
      if (found < 0) merged.splice(at + 1, 0, name);
      at = found < 0 ? at + 1 : found;
    }
  }
  return merged;
}
