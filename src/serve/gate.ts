/** Lets so many in at a time; the others wait in their order. */
export interface Gate {
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function createGate(places: number): Gate {
  let free = places;
  const waiting: (() => void)[] = [];
  return {
    async run(work) {
      if (free > 0) free -= 1;
      else await new Promise<void>(resolve => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}

/** One gate for each name, forgotten when nobody is at it. */
export function createNamedGates(): { run<Result>(name: string, work: () => Promise<Result>): Promise<Result> } {
  const gates = new Map<string, { readonly gate: Gate; users: number }>();
  return {
    async run(name, work) {
      const own = gates.get(name) ?? { gate: createGate(1), users: 0 };
      gates.set(name, own);
      own.users += 1;
      try {
        return await own.gate.run(work);
      } finally {
        own.users -= 1;
        if (own.users === 0) gates.delete(name);
      }
    },
  };
}
