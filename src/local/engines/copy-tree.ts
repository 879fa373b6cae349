import { constants, cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lstatOf } from './rootfs-path.ts';

const MOST_FILES = 2000;
const MOST_BYTES = 64 * 1024 * 1024;

/** A copy of the folder for one container to write to; the folder itself when copying it each time would take too long. */
export async function copySmallTree(from: string, to: string): Promise<string> {
  if (!isSmall(from)) return from;
  // Links stay as they are: resolving them would lead out of the image.
  cpSync(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    mode: constants.COPYFILE_FICLONE,
  });
  return to;
}

function isSmall(folder: string): boolean {
  let files = 0;
  let bytes = 0;
  const waiting = [folder];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      files += 1;
      bytes += lstatOf(path)?.size ?? 0;
      if (files > MOST_FILES || bytes > MOST_BYTES) return false;
      if (entry.isDirectory()) waiting.push(path);
    }
  }
  return true;
}
