/** A local AWS in a process of its own for `bench/local.ts`: every 97th child fails, all end at once. Its parent stops it. */
import { performance } from 'node:perf_hooks';
import type { Engine } from '../src/local/engines/model.ts';
import { startLocalAws } from '../src/local/server.ts';

const engine: Engine = {
  ...{ name: 'simulated', caveats: [], concurrency: 10_000 },
  run: ({ jobId }) => ({
    started: Promise.resolve(),
    ended: Promise.resolve({ kind: 'exited', exitCode: Number(jobId.split(':')[1]) % 97 === 3 ? 1 : 0 }),
    stop: () => undefined,
  }),
  close: () => Promise.resolve(),
};

const begun = performance.now();
const { url } = await startLocalAws({ engine });
process.send?.({ url, startMilliseconds: performance.now() - begun });
process.on('message', () => {
  globalThis.gc?.();
  process.send?.(process.memoryUsage.rss() / 2 ** 20);
});
process.on('disconnect', () => process.exit());
