/** A stream of chunks, read by exact lengths. */

export interface ByteReader {
  /** Exactly so many bytes; undefined when the stream has already ended. Throws when it ends on the way. */
  read(bytes: number): Promise<Buffer | undefined>;
  skip(bytes: number, what: string): Promise<void>;
  /** The next so many bytes, chunk by chunk; `skip` passes over those not read. */
  stream(bytes: number, what: string): AsyncIterable<Uint8Array> & { skip(): Promise<void> };
}

export function createByteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const chunks = source[Symbol.asyncIterator]();
  let current: Uint8Array = new Uint8Array(0);

  /** Up to `most` bytes, at least one; undefined at the end. */
  const take = async (most: number): Promise<Uint8Array | undefined> => {
    while (current.length === 0) {
      const { done, value } = await chunks.next();
      if (done) return undefined;
      current = value;
    }
    const taken = current.subarray(0, most);
    current = current.subarray(taken.length);
    return taken;
  };
  const takeOr = async (most: number, what: string): Promise<Uint8Array> => {
    const taken = await take(most);
    if (!taken) throw new Error(`the archive ends inside ${what}`);
    return taken;
  };

  const reader: ByteReader = {
    async read(bytes) {
      const parts: Uint8Array[] = [];
      for (let left = bytes; left > 0; ) {
        const part = parts.length === 0 ? await take(left) : await takeOr(left, 'a header');
        if (!part) return undefined;
        parts.push(part);
        left -= part.length;
      }
      return Buffer.concat(parts);
    },
    async skip(bytes, what) {
      for (let left = bytes; left > 0; ) left -= (await takeOr(left, what)).length;
    },
    stream(bytes, what) {
      let left = bytes;
      const next = async (): Promise<IteratorResult<Uint8Array>> => {
        if (left === 0) return { done: true, value: undefined };
        const value = await takeOr(left, what);
        left -= value.length;
        return { done: false, value };
      };
      return {
        [Symbol.asyncIterator]: () => ({ next }),
        async skip() {
          await reader.skip(left, what);
          left = 0;
        },
      };
    },
  };
  return reader;
}
