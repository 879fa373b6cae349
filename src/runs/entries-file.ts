import { createTextBuffer } from './text-buffer.ts';

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

/** Entries on their way into a file, as bytes. */
export interface EntriesBuffer {
  readonly count: number;
  append(text: string): void;
  /** The file of all that was appended; the buffer is empty afterwards. */
  take(): EntriesFile;
}

export function createEntriesBuffer(): EntriesBuffer {
  const text = createTextBuffer();
  let lengths: number[] = [];
  return {
    get count() {
      return lengths.length;
    },
    append(entry) {
      lengths.push(text.append(entry));
    },
    take() {
      const file = layOut(text.bytes(), lengths);
      lengths = [];
      text.clear();
      return file;
    },
  };
}

function layOut(bytes: Buffer, lengths: readonly number[]): EntriesFile {
  const stride = lengths.reduce((longest, length) => Math.max(longest, length), 0) + 1;
  const file = Buffer.alloc(lengths.length * stride, SPACE);
  let from = 0;
  lengths.forEach((length, position) => {
    bytes.copy(file, position * stride, from, from + length);
    file[(position + 1) * stride - 1] = LINE_END;
    from += length;
  });
  return { bytes: file, stride };
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
