import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../../src/adapters/clock.ts';
import {
  createSimulatedEngine,
  type SimulatedEngineOptions,
} from '../../../../src/local/engines/simulated/simulated-engine.ts';
import {
  createDraws,
  drawFate,
  type FailureKind,
  type SimulatedFate,
  type SimulationModel,
} from '../../../../src/local/engines/simulated/simulation-model.ts';
import { createVirtualClock } from '../../../../src/local/engines/simulated/virtual-clock.ts';
import { requestFor, start } from '../engine-fixture.ts';

const always = (medianSeconds: number) => ({ medianSeconds, spread: 0 });
const plain: SimulationModel = { seed: 7, start: always(40), duration: always(600) };
const MANY = 3000;

function fates(model: SimulationModel, changes: object = {}): SimulatedFate[] {
  return Array.from({ length: MANY }, (_, index) => drawFate(model, requestFor({ jobId: `job:${index}`, ...changes })));
}

function share(all: readonly SimulatedFate[], matches: (fate: SimulatedFate) => boolean): number {
  return all.filter(matches).length / all.length;
}

describe('ENGINE-32 what becomes of a container is drawn from seed, job id and attempt alone', () => {
  test('ENGINE-32 the same again gives the same, anything else something else', () => {
    const model: SimulationModel = { ...plain, duration: { medianSeconds: 600, spread: 0.5 } };
    const seconds = (changes: object, seed: string | number = 7) =>
      drawFate({ ...model, seed }, requestFor({ jobId: 'a', ...changes })).runSeconds;
    expect(seconds({})).toBe(seconds({}));
    expect(
      new Set([
        seconds({}),
        seconds({ jobId: 'b' }),
        seconds({ attempt: 2 }),
        seconds({}, 8),
        seconds({ jobId: 'a:1' }),
      ]).size,
    ).toBe(5);
    expect(seconds({}, 'seven')).toBe(seconds({}, 'seven'));
  });

  test('ENGINE-32 the draws are spread evenly and independent of each other', () => {
    const pairs = Array.from({ length: MANY }, (_, index) => {
      const draw = createDraws(`seed/job:${index}/1/`);
      return [draw('a'), draw('b')] as const;
    });
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const hits = pairs.filter(([a]) => Math.floor(a * 10) === tenth).length / MANY;
      expect(Math.abs(hits - 0.1)).toBeLessThan(0.02);
    }
    const both = pairs.filter(([a, b]) => a < 0.5 && b < 0.5).length / MANY;
    expect(Math.abs(both - 0.25)).toBeLessThan(0.03);
    expect(pairs.every(([a, b]) => a >= 0 && a < 1 && b >= 0 && b < 1)).toBe(true);
  });

  test('ENGINE-32 durations are log-normal, by tier or whatever else the request says', () => {
    const duration = ({ memoryMiB }: { memoryMiB: number }) => ({
      medianSeconds: memoryMiB > 1000 ? 900 : 300,
      spread: 0.4,
    });
    const small = fates({ ...plain, duration }, { memoryMiB: 512 });
    const large = fates({ ...plain, duration }, { memoryMiB: 2048 });
    expect(share(small, ({ runSeconds }) => runSeconds < 300)).toBeCloseTo(0.5, 1);
    expect(
      share(small, ({ runSeconds }) => runSeconds > 300 / Math.exp(0.4) && runSeconds < 300 * Math.exp(0.4)),
    ).toBeCloseTo(0.683, 1);
    expect(share(large, ({ runSeconds }) => runSeconds < 900)).toBeCloseTo(0.5, 1);
  });

  test('ENGINE-32 without a spread it is always the median', () => {
    expect(new Set(fates(plain).map(({ startSeconds, runSeconds }) => `${startSeconds} ${runSeconds}`))).toEqual(
      new Set(['40 600']),
    );
  });

  test('ENGINE-32 slow starts come as often as said', () => {
    const slow = share(
      fates({ ...plain, slowStart: { probability: 0.2, seconds: 300 } }),
      ({ startSeconds }) => startSeconds === 340,
    );
    expect(slow).toBeCloseTo(0.2, 1);
  });

  const kinds: [FailureKind, object, boolean, (seconds: number) => boolean][] = [
    [
      'imagePullError',
      { kind: 'not-started', reason: expect.stringMatching(/^CannotPullContainerError: .*i\/o timeout$/) },
      false,
      () => true,
    ],
    [
      'spotReclaimBeforeOutput',
      { kind: 'host-lost', statusReason: expect.stringMatching(/^Host EC2 \(instance i-[0-9a-f]{17}\) terminated\.$/) },
      false,
      seconds => seconds < 600,
    ],
    ['spotReclaimAfterOutput', { kind: 'host-lost' }, true, seconds => seconds === 600],
    [
      'outOfMemory',
      { kind: 'exited', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
      false,
      seconds => seconds < 600,
    ],
    ['applicationError', { kind: 'exited', exitCode: 1 }, false, seconds => seconds < 600],
  ];
  test.each(kinds)('ENGINE-32 %s comes as often as said, and ends as it would', (kind, outcome, writesOutput, when) => {
    const all = fates({ ...plain, outcomes: { [kind]: 0.3 } });
    const failed = all.filter(fate => fate.kind === kind);
    expect(failed.length / MANY).toBeCloseTo(0.3, 1);
    expect(share(all, fate => fate.kind === 'success')).toBeCloseTo(0.7, 1);
    expect(failed[0]?.outcome).toMatchObject(outcome);
    expect(failed.every(fate => fate.writesOutput === writesOutput && when(fate.runSeconds))).toBe(true);
  });

  test('ENGINE-32 a probability may depend on the request', () => {
    const outcomes = {
      outOfMemory: ({ environment }: { environment: Readonly<Record<string, string>> }) => (environment['BIG'] ? 1 : 0),
    };
    expect(share(fates({ ...plain, outcomes }), ({ kind }) => kind === 'success')).toBe(1);
    expect(
      share(fates({ ...plain, outcomes }, { environment: { BIG: '1' } }), ({ kind }) => kind === 'outOfMemory'),
    ).toBe(1);
  });

  test.each([
    [{ outcomes: { outOfMemory: 1.2 } }, /1\.2 does not/],
    [{ outcomes: { outOfMemory: -0.1 } }, /-0\.1 does not/],
    [{ slowStart: { probability: 2, seconds: 1 } }, /2 does not/],
    [{ outcomes: { outOfMemory: 0.6, applicationError: 0.6 } }, /add up to 1\.2/],
  ])('ENGINE-32 a model that makes no sense is refused: %j', (wrong, message) => {
    expect(() => createSimulatedEngine({ clock: systemClock, model: { ...plain, ...wrong } })).toThrow(message);
  });
});

