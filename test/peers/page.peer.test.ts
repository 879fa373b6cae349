/**
 * The page of the local AWS in a real browser: light and dark, narrow and wide, with nothing and with 10,000 children. The pictures
 * are left in a folder of the system's temporary one, for eyes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Batch } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Engine } from '../../src/local/engines/model.ts';
import { type LocalAws, startLocalAws } from '../../src/local/server.ts';
import { clientOptions, idleEngine } from '../local/fixtures/local.ts';
import { type Browser, type Look, startBrowser } from './browser.ts';
import { findTool, peerTest } from './tools.ts';

const ACCOUNT = '123456789012';
const PICTURES = join(tmpdir(), 'batchwright-page');
const LOOKS: readonly Look[] = (['light', 'dark'] as const).flatMap(scheme =>
  [390, 1280].map(width => ({ width, scheme })),
);
const chromium = findTool('chromium');

/** Children from 9,000 on go on; every 97th of the others is killed. */
const engine: Engine = {
  ...idleEngine,
  concurrency: 64,
  run: ({ jobId, onLog }) => {
    const index = Number(jobId.split(':')[1] ?? 0);
    for (let line = 1; line <= 30; line += 1)
      onLog(`epoch ${line} of a model whose name is long: ${jobId}`, Date.now());
    const reason = 'OutOfMemoryError: Container killed due to memory usage';
    const ended = index % 97 === 3 ? { exitCode: 137, reason } : { exitCode: 0 };
    return {
      started: Promise.resolve(),
      ended: index >= 9000 ? new Promise(() => undefined) : Promise.resolve({ kind: 'exited', ...ended }),
      stop: () => undefined,
    };
  },
};

/** The least contrast of any text with what is behind it, by the formula of WCAG 2. */
const LEAST_CONTRAST = `(() => {
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if ((colour[3] ?? 1) > 0) return colour;
    }
    return [255, 255, 255];
  };
  let least = [99, ''];
  for (const element of document.querySelectorAll('body, body *:not(script):not(button):not(input)')) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    const [one, other] = [light(parts(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < least[0]) least = [contrast, element.textContent.slice(0, 40)];
  }
  return least;
})()`;

let local: LocalAws;
let empty: LocalAws;
let batch: Batch;
let browser: Browser;
let array: string;

beforeAll(async () => {
  if (!chromium.path) return;
  mkdirSync(PICTURES, { recursive: true });
  browser = await startBrowser(chromium.path);
  empty = await startLocalAws({ engine: idleEngine });
  local = await startLocalAws({ engine });
  batch = new Batch(clientOptions(local, ACCOUNT));
  await batch.createComputeEnvironment({
    ...{ computeEnvironmentName: 'environment', type: 'MANAGED' },
    computeResources: {
      ...{ type: 'EC2', minvCpus: 0, maxvCpus: 10_000, instanceTypes: ['optimal'], subnets: ['subnet-1'] },
      ...{ instanceRole: 'ecsInstanceRole', securityGroupIds: ['sg-1'] },
    },
  });
  for (const jobQueueName of ['nightly-models', 'idle']) {
    const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'environment' }];
    await batch.createJobQueue({ jobQueueName, priority: 1, computeEnvironmentOrder });
  }
  const image = `${local.url.slice(7)}/${ACCOUNT}/eu-west-1/ml/content-cues@sha256:${'ab'.repeat(32)}`;
  for (const command of [['train', '--fast'], ['train']]) {
    const containerProperties = { image, vcpus: 1, memory: 2048, command };
    await batch.registerJobDefinition({ jobDefinitionName: 'content-cues', type: 'container', containerProperties });
  }
  array = await submit('every-customer', { arrayProperties: { size: 10_000 } });
  const containerOverrides = { vcpus: 20_000 };
  await submit('never-to-be-placed', { jobQueue: 'idle', containerOverrides });
});

afterAll(async () => {
  await browser?.close();
  await local?.stop();
  await empty?.stop();
});

async function submit(jobName: string, rest: object = {}): Promise<string> {
  const job = { jobName, jobQueue: 'nightly-models', jobDefinition: 'content-cues' };
  const { jobId = '' } = await batch.submitJob({ ...job, ...rest });
  return jobId;
}

/** Waits for what the page shows, at most ten seconds. */
async function see(expression: string): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    if (await browser.read<boolean>(expression)) return;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error(`never came: ${expression}`);
}

