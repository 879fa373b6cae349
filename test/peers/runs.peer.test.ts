/** Runs at full size: hundreds of kills, lost answers by the dozen, the page of fifty thousand entries, readers of other languages. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createMemoryStore } from '../../src/adapters/memory-store.ts';
import { collectRows, renderRunPage } from '../../src/report/run-page.ts';
import { parseChildLines } from '../../src/runs/children-file.ts';
import { createEntriesBuffer } from '../../src/runs/entries-file.ts';
import { idleEngine } from '../local/fixtures/idle-engine.ts';
import { clientOptions, useLocalAws } from '../local/fixtures/local.ts';
import { type DayOptions, startDay } from '../runs/day.ts';
import { acceptedJobs, fatefulModel, finalAnswers, manifestOf, summarizeStory, tellStory } from '../runs/story.ts';
import { startBrowser } from './browser.ts';
import { findTool, peerTest } from './tools.ts';

const MANIFEST = manifestOf(180);
const CALM = { model: fatefulModel() };

/** Repeatable, from 0 to 1. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

async function undisturbed() {
  const day = await startDay(CALM);
  const told = await day.run(tellStory({ day, store: createMemoryStore(), manifest: MANIFEST }));
  await day.stop();
  return finalAnswers(told);
}

/** How the run ends when each process before the last is killed at such a call; and every job that was submitted more than once. */
async function disturbed(
  options: DayOptions,
  kills: readonly { readonly at: number; readonly when: 'before' | 'after' }[],
) {
  const day = await startDay(options);
  const store = createMemoryStore();
  for (const [process, kill] of kills.entries()) {
    const mortal = day.mortal(store, kill);
    const told = tellStory({ day, store: mortal.store, manifest: MANIFEST, ports: mortal.ports, process });
    // A later process has less to do, and may end before its call comes.
    await day.run(Promise.race([mortal.died, told.then(() => undefined)]));
  }
  const told = await day.run(tellStory({ day, store, manifest: MANIFEST, process: kills.length }));
  const jobs = await day.run(acceptedJobs(day));
  await day.stop();
  return { answers: finalAnswers(told), twice: [...jobs].filter(([, number]) => number > 1) };
}

describe('one run of three tiers and three priorities', () => {
  let calm: Record<string, unknown>;
  let calls: number;
  beforeAll(async () => {
    calm = await undisturbed();
    const day = await startDay(CALM);
    const probe = day.mortal(createMemoryStore(), { at: Infinity, when: 'before' });
    await day.run(tellStory({ day, store: probe.store, manifest: MANIFEST, ports: probe.ports }));
    calls = probe.calls();
    await day.stop();
  });

  test('killed at 200 random points, some of them twice and thrice, it ends the same and submits each job once', async () => {
    const random = createRandom(1);
    for (let time = 0; time < 200; time += 1) {
      const kills = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
        at: 1 + Math.floor(random() * calls),
        when: random() < 0.5 ? ('before' as const) : ('after' as const),
      }));
      const { answers, twice } = await disturbed(CALM, kills);
      expect({ kills, twice, same: JSON.stringify(answers) === JSON.stringify(calm) }).toEqual({
        kills,
        twice: [],
        same: true,
      });
    }
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'with a tenth of all answers to SubmitJob lost, reads throttled, looks that are old and new jobs shown late: the same (%i)',
    async seed => {
      const random = createRandom(seed);
      const fault: DayOptions['fault'] = operation => {
        if (operation === 'SubmitJob')
          return random() < 0.1 ? { kind: 'lost' } : random() < 0.1 ? { kind: 'reset' } : undefined;
        if (operation === 'DescribeJobs' && random() < 0.3) return { kind: 'stale' };
        return random() < 0.2 ? { kind: 'throttle' } : undefined;
      };
      for (let time = 0; time < 10; time += 1) {
        const kills = time % 2 === 0 ? [] : [{ at: 1 + Math.floor(random() * calls), when: 'after' as const }];
        const { answers, twice } = await disturbed({ ...CALM, fault, visibleAfterMs: 5000 }, kills);
        expect({ twice, same: JSON.stringify(answers) === JSON.stringify(calm) }).toEqual({ twice: [], same: true });
      }
    },
  );
});

