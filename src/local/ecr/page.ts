/** Cuts a sorted list into pages. A token names the last item given, so that a page is right even when items come or go between. */
import { invalidParameter } from './errors.ts';
import { type Input, readInteger, readString } from './input.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken?: string;
}

/** `keyOf` must grow strictly along `items`, compared as text. */
export function cutPage<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  input: Input,
  limit: { normal: number; max: number },
): Page<Item> {
  const size = readInteger(input, 'maxResults', { min: 1, max: limit.max }) ?? limit.normal;
  const after = parseToken(readString(input, 'nextToken'));
  const rest = after === undefined ? items : items.filter(item => keyOf(item) > after);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  if (rest.length <= size || last === undefined) return { items: page };
  return { items: page, nextToken: Buffer.from(JSON.stringify({ after: keyOf(last) })).toString('base64') };
}

/** A sequence number as text that sorts like the number. */
export function sortable(sequence: number): string {
  return String(sequence).padStart(16, '0');
}

function parseToken(token: string | undefined): string | undefined {
  if (token === undefined || token === '') return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64').toString());
    if (typeof parsed === 'object' && parsed !== null && 'after' in parsed && typeof parsed.after === 'string')
      return parsed.after;
  } catch {
    // Not one of ours: told below.
  }
  throw invalidParameter('nextToken', 'Invalid token');
}
