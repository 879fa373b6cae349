/** `nextToken`s: opaque to callers, refused when they are not ours or belong to another listing. */
import { clientError } from './errors.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken?: string;
}

/** A token for the position after which the next page starts, tied to what is being listed. */
export function writeToken(listing: string, position: number): string {
  return Buffer.from(JSON.stringify([listing, position])).toString('base64url');
}

/** Throws ClientException for a token of another listing, or none of ours. */
export function readToken(listing: string, token: string): number {
  try {
    const [of, position]: unknown[] = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (of === listing && typeof position === 'number') return position;
  } catch {
    // Not JSON: the same refusal as for a foreign token.
  }
  throw clientError(`Invalid nextToken ${token}`);
}

/** One page of a list that keeps its order between calls. `maxResults` 1 to `most`, which is also the default. */
export function pageOf<Item>(
  all: readonly Item[],
  request: { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined },
  listing: string,
  most = 100,
): Page<Item> {
  const size = readPageSize(request.maxResults, most);
  const start = request.nextToken === undefined ? 0 : readToken(listing, request.nextToken);
  const end = start + size;
  const items = all.slice(start, end);
  return end < all.length ? { items, nextToken: writeToken(listing, end) } : { items };
}

export function readPageSize(maxResults: number | undefined, most: number): number {
  if (maxResults === undefined) return most;
  if (maxResults < 1) throw clientError('MaxResults must be greater than or equal to 1');
  return Math.min(maxResults, most);
}
