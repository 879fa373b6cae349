/** Images made by hand: a tar writer that can write what an honest one never would, and a source that holds a few images. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ImageSource, ResolvedImage } from '../../../src/local/engines/model.ts';

export interface Entry {
  readonly path: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'hardlink' | (string & {});
  readonly content?: string | Buffer;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly linkTarget?: string;
  /** A PAX header before the entry. */
  readonly pax?: Readonly<Record<string, string>>;
  /** ustar's own field for the front part of a long path. */
  readonly prefix?: string;
}

const FLAGS: Readonly<Record<string, string>> = { file: '0', hardlink: '1', symlink: '2', directory: '5' };

export function tar(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.flatMap(blocks), Buffer.alloc(1024)]);
}

export function blocks(entry: Entry): Buffer[] {
  const content = Buffer.from(entry.content ?? '');
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  const pax = entry.pax ? blocks({ path: 'pax', type: 'x', content: paxRecords(entry.pax) }) : [];
  return [...pax, header(entry, content.length), content, padding];
}

export function paxRecords(records: Readonly<Record<string, string>>): string {
  return Object.entries(records)
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      const bytes = Buffer.byteLength(rest);
      const guess = bytes + String(bytes).length;
      return `${bytes + String(guess).length}${rest}`;
    })
    .join('');
}

export function header(entry: Entry, bytes: number): Buffer {
  const { type = 'file', mode = type === 'directory' ? 0o755 : 0o644, uid = 0, gid = 0, mtime = 315532800 } = entry;
  const block = Buffer.alloc(512);
  const octal = (value: number, at: number, width: number) =>
    block.write(value.toString(8).padStart(width - 1, '0'), at);
  block.write(entry.path, 0, 100);
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(gid, 116, 8);
  octal(bytes, 124, 12);
  octal(mtime, 136, 12);
  block.write(FLAGS[type] ?? type, 156);
  block.write(entry.linkTarget ?? '', 157, 100);
  block.write('ustar\u000000', 257);
  block.write(entry.prefix ?? '', 345, 155);
  return sign(block);
}

/** Writes the checksum. */
export function sign(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return block;
}

export interface ImageContent {
  readonly layers: readonly (readonly Entry[])[];
  readonly config?: ResolvedImage['config'];
}

/** A source of the images given, by reference; others are unknown to it, in the words of a registry. */
export async function createImages(
  folder: string,
  images: Readonly<Record<string, ImageContent>>,
): Promise<ImageSource> {
  const resolved = new Map<string, ResolvedImage>();
  for (const [reference, content] of Object.entries(images))
    resolved.set(reference, await createImage(folder, content));
  return {
    async resolve(reference) {
      const image = resolved.get(reference);
      if (!image) throw new Error(`manifest for ${reference} not found: manifest unknown: Requested image not found`);
      return image;
    },
  };
}

export async function createImage(folder: string, { layers, config = {} }: ImageContent): Promise<ResolvedImage> {
  const written = await Promise.all(layers.map(layer => writeLayer(folder, gzipSync(tar(layer)))));
  const digest = `sha256:${createHash('sha256')
    .update(JSON.stringify([written, config]))
    .digest('hex')}`;
  return { digest, config, layers: written };
}

export async function writeLayer(folder: string, blob: Buffer): Promise<ResolvedImage['layers'][number]> {
  const digest = createHash('sha256').update(blob).digest('hex');
  const path = join(folder, digest);
  await writeFile(path, blob);
  return { digest: `sha256:${digest}`, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', path };
}

/** A shell and what it is linked to, taken from this machine: the smallest image with a root file system of its own. */
export function shellImage(): Entry[] {
  const programs = ['/bin/sh', '/bin/sleep'].map(path => realpathSync(path));
  const libraries =
    execFileSync('sh', ['-c', 'ldd "$@"', 'sh', ...programs], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  const copied = [...new Set([...programs, ...libraries.filter(path => !path.endsWith(':'))])];
  return [
    ...copied.map(path => ({ path: path.slice(1), content: readFileSync(path), mode: 0o755 })),
    ...['sh', 'sleep'].map((name, index) => ({
      path: `usr/own/${name}`,
      type: 'symlink',
      linkTarget: programs[index] ?? '',
    })),
    { path: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\nmodel:x:1234:100::/home/model:/bin/sh\n' },
    { path: 'work', type: 'directory', mode: 0o777 },
  ];
}