const pages = (): readonly (readonly [name: string, address: string])[] => {
  const root = `${local.url}/_batchwright/`;
  const place = `${root}${ACCOUNT}/eu-west-1/`;
  return [
    ['nothing', `${empty.url}/_batchwright/`],
    ['overview', root],
    ['queue', `${place}queues/nightly-models`],
    ['array', `${place}jobs/${array}`],
    ['child', `${place}jobs/${array}:3`],
    ['definitions', `${place}definitions/content-cues`],
    ['revision', `${place}definitions/content-cues:2`],
    ['repositories', `${place}repositories`],
  ];
};

describe.each(LOOKS)('at $width px, $scheme', look => {
  peerTest([chromium], 'every page fits, can be read, and complains of nothing', async () => {
    for (const [name, address] of pages()) {
      await browser.open(address, look);
      writeFileSync(join(PICTURES, `${name}-${look.width}-${look.scheme}.png`), await browser.picture());
      const width = await browser.read<number>('document.documentElement.scrollWidth');
      expect([name, width, browser.complaints()]).toEqual([name, look.width, []]);
      const [contrast, text] = await browser.read<[number, string]>(LEAST_CONTRAST);
      expect([name, contrast >= 4.5 ? 'readable' : `${contrast}: ${text}`]).toEqual([name, 'readable']);
    }
  });

  peerTest([chromium], 'the bar shows the shares of 10,000 children, the failed ones first', async () => {
    await browser.open(`${local.url}/_batchwright/${ACCOUNT}/eu-west-1/jobs/${array}`, look);
    const parts = await browser.read<[string, number][]>(
      `[...document.querySelector('.bar').children].map(part => [part.className, part.getBoundingClientRect().width])`,
    );
    const whole = await browser.read<number>(`document.querySelector('.bar').getBoundingClientRect().width`);
    expect(parts.map(([state]) => state)).toEqual(['FAILED', 'RUNNING', 'RUNNABLE', 'SUCCEEDED']);
    expect(parts.every(([, width]) => width >= 3)).toBe(true);
    expect((parts[3]?.[1] ?? 0) / whole).toBeCloseTo(0.89, 1);
  });
});

peerTest([chromium], 'a long reason leaves room for the name of its job', async () => {
  await browser.open(`${local.url}/_batchwright/`, { width: 1280, scheme: 'light' });
  const lines = `[...document.querySelectorAll('td a')].find(a => a.textContent === 'never-to-be-placed').getClientRects().length`;
  expect(await browser.read(`document.body.textContent.includes('MISCONFIGURATION:')`)).toBe(true);
  expect(await browser.read(lines)).toBe(1);
});

describe('the script', () => {
  const look: Look = { width: 1280, scheme: 'light' };

  peerTest([chromium], 'brings what is new without a reload, and rests when it is told to', async () => {
    await browser.open(`${local.url}/_batchwright/`, look);
    await browser.read('void (window.mark = 1)');
    await submit('comes-later');
    await see(`document.body.textContent.includes('comes-later') && window.mark === 1`);
    await browser.read(`document.getElementById('live').click()`);
    await submit('comes-last');
    await new Promise(resolve => setTimeout(resolve, 2500));
    expect(await browser.read(`document.body.textContent.includes('comes-last')`)).toBe(false);
    await browser.read(`document.getElementById('live').click()`);
    await see(`document.body.textContent.includes('comes-last')`);
  });

  peerTest([chromium], 'keeps what is opened, where it is scrolled to and the focus', async () => {
    await browser.open(`${local.url}/_batchwright/${ACCOUNT}/eu-west-1/queues/nightly-models`, look);
    await browser.read(
      `[...document.querySelectorAll('main a')].find(a => a.textContent === 'every-customer').focus()`,
    );
    await submit('moves-the-rest');
    await see(`document.body.textContent.includes('moves-the-rest')`);
    expect(await browser.read('document.activeElement.textContent')).toBe('every-customer');

    const child = `${local.url}/_batchwright/${ACCOUNT}/eu-west-1/jobs/${array}:9001`;
    await browser.open(child, { width: 390, scheme: 'dark' });
    await browser.read(`document.getElementById('described').open = true; scrollTo(0, 300);
      void (document.querySelector('main').dataset.mark = 1, document.querySelector('h1').remove())`);
    await see(`document.querySelector('h1') !== null`);
    expect(await browser.read(`[document.getElementById('described').open, scrollY > 200]`)).toEqual([true, true]);
  });

  peerTest([chromium], 'says so when the local AWS is gone', async () => {
    const other = await startLocalAws({ engine: idleEngine });
    await browser.open(`${other.url}/_batchwright/`, look);
    await other.stop();
    await see(`document.getElementById('live-state').textContent === 'no answer'`);
  });
});
