import { expect, test } from '@jest/globals';
import { keepRenewed } from '../../src/credentials/renew.ts';
import type { ToolkitEvent } from '../../src/events.ts';
import { ManualClock } from '../jobs/manual-clock.ts';

const MINUTE = 60_000;
const session = (name: string, expiresAt: number) => ({
  ...{ accessKeyId: name, secretAccessKey: 's', sessionToken: 't', expiresAt },
});

function start(renew: (number: number) => Promise<ReturnType<typeof session>>) {
  const clock = new ManualClock();
  const events: ToolkitEvent[] = [];
  let renewals = 0;
  const current = keepRenewed(
    session('first', 60 * MINUTE),
    () => {
      renewals += 1;
      return renew(renewals);
    },
    { clock, notify: event => void events.push(event) },
  );
  const at = async (minutes: number) => {
    clock.time = minutes * MINUTE;
    return (await current()).accessKeyId;
  };
  const warnings = () => events.flatMap(event => ('level' in event && event.level === 'warning' ? [event.text] : []));
  return { clock, at, warnings, renewals: () => renewals };
}

test('a session serves until five minutes before its end, then the next one', async () => {
  const { clock, at, renewals } = start(async number => session(`renewed ${number}`, clock.time + 60 * MINUTE));
  expect(await at(54.9)).toBe('first');
  expect(await at(55)).toBe('renewed 1');
  expect(await at(109)).toBe('renewed 1');
  expect(await at(110)).toBe('renewed 2');
  expect(renewals()).toBe(2);
});

test('whoever asks at the same time gets the same renewal', async () => {
  const { at, renewals } = start(async () => session('renewed', 120 * MINUTE));
  expect(new Set(await Promise.all([1, 2, 3, 4].map(() => at(56))))).toEqual(new Set(['renewed']));
  expect(renewals()).toBe(1);
});

test('a renewal that fails is a warning as long as the session is good, tried again after a minute, and then an error', async () => {
  let broken = true;
  const { at, warnings, renewals } = start(async () => {
    if (broken) throw new Error('GitHub answered 503');
    return session('renewed', 200 * MINUTE);
  });
  expect(await at(56)).toBe('first');
  expect(await at(56.5)).toBe('first');
  expect(renewals()).toBe(1);
  expect(await at(57)).toBe('first');
  expect(warnings()).toEqual([
    'the AWS session could not be renewed and ends in 240 s: GitHub answered 503',
    'the AWS session could not be renewed and ends in 180 s: GitHub answered 503',
  ]);
  await expect(at(60)).rejects.toThrow('GitHub answered 503');
  broken = false;
  expect(await at(61)).toBe('renewed');
});
