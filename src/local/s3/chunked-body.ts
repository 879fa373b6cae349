/**
 * Decodes `aws-chunked` bodies, signed or not, with or without trailers: `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n … 0\r\n
 * [name:value\r\n …]\r\n`. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
import { errors } from './errors.ts';

/** Yields the bytes; `onTrailer` gets each trailing header with its name in lower case. Throws IncompleteBody. */
export async function* decodeChunked(
  body: AsyncIterable<Buffer>,
  onTrailer: (name: string, value: string) => void,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(body);
  for (;;) {
    const [size = ''] = (await reader.line()).split(';');
    if (!/^[0-9a-fA-F]+$/.test(size)) throw errors.incompleteBody();
    const bytes = Number.parseInt(size, 16);
    if (bytes === 0) break;
    yield* reader.take(bytes);
    if ((await reader.line()) !== '') throw errors.incompleteBody();
  }
  for (let line = await reader.trailer(); line !== ''; line = await reader.trailer()) {
    const colon = line.indexOf(':');
    if (colon > 0) onTrailer(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

const longestLine = 16_384;

class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(body: AsyncIterable<Buffer>) {
    this.#chunks = body[Symbol.asyncIterator]();
  }

  /** Without its line end. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#rest.toString('latin1', 0, end);
        this.#rest = this.#rest.subarray(end + 2);
        return line;
      }
      const next = await this.#next();
      if (!next || this.#rest.length > longestLine) throw errors.incompleteBody();
      this.#rest = Buffer.concat([this.#rest, next]);
    }
  }

  /** Some clients end the body after the last chunk without the empty line. */
  async trailer(): Promise<string> {
    if (this.#rest.length === 0) {
      const next = await this.#next();
      if (!next) return '';
      this.#rest = next;
    }
    return this.line();
  }

  async *take(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0; ) {
      if (this.#rest.length === 0) {
        const next = await this.#next();
        if (!next) throw errors.incompleteBody();
        this.#rest = next;
      }
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async #next(): Promise<Buffer | undefined> {
    const { value, done } = await this.#chunks.next();
    return done ? undefined : value;
  }
}
