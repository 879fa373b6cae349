/** A run that is stopped by hand stays stopped, whoever drives it and wherever it was; until a retry asks for what is missing. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { createMemoryStore } from '../../src/adapters/memory-store.ts';
import type { StorePort } from '../../src/ports.ts';
import type { ChildLine } from '../../src/runs/children-file.ts';
import { readRun } from '../../src/runs/history.ts';
import { openLedger } from '../../src/runs/ledger.ts';
import type { RunPorts } from '../../src/runs/ports.ts';
import { readStanding } from '../../src/runs/standing.ts';
import { stopRun } from '../../src/runs/stop-run.ts';
import { type Day, startDay } from './day.ts';
import {
  acceptedJobs,
  fatefulModel,
  manifestOf,
  type StoryOptions,
  summarizeStory,
  type Told,
  tellStory,
} from './story.ts';

jest.setTimeout(30_000);

let day: Day;
afterEach(() => day.stop());

const MANIFEST = manifestOf(90);
const tell = (store: StoryOptions['store'], options: Partial<StoryOptions> = {}) =>
  tellStory({ day, store, manifest: MANIFEST, ...options });
const classesOf = ({ outcomes }: Told) => Map.groupBy(outcomes.values(), outcome => outcome.class);

type Submit = Awaited<ReturnType<RunPorts['aws']['batchOnce']>>['submitJob'];

/** Ports on which `meet` stands before each SubmitJob; it is told which it is, from 1, and makes the call. */
function meetSubmits(meet: (number: number, send: () => ReturnType<Submit>) => ReturnType<Submit>): RunPorts {
  const before = day.ports.aws.batchOnce;
  let submits = 0;
  const batchOnce: typeof before = async region => {
    const batch = await before(region);
    const submitJob: Submit = (...given) => {
      submits += 1;
      return meet(submits, () => batch.submitJob(...given));
    };
    return { ...batch, submitJob };
  };
  return { ...day.ports, aws: { ...day.ports.aws, batchOnce } };
}

/** Batch accepts the first job, and nothing is heard of that nor of any other. */
function dyingAtItsFirstSubmit(): { readonly ports: RunPorts; readonly died: Promise<void> } {
  const died = Promise.withResolvers<void>();
  const ports = meetSubmits(async (number, send) => {
    if (number === 1) {
      await send();
      died.resolve();
    }
    return new Promise<never>(() => undefined);
  });
  return { ports, died: died.promise };
}

/** Of the parents that Batch has. */
async function countByStatus(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const jobQueue of ['cues-low', 'cues-medium', 'cues-high']) {
    const filters = [{ name: 'AFTER_CREATED_AT', values: ['0'] }];
    const { jobSummaryList = [] } = await day.batch().listJobs({ jobQueue, filters });
    for (const { status = '' } of jobSummaryList) counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

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
  await day.run(summarizeStory({ day, store, manifest: MANIFEST, process: 3 }, 'listed'));
  const children: string[] = [];
  for await (const name of store.list('daily/children/')) {
    const kept = await store.read(`daily/children/${name}`);
    children.push(...new TextDecoder().decode(kept?.bytes).trim().split('\n'));
  }
  expect(children.map(line => (JSON.parse(line) as ChildLine).jobId)).toEqual(Array(90).fill(''));
});

test('while a job is being submitted whose id nobody has written down yet: it is found, and ended', async () => {
  day = await startDay({ model: fatefulModel() });
  const store = createMemoryStore();
  const { ports, died } = dyingAtItsFirstSubmit();
  void tell(store, { ports });
  await day.run(died);
  await day.run(stop(store));
  const told = await day.run(tell(store, { process: 2 }));
  expect(told.state).toBe('ended');
  expect((await day.run(acceptedJobs(day))).size).toBe(1);
  expect(classesOf(told).get('cancelled')).toHaveLength(90);
});

test('while its next round is being planned: that is not submitted', async () => {
  day = await startDay({ model: fatefulModel() });
  const inner = createMemoryStore();
  let isStopped = false;
  const store: StorePort = {
    ...inner,
    async write(key, bytes, condition) {
      if (key.includes('/entries/1-') && !isStopped) {
        isStopped = true;
        await stop(inner);
      }
      return inner.write(key, bytes, condition);
    },
  };
  const told = await day.run(tell(store));
  expect({ isStopped, state: told.state, rounds: told.rounds }).toEqual({ isStopped: true, state: 'ended', rounds: 1 });
  expect((await day.run(acceptedJobs(day))).size).toBe(9);
});

