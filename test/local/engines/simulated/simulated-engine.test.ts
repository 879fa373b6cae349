import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../../src/adapters/clock.ts';
import { createDraws } from '../../../../src/local/engines/simulated/draws.ts';
import type { FailureKind } from '../../../../src/local/engines/simulated/failure-kinds.ts';
import { createFates, type SimulatedFate } from '../../../../src/local/engines/simulated/fate.ts';
import {
  createSimulatedEngine,
  type SimulatedEngineOptions,
} from '../../../../src/local/engines/simulated/simulated-engine.ts';
import type { SimulationModel } from '../../../../src/local/engines/simulated/simulation-model.ts';
import { createVirtualClock } from '../../../../src/local/engines/simulated/virtual-clock.ts';
import { requestFor, start } from '../engine-fixture.ts';

const always = (medianSeconds: number) => ({ medianSeconds, spread: 0 });
const plain: SimulationModel = { seed: 7, start: always(40), duration: always(600) };
const MANY = 1500;

function fates(model: SimulationModel, changes: object = {}): SimulatedFate[] {
  const all = createFates(model);
  return Array.from({ length: MANY }, (_, index) => all.of(requestFor({ jobId: `job:${index}`, ...changes })));
}

function share(all: readonly SimulatedFate[], matches: (fate: SimulatedFate) => boolean): number {
  return all.filter(matches).length / all.length;
}

