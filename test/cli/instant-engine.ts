import type { ContainerOutcome, ContainerRequest, Engine } from '../../src/local/engines/model.ts';

/** Every container writes one line and ends at once, as `outcome` says; nothing runs. */
export function instantEngine(outcome: (request: ContainerRequest) => ContainerOutcome): Engine {
  return {
    name: 'simulated',
    caveats: [],
    concurrency: 8,
    run: request => {
      request.onLog(`model of ${request.environment['AWS_BATCH_JOB_ARRAY_INDEX']}`, 1000);
      return { started: Promise.resolve(), ended: Promise.resolve(outcome(request)), stop: () => undefined };
    },
    close: () => Promise.resolve(),
  };
}
