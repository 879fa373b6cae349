import { expect, test } from '@jest/globals';
import { Heap } from '../../../../src/local/engines/simulated/heap.ts';

test('ENGINE-31 of what has been put in, the least key comes out first, and of one key what came first', () => {
  const heap = new Heap<string>();
  expect([heap.size, heap.firstKey, heap.first, heap.takeFirst()]).toEqual([0, Number.NaN, undefined, undefined]);
  // More than the columns hold at first, in an order that is neither up nor down.
  for (let n = 0; n < 200; n += 1) heap.add((n * 37) % 20, `${(n * 37) % 20}-${n}`);
  expect([heap.size, heap.firstKey, heap.first]).toEqual([200, 0, '0-0']);
  const taken: string[] = [];
  while (heap.size) taken.push(heap.takeFirst() ?? '');
  const pairs = taken.map(each => each.split('-').map(Number));
  expect(pairs).toEqual(pairs.toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d));
  expect(taken).toHaveLength(200);
});
