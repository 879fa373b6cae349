/** One value of a manifest, before anybody has looked at its fields. */
export interface ManifestItem {
  /** Counts from 1: the line of an NDJSON or CSV file, the position in a JSON list or a listing. */
  readonly at: number;
  readonly value?: unknown;
  /** Why it is no value. */
  readonly problem?: string | undefined;
}

/** What `at` counts. */
export type ItemUnit = 'line' | 'entry';

export interface ManifestItems {
  readonly unit: ItemUnit;
  /** A chunk at a time: a million promises cost more than a million lines. */
  readonly chunks: AsyncIterable<readonly ManifestItem[]>;
}

export type ByteStream = AsyncIterable<Uint8Array>;

/** No entry is longer, so no line of a manifest need be. Characters. */
const LONGEST_LINE = 65_536;

/** Line by line, without line ends; a line that is too long comes as its beginning. */
export async function* readLines(bytes: ByteStream): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    // What is beyond can only make it longer.
    if (rest.length > 2 * LONGEST_LINE) rest = rest.slice(0, LONGEST_LINE + 1);
    yield lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield [rest];
}

/** One JSON value to a line. https://github.com/ndjson/ndjson-spec */
export async function* readNdjson(bytes: ByteStream): AsyncGenerator<readonly ManifestItem[]> {
  let at = 0;
  for await (const lines of readLines(bytes)) {
    const items: ManifestItem[] = [];
    for (const line of lines) {
      at += 1;
      if (line.trim() !== '') items.push(parseLine(at, line));
    }
    yield items;
  }
}

function parseLine(at: number, line: string): ManifestItem {
  if (line.length > LONGEST_LINE) return { at, problem: `is longer than ${LONGEST_LINE} characters` };
  try {
    return { at, value: JSON.parse(at === 1 ? line.replace(/^\uFEFF/, '') : line) as unknown };
  } catch (error) {
    return { at, problem: `is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}
