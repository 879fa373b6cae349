/** One stream for several readers: read once, each at its own pace within a bound. */
import type { Clock } from '../ports.ts';

/** Why a branch ended early. Its reader begins anew, alone. */
export class BranchDropped extends Error {
  override readonly name = 'BranchDropped';
}

export interface TeeOptions {
  readonly clock: Clock;
  /** How far a reader may lag behind before the others wait for it. */
  readonly bufferBytes?: number | undefined;
  /** For how long they wait when it takes nothing at all. */
  readonly stallMilliseconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Branch {
  readonly queue: Uint8Array[];
  bytes: number;
  /** No more comes: the end of the source, an error, or the reader went away. */
  ended: boolean;
  closed: boolean;
  error?: unknown;
  wake: () => void;
}

const BUFFER_BYTES = 4 * 1024 * 1024;
const STALL_MILLISECONDS = 30_000;

/**
 * A reader that goes away stops nobody; one that takes nothing for `stallMilliseconds` while the others wait is dropped (its stream
 * throws BranchDropped). Reading begins when `pump` is called; it settles, and never rejects, when there is nothing more to do.
 */
export function tee(
  source: AsyncIterable<Uint8Array>,
  count: number,
  options: TeeOptions,
): { readonly branches: readonly AsyncIterable<Uint8Array>[]; readonly pump: () => Promise<void> } {
  let progress = (): void => {};
  const onTaken = (): void => progress();
  const branches = Array.from({ length: count }, (): Branch => {
    return { queue: [], bytes: 0, ended: false, closed: false, wake: () => {} };
  });
  const waitForProgress = (): Promise<void> => new Promise(resolve => (progress = resolve));
  return {
    branches: branches.map(branch => readBranch(branch, onTaken)),
    pump: () => pump(source, branches, waitForProgress, options),
  };
}

async function pump(
  source: AsyncIterable<Uint8Array>,
  branches: readonly Branch[],
  waitForProgress: () => Promise<void>,
  options: TeeOptions,
): Promise<void> {
  const limit = options.bufferBytes ?? BUFFER_BYTES;
  const isFull = (branch: Branch): boolean => !branch.closed && branch.bytes >= limit;
  try {
    for await (const chunk of source) {
      for (const branch of branches) give(branch, chunk);
      while (branches.some(isFull)) await makeRoom(branches.filter(isFull), branches, waitForProgress, options);
      if (branches.every(branch => branch.closed)) return;
    }
    for (const branch of branches) finish(branch);
  } catch (error) {
    for (const branch of branches) finish(branch, error);
  }
}

/** Waits until a full branch takes something; drops those that did not when the time is over. */
async function makeRoom(
  full: readonly Branch[],
  all: readonly Branch[],
  waitForProgress: () => Promise<void>,
  { clock, stallMilliseconds = STALL_MILLISECONDS, signal }: TeeOptions,
): Promise<void> {
  const over = new AbortController();
  const both = signal ? AbortSignal.any([over.signal, signal]) : over.signal;
  const stalled = clock.sleep(stallMilliseconds, both).then(
    () => true,
    () => false,
  );
  const moved = await Promise.race([waitForProgress().then(() => false), stalled]);
  over.abort();
  signal?.throwIfAborted();
  // When all of them are stuck nobody is held up by another.
  if (!moved || full.length === all.filter(branch => !branch.closed).length) return;
  for (const branch of full) finish(branch, new BranchDropped('it took nothing for too long'));
}

function give(branch: Branch, chunk: Uint8Array): void {
  if (branch.closed) return;
  branch.queue.push(chunk);
  branch.bytes += chunk.length;
  branch.wake();
}

function finish(branch: Branch, error?: unknown): void {
  if (branch.ended) return;
  branch.ended = true;
  if (error !== undefined) {
    branch.error = error;
    branch.closed = true;
  }
  branch.wake();
}

function readBranch(branch: Branch, onTaken: () => void): AsyncIterable<Uint8Array> {
  const close = (): void => {
    branch.closed = true;
    branch.ended = true;
    branch.queue.length = 0;
    onTaken();
  };
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    while (branch.error === undefined && branch.queue.length === 0 && !branch.ended) {
      await new Promise<void>(resolve => (branch.wake = resolve));
    }
    if (branch.error !== undefined) throw branch.error;
    const value = branch.queue.shift();
    if (value === undefined) return { done: true, value: undefined };
    branch.bytes -= value.length;
    onTaken();
    return { done: false, value };
  };
  const iterator = {
    next,
    return: async (): Promise<IteratorResult<Uint8Array>> => {
      close();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
