/** Remembers that a container is to be stopped, before as well as while it runs; asked again, the shorter grace counts. */
export interface StopSwitch {
  readonly requested: boolean;
  readonly request: (graceSeconds: number) => void;
  /** Calls `act` for every request, also one made before. Gives a function that ends it. */
  listen(act: (graceSeconds: number) => void): () => void;
}

export function createStopSwitch(): StopSwitch {
  const listeners = new Set<(graceSeconds: number) => void>();
  let shortest: number | undefined;
  return {
    get requested() {
      return shortest !== undefined;
    },
    request(graceSeconds) {
      if (shortest !== undefined && graceSeconds >= shortest) return;
      shortest = graceSeconds;
      for (const act of listeners) act(graceSeconds);
    },
    listen(act) {
      listeners.add(act);
      if (shortest !== undefined) act(shortest);
      return () => listeners.delete(act);
    },
  };
}
