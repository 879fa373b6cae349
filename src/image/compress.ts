/** gzip for layers: as much effort as the content deserves, and the same bytes for the same input. */
import { constants, crc32, createDeflateRaw, type DeflateRaw, deflateRawSync } from 'node:zlib';
import type { TarPiece } from './tar.ts';

type Level = 0 | 1 | 6;

/** What stands around files, and small files, take the level that is in use. */
const SMALL_FILE = 16_384;
/** How much of a file's beginning decides, and how much of that is tried. */
const HEAD = 262_144;
const SAMPLE = 131_072;
/** Weights and archives shrink by less than this part: a second of compression would save a hundredth of one on the wire. */
const INCOMPRESSIBLE = 0.85;
/** Libraries: level 6 takes more than twice the time of level 1 for a tenth of the size. */
const LARGE_FILE = 4 * 1024 * 1024;

/** 0 (stored) for what does not shrink, 1 for large files, 6 for all others. `head` is the beginning of the file. */
export function chooseLevel(head: Uint8Array, fileBytes: number): Level {
  // The end of the head: formats of weights begin with a table of contents in JSON.
  const sample = head.subarray(Math.max(0, head.length - SAMPLE));
  if (deflateRawSync(sample, { level: 1 }).length > sample.length * INCOMPRESSIBLE) return 0;
  return fileBytes >= LARGE_FILE ? 1 : 6;
}

interface LevelledChunk {
  readonly bytes: Uint8Array;
  readonly level: Level;
}

/** Neither a time nor an operating system (255: unknown). https://www.rfc-editor.org/rfc/rfc1952 */
const GZIP_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
/** The last block of a deflate stream, empty. */
const LAST_BLOCK = Uint8Array.of(3, 0);

/**
 * Compresses a tar stream into one gzip member. `onTar` sees the bytes before they are compressed.
 *
 * Chunks of one level are compressed together and end on a byte, so that the parts can follow one another in one deflate stream.
 * Node's gzip streams cannot change their level, and what is only stored would cost most of the time in them.
 */
export async function* compressTar(
  pieces: AsyncIterable<TarPiece>,
  onTar: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const chunks = evenChunks(chooseLevels(pieces));
  let checksum = 0;
  let total = 0;
  let next = await chunks.next();
  const takeRun = async function* (level: Level): AsyncGenerator<Uint8Array> {
    for (; !next.done && next.value.level === level; next = await chunks.next()) {
      const { bytes } = next.value;
      onTar(bytes);
      checksum = crc32(bytes, checksum);
      total += bytes.length;
      yield bytes;
    }
  };
  try {
    yield GZIP_HEADER;
    while (!next.done) {
      const { level } = next.value;
      yield* level === 0 ? store(takeRun(level)) : deflate(takeRun(level), level);
    }
    yield LAST_BLOCK;
    yield writeTrailer(checksum, total);
  } finally {
    await chunks.return(undefined);
  }
}

function writeTrailer(checksum: number, bytes: number): Uint8Array {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(bytes % 2 ** 32, 4);
  return trailer;
}

/** Stored blocks: a length, the same inverted, and the bytes as they are. https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4 */
async function* store(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const header = Buffer.allocUnsafe(5);
    header[0] = 0;
    header.writeUInt16LE(chunk.length, 1);
    header.writeUInt16LE(~chunk.length & 0xffff, 3);
    yield header;
    yield chunk;
  }
}

async function* deflate(chunks: AsyncIterable<Uint8Array>, level: Level): AsyncGenerator<Uint8Array> {
  // Ends on a byte, without the mark of a last block.
  const stream = createDeflateRaw({ level, chunkSize: CHUNK, finishFlush: constants.Z_SYNC_FLUSH });
  const fed = feed(stream, chunks).catch((error: unknown) => {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } finally {
    stream.destroy();
    await fed;
  }
}

async function feed(stream: DeflateRaw, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const bytes of chunks) {
    if (stream.destroyed) return;
    await write(stream, bytes);
  }
  stream.end();
}

/** Waits until it is compressed, or for the stream's end when its reader went away. */
function write(stream: DeflateRaw, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const close = (): void => resolve();
    stream.once('close', close);
    stream.write(bytes, error => {
      stream.off('close', close);
      if (error && !stream.destroyed) reject(error);
      else resolve();
    });
  });
}

/** Gives each piece its level, holding back a file's beginning until it is long enough to tell. */
async function* chooseLevels(pieces: AsyncIterable<TarPiece>): AsyncGenerator<LevelledChunk> {
  let level: Level = 6;
  let chosenFor: unknown;
  let head: Uint8Array[] = [];
  let headBytes = 0;
  for await (const { bytes, file } of pieces) {
    if (!file || file.bytes < SMALL_FILE || file === chosenFor) {
      yield { bytes, level };
      continue;
    }
    head.push(bytes);
    headBytes += bytes.length;
    if (headBytes < Math.min(HEAD, file.bytes)) continue;
    const start = Buffer.concat(head);
    level = chooseLevel(start.subarray(0, HEAD), file.bytes);
    chosenFor = file;
    [head, headBytes] = [[], 0];
    yield { bytes: start, level };
  }
}

/** The longest that a stored block can be. */
const CHUNK = 65_535;

/**
 * The same pieces, cut into chunks of one size and level: how a file happens to be read must not show in the result.
 */
async function* evenChunks(chunks: AsyncIterable<LevelledChunk>): AsyncGenerator<LevelledChunk> {
  let pending = Buffer.allocUnsafe(CHUNK);
  let filled = 0;
  let level: Level = 6;
  for await (const chunk of chunks) {
    if (chunk.level !== level && filled > 0) {
      yield { bytes: pending.subarray(0, filled), level };
      [pending, filled] = [Buffer.allocUnsafe(CHUNK), 0];
    }
    level = chunk.level;
    for (let at = 0; at < chunk.bytes.length; ) {
      const part = chunk.bytes.subarray(at, at + CHUNK - filled);
      pending.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < CHUNK) continue;
      yield { bytes: pending, level };
      [pending, filled] = [Buffer.allocUnsafe(CHUNK), 0];
    }
  }
  if (filled > 0) yield { bytes: pending.subarray(0, filled), level };
}
