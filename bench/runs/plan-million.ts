/** Plans a run of so many entries in a process of its own, and prints seconds, peak memory and shards as JSON. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/adapters/clock.ts';
import { createFolderStore } from '../../src/adapters/folder-store.ts';
import { createRateLimiter } from '../../src/limiter.ts';
import { openLedger } from '../../src/runs/ledger.ts';
import { readNdjson } from '../../src/runs/manifest/lines.ts';
import { planRun } from '../../src/runs/plan-run.ts';
import { manifestBytes, planRequest } from './day.ts';

const entries = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'batchwright-bench-'));
const described = ['small', 'medium', 'large'].map(tier => ({
  jobDefinitionName: `cues-${tier}`,
  jobDefinitionArn: `arn:${tier}:1`,
  revision: 1,
}));
const batch = async () => ({ describeJobDefinitions: async () => ({ jobDefinitions: described }) }) as never;
const ports = {
  aws: { batch, batchOnce: batch, logs: batch, ec2: batch, pricing: batch },
  clock: systemClock,
  notify: () => undefined,
  limiter: createRateLimiter(systemClock),
};
const started = performance.now();
const plan = await planRun(
  planRequest({ unit: 'line', chunks: readNdjson(manifestBytes(entries)) }, folder),
  openLedger('bench', createFolderStore(folder)),
  ports,
);
const seconds = (performance.now() - started) / 1000;
rmSync(folder, { recursive: true });
process.stdout.write(
  JSON.stringify({ seconds, peakMiB: process.resourceUsage().maxRSS / 1024, shards: plan.shards.length }),
);
