import { expect, test } from '@jest/globals';
import { findNotBack, isTakenBack } from '../../src/promote/came-back.ts';
import type { CarriedOut, RestoredDefinition } from '../../src/promote/model.ts';

type Outcome = RestoredDefinition['outcome'];
const restored = (region: string, outcome: Outcome): RestoredDefinition => {
  const planned = { definition: { name: 'models-small', target: { region } } };
  return { promoted: { planned, before: 1 } as unknown as RestoredDefinition['promoted'], outcome };
};
const registered = (...statuses: readonly string[]) =>
  ({
    ok: false,
    definitions: statuses.map(status => ({ outcome: { status } })),
  }) as unknown as CarriedOut['registered'];

const BACK: Outcome = { status: 'rolled-back', revision: 3 };
const GONE: Outcome = { status: 'deregistered', revision: 1 };
const SAME: Outcome = { status: 'untouched' };
const FAILED: Outcome = { status: 'failed', reason: 'AccessDenied' };
const THEIRS: Outcome = { status: 'untouched', reason: 'revision 3, which somebody else registered, is live' };

test.each<[string, readonly Outcome[], CarriedOut['registered'], boolean, readonly string[]]>([
  ['every region came back', [BACK, BACK], registered('registered', 'registered'), true, []],
  ['nothing was there before, and nothing is', [GONE, GONE], registered('registered', 'registered'), true, []],
  ['one came back, the other had nothing new', [BACK, SAME], registered('registered', 'failed'), true, []],
  ['registering took its own back', [SAME, SAME], registered('undone', 'failed'), true, []],
  ['one came back, the other failed', [BACK, FAILED], registered('registered', 'registered'), false, ['region 1']],
  ['one came back, the other is somebody else’s', [THEIRS, BACK], registered('registered'), false, ['region 0']],
  ['registering took one back, the other failed', [SAME, FAILED], registered('undone', 'kept'), false, ['region 1']],
  ['none came back', [FAILED, FAILED], registered('registered', 'registered'), false, ['region 0', 'region 1']],
  ['there was nothing to take back', [SAME, SAME], registered('failed', 'not-attempted'), false, []],
])('%s', (_, outcomes, before, all, not) => {
  const each = outcomes.map((outcome, index) => restored(`region ${index}`, outcome));
  expect(isTakenBack({ registered: before, restored: each })).toBe(all);
  expect(findNotBack(each).map(({ promoted }) => promoted.planned.definition.target.region)).toEqual(not);
});

test('nothing was registered at all', () => {
  expect(isTakenBack({})).toBe(false);
});
