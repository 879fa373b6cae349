import { describe, expect, test } from '@jest/globals';
import { BranchDropped, tee } from '../../src/image/tee.ts';
import type { Clock } from '../../src/ports.ts';

/** Time passes only when told; sleepers wait for it. */
function createClock(): Clock & { pass(): void } {
  let sleepers: (() => void)[] = [];
  return {
    now: () => 0,
    sleep: (_, signal) =>
      new Promise((resolve, reject) => {
        sleepers.push(resolve);
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
    pass() {
      for (const wake of sleepers.splice(0)) wake();
      sleepers = [];
    },
  };
}

const never: Clock = { now: () => 0, sleep: () => new Promise(() => {}) };

async function* count(chunks: number, onRead: (index: number) => void = () => {}): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < chunks; index++) {
    onRead(index);
    yield Buffer.from([index]);
  }
}

async function readAll(branch: AsyncIterable<Uint8Array> | undefined): Promise<number[]> {
  const seen: number[] = [];
  for await (const chunk of branch ?? []) seen.push(...chunk);
  return seen;
}

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

describe('one stream for several readers', () => {
  test('gives each of them everything, from one read', async () => {
    let reads = 0;
    const { branches, pump } = tee(
      count(50, () => reads++),
      3,
      { clock: never, bufferBytes: 2 },
    );
    const [one, two, three] = await Promise.all([...branches.map(readAll), pump()]);
    const all = Array.from({ length: 50 }, (_, index) => index);
    expect([one, two, three]).toEqual([all, all, all]);
    expect(reads).toBe(50);
  });

  test('goes no further ahead of the slowest than the buffer', async () => {
    let last = -1;
    const { branches, pump } = tee(
      count(50, index => (last = index)),
      2,
      { clock: never, bufferBytes: 5 },
    );
    const pumping = pump();
    const fast = readAll(branches[0]);
    await settle();
    expect(last).toBe(4);
    const slow = await readAll(branches[1]);
    await Promise.all([fast, pumping]);
    expect(slow).toHaveLength(50);
  });

  test('a reader that goes away holds nobody up', async () => {
    const { branches, pump } = tee(count(50), 2, { clock: never, bufferBytes: 5 });
    const pumping = pump();
    const stays = readAll(branches[0]);
    for await (const _ of branches[1] ?? []) break;
    expect(await stays).toHaveLength(50);
    await pumping;
  });

  test('one that never came does not either, once it is closed', async () => {
    const { branches, pump } = tee(count(50), 2, { clock: never, bufferBytes: 5 });
    const pumping = pump();
    await branches[1]?.[Symbol.asyncIterator]().return?.();
    expect(await readAll(branches[0])).toHaveLength(50);
    await pumping;
  });

  test('when all have gone, the source is closed and read no further', async () => {
    let last = -1;
    let closed = false;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield* count(50, index => (last = index));
      } finally {
        closed = true;
      }
    };
    const { branches, pump } = tee(source(), 2, { clock: never, bufferBytes: 5 });
    const pumping = pump();
    for (const branch of branches) for await (const _ of branch) break;
    await pumping;
    expect(closed).toBe(true);
    expect(last).toBeLessThan(10);
  });

  test('a failure of the source reaches all, and the pump does not reject', async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from([1]);
      throw new Error('source broke');
    };
    const { branches, pump } = tee(failing(), 2, { clock: never });
    const outcomes = await Promise.allSettled([...branches.map(readAll), pump()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(outcomes[0]).toMatchObject({ reason: { message: 'source broke' } });
  });

  test('a reader that is stuck is dropped after a while, and the others go on', async () => {
    const clock = createClock();
    const { branches, pump } = tee(count(50), 3, { clock, bufferBytes: 5 });
    const pumping = pump();
    const well = [readAll(branches[0]), readAll(branches[1])];
    await settle();
    clock.pass();
    expect((await Promise.all(well)).map(({ length }) => length)).toEqual([50, 50]);
    await pumping;
    await expect(readAll(branches[2])).rejects.toThrow(BranchDropped);
  });

  test('when all are stuck nobody is dropped', async () => {
    const clock = createClock();
    const { branches, pump } = tee(count(50), 2, { clock, bufferBytes: 5 });
    const pumping = pump();
    for (let turn = 0; turn < 3; turn++) {
      await settle();
      clock.pass();
    }
    const [one, two] = await Promise.all([...branches.map(readAll), pumping]);
    expect([one, two]).toMatchObject([{ length: 50 }, { length: 50 }]);
  });

  test('an abort ends all of it with its reason', async () => {
    const controller = new AbortController();
    const clock = createClock();
    const { branches, pump } = tee(count(50), 2, { clock, bufferBytes: 5, signal: controller.signal });
    const pumping = pump();
    const fast = readAll(branches[0]);
    await settle();
    controller.abort(new Error('cancelled'));
    await expect(fast).rejects.toThrow('cancelled');
    await pumping;
  });
});
