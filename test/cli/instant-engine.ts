import type { ContainerOutcome, ContainerRequest, Engine } from '../../src/local/engines/model.ts';

/** Every container writes one line and ends at once, or when `outcome` does, as that says; nothing runs. */
export function instantEngine(
  outcome: (request: ContainerRequest) => ContainerOutcome | Promise<ContainerOutcome>,
): Engine {
  return {
    name: 'simulated',
    caveats: [],
    concurrency: 8,
    run: request => {
      request.onLog(`model of ${request.environment['AWS_BATCH_JOB_ARRAY_INDEX']}`, 1000);
      const stopped = Promise.withResolvers<ContainerOutcome>();
      return {
        started: Promise.resolve(),
        ended: Promise.race([outcome(request), stopped.promise]),
        stop: () => stopped.resolve({ kind: 'exited', exitCode: 137 }),
      };
    },
    close: () => Promise.resolve(),
  };
}
