/** A local AWS on a state folder whose children end within milliseconds; says its URL, then runs until somebody kills it. */
import { setTimeout } from 'node:timers/promises';
import { startLocalAws } from '../../../src/local/server.ts';
import { idleEngine } from '../../local/fixtures/idle-engine.ts';

const { url } = await startLocalAws({
  stateFolder: process.argv[2],
  engine: {
    ...idleEngine,
    concurrency: 8,
    run: () => ({
      started: Promise.resolve(),
      ended: setTimeout(5 + Math.random() * 20, { kind: 'exited', exitCode: Math.random() < 0.2 ? 1 : 0 } as const),
      stop: () => undefined,
    }),
  },
});
process.stdout.write(`${url}\n`);
