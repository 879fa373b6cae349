import type { Notify } from '../../events.ts';
import type { Clock } from '../../ports.ts';
import { isTransient, RegistryFailure } from './failure.ts';

export interface RetryPorts {
  readonly clock: Clock;
  readonly notify: Notify;
  /** From 0 to 1. */
  readonly random?: (() => number) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds before the second and the third try. */
const PAUSES = [1000, 3000];
/** A registry that asks for more patience than this is not waited for. */
const LONGEST_PAUSE = 60_000;

/** Tries up to three times, as long as `isTransient`. `doing` begins the debug line about it. */
export async function retrying<Result>(
  doing: string,
  attempt: () => Promise<Result>,
  ports: RetryPorts,
): Promise<Result> {
  for (const pause of PAUSES) {
    try {
      return await attempt();
    } catch (error) {
      ports.signal?.throwIfAborted();
      if (!isTransient(error)) throw error;
      const milliseconds = pauseAfter(error, pause, ports.random?.() ?? 0.5);
      const text = `${doing}: ${error instanceof Error ? error.message : String(error)}; again in ${milliseconds} ms`;
      ports.notify({ type: 'message', level: 'debug', text });
      await ports.clock.sleep(milliseconds, ports.signal);
    }
  }
  return await attempt();
}

/** From half to one and a half times the pause, so that many runners do not come back at once; at least what was asked for. */
function pauseAfter(error: unknown, pause: number, random: number): number {
  const asked = error instanceof RegistryFailure ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
  return Math.round(Math.max(Math.min(asked, LONGEST_PAUSE), pause * (0.5 + random)));
}