describe('the page of fifty thousand entries', () => {
  const chromium = findTool('chromium');
  peerTest(
    [chromium],
    'opens within two seconds, fits from a phone to a wide screen, and finds an account',
    async () => {
      const day = await startDay({ model: fatefulModel({ application: 0.005, memory: 0.005, spot: 0.05 }) });
      const store = createMemoryStore();
      const summary = await day.run(summarizeStory({ day, store, manifest: manifestOf(50_000) }, 'listed'));
      await day.stop();
      const kept = [...store.values].filter(([key]) => key.includes('/children/'));
      const folder = mkdtempSync(join(tmpdir(), 'batchwright-page-'));
      const path = join(folder, 'report.html');
      writeFileSync(
        path,
        renderRunPage(summary, [], await collectRows(kept.reverse().map(([, { bytes }]) => parseChildLines(bytes)))),
      );
      const browser = await startBrowser(chromium.path ?? '');
      try {
        for (const look of [
          { width: 1280, scheme: 'light' },
          { width: 390, scheme: 'dark' },
        ] as const) {
          await browser.open(`file://${path}`, look);
          const took = await browser.read<number>(
            'performance.timing.loadEventEnd - performance.timing.navigationStart',
          );
          expect(took).toBeLessThan(2000);
          expect(await browser.read('document.getElementById("found").textContent')).toBe('50,000 entries');
          expect(await browser.read('document.documentElement.scrollWidth')).toBe(look.width);
          await browser.read(
            '(() => { const search = document.getElementById("search"); search.value = "account-31415"; search.dispatchEvent(new Event("input")); })()',
          );
          expect(
            await browser.read(
              '[...document.querySelectorAll("#rows tr td:first-child")].map(cell => cell.textContent)',
            ),
          ).toEqual(['account-31415']);
          expect(browser.complaints()).toEqual([]);
        }
      } finally {
        await browser.close();
        rmSync(folder, { recursive: true });
      }
    },
  );
});

describe('readers', () => {
  const local = useLocalAws({ engine: idleEngine });
  const readers = fileURLToPath(new URL('../../templates/readers/', import.meta.url));
  const ENTRIES = Array.from({ length: 7 }, (_, at) => ({ id: `ä${'x'.repeat(at)}`, tickets: at }));
  let stride = 0;
  let s3: S3;
  beforeAll(async () => {
    s3 = new S3({ ...clientOptions(local(), '123456789012'), forcePathStyle: true });
    const buffer = createEntriesBuffer();
    for (const entry of ENTRIES) buffer.append(JSON.stringify(entry));
    const file = buffer.take();
    stride = file.stride;
    await s3.createBucket({ Bucket: 'ledger' });
    await s3.putObject({ Bucket: 'ledger', Key: 'daily/0.ndjson', Body: file.bytes });
  });
  afterAll(() => s3.destroy());

  const read = async (command: string, args: readonly string[], index: number, pack: number): Promise<unknown[]> => {
    const environment = {
      ...process.env,
      ...local().environment('123456789012'),
      BATCHWRIGHT_ENTRIES: 's3://ledger/daily/0.ndjson',
      BATCHWRIGHT_STRIDE: String(stride),
      BATCHWRIGHT_PACK: String(pack),
      AWS_BATCH_JOB_ARRAY_INDEX: String(index),
      PYTHONDONTWRITEBYTECODE: '1',
    };
    const child = spawn(command, args, { cwd: readers, env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    for await (const chunk of child.stdout) output += String(chunk);
    return output
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as unknown);
  };

  const both = [
    [0, 1, [0]],
    [6, 1, [6]],
    [1, 3, [3, 4, 5]],
    [2, 3, [6]],
  ] as const;
  peerTest([findTool('python3', ['-c', 'import boto3'])], 'Python reads its own entries', async () => {
    const script = 'import entry, json\nfor each in entry.read_entries(): print(json.dumps(each))';
    for (const [index, pack, positions] of both) {
      expect(await read('python3', ['-c', script], index, pack)).toEqual(positions.map(position => ENTRIES[position]));
    }
  });
  peerTest([findTool('aws'), findTool('bash')], 'the shell reads its own entries', async () => {
    for (const [index, pack, positions] of both) {
      expect(await read('bash', ['-c', '. ./entry.sh; read_entries'], index, pack)).toEqual(
        positions.map(position => ENTRIES[position]),
      );
    }
  });
});
