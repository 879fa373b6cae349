import { ProblemError } from './problem.ts';

/** One page of a list, and the cursor of the next: the place where it begins. Throws ProblemError for a cursor that is none. */
export function pageOf<Item>(
  all: readonly Item[],
  { limit, cursor = '0' }: { readonly limit: number; readonly cursor?: string | undefined },
): { readonly items: readonly Item[]; readonly next?: string } {
  if (!/^\d{1,9}$/.test(cursor))
    throw new ProblemError('bad-request', `"${cursor}" is no cursor. Give the \`next\` of the page before, or none.`);
  const from = Number(cursor);
  const items = all.slice(from, from + limit);
  return { items, ...(from + limit < all.length && { next: String(from + limit) }) };
}
