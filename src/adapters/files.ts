/** The files of this machine. */
import { createReadStream, type Dirent } from 'node:fs';
import { access, lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigurationError, errorCode } from '../errors.ts';
import type { FileEntry, FilesPort } from '../ports.ts';

/** Relative paths are read from `folder`, by default the working directory at the time of the call. */
export function createFiles(folder?: string): FilesPort {
  const locate = (path: string): string => resolve(folder ?? process.cwd(), path);
  return {
    readText: path => readFile(locate(path), 'utf8').catch(fail('read', path)),
    exists: path =>
      access(locate(path)).then(
        () => true,
        () => false,
      ),
    open: path => open(path, locate),
    walk: path => walk(locate(path), ''),
  };
}

async function* open(path: string, locate: (path: string) => string): AsyncGenerator<Uint8Array> {
  try {
    yield* path === '-' ? process.stdin : createReadStream(locate(path), { highWaterMark: 256 * 1024 });
  } catch (error) {
    fail('read', path)(error);
  }
}

export const systemFiles: FilesPort = createFiles();

/**
 * The order is bytewise by relative path where a folder's path ends in `/`, as git has it, which is depth first too: `a.txt`, `a`,
 * `a/b`. Sockets, pipes and devices are left out; symbolic links are not followed.
 */
async function* walk(root: string, below: string): AsyncGenerator<FileEntry> {
  const found = await readdir(join(root, below), { withFileTypes: true }).catch(fail('list', join(root, below)));
  for (const { name } of found.sort(byPath)) {
    const path = below ? `${below}/${name}` : name;
    const entry = await describe(join(root, path), path);
    if (entry) yield entry;
    if (entry?.type === 'directory') yield* walk(root, path);
  }
}

async function describe(absolute: string, path: string): Promise<FileEntry | undefined> {
  const found = await lstat(absolute).catch(fail('read', absolute));
  const mode = found.mode & 0o7777;
  if (found.isDirectory()) return { path, type: 'directory', mode, bytes: 0, content: nothing };
  if (found.isSymbolicLink()) {
    const linkTarget = await readlink(absolute).catch(fail('read', absolute));
    return { path, type: 'symlink', mode, bytes: 0, linkTarget, content: nothing };
  }
  if (!found.isFile()) return undefined;
  return { path, type: 'file', mode, bytes: found.size, content: () => createReadStream(absolute) };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function byPath(left: Dirent, right: Dirent): number {
  const name = (entry: Dirent): Buffer => Buffer.from(entry.isDirectory() ? `${entry.name}/` : entry.name);
  return Buffer.compare(name(left), name(right));
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'it is not a folder',
};

/** Turns a failure of the file system into one the user can mend. */
function fail(verb: 'read' | 'list', path: string): (error: unknown) => never {
  return error => {
    const reason = REASONS[errorCode(error) ?? ''] ?? (error instanceof Error ? error.message : String(error));
    throw new ConfigurationError({ message: `Cannot ${verb} ${path}: ${reason}` }, { cause: error });
  };
}
