import { createHash } from 'node:crypto';
import { createEntriesBuffer, type EntriesBuffer } from './entries-file.ts';
import type { Entry, Shard } from './model.ts';

/** An array job has no more children. https://docs.aws.amazon.com/batch/latest/userguide/array_jobs.html */
const MOST_CHILDREN = 10_000;

/** Entries that go to the same job queue with the same definition. */
interface Cell {
  readonly first: Entry;
  readonly name: string;
  readonly buffer: EntriesBuffer;
  shards: number;
}

export interface ShardOptions {
  readonly round: number;
  readonly pack: number;
  /** The queue and the definition of a cell; the entry is its first. */
  readonly targetOf: (entry: Entry) => Pick<Shard, 'jobQueue' | 'fairShare' | 'jobDefinitionArn'>;
  readonly nameJob: (shardId: string) => string;
  readonly writeEntries: (key: string, bytes: Uint8Array) => Promise<void>;
}

export interface ShardWriter {
  /** A promise when a shard is full and is being written. */
  add(entry: Entry): Promise<void> | undefined;
  /** Writes what is left; every shard in the order of its cell's first entry. */
  finish(): Promise<readonly Shard[]>;
}

/**
 * Sorts entries into cells and cells into shards of at most 10,000 children, and writes each shard's entries as soon as it is full,
 * so that no more than one shard of each cell is in memory. The entries file's key holds its hash: it is never overwritten with others.
 */
export function createShardWriter(options: ShardOptions): ShardWriter {
  const cells = new Map<string, Cell>();
  const shards = new Map<Cell, Shard[]>();
  const full = MOST_CHILDREN * options.pack;

  const flush = async (cell: Cell): Promise<void> => {
    const { shard, bytes } = planShard(cell, options);
    cell.shards += 1;
    shards.get(cell)?.push(shard);
    await options.writeEntries(shard.key, bytes);
  };
  const open = (entry: Entry, name: string): Cell => {
    const cell = { first: entry, name, buffer: createEntriesBuffer(), shards: 0 };
    cells.set(name, cell);
    shards.set(cell, []);
    return cell;
  };
  return {
    add(entry) {
      const name = `${entry.tier}-${entry.priority}-${entry.region}${entry.onDemand ? '-on-demand' : ''}`;
      const cell = cells.get(name) ?? open(entry, name);
      cell.buffer.append(entry.text);
      return cell.buffer.count === full ? flush(cell) : undefined;
    },
    async finish() {
      for (const cell of cells.values()) if (cell.buffer.count > 0) await flush(cell);
      return [...shards.values()].flat();
    },
  };
}

function planShard(
  { first, name, shards, buffer }: Cell,
  { round, pack, targetOf, nameJob }: ShardOptions,
): { readonly shard: Shard; readonly bytes: Uint8Array } {
  const entries = buffer.count;
  const { bytes, stride } = buffer.take();
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const id = `${round}-${name}-${shards}`;
  const { tier, priority, region } = first;
  const shard = {
    id,
    round,
    region,
    tier,
    priority,
    ...targetOf(first),
    jobName: nameJob(id),
    entries,
    pack,
    size: Math.ceil(entries / pack),
    stride,
    key: `entries/${id}-${hash}.ndjson`,
  };
  return { shard, bytes };
}
