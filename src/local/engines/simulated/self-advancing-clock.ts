/**
 * Makes a virtual clock go by itself, for a client that polls and sleeps: as soon as everybody who is awake has nothing left to do,
 * time jumps to whatever is due next, until a sleeper of this clock wakes. While nobody sleeps here, time stands still.
 */
import type { Clock } from '../../../ports.ts';
import { microtasks, sleepOn, type VirtualClock } from './virtual-clock.ts';

export interface SelfAdvancingOptions {
  readonly timeline: VirtualClock;
  /** Resolves when whoever is awake has nothing left to do but sleep. Asked for each time somebody has woken. */
  readonly quiet: () => Promise<void>;
  /** Whether somebody of the simulated world works on what takes files or calls: then it is waited for, too. */
  readonly isWorking?: (() => boolean) | undefined;
  /** Told when time cannot go on: somebody's wake-up threw. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Sleeping on `timeline` itself does not make time pass: that is for the simulated world, and this for who looks at it. */
export function createSelfAdvancingClock(options: SelfAdvancingOptions): Clock {
  const { timeline, quiet, isWorking = () => false, onError } = options;
  let sleeping = 0;
  let woken = 0;
  let advancing = false;

  const advance = async (): Promise<void> => {
    await quiet();
    while (sleeping > 0) {
      const before = woken;
      timeline.wakeNext();
      await microtasks();
      if (woken !== before || isWorking()) await quiet();
    }
  };
  const ensureAdvancing = (): void => {
    if (advancing) return;
    advancing = true;
    advance()
      .catch(error => onError?.(error))
      .finally(() => {
        advancing = false;
        if (sleeping > 0) ensureAdvancing();
      });
  };
  const schedule = (milliseconds: number, wake: () => void): (() => void) => {
    sleeping += 1;
    const callOff = timeline.schedule(milliseconds, () => {
      sleeping -= 1;
      woken += 1;
      over = true;
      wake();
    });
    let over = false;
    ensureAdvancing();
    return () => {
      if (over) return;
      over = true;
      sleeping -= 1;
      callOff();
    };
  };
  return {
    now: () => timeline.now(),
    sleep: (milliseconds, signal) => sleepOn(schedule, milliseconds, signal),
  };
}
