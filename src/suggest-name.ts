import { nearest } from './nearest.ts';

/**
 * `Did you mean "x"?`, or the known names when none is near and they are few; undefined when nothing helps. `prefix` stands before
 * each name as the reader knows it: `tier.`
 */
export function suggestName(name: string, known: Iterable<string>, prefix = ''): string | undefined {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== undefined) return `Did you mean "${prefix}${near}"?`;
  if (names.length === 0 || names.length > 30) return undefined;
  return `Known ${names.length === 1 ? 'is' : 'are'} ${names.map(own => `${prefix}${own}`).join(', ')}.`;
}
