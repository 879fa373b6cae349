/** Which entries the layer has: the source folder below the destination, with the destination's own folders before it. */
import type { LayerBuildConfig } from '../config/model.ts';
import { ConfigurationError } from '../errors.ts';
import type { FileEntry, FilesPort } from '../ports.ts';
import { parseIgnore } from './ignore.ts';
import type { TarEntry } from './tar.ts';

/** Its presence hides what lower layers have in the folder. https://github.com/opencontainers/image-spec/blob/main/layer.md#opaque-whiteout */
const OPAQUE = '.wh..wh..opq';

/** Sorted bytewise, each folder before what is in it. Throws ConfigurationError for an empty source or a wrong destination. */
export async function readLayerEntries(config: LayerBuildConfig, files: FilesPort): Promise<TarEntry[]> {
  const destination = cleanDestination(config.destination);
  if (config.replace && (destination === '' || OF_THE_BASE.test(destination))) throw tooMuch(config.destination);
  const kept = await readKept(config, files);
  const below = (path: string): string => (destination === '' ? path : `${destination}/${path}`);
  const entries = [
    ...foldersOf(destination, config.base !== undefined),
    ...(config.replace ? [emptyFile(below(OPAQUE))] : []),
    ...kept.map(entry => ({ ...entry, path: below(entry.path), mode: normaliseMode(entry) })),
  ];
  return sortByPath(entries);
}

async function readKept(config: LayerBuildConfig, files: FilesPort): Promise<FileEntry[]> {
  const isIgnored = parseIgnore(config.ignore);
  const folders = new Map<string, FileEntry>();
  const kept = new Map<string, FileEntry>();
  for await (const entry of files.walk(config.source)) {
    if (entry.type === 'directory') folders.set(entry.path, entry);
    if (isIgnored(entry.path)) continue;
    if (entry.path.split('/').some(part => part.startsWith('.wh.'))) throw whiteout(entry.path, config.source);
    // An exception inside an ignored folder brings the folder back.
    for (const parent of parentsOf(entry.path)) {
      const folder = folders.get(parent);
      if (folder) kept.set(parent, folder);
    }
    kept.set(entry.path, entry);
  }
  if (kept.size > 0) return [...kept.values()];
  throw new ConfigurationError({
    message: `The folder ${config.source} has nothing for the image in it`,
    remedy: 'Is it built already? Do the patterns of "ignore" leave anything?',
  });
}

function whiteout(path: string, source: string): ConfigurationError {
  return new ConfigurationError({
    message: `${source}/${path} cannot be put into an image: names that begin with ".wh." mean deletions there`,
    remedy: 'Rename it, or add it to "ignore".',
  });
}

function tooMuch(destination: string): ConfigurationError {
  return new ConfigurationError({
    message: `"replace" would take ${destination} of the base image away`,
    remedy: 'Choose a folder of your own as the destination, such as /opt/app, or leave "replace" out.',
  });
}

function cleanDestination(destination: string): string {
  const parts = destination.split('/').filter(part => part !== '' && part !== '.');
  if (!destination.startsWith('/') || parts.includes('..')) {
    throw new ConfigurationError({
      message: `The layer's destination "${destination}" is no absolute path`,
      remedy: 'Write it as it is in the image: /opt/app.',
    });
  }
  return parts.join('/');
}

/** Folders that bases have as links, or with an owner or mode of their own: written anew they would break the base. */
const OF_THE_BASE =
  /^(bin|sbin|lib(32|64|x32)?|usr(\/(bin|sbin|lib(32|64|x32)?|local))?|etc|var(\/(run|lock|tmp|lib))?|run|tmp|root|home(\/[^/]+)?|proc|sys|dev)$/;

/**
 * The destination and its parents, since an old Docker makes missing ones unreadable (mode 0600) for all but root; on a base
 * without those that are the base's own business.
 */
function foldersOf(destination: string, hasBase: boolean): TarEntry[] {
  if (destination === '') return [];
  return [...parentsOf(destination), destination]
    .filter(path => !hasBase || !OF_THE_BASE.test(path))
    .map(path => ({ path, type: 'directory', mode: folderMode(path), bytes: 0, content: nothing }));
}

function folderMode(path: string): number {
  if (path === 'tmp' || path === 'var/tmp') return 0o1777;
  return path === 'root' ? 0o700 : 0o755;
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** What a checkout's mode depends on (umask, the file system) is left out: only whether it can be run stays. */
function normaliseMode({ type, mode }: FileEntry): number {
  if (type === 'symlink') return 0o777;
  return type === 'directory' || (mode & 0o100) !== 0 ? 0o755 : 0o644;
}

function emptyFile(path: string): TarEntry {
  return { path, type: 'file', mode: 0o644, bytes: 0, content: nothing };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** A folder sorts as with its slash, so that it stands right before what is in it; the deletion of its old content comes first. */
function sortByPath(entries: readonly TarEntry[]): TarEntry[] {
  const keyed = entries.map(entry => ({ entry, key: Buffer.from(sortKey(entry)) }));
  return keyed.sort((one, other) => Buffer.compare(one.key, other.key)).map(({ entry }) => entry);
}

function sortKey({ path, type }: TarEntry): string {
  if (path.endsWith(OPAQUE)) return path.replace(OPAQUE, '\0');
  return type === 'directory' ? `${path}/` : path;
}
