import { distance } from 'fastest-levenshtein';

/** The known name that `name` was most likely meant to be; undefined when none is near. Case and separators do not count. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const wanted = fold(name);
  let best: { name: string; apart: number } | undefined;
  for (const candidate of known) {
    const own = fold(candidate);
    const apart = sortLetters(own) === sortLetters(wanted) ? 1 : distance(wanted, own);
    if (apart <= tolerance(wanted) && (best === undefined || apart < best.apart)) best = { name: candidate, apart };
  }
  return best?.name;
}

/** Slips of the finger that a name of this length bears before it is another name. */
function tolerance({ length }: string): number {
  if (length <= 3) return 1;
  return length <= 6 ? 2 : Math.floor(length / 3);
}

function sortLetters(text: string): string {
  return [...text].toSorted().join('');
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
