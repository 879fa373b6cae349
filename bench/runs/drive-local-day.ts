import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Measured, measureProcess } from '../measured-process.ts';
import { MAIN, startLocalDay, writeDay } from './local-day.ts';

/** Ten minutes in a second: the run waits for what the two processes work, and for little else. */
const SPEED = 600;

/** Runs `batchwright run` over so many entries to its report. */
export async function figuresOfLocalDay(entries: number): Promise<Measured & { readonly entries: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'batchwright-bench-'));
  await writeDay(folder, entries);
  const day = await startLocalDay(folder, SPEED);
  try {
    const args = ['run', '--environment', 'test', '--manifest', 'accounts.ndjson', '--run', 'daily'];
    const options = ['--report-folder', 'report', '--max-failed', '100%'];
    const measured = await measureProcess(process.execPath, [MAIN, ...args, ...options], {
      cwd: folder,
      environment: day.environment,
    });
    return { entries, ...measured };
  } finally {
    await day.stop();
    rmSync(folder, { recursive: true });
  }
}
