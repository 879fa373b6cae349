/** Bytes into lines of text: split at line feeds across chunks, decoded only when whole, so that no character is ever torn. */

export interface LineSplitter {
  write(chunk: Uint8Array): void;
  /** Delivers a last line that has no line feed. */
  end(): void;
}

/**
 * `onLine` gets each line without its line feed (and without a carriage return before it). A line of more than `maxBytes` comes in
 * pieces of at most that many bytes, cut between characters: nothing is lost.
 */
export function createLineSplitter(onLine: (line: string) => void, maxBytes = Number.POSITIVE_INFINITY): LineSplitter {
  let parts: Uint8Array[] = [];
  let bytes = 0;

  const takeAll = (): Uint8Array => {
    const line = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    parts = [];
    bytes = 0;
    return line;
  };
  const keep = (part: Uint8Array): void => {
    if (part.length === 0) return;
    parts.push(part);
    bytes += part.length;
    while (bytes > maxBytes) {
      const pending = takeAll();
      const cut = characterBoundary(pending, maxBytes);
      onLine(decode(pending.subarray(0, cut)));
      parts = [pending.subarray(cut)];
      bytes = pending.length - cut;
    }
  };

  return {
    write(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
        keep(chunk.subarray(from, at));
        onLine(decode(withoutCarriageReturn(takeAll())));
        from = at + 1;
      }
      // A copy, since a stream may use its buffer again.
      keep(new Uint8Array(chunk.subarray(from)));
    },
    end() {
      if (bytes > 0) onLine(decode(withoutCarriageReturn(takeAll())));
    },
  };
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

function withoutCarriageReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

/** The last place at or before `limit` where a UTF-8 character begins; `limit` itself when there is none near. */
function characterBoundary(bytes: Uint8Array, limit: number): number {
  for (let at = limit; at > limit - 4 && at > 0; at -= 1) {
    const byte = bytes[at];
    if (byte === undefined || (byte & 0xc0) !== 0x80) return at;
  }
  return limit;
}
