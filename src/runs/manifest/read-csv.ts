import { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import type { ByteStream, ManifestItem } from './lines.ts';

/** Records that are handed on together. */
const CHUNK = 1000;

/** RFC 4180, the first line naming the fields. Every value is text; an empty one is left out. */
export async function* readCsv(bytes: ByteStream): AsyncGenerator<readonly ManifestItem[]> {
  let items: ManifestItem[] = [];
  const parser = parse({
    bom: true,
    columns: names => names.map((name: string) => name.trim()),
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: error => {
      items.push(describeSkipped(error));
      return undefined;
    },
  });
  const source = Readable.from(bytes);
  source.on('error', error => parser.destroy(error));
  for await (const { record, info } of source.pipe(parser) as AsyncIterable<Parsed>) {
    items.push({
      at: info.lines,
      value: Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '')),
    });
    if (items.length < CHUNK) continue;
    yield items.sort(byPlace);
    items = [];
  }
  yield items.sort(byPlace);
}

/** What the parser leaves out it tells earlier than what it hands on. */
function byPlace(a: ManifestItem, b: ManifestItem): number {
  return a.at - b.at;
}

interface Parsed {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}

function describeSkipped(error: CsvError | undefined): ManifestItem {
  const { lines } = Object(error) as { lines?: unknown };
  const problem = `is no CSV record: ${error?.message ?? 'it cannot be read'}`;
  return { at: typeof lines === 'number' ? lines : 0, problem };
}
