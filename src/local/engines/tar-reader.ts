/**
 * Reads a tar archive as a stream: ustar, PAX (`x` and `g`), GNU long names and base-256 numbers. Sparse files are refused, since
 * no image builder writes them. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
import { createByteReader } from './byte-reader.ts';

type TarEntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'device';

export interface TarEntry {
  /** As written: not normalised, not trusted. */
  readonly path: string;
  readonly type: TarEntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly bytes: number;
  readonly mtimeSeconds: number;
  /** Of a symbolic or a hard link. */
  readonly linkTarget: string;
  /** Must be read, if at all, before the next entry is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Throws an Error that names the entry when the archive is damaged, cut short or uses what is refused. */
export async function* readTar(archive: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const reader = createByteReader(archive);
  let global: Overrides = {};
  let next: Overrides = {};
  for (let block = await reader.read(BLOCK); block && !isEmpty(block); block = await reader.read(BLOCK)) {
    const header = parseHeader(block);
    const meta = META_TYPES[header.flag];
    if (meta) {
      const text = await readMeta(reader, header);
      if (meta === 'global') global = { ...global, ...parsePax(text) };
      else if (meta === 'pax') next = { ...next, ...parsePax(text) };
      else next = { ...next, [meta]: text.toString('utf8').replace(/\0.*$/s, '') };
      continue;
    }
    yield* readEntry(reader, header, { ...global, ...next });
    next = {};
  }
}

const BLOCK = 512;
/** Docker refuses more, too; nothing honest comes near. */
const LONGEST_META_BYTES = 1024 * 1024;
const META_TYPES: Readonly<Record<string, 'global' | 'pax' | 'path' | 'linkpath'>> = {
  g: 'global',
  x: 'pax',
  L: 'path',
  K: 'linkpath',
};
const TYPES: Readonly<Record<string, TarEntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'device',
  '4': 'device',
  '5': 'directory',
  '6': 'device',
};

type Overrides = Readonly<Record<string, string>>;
type Reader = ReturnType<typeof createByteReader>;
type Header = ReturnType<typeof parseHeader>;

async function* readEntry(reader: Reader, header: Header, overrides: Overrides): AsyncGenerator<TarEntry> {
  const path = overrides['path'] ?? header.path;
  const type = entryType(header.flag, path, overrides);
  const declared = numberOr(overrides['size'], header.bytes, path);
  // A link's size says how big its target is, not that bytes follow; device nodes have none either.
  const bytes = type === 'file' ? declared : 0;
  const content = reader.stream(bytes, path);
  yield {
    path,
    type,
    mode: header.mode & 0o7777,
    uid: numberOr(overrides['uid'], header.uid, path),
    gid: numberOr(overrides['gid'], header.gid, path),
    bytes,
    mtimeSeconds: Math.max(0, Number(overrides['mtime'] ?? header.mtime) || 0),
    linkTarget: overrides['linkpath'] ?? header.linkTarget,
    content,
  };
  await content.skip();
  await reader.skip(padding(bytes), path);
}

function entryType(flag: string, path: string, overrides: Overrides): TarEntryType {
  if (flag === 'S' || Object.keys(overrides).some(key => key.startsWith('GNU.sparse.'))) {
    throw new Error(`the archive entry ${path} is a sparse file, which is not supported`);
  }
  const type = TYPES[flag];
  if (!type) throw new Error(`the archive entry ${path} has the unknown type ${JSON.stringify(flag)}`);
  // Before ustar a directory was a file whose name ends in a slash.
  return flag === '\0' && path.endsWith('/') ? 'directory' : type;
}

function parseHeader(block: Buffer) {
  if (numberAt(block, 148, 8) !== checksum(block)) {
    throw new Error('the archive is damaged: an entry header has a wrong checksum');
  }
  const prefix = block.toString('latin1', 257, 262) === 'ustar' && block[263] === 0x30 ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  return {
    path: prefix ? `${prefix}/${name}` : name,
    flag: String.fromCharCode(block[156] ?? 0),
    mode: numberAt(block, 100, 8),
    uid: numberAt(block, 108, 8),
    gid: numberAt(block, 116, 8),
    bytes: numberAt(block, 124, 12),
    mtime: numberAt(block, 136, 12),
    linkTarget: textAt(block, 157, 100),
  };
}

/** The sum of all bytes, with the checksum's own field taken as spaces. */
function checksum(block: Buffer): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

function textAt(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return block.toString('utf8', start, end < 0 || end > start + length ? start + length : end);
}

/** Octal text, or GNU's big-endian binary when the first bit is set; a negative number is -1. */
function numberAt(block: Buffer, start: number, length: number): number {
  const field = block.subarray(start, start + length);
  const first = field[0] ?? 0;
  if (first & 0x80) return first & 0x40 ? -1 : field.subarray(1).reduce((sum, byte) => sum * 256 + byte, first & 0x3f);
  const text = field.toString('latin1').replace(/\0.*$/s, '').trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : 0;
}

function numberOr(text: string | undefined, otherwise: number, path: string): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new Error(`the archive entry ${path} has the impossible number ${text ?? value}`);
  return value;
}

/** Records of `<length> <key>=<value>\n`; the length counts bytes and includes itself. */
function parsePax(text: Buffer): Overrides {
  const found: Record<string, string> = {};
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(0x20, at);
    const length = Number(text.toString('latin1', at, space));
    const record = text.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (space < 0 || !(length > space - at) || at + length > text.length || equals < 1) {
      throw new Error('the archive is damaged: a PAX header cannot be read');
    }
    found[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return found;
}

async function readMeta(reader: Reader, header: Header): Promise<Buffer> {
  if (header.bytes > LONGEST_META_BYTES) throw new Error(`the archive has a header of ${header.bytes} bytes`);
  const text = await reader.read(header.bytes);
  if (!text) throw new Error('the archive ends inside a header');
  await reader.skip(padding(header.bytes), header.path);
  return text;
}

function padding(bytes: number): number {
  return (BLOCK - (bytes % BLOCK)) % BLOCK;
}

function isEmpty(block: Buffer): boolean {
  return block.every(byte => byte === 0);
}
