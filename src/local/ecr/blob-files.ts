/** Blobs and manifests on disk: one file each, named by digest, shared by every repository. Complete files only ever appear by rename. */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export class BlobFiles {
  readonly #complete: string;
  readonly #partial: string;

  constructor(blobFolder: string) {
    this.#complete = join(blobFolder, 'sha256');
    this.#partial = join(blobFolder, 'uploads');
    mkdirSync(this.#complete, { recursive: true });
    mkdirSync(this.#partial, { recursive: true });
  }

  path(digest: string): string {
    return join(this.#complete, digest.slice('sha256:'.length));
  }

  partialPath(uploadId: string): string {
    return join(this.#partial, uploadId);
  }

  /** Writes a small file beside the complete ones, on disk when it resolves; `adopt` makes it appear. */
  async stage(name: string, bytes: Uint8Array): Promise<void> {
    const file = await open(this.partialPath(name), 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Gives an upload's file its final name, in this tick, so that nobody can delete the digest in between. */
  adopt(uploadId: string, digest: string): void {
    renameSync(this.partialPath(uploadId), this.path(digest));
  }

  /** Makes renames durable. */
  async syncFolder(): Promise<void> {
    const folder = await open(this.#complete, 'r').catch(() => undefined);
    // Windows cannot open a folder; there the rename is as durable as it gets.
    await folder?.sync().finally(() => folder.close());
  }

  async openPartial(uploadId: string): Promise<FileHandle> {
    return await open(this.partialPath(uploadId), 'a+');
  }

  async read(digest: string): Promise<Buffer> {
    return await readFile(this.path(digest));
  }

  /** An open file stays readable when its digest is deleted meanwhile. */
  async open(digest: string): Promise<FileHandle> {
    return await open(this.path(digest), 'r');
  }

  remove(digest: string): void {
    removeIfThere(this.path(digest));
  }

  removePartial(uploadId: string): void {
    removeIfThere(this.partialPath(uploadId));
  }
}

function removeIfThere(path: string): void {
  rmSync(path, { force: true });
}
