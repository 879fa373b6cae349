/** A server in a process of its own, for a manifest that comes as a request's body. Prints its address, and at SIGTERM its peak memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/adapters/clock.ts';
import { systemFiles } from '../../src/adapters/files.ts';
import { createFolderStore } from '../../src/adapters/folder-store.ts';
import { createRateLimiter } from '../../src/limiter.ts';
import { startServe } from '../../src/serve/start.ts';
import { planRequest } from './day.ts';

const folder = mkdtempSync(join(tmpdir(), 'batchwright-bench-'));
const jobDefinitions = ['small', 'medium', 'large'].map(tier => ({
  jobDefinitionName: `cues-${tier}`,
  jobDefinitionArn: `arn:${tier}:1`,
  revision: 1,
}));
// Planning is what is measured: nothing can be submitted here.
const batch = async () => ({ describeJobDefinitions: async () => ({ jobDefinitions }) }) as never;
const { targets, definitions } = planRequest({ unit: 'line', chunks: (async function* () {})() }, folder);
const [target] = targets;
if (!target) throw new Error('the bench has a target');
const serving = await startServe({
  server: {
    targets: [target],
    definitions,
    store: createFolderStore(folder),
    entriesUri: folder,
    openEntries: createFolderStore,
    ports: {
      aws: { batch, batchOnce: batch, logs: batch, ec2: batch, pricing: batch },
      clock: systemClock,
      notify: () => undefined,
      limiter: createRateLimiter(systemClock),
    },
    manifests: { aws: { s3: batch }, files: systemFiles },
    holder: { id: 'bench', host: 'here', pid: process.pid, name: 'bench' },
    isAlive: () => true,
  },
  recognize: () => ({ name: 'bench', mayChange: true }),
  port: 0,
  host: '127.0.0.1',
  allowRemote: false,
  mostBodyBytes: 2 ** 30,
});
process.stdout.write(`${serving.url}\n`);
process.once('SIGTERM', async () => {
  await serving.stop();
  rmSync(folder, { recursive: true });
  process.stdout.write(`${process.resourceUsage().maxRSS / 1024}\n`);
});
