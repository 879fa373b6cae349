/**
 * Paths inside an unpacked image. Symbolic links are followed by hand, as if the image's root were the root of the machine, so that
 * no path ever leads out of it: an absolute link starts again at the root, and `..` stops there.
 */
import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** More links than this in one path are a loop, as Linux has it. */
const MOST_LINKS = 40;

/** Where `path` of the image really is on this machine, or undefined when it does not exist. */
export function locate(root: string, path: string, from = '/'): string | undefined {
  const real = resolveInside(root, path.startsWith('/') ? path : `${from}/${path}`);
  return real !== undefined && lstatOf(join(root, real)) ? join(root, real) : undefined;
}

/**
 * The image's path with every symbolic link resolved, without a leading slash: `usr/lib/x`. Parts that do not exist stay as they
 * are. Undefined for a loop.
 */
export function resolveInside(root: string, path: string): string | undefined {
  const resolved: string[] = [];
  const waiting = partsOf(path).reverse();
  let links = 0;
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part === '..') {
      resolved.pop();
      continue;
    }
    const here = join(root, ...resolved, part);
    if (!lstatOf(here)?.isSymbolicLink()) {
      resolved.push(part);
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) return undefined;
    const target = readlinkSync(here);
    if (target.startsWith('/')) resolved.length = 0;
    waiting.push(...partsOf(target).reverse());
  }
  return resolved.join('/');
}

/** Undefined when there is nothing, or something on the way is no directory. */
export function lstatOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function partsOf(path: string): string[] {
  return path.split('/').filter(part => part !== '' && part !== '.');
}
