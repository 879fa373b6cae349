/** A local AWS that counts the calls it gets, by operation. */
import { type LocalAws, startLocalAws } from '../src/local/server.ts';

/** Runs nothing: definitions alone are measured. */
const ENGINE = {
  name: 'simulated',
  caveats: [],
  concurrency: 1,
  run: () => ({ started: Promise.resolve(), ended: new Promise<never>(() => undefined), stop: () => undefined }),
  close: () => Promise.resolve(),
} as const;

export interface CountedAws extends LocalAws {
  /** Calls by operation since the last time it was asked. */
  takeCalls(): ReadonlyMap<string, number>;
}

export async function startCountedAws(): Promise<CountedAws> {
  const local = await startLocalAws({ engine: ENGINE });
  let calls = new Map<string, number>();
  const { take } = local.faults;
  local.faults.take = call => {
    calls.set(call.operation, (calls.get(call.operation) ?? 0) + 1);
    return take(call);
  };
  return {
    ...local,
    takeCalls() {
      const taken = calls;
      calls = new Map();
      return taken;
    },
  };
}

/** `10 DescribeJobDefinitions, 1 GetCallerIdentity`. */
export function describeCalls(calls: ReadonlyMap<string, number>): string {
  return [...calls].map(([operation, number]) => `${number} ${operation}`).join(', ');
}
