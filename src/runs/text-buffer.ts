/** Text that grows as bytes: strings that live for ten thousand others burden the garbage collector. */
export interface TextBuffer {
  /** Gives how many bytes it took. */
  append(text: string): number;
  /** All that was appended, and no copy of it: it is overwritten after `clear`. */
  bytes(): Buffer;
  clear(): void;
}

export function createTextBuffer(): TextBuffer {
  let buffer = Buffer.allocUnsafe(65_536);
  let used = 0;
  return {
    append(text) {
      // No character takes more than three bytes of UTF-8 for each unit of the string.
      while (buffer.length - used < text.length * 3) buffer = Buffer.concat([buffer], buffer.length * 2);
      const length = buffer.write(text, used);
      used += length;
      return length;
    },
    bytes: () => buffer.subarray(0, used),
    clear() {
      used = 0;
    },
  };
}
