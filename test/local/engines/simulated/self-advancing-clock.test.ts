import { describe, expect, test } from '@jest/globals';
import { createSelfAdvancingClock } from '../../../../src/local/engines/simulated/self-advancing-clock.ts';
import { createVirtualClock } from '../../../../src/local/engines/simulated/virtual-clock.ts';

function start() {
  const timeline = createVirtualClock({ startAt: 0 });
  const errors: unknown[] = [];
  const quiet = () => new Promise<void>(done => setImmediate(done));
  const clock = createSelfAdvancingClock({ timeline, quiet, onError: error => errors.push(error) });
  return { timeline, clock, errors };
}

describe('ENGINE-36 a clock that goes by itself', () => {
  test('ENGINE-36 goes while somebody sleeps on it, and no further', async () => {
    const { timeline, clock } = start();
    const world: number[] = [];
    for (const time of [100, 200, 300]) timeline.schedule(time, () => world.push(timeline.now()));
    const [short, long] = [clock.sleep(150), clock.sleep(250)];
    await short;
    expect([clock.now(), world]).toEqual([150, [100]]);
    await long;
    await new Promise(done => setTimeout(done, 5));
    expect([clock.now(), world, timeline.sleepers]).toEqual([250, [100, 200], 1]);
    await clock.sleep(0);
    expect(clock.now()).toBe(250);
  });

  test('ENGINE-36 a sleep that is aborted makes no time pass, one after it does', async () => {
    const { timeline, clock } = start();
    const stop = new AbortController();
    const sleeping = clock.sleep(1000, stop.signal);
    const done = clock.sleep(10, stop.signal);
    await done;
    stop.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await new Promise(later => setTimeout(later, 5));
    expect([clock.now(), timeline.sleepers]).toEqual([10, 0]);
    await clock.sleep(5);
    expect(clock.now()).toBe(15);
  });

  test('ENGINE-36 what goes wrong in the world is told, and time goes on', async () => {
    const { timeline, clock, errors } = start();
    timeline.schedule(5, () => {
      throw new Error('broken');
    });
    await clock.sleep(10);
    expect([clock.now(), errors]).toEqual([10, [new Error('broken')]]);
  });
});
