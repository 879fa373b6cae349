/**
 * `batchwright run` over fifty thousand entries, a real process, killed with SIGKILL at random points of the whole run and started again
 * each time, against `batchwright local` as another process, on virtual time with the rates of AWS. Needs Node alone. The same without
 * processes, and quick: test/runs/drive.test.ts. BATCHWRIGHT_KILLS says how many kills, in as many runs as that takes; 200 take about
 * ten minutes.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { type LocalDay, startLocalDay, writeDay } from '../../bench/runs/local-day.ts';
import type { ChildLine } from '../../src/runs/children-file.ts';
import type { RunSummary } from '../../src/runs/summary.ts';
import { chaseRun } from './killed-run/chased-run.ts';

const ENTRIES = 50_000;
const KILLS = Number(process.env['BATCHWRIGHT_KILLS'] ?? 15);
/** Of one run: more would be one after another at the same few steps. */
const MOST_KILLS = 20;
const SEED = Number(process.env['BATCHWRIGHT_SEED'] ?? 1);

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Repeatable, from 0 to 1. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

async function live(kills: number, steps: readonly string[], seed = SEED) {
  const folder = mkdtempSync(join(tmpdir(), 'batchwright-killed-run-'));
  folders.push(folder);
  await writeDay(folder, ENTRIES);
  const day = await startLocalDay(folder, 0);
  try {
    const chase = await chaseRun(folder, day, { kills, steps, random: createRandom(seed) });
    return { ...chase, jobs: await acceptedJobs(day), report: readReport(join(folder, 'report')) };
  } finally {
    await day.stop();
  }
}

/** Names of all jobs that Batch accepted, one for each time. */
async function acceptedJobs({ batch, url }: LocalDay): Promise<readonly string[]> {
  // The clock stands still, and with it the rates that the last process may have used up.
  const headers = { 'content-type': 'application/json' };
  await fetch(`${url}/_batchwright/clock`, { method: 'POST', headers, body: '{"advanceSeconds": 60}' });
  const names: string[] = [];
  for (const jobQueue of ['cues-low', 'cues-medium', 'cues-high']) {
    const filters = [{ name: 'AFTER_CREATED_AT', values: ['0'] }];
    const { jobSummaryList = [], nextToken } = await batch.listJobs({ jobQueue, filters });
    if (nextToken) throw new Error('there is a second page');
    names.push(...jobSummaryList.map(({ jobName = '' }) => jobName));
  }
  return names.sort();
}

/** All that the report says but for when it was: what a killed process begins is begun later. */
function readReport(folder: string) {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const { plannedAt: _plannedAt, account, ...summary } = JSON.parse(read('summary.json')) as RunSummary;
  const {
    startedAt: _startedAt,
    stoppedAt: _stoppedAt,
    timeline: _timeline,
    byPriority = {},
    ...others
  } = account ?? {};
  const priorities = Object.entries(byPriority).map(([priority, { stoppedAt: _ended, ...sum }]) => [priority, sum]);
  const sums = { ...others, byPriority: Object.fromEntries(priorities) as unknown };
  const children = read('children.ndjson')
    .trim()
    .split('\n')
    .map(line => {
      const { createdAt = 0, ...child } = JSON.parse(line) as ChildLine;
      const since = (time: number | undefined) => time && time - createdAt;
      const timesOf = ({ startedAt, stoppedAt }: Pick<ChildLine, 'startedAt' | 'stoppedAt'>) => ({
        startedAt: since(startedAt),
        stoppedAt: since(stoppedAt),
      });
      const attempts = child.attempts?.map(attempt => ({ ...attempt, ...timesOf(attempt) }));
      return { ...child, ...timesOf(child), attempts };
    });
  const page = read('report.html')
    .replace(/<figure class="chart"><figcaption>Children (by state|that ended in a minute)<.*?<\/figure>/gs, '')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, 'TIME');
  return { summary, sums, children, page: page.split('\n') };
}

/** The first few that are not alike: of fifty thousand nobody can read a difference. */
function differences(mine: readonly unknown[], theirs: readonly unknown[]): readonly unknown[] {
  return Array.from({ length: Math.max(mine.length, theirs.length) }, (_, at) => [mine[at], theirs[at]])
    .filter(([one, other]) => JSON.stringify(one) !== JSON.stringify(other))
    .slice(0, 3);
}

test('killed at random points and started again, it ends with the report of an undisturbed one, and each job was submitted once', async () => {
  const calm = await live(0, []);
  expect(new Set(calm.report.children.filter(({ round }) => round === 0).flatMap(({ ids }) => ids)).size).toBe(ENTRIES);
  const { failed, recovered } = calm.report.summary.entries;
  expect([failed, recovered].every(number => number > 50)).toBe(true);
  const killed = new Map<string, number>();
  for (let made = 0, seed = SEED; made < KILLS; seed += 1) {
    const { kills, jobs, report } = await live(Math.min(MOST_KILLS, KILLS - made), [...calm.steps], seed);
    const own = Object.values(kills).reduce((sum, number) => sum + number, 0);
    expect(own).toBeGreaterThan(0);
    made += own;
    for (const [phase, number] of Object.entries(kills)) killed.set(phase, (killed.get(phase) ?? 0) + number);
    expect(jobs).toEqual([...new Set(jobs)]);
    expect(jobs).toEqual(calm.jobs);
    expect(report.summary).toEqual(calm.report.summary);
    expect(report.sums).toEqual(calm.report.sums);
    expect(differences(report.children, calm.report.children)).toEqual([]);
    expect(differences(report.page, calm.report.page)).toEqual([]);
    process.stderr.write(
      `${made} kills: ${JSON.stringify(Object.fromEntries(killed))} in runs of ${calm.steps.size} steps\n`,
    );
  }
}, 3_600_000);
