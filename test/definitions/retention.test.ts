import { expect, test } from '@jest/globals';
import { planRetention } from '../../src/definitions/retention.ts';

const revisions = (...numbers: number[]) => numbers.map(revision => ({ revision, arn: `a:${revision}` }));

test.each<readonly [string, number[], number, string[], number[], number[], string[]]>([
  ['the newest stay', [1, 2, 3, 4, 5], 3, [], [], [1, 2], []],
  ['the order given means nothing', [5, 1, 4, 2, 3], 3, [], [], [1, 2], []],
  ['fewer than asked', [1, 2], 3, [], [], [], []],
  ['none at all', [], 3, [], [], [], []],
  ['gaps', [3, 9, 12], 1, [], [], [3, 9], []],
  ['keep 0 still keeps the newest', [1, 2], 0, [], [], [1], []],
  ['a negative keep too', [1, 2], -5, [], [], [1], []],
  ['in use', [1, 2, 3, 4], 1, ['a:2'], [], [1, 3], ['2 in use']],
  ['protected', [1, 2, 3, 4], 1, [], [3], [1, 2], ['3 protected']],
  ['in use counts before protected', [1, 2], 1, ['a:1'], [1], [], ['1 in use']],
  ['the kept are not spared', [1, 2], 2, ['a:2'], [1], [], []],
])('%s', (_what, active, keep, inUse, protect, retire, spared) => {
  const plan = planRetention(revisions(...active), { keep, inUse: new Set(inUse), protect: new Set(protect) });
  expect(plan.retire.map(({ revision }) => revision)).toEqual(retire);
  expect(plan.spared.map(({ revision, reason }) => `${revision} ${reason}`)).toEqual(spared);
});

test('what a run is pinned to stays, and the run is named', () => {
  const pinned = new Map([['a:1', 'daily']]);
  const { retire, spared } = planRetention(revisions(1, 2, 3), { keep: 1, inUse: new Set(), pinned });
  expect(retire).toEqual(revisions(2));
  expect(spared).toEqual([{ revision: 1, arn: 'a:1', reason: 'pinned', run: 'daily' }]);
});

test('nothing is protected unless said', () => {
  expect(planRetention(revisions(1, 2), { keep: 1, inUse: new Set() }).retire).toEqual(revisions(1));
});
