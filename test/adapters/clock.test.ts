import { expect, test } from '@jest/globals';
import { systemClock } from '../../src/adapters/clock.ts';

test('now is the time of day in milliseconds', () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
});

test('sleep waits', async () => {
  const before = performance.now();
  await systemClock.sleep(15);
  expect(performance.now() - before).toBeGreaterThanOrEqual(14);
});

test('a time of nothing or less ends at once', async () => {
  await systemClock.sleep(0);
  await systemClock.sleep(-5);
});

test('an aborted sleep rejects with the reason of the signal', async () => {
  const controller = new AbortController();
  const sleeping = systemClock.sleep(60_000, controller.signal);
  controller.abort(new Error('enough'));
  await expect(sleeping).rejects.toThrow('enough');
});

test('a signal aborted before never sleeps', async () => {
  await expect(systemClock.sleep(60_000, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
});

test('a sleep longer than any timer does not end at once', async () => {
  const controller = new AbortController();
  const sleeping = systemClock.sleep(2 ** 40, controller.signal);
  const first = await Promise.race([sleeping.then(() => 'slept'), systemClock.sleep(20).then(() => 'still asleep')]);
  controller.abort(new Error('done'));
  await expect(sleeping).rejects.toThrow('done');
  expect(first).toBe('still asleep');
});
