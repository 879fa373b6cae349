/** Groups, streams and events, in the store and, for reading, in order in memory. */
import type { Caller, LocalContext, LogEvent, Table } from '../model.ts';
import { StreamLog } from './stream-log.ts';
import { notFound } from './validation.ts';

export interface LogGroup {
  readonly name: string;
  readonly creationTime: number;
  readonly retentionInDays?: number | undefined;
  readonly logGroupClass: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface LogStream {
  readonly name: string;
  readonly creationTime: number;
}

/** One write's worth of events: `[timestamp, message]`. */
interface Chunk {
  readonly ingestionTime: number;
  readonly events: readonly (readonly [timestamp: number, message: string])[];
}

/** A stream that is open in memory. */
interface OpenStream {
  readonly key: string;
  readonly log: StreamLog;
  chunks: number;
  /** Lines that no chunk holds yet. */
  waiting: [number, string][];
}

/** Events of a container that are larger are cut, as Docker's awslogs driver does. */
const longestLine = 262_144 - 26;

export class LogStore {
  readonly #clock: LocalContext['clock'];
  readonly #groups: Table<LogGroup>;
  readonly #streams: Table<LogStream>;
  readonly #chunks: Table<Chunk>;
  readonly #open = new Map<string, OpenStream>();
  /** The names of each group's streams, by the group's key. */
  readonly #names = new Map<string, Set<string>>();
  readonly #unwritten = new Set<OpenStream>();

  constructor({ store, clock }: LocalContext) {
    this.#clock = clock;
    this.#groups = store.table('logs.groups');
    this.#streams = store.table('logs.streams');
    this.#chunks = store.table('logs.events');
    for (const [key] of this.#streams.entries()) this.#openStream(key);
    for (const [key, chunk] of this.#chunks.entries()) this.#readChunk(key, chunk);
    store.onCommit(() => this.#writeChunks());
  }

  group(caller: Caller, name: string): LogGroup | undefined {
    return this.#groups.get(groupKey(caller, name));
  }

  /** Throws ResourceNotFoundException. */
  requireGroup(caller: Caller, name: string): LogGroup {
    const group = this.group(caller, name);
    if (!group) throw notFound('log group');
    return group;
  }

  /** In the order of their names. */
  groups(caller: Caller): LogGroup[] {
    const prefix = groupKey(caller, '');
    const groups: LogGroup[] = [];
    for (const [key, group] of this.#groups.entries()) if (key.startsWith(prefix)) groups.push(group);
    return groups.sort((a, b) => compareText(a.name, b.name));
  }

  putGroup(caller: Caller, group: LogGroup): void {
    this.#groups.put(groupKey(caller, group.name), group);
  }

  deleteGroup(caller: Caller, name: string): void {
    for (const stream of this.streams(caller, name)) this.deleteStream(caller, name, stream.name);
    this.#groups.delete(groupKey(caller, name));
    this.#names.delete(groupKey(caller, name));
  }

  stream(caller: Caller, group: string, name: string): LogStream | undefined {
    return this.#streams.get(streamKey(caller, group, name));
  }

  streams(caller: Caller, group: string): LogStream[] {
    const names = this.#names.get(groupKey(caller, group)) ?? [];
    return [...names].flatMap(name => this.stream(caller, group, name) ?? []);
  }

  createStream(caller: Caller, group: string, name: string): void {
    const key = streamKey(caller, group, name);
    this.#streams.put(key, { name, creationTime: this.#clock.now() });
    this.#openStream(key);
  }

  deleteStream(caller: Caller, group: string, name: string): void {
    const key = streamKey(caller, group, name);
    const open = this.#open.get(key);
    for (let number = 0; number < (open?.chunks ?? 0); number += 1) this.#chunks.delete(`${key}:${number}`);
    if (open) this.#unwritten.delete(open);
    this.#open.delete(key);
    this.#names.get(groupKey(caller, group))?.delete(name);
    this.#streams.delete(key);
  }

  /** Throws ResourceNotFoundException for the group or the stream. */
  requireLog(caller: Caller, group: string, stream: string): StreamLog {
    this.requireGroup(caller, group);
    return this.#require(caller, group, stream).log;
  }

  addEvents(caller: Caller, group: string, stream: string, events: readonly LogEvent[]): void {
    const open = this.#require(caller, group, stream);
    const now = this.#clock.now();
    for (const { timestamp, message } of events) this.#add(open, timestamp, message, now);
  }

  /** Makes group and stream when needed. Empty lines give no event and long ones several, as with Docker's awslogs driver. */
  append(account: string, region: string, group: string, stream: string, { timestamp, message }: LogEvent): void {
    const key = `${account}/${region}/${group}:${stream}`;
    const open = this.#open.get(key) ?? this.#make({ account, region }, group, stream, key);
    const now = this.#clock.now();
    if (message.length <= longestLine / 3) {
      if (message !== '') this.#add(open, timestamp, message, now);
    } else {
      for (const part of splitLine(message)) this.#add(open, timestamp, part, now);
    }
  }

  #make(caller: Caller, group: string, stream: string, key: string): OpenStream {
    if (!this.group(caller, group)) this.putGroup(caller, newGroup(group, this.#clock.now()));
    this.createStream(caller, group, stream);
    return this.#openStream(key);
  }

  #require(caller: Caller, group: string, stream: string): OpenStream {
    const open = this.#open.get(streamKey(caller, group, stream));
    if (!open) throw notFound('log stream');
    return open;
  }

  #add(open: OpenStream, timestamp: number, message: string, now: number): void {
    open.log.add(timestamp, message, now);
    open.waiting.push([timestamp, message]);
    this.#unwritten.add(open);
  }

  #openStream(key: string): OpenStream {
    let open = this.#open.get(key);
    if (!open) {
      open = { key, log: new StreamLog(), chunks: 0, waiting: [] };
      this.#open.set(key, open);
      const [group = '', name = ''] = key.split(':');
      const names = this.#names.get(group) ?? new Set();
      this.#names.set(group, names.add(name));
    }
    return open;
  }

  #readChunk(key: string, { events, ingestionTime }: Chunk): void {
    const open = this.#openStream(key.slice(0, key.lastIndexOf(':')));
    open.chunks += 1;
    for (const [timestamp, message] of events) open.log.add(timestamp, message, ingestionTime);
  }

  #writeChunks(): void {
    for (const open of this.#unwritten) {
      this.#chunks.put(`${open.key}:${open.chunks}`, {
        ingestionTime: open.log.lastIngestionTime ?? this.#clock.now(),
        events: open.waiting,
      });
      open.chunks += 1;
      open.waiting = [];
    }
    this.#unwritten.clear();
  }
}

export function newGroup(name: string, creationTime: number): LogGroup {
  return { name, creationTime, logGroupClass: 'STANDARD', tags: {} };
}

export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function groupKey({ account, region }: Caller, name: string): string {
  return `${account}/${region}/${name}`;
}

function streamKey(caller: Caller, group: string, name: string): string {
  return `${groupKey(caller, group)}:${name}`;
}

/** Pieces of at most `longestLine` bytes, never in the middle of a character. */
function* splitLine(message: string): Generator<string> {
  const bytes = Buffer.from(message, 'utf8');
  for (let start = 0; start < bytes.length; ) {
    let end = Math.min(start + longestLine, bytes.length);
    while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    yield bytes.toString('utf8', start, end);
    start = end;
  }
}