describe('ENGINE-33 a simulated container takes its time on the clock', () => {
  const engineWith = (options: Partial<SimulatedEngineOptions> = {}) => {
    const clock = createVirtualClock({ startAt: 0 });
    return { clock, engine: createSimulatedEngine({ clock, model: plain, ...options }) };
  };

  test('ENGINE-33 started, output, end', async () => {
    const told: string[] = [];
    const { clock, engine } = engineWith({
      onOutput: ({ jobId }) => void told.push(`output of ${jobId} at ${clock.now()}`),
      logLines: (_, { kind }) => ['begin', kind],
    });
    const { run, lines } = start(engine, { jobId: 'a' });
    void run.started.then(() => told.push(`started at ${clock.now()}`));
    void run.ended.then(outcome => told.push(`${outcome.kind} at ${clock.now()}`));
    await clock.run();
    expect(told).toEqual(['started at 40000', 'output of a at 640000', 'exited at 640000']);
    expect(lines).toEqual(['begin', 'success']);
  });

  test('ENGINE-33 one that never starts logs nothing and writes nothing', async () => {
    const outputs: string[] = [];
    const { clock, engine } = engineWith({
      model: { ...plain, outcomes: { imagePullError: 1 } },
      onOutput: () => void outputs.push('x'),
      logLines: () => ['x'],
    });
    const { run, lines } = start(engine);
    await clock.run();
    expect([(await run.ended).kind, clock.now(), lines, outputs]).toEqual(['not-started', 40000, [], []]);
    await run.started;
  });

  test('ENGINE-33 stopped on the way, and before', async () => {
    const { clock, engine } = engineWith();
    const [running, placing] = [start(engine), start(engine)];
    placing.run.stop(30);
    await clock.advanceTo(100_000);
    running.run.stop(30);
    running.run.stop(30);
    expect(await running.run.ended).toEqual({ kind: 'exited', exitCode: 143 });
    expect(await placing.run.ended).toMatchObject({ kind: 'not-started' });
    await placing.run.started;
    expect(clock.sleepers).toBe(0);
  });

  test('ENGINE-33 one stopped while it writes its output ends as it would have', async () => {
    const { clock, engine } = engineWith({ onOutput: async () => run.stop(0) });
    const { run } = start(engine);
    await clock.run();
    expect(await run.ended).toEqual({ kind: 'exited', exitCode: 0 });
  });

  test('ENGINE-33 close ends all, also on a real clock', async () => {
    const engine = createSimulatedEngine({ clock: systemClock, model: { ...plain, start: always(0) } });
    const { run } = start(engine);
    await run.started;
    await engine.close();
    expect(await run.ended).toEqual({ kind: 'exited', exitCode: 143 });
    expect(engine.caveats).toEqual([expect.stringContaining('Nothing runs')]);
  });

  test('ENGINE-33 thousands end as they would alone, in any order', async () => {
    const model: SimulationModel = {
      ...plain,
      duration: { medianSeconds: 60, spread: 1 },
      outcomes: { outOfMemory: 0.1 },
    };
    const { clock, engine } = engineWith({ model });
    const order = Array.from({ length: 2000 }, (_, index) => (index * 7919) % 2000);
    const runs = order.map(index => ({ index, run: engine.run(requestFor({ jobId: `job:${index}` })) }));
    await clock.run();
    for (const { index, run } of runs.slice(0, 200)) {
      expect(await run.ended).toEqual(drawFate(model, requestFor({ jobId: `job:${index}` })).outcome);
    }
  });
});
