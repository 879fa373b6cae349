/**
 * The entries of one shard, each on a line of the same length, so that a child finds its own with one range read: child i reads the
 * bytes from `i × pack × stride`, `pack × stride` of them. Lines are JSON, filled up with spaces, which JSON does not mind.
 */
export interface EntriesFile {
  readonly bytes: Uint8Array;
  /** Bytes of each line, its line end included. */
  readonly stride: number;
}

const SPACE = 0x20;
const LINE_END = 0x0a;

export function encodeEntries(texts: readonly string[]): EntriesFile {
  const stride = texts.reduce((longest, text) => Math.max(longest, Buffer.byteLength(text)), 0) + 1;
  const bytes = Buffer.alloc(texts.length * stride, SPACE);
  texts.forEach((text, index) => {
    bytes.write(text, index * stride);
    bytes[(index + 1) * stride - 1] = LINE_END;
  });
  return { bytes, stride };
}

/** The text of the entry at a position. */
export function entryAt(bytes: Uint8Array, stride: number, position: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + position * stride, stride)
    .toString()
    .trimEnd();
}

/** The id of the entry at a position. */
export function idAt(bytes: Uint8Array, stride: number, position: number): string {
  return (JSON.parse(entryAt(bytes, stride, position)) as { readonly id: string }).id;
}
