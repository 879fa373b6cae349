import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ChildRows, createVocabulary } from '../../../src/local/batch/jobs/child-rows.ts';
import { ProgressRows } from '../../../src/local/batch/jobs/progress-rows.ts';
import { JOB_STATES, type Progress } from '../../../src/local/batch/records.ts';

const maybe = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: undefined });
const time = fc.integer({ min: 0, max: 5 });
const word = fc.constantFrom('spot', 'on-demand', 'Essential container in task exited');
const attempt = fc.record({
  environment: word,
  startedAt: maybe(time),
  stoppedAt: time,
  statusReason: maybe(word),
  exitCode: maybe(fc.constantFrom(0, 1, 137, 40_000, -40_000)),
  reason: maybe(word),
});
const anything: fc.Arbitrary<Progress> = fc.record({
  status: fc.constantFrom(...JOB_STATES),
  statusReason: maybe(word),
  startedAt: maybe(time),
  stoppedAt: maybe(time),
  environment: maybe(word),
  attempts: maybe(fc.array(attempt, { maxLength: 2 })),
  isTerminated: maybe(fc.boolean()),
});
/** What nearly all children look like, and the columns are made for. */
const usual: fc.Arbitrary<Progress> = fc.oneof(
  fc.record({ status: fc.constant('RUNNABLE' as const) }),
  fc.record({ status: fc.constant('STARTING' as const), environment: word }),
  fc.record({ status: fc.constant('RUNNING' as const), environment: word, startedAt: time }),
  attempt.map(({ environment, startedAt = 1, stoppedAt, statusReason = 'x' }): Progress => {
    const shared = { statusReason, startedAt, stoppedAt };
    return { ...shared, status: 'SUCCEEDED', attempts: [{ ...shared, environment, exitCode: 0 }] };
  }),
);
const puts = fc.array(fc.tuple(fc.nat(40), fc.oneof(anything, usual), fc.nat(9)), { maxLength: 80 });

/** As the journal would give it back. */
const stored = (progress: Progress | undefined) => progress && (JSON.parse(JSON.stringify(progress)) as Progress);

describe('BATCH-165 the columns of children', () => {
  test('BATCH-165 give back whatever was put last, as a map would', () => {
    fc.assert(
      fc.property(puts, steps => {
        const rows = new ChildRows(createVocabulary());
        const model = new Map<number, Progress>();
        for (const [index, progress, chance] of steps) {
          if (chance === 0) expect(rows.delete(index)).toBe(model.delete(index));
          else {
            rows.put(index, progress);
            model.set(index, progress);
          }
        }
        expect(rows.count).toBe(model.size);
        for (let index = 0; index <= 41; index += 1) {
          expect(stored(rows.get(index))).toEqual(stored(model.get(index)));
          expect(rows.attempts(index)).toEqual(model.get(index)?.attempts);
          expect(rows.has(index)).toBe(model.has(index));
        }
        const inOrder = [...model].sort(([one], [other]) => one - other);
        expect([...rows.entries()].map(([index, row]) => [index, stored(row)])).toEqual(
          inOrder.map(([index, row]) => [index, stored(row)]),
        );
      }),
    );
  });

  test('BATCH-165 more words than a column can tell apart are kept all the same', () => {
    const rows = new ChildRows(createVocabulary());
    const progress = (index: number): Progress => ({ status: 'STARTING', environment: `environment-${index}` });
    for (let index = 0; index < 300; index += 1) rows.put(index, progress(index));
    expect([0, 254, 255, 299].map(index => rows.get(index))).toEqual([0, 254, 255, 299].map(progress));
  });

  test('BATCH-165 jobs and children are found by key, and forgotten', () => {
    const rows = new ProgressRows();
    rows.set('a', { status: 'PENDING' });
    rows.set('a:7', { status: 'RUNNABLE' });
    rows.set('a:8', { status: 'RUNNING', environment: 'spot', startedAt: 5 });
    rows.set('b', { status: 'RUNNABLE' });
    expect(rows.childrenOf('a').get(7)).toEqual({ status: 'RUNNABLE' });
    expect([...rows.entries()].map(([key]) => key)).toEqual(['a', 'b', 'a:7', 'a:8']);
    expect([rows.size, rows.get('a:7')?.status, rows.get('a:9'), rows.get('c:1')]).toEqual([
      4,
      'RUNNABLE',
      undefined,
      undefined,
    ]);
    expect([rows.delete('a:7'), rows.delete('a:7'), rows.delete('b'), rows.delete('c:1'), rows.delete('a:8')]).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
    expect([...rows.entries()]).toEqual([['a', { status: 'PENDING' }]]);
  });
});
