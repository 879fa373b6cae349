import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createVirtualClock } from '../../../../src/local/engines/simulated/virtual-clock.ts';

describe('ENGINE-31 a virtual clock', () => {
  test('ENGINE-31 stands still until it is told, and wakes in the order of time, then of falling asleep', async () => {
    const clock = createVirtualClock({ startAt: 1000 });
    const woken: string[] = [];
    const sleep = async (name: string, milliseconds: number) => {
      await clock.sleep(milliseconds);
      woken.push(`${name} ${clock.now()}`);
    };
    const all = [sleep('c', 30), sleep('a', 10), sleep('b', 10), sleep('now', 0), sleep('past', -5)];
    expect([clock.now(), clock.sleepers, woken]).toEqual([1000, 5, []]);
    await clock.advanceTo(1010);
    expect(woken).toEqual(['now 1000', 'past 1000', 'a 1010', 'b 1010']);
    await clock.advanceTo(1020);
    expect([clock.now(), clock.sleepers]).toEqual([1020, 1]);
    await clock.run();
    await Promise.all(all);
    expect([woken.at(-1), clock.now(), clock.sleepers]).toEqual(['c 1030', 1030, 0]);
  });

  test('ENGINE-31 whoever woke may sleep again before time goes on', async () => {
    const clock = createVirtualClock({ startAt: 0 });
    const moments: number[] = [];
    const ticking = (async () => {
      for (let count = 0; count < 5; count += 1) {
        await clock.sleep(7);
        moments.push(clock.now());
      }
    })();
    const late = clock.sleep(30);
    await clock.advanceTo(29);
    expect(moments).toEqual([7, 14, 21, 28]);
    await clock.run();
    await Promise.all([ticking, late]);
    expect(moments.at(-1)).toBe(35);
  });

  test('ENGINE-31 runs until told that it is enough', async () => {
    const clock = createVirtualClock({ startAt: 0 });
    let woken = 0;
    for (const milliseconds of [1, 2, 3]) void clock.sleep(milliseconds).then(() => (woken += 1));
    await clock.run(() => woken === 2);
    expect([woken, clock.now(), clock.sleepers]).toEqual([2, 2, 1]);
  });

  test('ENGINE-31 an aborted sleep rejects with the reason and is forgotten', async () => {
    const clock = createVirtualClock({ startAt: 0 });
    const controller = new AbortController();
    const sleeping = clock.sleep(50, controller.signal);
    const longer = clock.sleep(10, controller.signal);
    await clock.advanceTo(20);
    await longer;
    controller.abort(new Error('stop'));
    await expect(sleeping).rejects.toThrow('stop');
    await expect(clock.sleep(1, controller.signal)).rejects.toThrow('stop');
    expect(clock.sleepers).toBe(0);
    await clock.run();
    expect(clock.now()).toBe(20);
  });

  test('ENGINE-31 what was scheduled can be called off, twice too', async () => {
    const clock = createVirtualClock();
    const woken: number[] = [];
    const callOff = clock.schedule(5, () => woken.push(1));
    clock.schedule(5, () => woken.push(2));
    callOff();
    callOff();
    expect(clock.sleepers).toBe(1);
    await clock.run();
    expect(woken).toEqual([2]);
  });

  test('ENGINE-31 waits for what settles, such as a file', async () => {
    let settled = 0;
    const settle = async (): Promise<void> => {
      settled += 1;
    };
    const clock = createVirtualClock({ settle });
    void clock.sleep(1);
    void clock.sleep(2);
    await clock.run();
    expect(settled).toBe(3);
  });

  test('ENGINE-31 any sleeps, some called off, wake sorted by time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(4000), fc.boolean()), { maxLength: 200 }), async sleeps => {
        const clock = createVirtualClock({ startAt: 0 });
        const woken: number[] = [];
        const offs = sleeps.map(([time, off]) => {
          const callOff = clock.schedule(time, () => woken.push(clock.now()));
          return off ? callOff : () => {};
        });
        for (const callOff of offs) callOff();
        await clock.run();
        expect(woken).toEqual(
          sleeps
            .filter(([, off]) => !off)
            .map(([time]) => time)
            .sort((a, b) => a - b),
        );
      }),
    );
  });
});
