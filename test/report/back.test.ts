import { describe, expect, test } from '@jest/globals';
import type { RestoredDefinition } from '../../src/promote/model.ts';
import { describeBack, describeRestored } from '../../src/report/back.ts';

type Outcome = RestoredDefinition['outcome'];
function restored(region: string, outcome: Outcome, more: Partial<RestoredDefinition> = {}): RestoredDefinition {
  const definition = { name: 'models-small', target: { region } };
  const promoted = { planned: { definition }, before: 1 } as unknown as RestoredDefinition['promoted'];
  return { promoted, outcome, live: { revision: 3, digest: undefined }, ...more };
}
const back = restored('eu', { status: 'rolled-back', revision: 3 });
const same = restored('eu', { status: 'untouched' });
const theirs = restored('us', { status: 'untouched', reason: 'revision 3, which somebody else registered, is live' });
const failed = { status: 'failed', reason: 'AccessDenied' } as const;

describe('the last line of a promotion', () => {
  test.each<[string, readonly RestoredDefinition[] | undefined, string]>([
    ['nothing registered', undefined, 'Nothing was registered in production.'],
    ['all back', [back], 'production was rolled back: it runs what it ran before.'],
    ['nothing of it live', [same], 'Nothing was left to take back in production: it runs what it ran before.'],
    [
      'one back, the other somebody else’s',
      [back, theirs],
      'production was rolled back but for models-small in us (revision 3, which somebody else registered, is live); elsewhere it runs what it ran before.',
    ],
    [
      'somebody else’s alone',
      [theirs],
      'production was not rolled back: models-small in us (revision 3, which somebody else registered, is live).',
    ],
    [
      'one that failed',
      [back, restored('us', failed)],
      'production could not be rolled back everywhere: models-small in us: revision 3 is live, revision 1 was before (AccessDenied). Run `rollback` once that is mended.',
    ],
    [
      'one of which nothing is known',
      [restored('us', failed, { live: undefined, unknown: 'throttled' })],
      'production could not be rolled back everywhere: models-small in us: it is not known what is live (throttled), revision 1 was before (AccessDenied). Run `rollback` once that is mended.',
    ],
  ])('%s', (_, all, line) => {
    expect(describeBack('production', { cause: 'it failed', restored: all })).toBe(line);
  });

  test('of one that did not fail is none', () => {
    expect(describeBack('production', {})).toBeUndefined();
  });
});

test.each([
  [back, 'models-small in eu: rolled-back, revision 3 is live'],
  [{ ...back, live: undefined }, 'models-small in eu: rolled-back, nothing is live'],
  [
    { ...back, live: undefined, unknown: 'throttled' },
    'models-small in eu: rolled-back, it is not known what is live (throttled)',
  ],
])('one definition in the log', (one, line) => {
  expect(describeRestored(one)).toBe(line);
});
