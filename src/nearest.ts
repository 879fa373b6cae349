import { closest, distance } from 'fastest-levenshtein';

/** The known name that was probably meant, or undefined when none is close: at most a third of the letters may differ. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const lower = given.toLowerCase();
  const candidate = closest(
    lower,
    known.map(name => name.toLowerCase()),
  );
  const limit = Math.max(1, Math.floor(Math.max(given.length, candidate.length) / 3));
  return distance(lower, candidate) <= limit ? known.find(name => name.toLowerCase() === candidate) : undefined;
}