test('at the very moment when its next round is written: nothing of it is submitted, and every entry has an answer', async () => {
  day = await startDay({ model: fatefulModel() });
  const inner = createMemoryStore();
  const store: StorePort = {
    ...inner,
    async write(key, bytes, condition) {
      if (key.endsWith('/rounds/1.json')) await stop(inner);
      return inner.write(key, bytes, condition);
    },
  };
  const told = await day.run(tell(store));
  expect(told).toMatchObject({ state: 'ended', rounds: 2 });
  expect((await day.run(acceptedJobs(day))).size).toBe(9);
  expect([...told.outcomes.values()].filter(({ round }) => round === 1).every(one => one.class === 'cancelled')).toBe(
    true,
  );
});

test('while another process submits and does not watch: it submits no more, and what it had submitted ends', async () => {
  day = await startDay({ model: fatefulModel() });
  const store = createMemoryStore();
  const ports = meetSubmits(async (number, send) => {
    if (number === 2) await stop(store);
    return send();
  });
  const told = await day.run(tell(store, { ports, until: 'submitted' }));
  await day.clock.advanceTo(day.clock.now() + 3_600_000);
  expect(told.outcomes.size).toBeGreaterThan(0);
  expect((await day.run(acceptedJobs(day))).size).toBe(8);
  expect(await day.run(countByStatus())).toEqual({ FAILED: 8 });
});

test('whose driver died between a call and its answer: the job is found by its name, and ends', async () => {
  day = await startDay({ model: fatefulModel() });
  const store = createMemoryStore();
  const { ports, died } = dyingAtItsFirstSubmit();
  void tell(store, { ports });
  await day.run(died);
  const { stopped, refused, unknown } = await day.run(stop(store));
  expect({ stopped: stopped.length, refused, unknown }).toEqual({ stopped: 1, refused: [], unknown: [] });
  await day.clock.advanceTo(day.clock.now() + 600_000);
  expect(await day.run(countByStatus())).toEqual({ FAILED: 1 });
});

test('while Batch cannot be asked for a job that was being submitted: it is told as not known', async () => {
  let denied = false;
  day = await startDay({
    model: fatefulModel(),
    fault: operation => (denied && operation === 'ListJobs' ? { kind: 'throttle' } : undefined),
  });
  const store = createMemoryStore();
  const { ports, died } = dyingAtItsFirstSubmit();
  void tell(store, { ports });
  await day.run(died);
  denied = true;
  const { unknown } = await day.run(stop(store));
  expect(unknown.length).toBeGreaterThan(0);
  expect(unknown[0]).toMatch(/^cues-daily-0-/);
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

test('and a retry beyond it that nobody watches is told as left, not as stopped', async () => {
  day = await startDay({ model: fatefulModel({ application: 0, memory: 0, spot: 0 }) });
  const store = createMemoryStore();
  await day.run(Promise.all([tell(store), day.clock.sleep(100_000).then(() => stop(store))]));
  const ledger = openLedger('daily', store);
  const despiteStop = (await ledger.readStop())?.at;
  const more = { from: 1, rounds: 1, classes: ['cancelled'] };
  const options = { day, store, manifest: MANIFEST, process: 2, more, despiteStop };
  const watchUntil = day.clock.now() + 30_000;
  const summary = await day.run(summarizeStory({ ...options, watchUntil }, 'listed'));
  expect(summary).toMatchObject({ state: 'running', rounds: [{ round: 0 }, { round: 1 }] });
  const known = await readRun(ledger);
  if (!known) throw new Error('there is a plan');
  const asker = { clock: day.clock, holder: { id: 'me', host: 'here', pid: 9, name: 'me' }, isAlive: () => false };
  expect(await readStanding(known, ledger, asker)).toEqual(
    expect.objectContaining({ state: 'left', lastBy: undefined, progress: expect.objectContaining({ round: 1 }) }),
  );
});
