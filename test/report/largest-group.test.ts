import { expect, test } from '@jest/globals';
import { describeLargest } from '../../src/report/largest-group.ts';

test.each([
  [1, 1, 'crash: exit code 139'],
  [3, 3, 'all of them crash: exit code 139'],
  [1200, 2000, 'most of them, 1,200, crash: exit code 139'],
  [1, 3, 'among them 1 crash: exit code 139'],
  [2, 4, 'among them 2 crash: exit code 139'],
])('%d of %d: %s', (entries, failed, told) => {
  const group = { class: 'crash', evidence: 'exit code 139', entries, tiers: {}, ids: [] } as const;
  expect(describeLargest(group, failed)).toBe(told);
});
