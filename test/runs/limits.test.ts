/** Runs that may not go on: past their deadline or budget, or waiting for what will never come. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { createMemoryStore } from '../../src/adapters/memory-store.ts';
import type { RunConfig } from '../../src/config/model.ts';
import { type Day, startDay } from './day.ts';
import { acceptedJobs, fatefulModel, manifestOf, type StoryOptions, tellStory } from './story.ts';

jest.setTimeout(30_000);

let day: Day;
afterEach(() => day.stop());

const GOOD = fatefulModel({ application: 0, memory: 0, spot: 0 });
const NO_RETRY = { rounds: 0, classes: [], onDemandAfter: 1, onDemandQueues: {} };
const tell = (options: Partial<StoryOptions> & { readonly config?: Partial<RunConfig> }) =>
  day.run(tellStory({ day, store: createMemoryStore(), manifest: manifestOf(90), ...options }));
const linesOf = (entries: readonly object[]) => entries.map(entry => `${JSON.stringify(entry)}\n`).join('');
const retriesOf = async () =>
  [...(await day.run(acceptedJobs(day))).keys()].filter(name => !name.includes('-daily-0-')).length;

test('what Batch does not terminate at the deadline is asked for again until it does', async () => {
  let calls = 0;
  day = await startDay({
    model: GOOD,
    maxvCpus: 4,
    fault(operation) {
      if (operation !== 'TerminateJob') return undefined;
      calls += 1;
      return calls <= 12 ? { kind: 'throttle' } : undefined;
    },
  });
  const manifest = linesOf(Array.from({ length: 900 }, (_, id) => ({ id: `a${id}`, tickets: 10 })));
  const { outcomes } = await tell({ manifest, config: { deadlineSeconds: 600, retry: NO_RETRY } });
  const cancelled = [...outcomes.values()].filter(({ class: kind }) => kind === 'cancelled');
  expect(cancelled.length).toBeGreaterThan(800);
  expect(cancelled[0]?.evidence).toBe('Batchwright: the deadline of the run passed');
  expect(calls).toBe(13);
  expect(day.messages('error')[0]).toContain('may still be running: it is asked for again at the next look.');
});

test('past the budget nothing is submitted again by itself', async () => {
  day = await startDay({ model: fatefulModel({ application: 0, memory: 0, spot: 0.5 }), maxvCpus: 64 });
  const prices = { vcpuHour: 1, gibHour: 0, gpuHour: 0 };
  const { rounds } = await tell({ manifest: manifestOf(900), config: { maxCost: 3, prices } });
  expect({ rounds, retries: await retriesOf() }).toEqual({ rounds: 1, retries: 0 });
  expect(day.messages('warning')).toEqual([
    expect.stringMatching(
      /^Terminating what is left of the run, 9 jobs: the run has cost 3\.\d+ USD, and may cost 3\.00\.$/,
    ),
    expect.stringMatching(/^Nothing is submitted again by itself: the run has cost 3\.\d+ USD, and may cost 3\.00\.$/),
  ]);
});

test('a retry that is asked for after the deadline has the time of a run of its own', async () => {
  day = await startDay({ model: fatefulModel({ application: 0.3, memory: 0, spot: 0 }) });
  const store = createMemoryStore();
  const config = { deadlineSeconds: 4 * 3600 };
  const first = await tell({ store, config });
  expect([...first.outcomes.values()].filter(({ status }) => status === 'failed').length).toBeGreaterThan(10);
  await day.clock.advanceTo(day.clock.now() + 12 * 3_600_000);
  const more = { from: 1, rounds: 1, classes: ['application'] };
  const again = await tell({ store, config, process: 2, more });
  const left = [...again.outcomes.values()].filter(({ round, class: kind }) => round === 0 || kind === 'cancelled');
  expect({ rounds: again.rounds, left, warnings: day.messages('warning') }).toEqual({
    rounds: 2,
    left: [],
    warnings: [],
  });
});

test('an asked-for retry that another process goes on with has no more time than it had', async () => {
  day = await startDay({ model: fatefulModel({ application: 0.3, memory: 0, spot: 0.3 }), maxvCpus: 4 });
  const store = createMemoryStore();
  const config = { deadlineSeconds: 900 };
  const more = { from: 1, rounds: 1, classes: ['cancelled'] };
  await tell({ store, config });
  await tell({ store, config, more, process: 2, watchUntil: day.clock.now() + 100_000 });
  const { rounds, state } = await tell({ store, config, more, process: 3 });
  expect({ rounds, state }).toEqual({ rounds: 2, state: 'ended' });
  expect(day.messages('warning').at(-1)).toBe('Nothing is submitted again by itself: the deadline of the run passed.');
});

test('jobs that can never run are terminated, and not those of other queues and regions that wait for their turn', async () => {
  const duration = { medianSeconds: 10_000, spread: 0.01 };
  day = await startDay({ regions: ['eu-west-1', 'us-east-1'], maxvCpus: 8, model: { ...GOOD, duration } });
  const foreign = {
    jobName: 'foreign',
    jobQueue: 'cues-high',
    jobDefinition: 'cues-small',
    arrayProperties: { size: 8 },
  };
  await day.run(Promise.resolve(day.batch('us-east-1').submitJob(foreign)));
  await day.clock.advanceTo(day.clock.now() + 300_000);
  const places = [{ region: 'us-east-1', tier: 'small' }, { tier: 'large' }];
  const manifest = linesOf(Array.from({ length: 20 }, (_, id) => ({ id: `a${id}`, tickets: 10, ...places[id % 2] })));
  const { outcomes } = await tell({ manifest, config: { blockedSeconds: 900, retry: NO_RETRY } });
  expect([
    ...new Set([...outcomes.values()].map(({ region, tier, evidence }) => `${region} ${tier}: ${evidence}`)),
  ]).toEqual([expect.stringMatching(/^eu-west-1 large: Batchwright: it could never run: MISCONFIGURATION:/)]);
  expect(outcomes.size).toBe(10);
  const waiting = day.messages('warning').filter(text => text.includes('us-east-1: Batch gives no reason'));
  // Once an hour, not at every look.
  expect(waiting.length).toBeLessThan(5);
  expect(day.messages('warning')).toContainEqual(
    expect.stringMatching(
      /^Terminating 1 job on cues-low in eu-west-1, which could never run: MISCONFIGURATION.*[^.]\.$/,
    ),
  );
});
