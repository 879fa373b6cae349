/** A retry in an order: asked for while anything may be under way, and begun under the lease. */
import type { Order } from '../runs/model.ts';

type Retry = NonNullable<Order['retry']>;

export interface AskedRetry {
  /** Rounds more than there are when it begins. */
  readonly rounds: number;
  readonly classes: readonly string[];
  readonly despiteStop: number | undefined;
}

/** The retry of a new order. What an open one asks for and has not done is not lost with it. */
export function addRetry(before: Order | undefined, { rounds, classes, despiteStop }: AskedRetry): Retry {
  const undone = before?.open ? before.retry : undefined;
  return {
    ...(undone?.rounds !== undefined && { from: undone.from, rounds: undone.rounds }),
    more: Math.max(undone?.more ?? 0, rounds),
    classes: [...new Set([...(undone?.classes ?? []), ...classes])],
    despiteStop,
  };
}

/** The same, when so many rounds have been planned after the first: from here on it is certain how many there may be. */
export function beginRetry({ rounds = 0, more = 0, ...rest }: Retry, planned: number): Retry {
  return { ...rest, from: planned + 1, rounds: Math.max(rounds, planned + more) };
}
