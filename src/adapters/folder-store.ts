/** A store in a folder of this machine: for trying out, and for tests. Writers of one machine see each other's conditions. */
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../errors.ts';
import type { StoredValue, StorePort } from '../ports.ts';

export function createFolderStore(folder: string): StorePort {
  const pathOf = (key: string) => join(folder, ...key.split('/'));
  const read = async (key: string): Promise<StoredValue | undefined> => {
    const bytes = await readFile(pathOf(key)).catch(absent(['ENOENT', 'ENOTDIR']));
    return bytes && { bytes, version: versionOf(bytes) };
  };
  return {
    uri: folder,
    read,
    async write(key, bytes, condition) {
      const path = pathOf(key);
      const part = await writePart(path, bytes);
      if (condition === 'absent') return (await linkNew(part, path)) ? versionOf(bytes) : undefined;
      // Between the look and the renaming another writer may come; S3 has no such gap.
      if (condition && (await read(key))?.version !== condition.version) return unlink(part).then(() => undefined);
      await rename(part, path);
      return versionOf(bytes);
    },
    async *list(below) {
      const entries = await readdir(pathOf(below), { withFileTypes: true }).catch(absent(['ENOENT', 'ENOTDIR']));
      const names = (entries ?? [])
        .filter(({ name }) => !name.endsWith(PART))
        .map(entry => (entry.isDirectory() ? `${entry.name}/` : entry.name));
      yield* names.sort();
    },
  };
}

const PART = '.part';

function versionOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Whole and on disk before it gets its name, so that no reader, and no kill, meets half of it. */
async function writePart(path: string, bytes: Uint8Array): Promise<string> {
  const part = `${path}.${randomUUID()}${PART}`;
  await mkdir(dirname(path), { recursive: true });
  const file = await open(part, 'wx');
  try {
    await file.writeFile(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
  return part;
}

/** A link is made only when the name is free. */
async function linkNew(part: string, path: string): Promise<boolean> {
  try {
    await link(part, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(part);
  }
}

function absent(codes: readonly string[]): (error: unknown) => undefined {
  return error => {
    if (codes.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  };
}
