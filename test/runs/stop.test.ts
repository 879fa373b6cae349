/** A run that is stopped by hand stays stopped, whoever drives it and wherever it was; until a retry asks for what is missing. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { createMemoryStore } from '../../src/adapters/memory-store.ts';
import { openLedger } from '../../src/runs/ledger.ts';
import { stopRun } from '../../src/runs/stop-run.ts';
import { type Day, startDay } from './day.ts';
import { acceptedJobs, fatefulModel, manifestOf, type StoryOptions, type Told, tellStory } from './story.ts';

jest.setTimeout(30_000);

let day: Day;
afterEach(() => day.stop());

const MANIFEST = manifestOf(90);
const tell = (store: StoryOptions['store'], options: Partial<StoryOptions> = {}) =>
  tellStory({ day, store, manifest: MANIFEST, ...options });
const classesOf = ({ outcomes }: Told) => Map.groupBy(outcomes.values(), outcome => outcome.class);

async function stop(store: StoryOptions['store']) {
  const ledger = openLedger('daily', store);
  const plan = await ledger.readPlan();
  if (!plan) throw new Error('there is no plan');
  return stopRun(plan, ledger, 'enough for today', day.ports);
}

test('while another process watches it: its jobs end, no round follows, and it is not begun anew', async () => {
  day = await startDay({ model: fatefulModel() });
  const store = createMemoryStore();
  const watching = tell(store);
  const stopping = day.clock.sleep(100_000).then(() => stop(store));
  const [told, { stopped, refused }] = await day.run(Promise.all([watching, stopping]));
  expect({ stopped: stopped.length, refused }).toEqual({ stopped: 9, refused: [] });
  expect(told).toMatchObject({ state: 'ended', rounds: 1 });
  const cancelled = classesOf(told).get('cancelled') ?? [];
  expect(cancelled.length).toBeGreaterThan(60);
  expect(cancelled[0]?.evidence).toBe('Batchwright: enough for today');

  const again = await day.run(tell(store, { process: 2 }));
  expect(again).toMatchObject({ state: 'ended', rounds: 1 });
  expect((await day.run(acceptedJobs(day))).size).toBe(9);
});

test('before anything is submitted: nothing is, and every entry has an answer', async () => {
  day = await startDay({ model: fatefulModel() });
  const store = createMemoryStore();
  // Plans, and dies before its first SubmitJob: that of the shard whose submission is written.
  const mortal = day.mortal(store, { at: 25, when: 'before' });
  void tell(mortal.store, { ports: mortal.ports });
  await day.run(mortal.died);
  expect(day.calls.get('SubmitJob') ?? 0).toBe(0);
  await day.run(stop(store));
  const told = await day.run(tell(store, { process: 2 }));
  expect(classesOf(told).get('cancelled')).toHaveLength(90);
  expect((await day.run(acceptedJobs(day))).size).toBe(0);
});

test('while a job is being submitted whose id nobody has written down yet: it is found, and ended', async () => {
  day = await startDay({ model: fatefulModel() });
  const store = createMemoryStore();
  let submits = 0;
  const before = day.ports.aws.batchOnce;
  const died = Promise.withResolvers<void>();
  const dying = {
    ...day.ports,
    aws: {
      ...day.ports.aws,
      batchOnce: async (region: string) => {
        const batch = await before(region);
        return {
          ...batch,
          submitJob: async (input: Parameters<typeof batch.submitJob>[0]) => {
            submits += 1;
            if (submits > 1) return new Promise<never>(() => undefined);
            await batch.submitJob(input);
            died.resolve();
            return new Promise<never>(() => undefined);
          },
        };
      },
    },
  } as typeof day.ports;
  void tell(store, { ports: dying });
  await day.run(died.promise);
  await day.run(stop(store));
  const told = await day.run(tell(store, { process: 2 }));
  expect(told.state).toBe('ended');
  expect((await day.run(acceptedJobs(day))).size).toBe(1);
  expect(classesOf(told).get('cancelled')).toHaveLength(90);
});

test('and a retry that asks for it builds what is missing', async () => {
  day = await startDay({ model: fatefulModel({ application: 0, memory: 0, spot: 0 }) });
  const store = createMemoryStore();
  const [first] = await day.run(Promise.all([tell(store), day.clock.sleep(100_000).then(() => stop(store))]));
  const missing = classesOf(first).get('cancelled')?.length ?? 0;
  expect(missing).toBeGreaterThan(0);
  const retry = { rounds: 1, classes: ['cancelled'], onDemandAfter: 1, onDemandQueues: {} };
  const told = await day.run(
    tell(store, { process: 2, retry, despiteStop: (await openLedger('daily', store).readStop())?.at }),
  );
  expect([...told.outcomes.values()].map(({ status }) => status)).toEqual(Array(missing).fill('succeeded'));
});
