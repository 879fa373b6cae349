import { JSONParser } from '@streamparser/json';
import type { ByteStream, ManifestItem } from './lines.ts';

/** A list of entries, or an object whose `entries` is one; no more than a chunk of it is in memory. */
export async function* readJson(bytes: ByteStream): AsyncGenerator<readonly ManifestItem[]> {
  let items: ManifestItem[] = [];
  let at = 0;
  let parser: JSONParser | undefined;
  for await (const chunk of bytes) {
    parser ??= createParser(chunk, value => {
      at += 1;
      items.push({ at, value });
    });
    const problem = feed(parser, chunk);
    if (problem !== undefined) return yield [...items, { at: at + 1, problem }];
    yield items;
    items = [];
  }
  if (parser && !parser.isEnded) yield [{ at: at + 1, problem: 'is missing: the file ends in the middle' }];
}

function createParser(first: Uint8Array, onEntry: (value: unknown) => void): JSONParser {
  const isList = new TextDecoder()
    .decode(first.subarray(0, 1024))
    .replace(/^\uFEFF/, '')
    .trimStart()
    .startsWith('[');
  const parser = new JSONParser({ paths: [isList ? '$.*' : '$.entries.*'], keepStack: false });
  parser.onValue = ({ value }) => onEntry(value);
  return parser;
}

function feed(parser: JSONParser, chunk: Uint8Array): string | undefined {
  try {
    parser.write(chunk);
    return undefined;
  } catch (error) {
    return `is no JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}
