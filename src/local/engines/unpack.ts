/**
 * Applies one layer to a root file system, by the rules of the OCI image specification
 * (https://github.com/opencontainers/image-spec/blob/main/layer.md). Whatever the archive says, nothing outside the root is ever
 * read, written or removed: parents are resolved inside the root, and the last part of a path is never followed.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { lstatOf, resolveInside } from './rootfs-path.ts';
import { readTar, type TarEntry } from './tar-reader.ts';

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** Devices and pipes are left out: making them takes root, and running brings the machine's own. */
export async function unpackLayer(root: string, archive: AsyncIterable<Uint8Array>): Promise<void> {
  const layer = new Layer(root);
  for await (const entry of readTar(archive)) await layer.apply(entry);
  layer.finish();
}

class Layer {
  readonly #root: string;
  /** Real parents of paths seen, as resolving each anew would be most of the work. */
  readonly #parents = new Map<string, string>();
  /** What this layer itself brought: an opaque whiteout hides only what lies below it. */
  readonly #written = new Set<string>();
  readonly #directories: { path: string; entry: TarEntry }[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  async apply(entry: TarEntry): Promise<void> {
    const parts = entry.path.split('/').filter(part => part !== '' && part !== '.');
    if (parts.includes('..')) throw new Error(`the layer's entry ${entry.path} leads out of the image`);
    const name = parts.pop();
    if (name === undefined || entry.type === 'device') return;
    const parent = this.#parent(parts.join('/'), entry.path);
    if (name === OPAQUE) this.#hideBelow(parent);
    else if (name.startsWith(WHITEOUT)) this.#hide(parent, name.slice(WHITEOUT.length), entry.path);
    else await this.#write(join(parent, name), entry);
  }

  /** Modes and times of directories come last: a read-only one could not be filled, and filling changes the time. */
  finish(): void {
    for (const { path, entry } of this.#directories.reverse()) {
      if (!lstatOf(path)?.isDirectory()) continue;
      own(path, entry);
      fs.chmodSync(path, isRoot() ? entry.mode : entry.mode | 0o700);
      fs.utimesSync(path, entry.mtimeSeconds, entry.mtimeSeconds);
    }
  }

  #parent(path: string, of: string): string {
    const known = this.#parents.get(path);
    if (known !== undefined) return known;
    const inside = resolveInside(this.#root, path);
    if (inside === undefined) throw new Error(`the layer's entry ${of} lies behind a loop of symbolic links`);
    const real = join(this.#root, inside);
    this.#makeDirectories(inside);
    this.#parents.set(path, real);
    return real;
  }

  /** Directories that the layer does not name itself. A file in the way is replaced. */
  #makeDirectories(inside: string): void {
    let path = this.#root;
    for (const part of inside.split('/')) {
      path = join(path, part);
      const found = lstatOf(path);
      if (found?.isDirectory()) continue;
      if (found) this.#remove(path);
      fs.mkdirSync(path, 0o755);
    }
  }

  async #write(path: string, entry: TarEntry): Promise<void> {
    const found = lstatOf(path);
    this.#note(path);
    if (entry.type === 'directory') {
      this.#directories.push({ path, entry });
      if (found?.isDirectory()) return;
    }
    if (found) this.#remove(path);
    if (entry.type === 'directory') fs.mkdirSync(path, 0o755);
    else if (entry.type === 'symlink') fs.symlinkSync(entry.linkTarget, path);
    else if (entry.type === 'hardlink') this.#link(path, entry);
    else await writeFile(path, entry);
    if (entry.type === 'symlink') own(path, entry);
  }

  #link(path: string, entry: TarEntry): void {
    const target = entry.linkTarget.split('/').filter(part => part !== '' && part !== '.');
    const name = target.pop();
    if (name === undefined || name === '..' || target.includes('..')) {
      throw new Error(`the layer's hard link ${entry.path} to ${entry.linkTarget} leads out of the image`);
    }
    const inside = resolveInside(this.#root, target.join('/'));
    const existing = inside === undefined ? undefined : join(this.#root, inside, name);
    if (existing === undefined || !lstatOf(existing)) {
      throw new Error(`the layer's hard link ${entry.path} points to ${entry.linkTarget}, which does not exist`);
    }
    fs.linkSync(existing, path);
  }

  #hide(parent: string, name: string, of: string): void {
    // `.wh..wh.` begins the private files of aufs, which mean nothing here.
    if (name.startsWith(WHITEOUT)) return;
    if (name === '' || name === '.' || name === '..') throw new Error(`the layer's entry ${of} hides no name`);
    this.#remove(join(parent, name));
  }

  #hideBelow(directory: string): void {
    for (const name of fs.readdirSync(directory)) {
      const path = join(directory, name);
      if (!this.#written.has(path)) this.#remove(path);
      else if (lstatOf(path)?.isDirectory()) this.#hideBelow(path);
    }
  }

  #remove(path: string): void {
    fs.rmSync(path, { recursive: true, force: true });
    this.#parents.clear();
  }

  /** Parents too: an opaque whiteout must not take away the directory that holds a file of this layer. */
  #note(path: string): void {
    for (let at = path; at !== this.#root && !this.#written.has(at); at = dirname(at)) this.#written.add(at);
  }
}

async function writeFile(path: string, entry: TarEntry): Promise<void> {
  // `wx` never follows a link. Calls that return at once: through the thread pool an image of 30,000 files takes five times as long.
  const file = fs.openSync(path, 'wx', 0o600);
  try {
    for await (const chunk of entry.content) writeWhole(file, chunk);
    if (isRoot()) fs.fchownSync(file, entry.uid, entry.gid);
    fs.fchmodSync(file, entry.mode);
    fs.futimesSync(file, entry.mtimeSeconds, entry.mtimeSeconds);
  } finally {
    fs.closeSync(file);
  }
}

function writeWhole(file: number, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length; ) at += fs.writeSync(file, chunk, at);
}

function own(path: string, entry: TarEntry): void {
  if (isRoot()) fs.lchownSync(path, entry.uid, entry.gid);
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
