/** Which runs keep a revision from being retired, by what the ledger has of them. */
import { expect, test } from '@jest/globals';
import { createMemoryStore } from '../../src/adapters/memory-store.ts';
import { readPins } from '../../src/runs/pins.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-29T09:00:00Z');
const ended = (failed: number) => ({ state: 'ended', entries: { failed } });

interface Known {
  readonly name?: string;
  readonly planned: number;
  readonly watched?: number;
  readonly summary?: object;
  readonly arn?: string;
}

/** A ledger with runs of which so many days ago one was planned, and watched; `a` is pinned to revision 5 unless it says otherwise. */
async function pinsOf(...runs: readonly Known[]): Promise<object> {
  const store = createMemoryStore();
  const write = (key: string, value: object) => store.write(key, new TextEncoder().encode(JSON.stringify(value)));
  for (const { name = 'a', planned, watched, summary, arn = 'models:5' } of runs) {
    const plannedAt = new Date(NOW - planned * DAY).toISOString();
    await write(`${name}/plan.json`, { run: name, plannedAt, definitions: [{ arn }] });
    if (watched !== undefined) await write(`${name}/progress.json`, { at: NOW - watched * DAY });
    if (summary) await write(`${name}/summary.json`, summary);
  }
  await write('ended.json', { runs: [] });
  await write('no-run/other.json', {});
  return Object.fromEntries(await readPins(store, NOW));
}

test.each<[string, Known, object]>([
  ['planned, and nothing submitted', { planned: 1 }, { 'models:5': 'a' }],
  ['planned eight days ago, and never watched', { planned: 8 }, {}],
  ['being watched', { planned: 1, watched: 0 }, { 'models:5': 'a' }],
  ['planned long ago, and watched again since', { planned: 30, watched: 6 }, { 'models:5': 'a' }],
  ['watched last eight days ago', { planned: 9, watched: 8, summary: ended(2) }, {}],
  ['ended, with failures', { planned: 1, watched: 1, summary: ended(2) }, { 'models:5': 'a' }],
  ['ended well', { planned: 1, watched: 1, summary: ended(0) }, {}],
  ['watched in part', { planned: 1, watched: 1, summary: { ...ended(0), state: 'running' } }, { 'models:5': 'a' }],
])('a run that is %s', async (_, one, pins) => {
  expect(await pinsOf(one)).toEqual(pins);
});

test('of several runs the newest is named; each revision counts', async () => {
  expect(
    await pinsOf({ name: 'b', planned: 1 }, { name: 'a', planned: 2 }, { name: 'c', planned: 3, arn: 'models:4' }),
  ).toEqual({ 'models:5': 'b', 'models:4': 'c' });
});
