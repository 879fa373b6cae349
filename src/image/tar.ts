/** A tar stream whose bytes depend on paths, contents and the executable bit alone. POSIX pax format. */
import { ConfigurationError } from '../errors.ts';

export interface TarEntry {
  /** Relative, `/`-separated, without a slash at its end. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  /** Permission bits, as they are to be written. */
  readonly mode: number;
  readonly bytes: number;
  readonly linkTarget?: string | undefined;
  content(): AsyncIterable<Uint8Array>;
}

/** Part of the stream: a file's content, or what stands around it. */
export interface TarPiece {
  readonly bytes: Uint8Array;
  /** The file it is content of. */
  readonly file?: TarEntry | undefined;
}

/** 2 January 1980: Python's zipfile refuses what is before 1980, in any time zone. Seconds since the epoch. */
export const TAR_MTIME_SECONDS = 315_619_200;

const BLOCK = 512;
const TYPES = { file: '0', symlink: '2', directory: '5' } as const;
/** The largest size that fits the header's octal field. */
const LARGEST_OCTAL = 0o77777777777;

/** Entries come in the order given. Throws ConfigurationError when a file changes its size while it is read. */
export async function* writeTar(entries: Iterable<TarEntry>): AsyncGenerator<TarPiece> {
  for (const entry of entries) {
    yield { bytes: writeHeader(entry) };
    if (entry.type === 'file') yield* writeContent(entry);
  }
  yield { bytes: new Uint8Array(2 * BLOCK) };
}

async function* writeContent(file: TarEntry): AsyncGenerator<TarPiece> {
  let bytes = 0;
  for await (const chunk of file.content()) {
    bytes += chunk.length;
    if (bytes > file.bytes) throw changed(file);
    yield { bytes: chunk, file };
  }
  if (bytes !== file.bytes) throw changed(file);
  const rest = bytes % BLOCK;
  if (rest > 0) yield { bytes: new Uint8Array(BLOCK - rest) };
}

function changed({ path }: TarEntry): ConfigurationError {
  return new ConfigurationError(`${path} was changed while it was read into the image`);
}

/** The entry's header block, a pax header before it when the entry does not fit the old fields. */
function writeHeader(entry: TarEntry): Uint8Array {
  const name = entry.type === 'directory' ? `${entry.path}/` : entry.path;
  const linkTarget = entry.linkTarget ?? '';
  const records = [
    ...(fits(name) ? [] : [['path', name] as const]),
    ...(fits(linkTarget) ? [] : [['linkpath', linkTarget] as const]),
    ...(entry.bytes <= LARGEST_OCTAL ? [] : [['size', String(entry.bytes)] as const]),
  ];
  const fields = { name, linkTarget, mode: entry.mode, bytes: entry.type === 'file' ? entry.bytes : 0 };
  const header = writeBlock({ ...fields, type: TYPES[entry.type] });
  return records.length === 0 ? header : Buffer.concat([...writePax(name, records), header]);
}

function fits(text: string): boolean {
  return text.length <= 100 && /^[\x20-\x7e]*$/.test(text);
}

function writePax(name: string, records: readonly (readonly [string, string])[]): Uint8Array[] {
  const body = Buffer.concat(records.map(([key, value]) => writeRecord(key, value)));
  const header = writeBlock({
    name: `PaxHeaders/${ascii(name)}`,
    linkTarget: '',
    mode: 0o644,
    bytes: body.length,
    type: 'x',
  });
  return [header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
}

/** `length key=value\n`, where the length counts its own digits too. */
function writeRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function writeBlock(fields: {
  name: string;
  linkTarget: string;
  mode: number;
  bytes: number;
  type: string;
}): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  block.write(ascii(fields.name).slice(0, 100), 0, 'latin1');
  writeOctal(block, fields.mode, 100, 8);
  writeOctal(block, 0, 108, 8); // uid
  writeOctal(block, 0, 116, 8); // gid
  writeOctal(block, fields.bytes <= LARGEST_OCTAL ? fields.bytes : 0, 124, 12);
  writeOctal(block, TAR_MTIME_SECONDS, 136, 12);
  block.write(`        ${fields.type}`, 148, 'latin1');
  block.write(ascii(fields.linkTarget).slice(0, 100), 157, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function writeOctal(block: Buffer, value: number, offset: number, length: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1');
}

/** The old field for readers that know no pax: every other character becomes an underscore. */
function ascii(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '_');
}
