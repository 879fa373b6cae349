/** The random sequences of test/local/batch/model.test.ts by the thousand, in memory and with a journal on disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '@jest/globals';
import { openStore } from '../../src/local/store.ts';
import { walkRestarts, walkSequences } from '../local/batch/model-walks.ts';

const runs = Number(process.env['BATCH_MODEL_RUNS'] ?? 4000);

test('BATCH-164 thousands of sequences of calls, faults and events', async () => {
  const store = await openStore();
  await walkSequences(store, runs);
  await store.close();
}, 900_000);

test('BATCH-164 hundreds of them where everything is written to disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'batch-model-'));
  const store = await openStore({ folder });
  try {
    await walkSequences(store, Math.ceil(runs / 20));
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 900_000);

test('BATCH-168 hundreds of them with restarts in between', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'batch-restarts-'));
  try {
    await walkRestarts(folder, Math.ceil(runs / 8));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 900_000);
