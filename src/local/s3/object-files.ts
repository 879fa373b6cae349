/** The bytes of objects, as files of their own. A file's name is new each time, so nothing is ever written over. */
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalContext } from '../model.ts';
import { startDigest } from './checksums.ts';
import type { ChecksumAlgorithm, Piece } from './model.ts';

export interface WrittenFile extends Piece {
  /** Hexadecimal. */
  readonly md5: string;
  readonly sha256: string | undefined;
  /** In base64, of the algorithm that was asked for. */
  readonly checksum: string | undefined;
}

export interface DigestRequest {
  readonly checksum?: ChecksumAlgorithm | undefined;
  readonly sha256?: boolean;
}

export class ObjectFiles {
  readonly #folder: string;
  readonly #durable: boolean;
  readonly #uuid: () => string;
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();

  constructor({ store, uuid }: LocalContext) {
    this.#folder = join(store.blobFolder, 's3');
    this.#durable = store.durable;
    this.#uuid = uuid;
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Writes and, with a state folder, syncs the file and its folder. Nothing is left when the body breaks off. */
  async write(body: AsyncIterable<Uint8Array>, wanted: DigestRequest = {}): Promise<WrittenFile> {
    const file = this.#uuid();
    const handle = await open(this.#path(file), 'wx');
    try {
      const written = await writeBody(handle, body, wanted);
      if (this.#durable) {
        await handle.datasync();
        await this.#syncFolder();
      }
      await handle.close();
      return { file, ...written };
    } catch (error) {
      await handle.close();
      await this.remove([{ file }]);
      throw error;
    }
  }

  /**
   * The bytes from `start` up to and without `end`, over all pieces. From this call on until the reading has ended the files stay,
   * although the object may be replaced or deleted meanwhile.
   */
  read(pieces: readonly Piece[], start: number, end: number): AsyncGenerator<Buffer> {
    for (const { file } of pieces) this.#readers.set(file, (this.#readers.get(file) ?? 0) + 1);
    return this.#readHeld(pieces, start, end);
  }

  async *#readHeld(pieces: readonly Piece[], start: number, end: number): AsyncGenerator<Buffer> {
    try {
      let offset = 0;
      for (const { file, bytes } of pieces) {
        const from = Math.max(start - offset, 0);
        const to = Math.min(end - offset, bytes);
        if (from < to) yield* readPiece(this.#path(file), from, to);
        offset += bytes;
      }
    } finally {
      await this.#release(pieces);
    }
  }

  async #release(pieces: readonly Piece[]): Promise<void> {
    for (const { file } of pieces) {
      const readers = (this.#readers.get(file) ?? 1) - 1;
      if (readers > 0) this.#readers.set(file, readers);
      else this.#readers.delete(file);
      if (readers === 0 && this.#doomed.delete(file)) await unlink(this.#path(file)).catch(() => undefined);
    }
  }

  /** At once, or when the last reader has finished. */
  async remove(pieces: readonly Pick<Piece, 'file'>[]): Promise<void> {
    for (const { file } of pieces) {
      if (this.#readers.has(file)) this.#doomed.add(file);
      else await unlink(this.#path(file)).catch(() => undefined);
    }
  }

  /** Files that a process wrote and never put into the journal before it was killed. Called before the first new one. */
  orphans(isReferenced: (file: string) => boolean): Pick<Piece, 'file'>[] {
    return readdirSync(this.#folder)
      .filter(file => !isReferenced(file))
      .map(file => ({ file }));
  }

  async #syncFolder(): Promise<void> {
    const folder = await open(this.#folder, 'r');
    await folder.sync().finally(() => folder.close());
  }

  #path(file: string): string {
    return join(this.#folder, file);
  }
}

async function* readPiece(path: string, from: number, to: number): AsyncGenerator<Buffer> {
  let left = to - from;
  for await (const chunk of createReadStream(path, { start: from, end: to - 1 }) as AsyncIterable<Buffer>) {
    left -= chunk.length;
    yield chunk;
  }
  if (left > 0) throw new Error(`${path} is ${left} bytes shorter than what was stored`);
}

async function writeBody(
  handle: FileHandle,
  body: AsyncIterable<Uint8Array>,
  { checksum, sha256 }: DigestRequest,
): Promise<Omit<WrittenFile, 'file'>> {
  const md5 = createHash('md5');
  const payload = sha256 ? createHash('sha256') : undefined;
  const digest = checksum ? startDigest(checksum) : undefined;
  let bytes = 0;
  for await (const chunk of body) {
    md5.update(chunk);
    payload?.update(chunk);
    digest?.update(chunk);
    bytes += chunk.length;
    for (let done = 0; done < chunk.length; ) done += (await handle.write(chunk, done)).bytesWritten;
  }
  return { bytes, md5: md5.digest('hex'), sha256: payload?.digest('hex'), checksum: digest?.finish() };
}
