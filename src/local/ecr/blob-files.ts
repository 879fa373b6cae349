/** Blobs and manifests on disk: one file each, named by digest, shared by every repository. Complete files only ever appear by rename. */
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Algorithm } from './names.ts';

const ALGORITHMS: readonly Algorithm[] = ['sha256', 'sha512'];

export class BlobFiles {
  readonly #complete: string;
  readonly #partial: string;
  readonly #durable: boolean;

  /** Only a durable store needs its files on the disk before they are acknowledged. */
  constructor({ blobFolder, durable }: { readonly blobFolder: string; readonly durable: boolean }) {
    this.#complete = join(blobFolder, 'ecr');
    this.#partial = join(blobFolder, 'ecr', 'uploads');
    this.#durable = durable;
    for (const algorithm of ALGORITHMS) mkdirSync(join(this.#complete, algorithm), { recursive: true });
    mkdirSync(this.#partial, { recursive: true });
  }

  path(digest: string): string {
    return join(this.#complete, ...digest.split(':'));
  }

  partialPath(name: string): string {
    return join(this.#partial, name);
  }

  /** Writes a small file beside the complete ones; `adopt` makes it appear. */
  async stage(name: string, bytes: Uint8Array): Promise<void> {
    const file = await open(this.partialPath(name), 'w');
    try {
      await file.writeFile(bytes);
      await this.#sync(file);
    } finally {
      await file.close();
    }
  }

  async openPartial(name: string): Promise<FileHandle> {
    return await open(this.partialPath(name), 'a+');
  }

  async syncPartial(name: string): Promise<void> {
    const file = await this.openPartial(name);
    await this.#sync(file).finally(() => file.close());
  }

  /** Gives a partial file its final name, in this tick, so that nobody can delete the digest in between. */
  adopt(name: string, digest: string): void {
    renameSync(this.partialPath(name), this.path(digest));
  }

  /** Makes renames durable. */
  async syncFolder(): Promise<void> {
    if (!this.#durable) return;
    for (const algorithm of ALGORITHMS) {
      const folder = await open(join(this.#complete, algorithm), 'r').catch(() => undefined);
      // Windows cannot open a folder; there the rename is as durable as it gets.
      await folder?.sync().finally(() => folder.close());
    }
  }

  async read(digest: string): Promise<Buffer> {
    return await readFile(this.path(digest));
  }

  /** An open file stays readable when its digest is deleted meanwhile. */
  async open(digest: string): Promise<FileHandle> {
    return await open(this.path(digest), 'r');
  }

  remove(digest: string): void {
    rmSync(this.path(digest), { force: true });
  }

  removePartial(name: string): void {
    rmSync(this.partialPath(name), { force: true });
  }

  /** Removes what a process that was killed left behind: files that no row speaks of. */
  removeStrays(isKnown: (digest: string) => boolean, isUpload: (name: string) => boolean): void {
    const complete = ALGORITHMS.flatMap(algorithm =>
      readdirSync(join(this.#complete, algorithm)).map(name => `${algorithm}:${name}`),
    );
    for (const digest of complete) if (!isKnown(digest)) this.remove(digest);
    for (const name of readdirSync(this.#partial)) if (!isUpload(name)) this.removePartial(name);
  }

  async #sync(file: FileHandle): Promise<void> {
    if (this.#durable) await file.sync();
  }
}