describe('ENGINE-32 what becomes of a container is drawn from seed, job id and attempt alone', () => {
  test('ENGINE-32 the same again gives the same, anything else something else', () => {
    const model: SimulationModel = { ...plain, duration: { medianSeconds: 600, spread: 0.5 } };
    const seconds = (changes: object, seed: string | number = 7) =>
      createFates({ ...model, seed }).of(requestFor({ jobId: 'a', ...changes })).runSeconds;
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

  const texts: [FailureKind, object, boolean, boolean][] = [
    [
      'imageMissing',
      { kind: 'not-started', reason: expect.stringMatching(/^CannotPullContainerError: .*: content-cues: not found$/) },
      false,
      false,
    ],
    [
      'hostError',
      { kind: 'not-started', reason: expect.stringMatching(/^DockerTimeoutError: Could not transition to created/) },
      false,
      false,
    ],
    ['suspectSuccess', { kind: 'exited', exitCode: 0, reason: expect.stringMatching(/^OutOfMemoryError/) }, true, true],
    ['killed', { kind: 'exited', exitCode: 137 }, true, false],
    ['crash', { kind: 'exited', exitCode: 139 }, true, false],
    [
      'lostAnswer',
      { kind: 'not-started', reason: expect.stringMatching(/^CannotInspectContainerError: .*timed out/) },
      true,
      true,
    ],
    ['hang', { kind: 'exited', exitCode: 143 }, true, false],
  ];
  test.each(texts)('ENGINE-37 %s ends as Batch and ECS word it', (kind, outcome, runs, writesOutput) => {
    const fate = createFates({ ...plain, outcomes: { [kind]: 1 } }).of(requestFor());
    expect(fate).toMatchObject({ kind, outcome, runs, writesOutput });
    if (kind === 'hang') expect(fate.runSeconds).toBeGreaterThan(86_400);
  });

  test('ENGINE-37 a tier is known by queue or definition, whole or by its beginning, and says what is different', () => {
    const model: SimulationModel = {
      ...plain,
      outcomes: { killed: 1 },
      tiers: {
        'models-*': { duration: always(10) },
        'models-large': { outcomes: { killed: 0 } },
        low: { start: always(5) },
      },
    };
    const look = (changes: object) => {
      const { kind, startSeconds } = createFates(model).of(requestFor(changes));
      const { runSeconds } = createFates({ ...model, outcomes: {} }).of(requestFor(changes));
      return [kind, startSeconds, runSeconds];
    };
    expect(look({})).toEqual(['killed', 40, 600]);
    expect(look({ jobQueue: 'low', jobDefinition: 'other' })).toEqual(['killed', 5, 600]);
    expect(look({ jobQueue: 'low', jobDefinition: 'models-small' })).toEqual(['killed', 5, 10]);
    expect(look({ jobQueue: 'high', jobDefinition: 'models-large' })).toEqual(['success', 40, 10]);
  });

  test('ENGINE-37 a program that needs more than it has ends out of memory, at each attempt and not with more', () => {
    const model: SimulationModel = { ...plain, memory: { medianMiB: 1000, spread: 0.5 } };
    const small = fates(model, { memoryMiB: 1000 });
    expect(share(small, ({ kind }) => kind === 'outOfMemory')).toBeCloseTo(0.5, 1);
    expect(fates(model, { memoryMiB: 1000, attempt: 2 }).map(({ kind }) => kind)).toEqual(
      small.map(({ kind }) => kind),
    );
    expect(share(fates(model, { memoryMiB: 8000 }), ({ kind }) => kind === 'success')).toBeCloseTo(1, 2);
    const asked = ({ environment }: { environment: Readonly<Record<string, string>> }) =>
      environment['BIG'] ? { medianMiB: 9000, spread: 0 } : undefined;
    expect(share(fates({ ...plain, memory: asked }), ({ kind }) => kind === 'success')).toBe(1);
    expect(
      share(fates({ ...plain, memory: asked }, { environment: { BIG: '1' } }), ({ kind }) => kind === 'outOfMemory'),
    ).toBe(1);
  });

  test('ENGINE-37 hosts of spot capacity alone are reclaimed, as often an hour as said, before, during and after the work', () => {
    const model: SimulationModel = { ...plain, reclaimsPerHour: 1 };
    expect(share(fates(model, { capacity: 'EC2' }), ({ kind }) => kind === 'success')).toBe(1);
    const all = fates(model, { capacity: 'SPOT' });
    const reclaimed = all.filter(({ kind }) => kind !== 'success');
    // 640 s at one an hour: 1 - e^(-640/3600).
    expect(reclaimed.length / MANY).toBeCloseTo(0.163, 1);
    expect(new Set(reclaimed.map(({ kind }) => kind))).toEqual(
      new Set(['spotReclaimBeforeStart', 'spotReclaimBeforeOutput', 'spotReclaimAfterOutput']),
    );
    for (const { kind, runs, runSeconds, startSeconds, writesOutput, outcome } of reclaimed) {
      expect(outcome).toMatchObject({
        kind: 'host-lost',
        statusReason: expect.stringMatching(/^Host EC2 \(instance i-/),
      });
      expect([runs, writesOutput]).toEqual([kind !== 'spotReclaimBeforeStart', kind === 'spotReclaimAfterOutput']);
      expect(startSeconds <= 40 && runSeconds < 600).toBe(true);
    }
    const fargate = fates({ ...plain, reclaimsPerHour: () => 1000 }, { capacity: 'FARGATE_SPOT' });
    expect(fargate[0]?.outcome).toEqual({ kind: 'host-lost', statusReason: 'Your Spot Task was interrupted.' });
  });

  test('ENGINE-37 programs fail in the ways that are given, as often as weighed, each with its last lines', () => {
    const errors = [
      { weight: 3, exitCode: 4, lines: ['account {n} is empty, {n}'] },
      { exitCode: 5, lines: [] },
    ];
    const all = fates({ ...plain, errors, outcomes: { applicationError: 1 } });
    const codes = (code: number) => share(all, ({ outcome }) => outcome.kind === 'exited' && outcome.exitCode === code);
    expect(codes(4)).toBeCloseTo(0.75, 1);
    expect(codes(4) + codes(5)).toBe(1);
    const said = all.flatMap(({ lastLines }) => lastLines);
    expect(said.every(line => /^account (\d+) is empty, \1$/.test(line))).toBe(true);
    expect(new Set(said).size).toBeGreaterThan(1000);
    expect(fates({ ...plain, outcomes: { crash: 1 } })[0]?.lastLines).toEqual([
      expect.stringContaining('Segmentation'),
    ]);
  });

  test('ENGINE-37 who says what a container is gives it its fate, whatever its job', () => {
    const duration = { medianSeconds: 600, spread: 1 };
    const fate = createFates({ ...plain, duration, identity: ({ image }) => image });
    expect(fate.of(requestFor({ jobId: 'a' }))).toEqual(fate.of(requestFor({ jobId: 'b' })));
    expect(fate.of(requestFor({ image: 'other' })).runSeconds).not.toBe(fate.of(requestFor()).runSeconds);
    expect(fate.startSecondsOf(requestFor())).toBe(fate.of(requestFor()).startSeconds);
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
    [
      { outcomes: { outOfMemory: 0.6 }, tiers: { low: { outcomes: { killed: 0.6 } } } },
      /model: low: .* add up to 1\.2/,
    ],
    [{ reclaimsPerHour: -1 }, /reclaimsPerHour must be 0 or more, and -1 is not/],
    [{ duration: { medianSeconds: Number.NaN, spread: 0 } }, /duration needs a median/],
    [{ tiers: { low: { memory: { medianMiB: -1, spread: 0 } } } }, /low: memory needs a median/],
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

  test('ENGINE-33 one that cannot write its output says so and ends with 1', async () => {
    const { clock, engine } = engineWith({ onOutput: () => Promise.reject(new Error('AccessDenied')) });
    const { run, lines } = start(engine);
    await clock.run();
    expect(await run.ended).toEqual({ kind: 'exited', exitCode: 1 });
    expect(lines).toEqual(['Error: AccessDenied']);
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
      expect(await run.ended).toEqual(createFates(model).of(requestFor({ jobId: `job:${index}` })).outcome);
    }
  });
});
