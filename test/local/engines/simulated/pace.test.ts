import { expect, test } from '@jest/globals';
import { paceClock } from '../../../../src/local/engines/simulated/pace.ts';
import { createVirtualClock } from '../../../../src/local/engines/simulated/virtual-clock.ts';

/** The clock that is paced takes turns of its own. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate);
};

test('FRAME-27 a virtual clock goes so many times as fast as another, until it is stopped', async () => {
  const real = createVirtualClock({ startAt: 0, settle });
  const timeline = createVirtualClock({ startAt: 1_000_000 });
  const woken: number[] = [];
  timeline.schedule(360_000, () => woken.push(timeline.now()));
  const stop = paceClock(timeline, 60, real);
  await real.advanceTo(3000);
  expect([timeline.now() - 1_000_000, woken]).toEqual([180_000, []]);
  await real.advanceTo(7000);
  expect(woken).toEqual([1_360_000]);
  stop();
  const { sleepers } = real;
  await real.advanceTo(10_000);
  expect([timeline.now() - 1_000_000, sleepers]).toEqual([420_000, 0]);
});

test('FRAME-27 what goes wrong on the way is told', async () => {
  const real = createVirtualClock({ startAt: 0 });
  const told: unknown[] = [];
  const broken = { now: () => 0, run: () => Promise.resolve(), advanceTo: () => Promise.reject(new Error('broken')) };
  paceClock(broken, 1, real, error => told.push(error));
  await real.run();
  expect(told).toEqual([new Error('broken')]);
});
