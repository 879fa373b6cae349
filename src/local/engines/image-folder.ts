/** Unpacked images, each once per digest, in a folder that may outlive the process. */
import { chmodSync, closeSync, createReadStream, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import type { ResolvedImage } from './model.ts';
import { lstatOf, resolveInside } from './rootfs-path.ts';
import { unpackLayer } from './unpack.ts';

export interface ImageFolder {
  /** The root file system of the image, unpacked on first use; callers at the same time share the work. */
  unpack(image: ResolvedImage): Promise<string>;
}

export function createImageFolder(folder: string): ImageFolder {
  const pending = new Map<string, Promise<string>>();
  return {
    unpack(image) {
      const known = pending.get(image.digest);
      if (known) return known;
      const work = unpackOnce(folder, image);
      pending.set(image.digest, work);
      // A failure is not kept: the next child may have better luck (a full disk, an image pushed again).
      work.catch(() => pending.delete(image.digest));
      return work;
    },
  };
}

/** Under its final name only when whole, so that a process killed half-way leaves nothing that looks ready. */
async function unpackOnce(folder: string, image: ResolvedImage): Promise<string> {
  const name = image.digest.replace(/[^a-zA-Z0-9_-]/g, '-');
  const final = join(folder, name);
  if (lstatOf(join(final, 'complete'))) return join(final, 'root');
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `${name}.${process.pid}.draft`);
  await rm(draft, { recursive: true, force: true });
  try {
    await mkdir(join(draft, 'root'), { recursive: true, mode: 0o755 });
    for (const layer of image.layers) await applyLayer(join(draft, 'root'), layer.path);
    makeMountPoints(join(draft, 'root'), image.config.WorkingDir);
    await writeFile(join(draft, 'complete'), `${image.digest}\n`);
    await rename(draft, final).catch(error => {
      // Another process was faster, with the same content.
      if (!lstatOf(join(final, 'complete'))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return join(final, 'root');
}

async function applyLayer(root: string, path: string): Promise<void> {
  const start = firstBytes(path);
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const unpacked = decompress(file, start);
  try {
    await unpackLayer(root, unpacked);
    // The rest (end blocks, a gzip checksum) is read too, so that a damaged blob is found.
    for await (const _ of unpacked);
  } finally {
    unpacked.destroy();
    file.destroy();
  }
}

/** By the first bytes, not the media type: registries hold layers whose type says otherwise, and Docker looks too. */
function decompress(file: Readable, start: Buffer): Readable {
  const through = decompressor(start);
  if (!through) return file;
  file.on('error', error => through.destroy(error));
  return file.pipe(through);
}

function decompressor(start: Buffer): (Readable & NodeJS.WritableStream) | undefined {
  if (start.readUInt16BE(0) === 0x1f8b) return zlib.createGunzip({ chunkSize: 256 * 1024 });
  if (start.readUInt32LE(0) !== 0xfd2fb528) return undefined;
  if (!('createZstdDecompress' in zlib)) throw new Error('layers compressed with zstd need Node 22.15 or newer');
  return zlib.createZstdDecompress();
}

function firstBytes(path: string): Buffer {
  const start = Buffer.alloc(4);
  const file = openSync(path, 'r');
  try {
    readSync(file, start, 0, 4, 0);
  } finally {
    closeSync(file);
  }
  return start;
}

/** What a container finds whether or not its image has it: the working directory, and places to mount on. Never through a link. */
function makeMountPoints(root: string, workingDirectory = '/'): void {
  for (const path of ['proc', 'dev', 'tmp', workingDirectory]) {
    const inside = resolveInside(root, path);
    if (inside === undefined || lstatOf(join(root, inside))) continue;
    mkdirSync(join(root, inside), { recursive: true });
    if (path === 'tmp') chmodSync(join(root, inside), 0o1777);
  }
  if (!lstatOf(join(root, 'etc'))?.isDirectory()) return;
  for (const file of ['resolv.conf', 'hosts']) {
    if (!lstatOf(join(root, 'etc', file))) writeFileSync(join(root, 'etc', file), '', { flag: 'wx' });
  }
}
