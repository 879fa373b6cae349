/** gzip for layers: as much effort as the content deserves, and the same bytes for the same input. */
import { constants, createGzip, deflateRawSync, type Gzip, type ZlibParams } from 'node:zlib';
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

type GzipStream = Gzip & ZlibParams;

interface LevelledChunk {
  readonly bytes: Uint8Array;
  readonly level: Level;
}

/** Compresses a tar stream into one gzip member. `onTar` sees the bytes before they are compressed. */
export async function* compressTar(
  pieces: AsyncIterable<TarPiece>,
  onTar: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  // Node's gzip streams can change their level (`Zlib.params`), though their type does not say so.
  const gzip = createGzip({ level: 6, chunkSize: CHUNK }) as GzipStream;
  const fed = feed(gzip, evenChunks(chooseLevels(pieces)), onTar).catch((error: unknown) => {
    gzip.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  let first = true;
  try {
    for await (const chunk of gzip as AsyncIterable<Buffer>) {
      // The operating system in the header would tell where it was built.
      if (first) chunk[9] = 255;
      first = false;
      yield chunk;
    }
  } finally {
    gzip.destroy();
    await fed;
  }
}

async function feed(
  gzip: GzipStream,
  chunks: AsyncIterable<LevelledChunk>,
  onTar: (bytes: Uint8Array) => void,
): Promise<void> {
  let current: Level = 6;
  for await (const { bytes, level } of chunks) {
    if (gzip.destroyed) return;
    if (level !== current) await settle(gzip, done => gzip.params(level, constants.Z_DEFAULT_STRATEGY, done));
    current = level;
    onTar(bytes);
    await settle(gzip, done => gzip.write(bytes, done));
  }
  gzip.end();
}

/** Waits for one step, or for the stream's end when its reader went away. */
function settle(gzip: GzipStream, step: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const close = (): void => resolve();
    gzip.once('close', close);
    step(error => {
      gzip.off('close', close);
      if (error && !gzip.destroyed) reject(error);
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

const CHUNK = 65_536;

/**
 * The same pieces, cut into chunks of 64 KiB of one level: how a file happens to be read must not show in the result, and stored
 * blocks are as long as what zlib is given at once.
 */
async function* evenChunks(chunks: AsyncIterable<LevelledChunk>): AsyncGenerator<LevelledChunk> {
  let pending = Buffer.alloc(CHUNK);
  let filled = 0;
  let level: Level = 6;
  for await (const chunk of chunks) {
    if (chunk.level !== level && filled > 0) {
      yield { bytes: pending.subarray(0, filled), level };
      [pending, filled] = [Buffer.alloc(CHUNK), 0];
    }
    level = chunk.level;
    for (let at = 0; at < chunk.bytes.length; ) {
      const part = chunk.bytes.subarray(at, at + CHUNK - filled);
      pending.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < CHUNK) continue;
      yield { bytes: pending, level };
      [pending, filled] = [Buffer.alloc(CHUNK), 0];
    }
  }
  if (filled > 0) yield { bytes: pending.subarray(0, filled), level };
}
