import { distance } from 'fastest-levenshtein';

/** The known name that was probably meant, or undefined when none is close. Case, `-`, `_` and `.` do not count; swapped letters count once. */
export function nearestName(given: string, known: Iterable<string>): string | undefined {
  const wanted = fold(given);
  let best: { name: string; apart: number } | undefined;
  for (const name of known) {
    const apart = slips(wanted, fold(name));
    if (apart <= tolerance(wanted) && (best === undefined || apart < best.apart)) best = { name, apart };
  }
  return best?.name;
}

/** Whether it can hardly be anything but one of the known names: a letter too many, too few, wrong or swapped; no more than its case. */
export function isNearlyName(given: string, known: Iterable<string>): boolean {
  return [...known].some(name => slips(fold(given), fold(name)) <= 1);
}

/**
 * `Did you mean "x"?`, or the known names when none is near and they are few; undefined when nothing helps. `prefix` stands before
 * each name as the reader knows it: `tier.`
 */
export function suggestName(name: string, known: Iterable<string>, prefix = ''): string | undefined {
  const names = [...known];
  const near = nearestName(name, names);
  if (near !== undefined) return `Did you mean "${prefix}${near}"?`;
  if (names.length === 0 || names.length > 30) return undefined;
  return `Known ${names.length === 1 ? 'is' : 'are'} ${names.map(own => `${prefix}${own}`).join(', ')}.`;
}

/** Slips of the finger that a name of this length bears before it is another name. */
function tolerance({ length }: string): number {
  if (length <= 3) return length === 1 ? 0 : 1;
  return length <= 6 ? 2 : Math.floor(length / 3);
}

function slips(wanted: string, candidate: string): number {
  return wanted !== candidate && sortLetters(candidate) === sortLetters(wanted) ? 1 : distance(wanted, candidate);
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[-_. ]/g, '');
}

function sortLetters(text: string): string {
  return [...text].toSorted().join('');
}
