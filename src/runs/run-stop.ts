/** Whether a stop that somebody wrote down holds for a round. */
import type { Ledger } from './ledger.ts';
import type { Round, Stop } from './model.ts';

/** Thrown where the next thing would be to submit, and nothing more is to be. */
export class StoppedError extends Error {
  constructor({ reason }: Stop) {
    super(`the run was stopped: ${reason}`);
  }
}

/**
 * The stop that holds: for every round, whenever it was planned, but those that were asked for beyond this very stop. Undefined when
 * there is none.
 */
export async function readStopOf(
  { despiteStop }: Pick<Round, 'despiteStop'>,
  ledger: Pick<Ledger, 'readStop'>,
): Promise<Stop | undefined> {
  const stop = await ledger.readStop();
  return stop && stop.at !== despiteStop ? stop : undefined;
}
