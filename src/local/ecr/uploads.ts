/** Layers on their way in, from either face: started, appended to, completed under a verified digest, or cancelled. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, stat } from 'node:fs/promises';
import { ServiceError } from '../model.ts';
import { uploadNotFound } from './errors.ts';
import type { Repository, Upload } from './model.ts';
import { type Algorithm, algorithmOf, repositoryKey } from './names.ts';
import type { Registries } from './registries.ts';

/** Every part of a layer but the last has at least this many bytes on ECR. */
const MINIMUM_PART_BYTES = 5 * 1024 * 1024;

const LIFETIME_MS = 24 * 60 * 60 * 1000;

export class Uploads {
  readonly #registries: Registries;
  /** The running sha256 of each upload that this process has written all of. */
  readonly #hashes = new Map<string, Hash>();
  readonly #busy = new Set<string>();

  constructor(registries: Registries) {
    this.#registries = registries;
  }

  start(repository: Repository): Upload {
    this.#sweep();
    const upload: Upload = {
      id: this.#registries.uuid(),
      repositoryKey: repositoryKey(repository),
      bytes: 0,
      startedAt: this.#registries.now(),
    };
    this.#registries.uploads.put(upload.id, upload);
    this.#hashes.set(upload.id, createHash('sha256'));
    return upload;
  }

  /** Throws UploadNotFoundException. */
  get(repository: Repository, id: string): Upload {
    const upload = this.#registries.uploads.get(id);
    if (!upload || upload.repositoryKey !== repositoryKey(repository)) throw uploadNotFound(repository, id);
    return upload;
  }

  /**
   * Appends one part as it streams in. When the stream breaks, what had arrived stays, and the upload can be resumed from there.
   * Gives the upload as it is afterwards.
   */
  async append(upload: Upload, part: AsyncIterable<Uint8Array>): Promise<Upload> {
    return await this.#alone(upload, async () => {
      const hash = await this.#resumeHash(upload);
      const file = await this.#registries.files.openPartial(upload.id);
      let bytes = upload.bytes;
      try {
        await file.truncate(upload.bytes);
        for await (const piece of part) {
          const written = writeWhole(file, piece);
          hash.update(piece);
          await written;
          bytes += piece.length;
        }
      } catch (error) {
        // It may have taken in a piece that did not reach the disk: the next one reads it all again.
        this.#hashes.delete(upload.id);
        throw error;
      } finally {
        await file.close();
        this.#record(upload, bytes);
      }
      return this.#registries.uploads.get(upload.id) ?? upload;
    });
  }

  /** Gives the layer its digest. Throws InvalidLayerException when the bytes have another one; the upload then stays. */
  async complete(repository: Repository, upload: Upload, digest: string): Promise<void> {
    await this.#alone(upload, async () => {
      const algorithm = algorithmOf(digest);
      const hash = algorithm === 'sha256' ? await this.#resumeHash(upload) : await this.#hashFile(upload, algorithm);
      const calculated = `${algorithm}:${hash.copy().digest('hex')}`;
      if (calculated !== digest) {
        throw new ServiceError(
          'InvalidLayerException',
          `Layer digest '${digest}' does not match the calculated digest '${calculated}'`,
        );
      }
      await this.#registries.files.syncPartial(upload.id);
      this.#adopt(repository, upload, digest);
      await this.#registries.files.syncFolder();
    });
  }

  cancel(upload: Upload): void {
    this.#hashes.delete(upload.id);
    this.#registries.removeUpload(upload.id);
  }

  /** One tick: the repository may have been deleted while the file was synced. */
  #adopt(repository: Repository, upload: Upload, digest: string): void {
    const target = this.#registries.get(repository);
    this.get(target, upload.id);
    this.#registries.files.adopt(upload.id, digest);
    this.#registries.blobs(target).put(digest, { bytes: upload.bytes, pushedAt: this.#registries.now() });
    this.cancel(upload);
  }

  /** Nobody comes back to an upload after a day. */
  #sweep(): void {
    for (const [id, upload] of this.#registries.uploads.entries()) {
      if (this.#registries.now() - upload.startedAt > LIFETIME_MS && !this.#busy.has(id)) this.cancel(upload);
    }
  }

  #record(upload: Upload, bytes: number): void {
    const partBytes = bytes - upload.bytes;
    // The upload may have been cancelled meanwhile.
    if (partBytes === 0 || !this.#registries.uploads.get(upload.id)) return;
    const earlier = [upload.smallestPartBytes, upload.lastPartBytes].filter(size => size !== undefined);
    this.#registries.uploads.put(upload.id, {
      ...upload,
      bytes,
      lastPartBytes: partBytes,
      ...(earlier.length > 0 ? { smallestPartBytes: Math.min(...earlier) } : {}),
    });
  }

  /** After a restart the bytes are on disk but their hash is not. */
  async #resumeHash(upload: Upload): Promise<Hash> {
    const known = this.#hashes.get(upload.id);
    if (known) return known;
    const hash = await this.#hashFile(upload, 'sha256');
    this.#hashes.set(upload.id, hash);
    return hash;
  }

  async #hashFile({ id, bytes }: Upload, algorithm: Algorithm): Promise<Hash> {
    const hash = createHash(algorithm);
    if (bytes === 0) return hash;
    const path = this.#registries.files.partialPath(id);
    const { size } = await stat(path);
    if (size < bytes) throw new Error(`upload ${id}: ${path} has lost bytes that were acknowledged`);
    for await (const piece of createReadStream(path, { end: bytes - 1 })) hash.update(piece as Buffer);
    return hash;
  }

  async #alone<Result>(upload: Upload, work: () => Promise<Result>): Promise<Result> {
    if (this.#busy.has(upload.id))
      throw new ServiceError('InvalidLayerPartException', `Another part of upload '${upload.id}' is being received`);
    this.#busy.add(upload.id);
    try {
      return await work();
    } finally {
      this.#busy.delete(upload.id);
    }
  }
}

/** Throws LayerPartTooSmallException. */
export function checkPartSizes(smallestPartBytes: number | undefined): void {
  if (smallestPartBytes === undefined || smallestPartBytes >= MINIMUM_PART_BYTES) return;
  throw new ServiceError('LayerPartTooSmallException', 'All layer parts except the last part should be at least 5MB');
}

async function writeWhole(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.length; ) done += (await file.write(piece, done)).bytesWritten;
}
