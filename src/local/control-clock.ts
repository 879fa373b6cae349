/** `/_batchwright/clock`: what time it is here and, where the clock is virtual, making time pass. */
import type { Clock } from '../ports.ts';
import type { VirtualClock } from './engines/simulated/virtual-clock.ts';
import { ServiceError } from './model.ts';

export function describeClock(clock: Clock): object {
  if (!isVirtual(clock)) return { now: isoTime(clock.now()), virtual: false };
  const { nextTime, sleepers } = clock;
  return {
    now: isoTime(clock.now()),
    virtual: true,
    sleepers,
    ...(nextTime === undefined ? {} : { nextAt: isoTime(nextTime) }),
  };
}

/**
 * `{"advanceSeconds": 3600}`, `{"to": "2026-01-02T00:00:00Z"}` or `{"until": "idle"}`: the last ends when nothing is left to happen.
 * Answers when the time has passed.
 */
export async function advanceClock(clock: Clock, input: Record<string, unknown>): Promise<object> {
  if (!isVirtual(clock)) {
    const message =
      "This local AWS goes by the machine's clock; only the simulated engine has one that can be advanced.";
    throw new ServiceError('Conflict', message, 409);
  }
  const [[name, value] = [], ...more] = Object.entries(input);
  const to = more.length ? undefined : readGoal(clock, name, value);
  if (to === undefined) {
    throw new ServiceError('BadRequest', 'Give one of "advanceSeconds": a number, "to": an ISO time, "until": "idle".');
  }
  if (to < clock.now()) throw new ServiceError('BadRequest', `Time does not go back to ${isoTime(to)}.`);
  await (to === Number.POSITIVE_INFINITY ? clock.run() : clock.advanceTo(to));
  return describeClock(clock);
}

function readGoal(clock: Clock, name: string | undefined, value: unknown): number | undefined {
  if (name === 'advanceSeconds' && typeof value === 'number' && value >= 0) return clock.now() + value * 1000;
  if (name === 'to' && typeof value === 'string' && !Number.isNaN(Date.parse(value))) return Date.parse(value);
  return name === 'until' && value === 'idle' ? Number.POSITIVE_INFINITY : undefined;
}

function isVirtual(clock: Clock): clock is VirtualClock {
  return 'advanceTo' in clock;
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
