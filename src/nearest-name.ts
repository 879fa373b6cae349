import { distance } from 'fastest-levenshtein';

/** The known name that `name` was most likely meant to be; undefined when none is near. Case and separators count little. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const wanted = fold(name);
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    const apart = distance(wanted, fold(candidate));
    if (apart <= Math.max(2, Math.floor(wanted.length / 3)) && apart < Math.max(wanted.length, 1)) {
      if (best === undefined || apart < best.distance) best = { name: candidate, distance: apart };
    }
  }
  return best?.name;
}

/** `Did you mean "x"?`, or the known names when none is near and they are few; undefined when nothing helps. */
export function suggestName(name: string, known: Iterable<string>): string | undefined {
  const names = [...known];
  const nearest = nearestName(name, names);
  if (nearest !== undefined) return `Did you mean "${nearest}"?`;
  if (names.length === 0 || names.length > 30) return undefined;
  return `Known ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}.`;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[-_. ]/g, '');
}
