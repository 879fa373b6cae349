import { distance } from 'fastest-levenshtein';

/** The known name that was most likely meant; undefined when none is near. Case counts for nothing. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    const apart = distance(wanted, candidate.toLowerCase());
    if (apart <= limit && (!best || apart < best.distance)) best = { name: candidate, distance: apart };
  }
  return best?.name;
}

/** ` Did you mean "x"?`, or nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
}
