import { expect, test } from '@jest/globals';
import { mapBounded } from '../../src/image/bounded.ts';

const tick = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

test('results come in the order of the items, with no more than the limit at work', async () => {
  let working = 0;
  let most = 0;
  const results = await mapBounded([5, 1, 4, 2, 3], 2, async item => {
    working += 1;
    most = Math.max(most, working);
    for (let turn = 0; turn < item; turn++) await tick();
    working -= 1;
    return item * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

test('the first failure is thrown after what had begun has ended, and nothing new begins', async () => {
  const ended: number[] = [];
  const work = mapBounded([1, 2, 3, 4], 2, async item => {
    await tick();
    if (item === 1) throw new Error('one failed');
    for (let turn = 0; turn < 5; turn++) await tick();
    ended.push(item);
  });
  await expect(work).rejects.toThrow('one failed');
  expect(ended).toEqual([2]);
});

test('nothing to do is done at once', async () => {
  expect(await mapBounded([], 4, async () => 1)).toEqual([]);
});
