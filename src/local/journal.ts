/**
 * The append-only file behind the store: NDJSON, a header line, then groups of records, each group closed by a mark. A group counts
 * only with its mark, so a process killed in the middle of a write leaves the state as it was before that group, never half of it.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigurationError } from '../errors.ts';

/** `[table, key, value]` puts, `[table, key]` deletes. */
export type JournalRecord =
  | readonly [table: string, key: string, value: unknown]
  | readonly [table: string, key: string];

export interface Journal {
  /** Bytes that are known good; what lies after them belongs to a group that was never closed. */
  readonly bytes: number;
  /** Writes the records as one group. On an error the file is as before. */
  append(records: Iterable<JournalRecord>): Promise<void>;
  /** Makes what was appended survive a power cut. */
  sync(): Promise<void>;
  /** Replaces the whole file by these records: written beside it, synced, renamed. `last` is asked for at the very end. */
  rewrite(records: Iterable<JournalRecord>, last: () => Iterable<JournalRecord>): Promise<void>;
  close(): Promise<void>;
}

const header = '{"journal":"batchwright","version":1}';
const mark = '[]';
const chunkBytes = 1 << 20;

/** Opens or makes the file, hands every record of every closed group to `apply`, and cuts off what is left of an unfinished one. */
export async function openJournal(path: string, apply: (record: JournalRecord) => void): Promise<Journal> {
  const handle = await openFile(path);
  try {
    const good = await replay(path, apply);
    await handle.truncate(good);
    return await startJournal(path, handle, good);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function startJournal(path: string, first: FileHandle, good: number): Promise<Journal> {
  let handle = first;
  let bytes = good;
  if (bytes === 0) {
    bytes = await writeAt(handle, 0, [`${header}\n`]);
    await handle.sync();
    await syncFolder(path);
  }
  return {
    get bytes() {
      return bytes;
    },
    async append(records) {
      try {
        bytes += await writeAt(handle, bytes, linesOf(records, true));
      } catch (error) {
        await handle.truncate(bytes).catch(() => undefined);
        throw error;
      }
    },
    sync: () => handle.datasync(),
    async rewrite(records, last) {
      const beside = `${path}.new`;
      const replacement = await open(beside, 'w+');
      try {
        let written = await writeAt(replacement, 0, [`${header}\n`]);
        written += await writeAt(replacement, written, linesOf(records, false));
        written += await writeAt(replacement, written, linesOf(last(), true));
        await replacement.sync();
        await rename(beside, path);
        await syncFolder(path);
        bytes = written;
      } catch (error) {
        await replacement.close();
        throw error;
      }
      await handle.close();
      handle = replacement;
    },
    close: () => handle.close(),
  };
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return open(path, 'w+');
  }
}

/** Gives the length of the good part. */
async function replay(path: string, apply: (record: JournalRecord) => void): Promise<number> {
  let group: JournalRecord[] = [];
  let good = 0;
  let position = 0;
  let damagedAt: number | undefined;
  for await (const line of readLines(path)) {
    const start = position;
    position += line.length + 1;
    const text = line.toString('utf8');
    if (start === 0) {
      if (text !== header) throw foreign(path);
      good = position;
    } else if (text === mark) {
      // A record that cannot be read, with a closed group after it, is no torn end: part of what was acknowledged is gone.
      if (damagedAt !== undefined) throw damaged(path, damagedAt);
      for (const record of group) apply(record);
      group = [];
      good = position;
    } else {
      const record = parseRecord(text);
      if (record) group.push(record);
      else damagedAt ??= start;
    }
  }
  return good;
}

function parseRecord(text: string): JournalRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const wellFormed = Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string';
    return wellFormed ? (value as unknown as JournalRecord) : undefined;
  } catch {
    return undefined;
  }
}

/** Whole lines only, without their line feed; an unfinished last one is left out. */
async function* readLines(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const end = chunk.subarray(from, at);
      yield rest.length > 0 ? Buffer.concat([...rest, end]) : end;
      rest = [];
      from = at + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
}

function* linesOf(records: Iterable<JournalRecord>, close: boolean): Generator<string> {
  for (const record of records) yield `${JSON.stringify(record)}\n`;
  if (close) yield `${mark}\n`;
}

/** Writes in pieces of about a megabyte; gives the number of bytes. */
async function writeAt(handle: FileHandle, position: number, lines: Iterable<string>): Promise<number> {
  let written = 0;
  let piece: string[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    const buffer = Buffer.from(piece.join(''), 'utf8');
    piece = [];
    size = 0;
    for (let done = 0; done < buffer.length; ) {
      const { bytesWritten } = await handle.write(buffer, done, buffer.length - done, position + written);
      done += bytesWritten;
      written += bytesWritten;
    }
  };
  for (const line of lines) {
    piece.push(line);
    size += line.length;
    if (size >= chunkBytes) await flush();
  }
  await flush();
  return written;
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder; there the rename alone has to do.
  const folder = await open(dirname(path), 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

function foreign(path: string): ConfigurationError {
  return new ConfigurationError({
    message: `${path} is not a state journal that this version can read`,
    remedy: 'Give an empty folder, or the version of Batchwright that wrote it.',
  });
}

function damaged(path: string, byte: number): ConfigurationError {
  return new ConfigurationError({
    message: `${path} is damaged at byte ${byte}: a record there cannot be read, though records after it can`,
    remedy: 'Restore the state folder from a copy, or start with an empty one.',
  });
}
