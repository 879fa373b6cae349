import { request } from 'node:http';
import { Batch } from '@aws-sdk/client-batch';
import { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ContainerRun, Engine } from '../../../src/local/engines/model.ts';
import { type LocalAws, startLocalAws } from '../../../src/local/server.ts';
import { settle } from '../batch/test-clock.ts';
import { clientOptions, idleEngine } from '../fixtures/local.ts';

const ACCOUNT = '111122223333';
const NASTY = `"><script>alert('x')</script>&amp;`;
const DIGEST = `sha256:${'a1'.repeat(32)}`;

/** Children 7 and 205 are killed, 300 to 304 go on for ever, all others succeed; jobs write what others might. */
const engine: Engine = {
  ...idleEngine,
  concurrency: 1000,
  run: ({ jobId, onLog }): ContainerRun => {
    const index = Number(jobId.split(':')[1]);
    if (Number.isNaN(index)) for (let line = 1; line <= 1500; line += 1) onLog(`line ${line} ${NASTY}`, 1000 + line);
    else onLog(`child ${index} \u001b[31mred\u001b[0m`, 1000);
    const failed = { kind: 'exited', exitCode: 137, reason: `OutOfMemoryError ${NASTY}` } as const;
    const ended = index >= 300 && index < 305 ? new Promise<never>(() => undefined) : undefined;
    return {
      started: Promise.resolve(),
      ended: ended ?? Promise.resolve([7, 205].includes(index) ? failed : { kind: 'exited', exitCode: 0 }),
      stop: () => undefined,
    };
  },
};

let local: LocalAws;
let batch: Batch;
let array: string;
let single: string;
let image: string;

beforeAll(async () => {
  local = await startLocalAws({ engine });
  batch = new Batch(clientOptions(local, ACCOUNT));
  const ecr = new ECR(clientOptions(local, ACCOUNT));
  const { repository } = await ecr.createRepository({ repositoryName: 'ml/cues' });
  const imageManifest = JSON.stringify({
    ...{ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] },
  });
  await ecr.putImage({ repositoryName: 'ml/cues', imageTag: 'v1', imageManifest });
  image = `${repository?.repositoryUri}@${DIGEST}`;
  await createEnvironment(batch);
  await createQueue('queue');
  for (const command of ['first', NASTY]) {
    const containerProperties = { image, vcpus: 1, memory: 128, command: [command] };
    await batch.registerJobDefinition({ jobDefinitionName: 'definition', type: 'container', containerProperties });
  }
  array = await submit('nightly', { arrayProperties: { size: 1_200 } });
  single = await submit('single');
  for (let turn = 0; turn < 200 && !(await show('/')).includes('1,193 SUCCEEDED'); turn += 1) await settle();
});

afterAll(() => local.stop());

async function createEnvironment(api: Batch): Promise<void> {
  await api.createComputeEnvironment({
    ...{ computeEnvironmentName: 'environment', type: 'MANAGED' },
    computeResources: {
      ...{ type: 'EC2', minvCpus: 0, maxvCpus: 10_000, instanceTypes: ['optimal'], subnets: ['subnet-1'] },
      ...{ instanceRole: 'ecsInstanceRole', securityGroupIds: ['sg-1'] },
    },
  });
}

async function createQueue(jobQueueName: string, api = batch): Promise<void> {
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'environment' }];
  await api.createJobQueue({ jobQueueName, priority: 1, computeEnvironmentOrder });
}

async function submit(jobName: string, rest: object = {}): Promise<string> {
  const { jobId = '' } = await batch.submitJob({ jobName, jobQueue: 'queue', jobDefinition: 'definition', ...rest });
  return jobId;
}

async function show(path: string, status = 200): Promise<string> {
  const response = await fetch(`${local.url}/_batchwright${path}`);
  expect([path, response.status, response.headers.get('content-type')]).toEqual([
    path,
    status,
    'text/html; charset=utf-8',
  ]);
  return response.text();
}

const here = (path: string) => show(`/${ACCOUNT}/eu-west-1/${path}`);

/** The addresses of links whose text is `text`. */
function linksTo(page: string, text: string): string[] {
  const links = page.matchAll(/<a href="([^"]*)"[^>]*>(?:<code>)?([^<]*)/g);
  return [...links].flatMap(([, address = '', shown]) => (shown === text ? [address.replaceAll('&amp;', '&')] : []));
}

async function follow(page: string, text: string): Promise<string> {
  const [address] = linksTo(page, text);
  if (!address) throw new Error(`no link ${text}`);
  return show(address.slice('/_batchwright'.length));
}

/** The first cell of each row. */
function firstColumn(page: string): string[] {
  return [...page.matchAll(/<tr><td[^>]*><div><a[^>]*>([^<]*)/g)].map(([, text = '']) => text);
}

describe('the overview', () => {
  test('PAGE-1 leads from queue to array job to child to its log', async () => {
    const overview = await show('/');
    expect(overview).toContain(`${ACCOUNT} · eu-west-1`);
    expect(overview).toContain('2 FAILED, 5 RUNNING, 1,194 SUCCEEDED');
    const queue = await follow(overview, 'queue');
    expect(firstColumn(queue)).toEqual(['single', 'nightly']);
    const job = await follow(queue, 'nightly');
    const child = await follow(job, '205');
    expect(child).toContain('<h1>nightly, child 205</h1>');
    expect(child).toContain('>child 205 red\n');
    expect(await follow(child, 'The whole log')).toContain('>child 205 red\n');
    expect(await follow(child, 'Next child')).toContain('<h1>nightly, child 206</h1>');
    expect(firstColumn(await follow(child, 'nightly'))[0]).toBe('7');
  });

  test('PAGE-1 has every queue of an account and region, however many, and each place a page of its own', async () => {
    const other = new Batch(clientOptions(local, ACCOUNT, 'us-east-1'));
    await createEnvironment(other);
    for (let number = 1; number <= 101; number += 1) await createQueue(`queue-${number}`, other);
    const overview = await show('/');
    expect(linksTo(overview, 'queue-101')).toEqual([`/_batchwright/${ACCOUNT}/us-east-1/queues/queue-101`]);
    const place = await follow(overview, `${ACCOUNT} · us-east-1`);
    expect(firstColumn(place)).toHaveLength(101);
    expect(linksTo(place, 'queue')).toEqual([]);
    expect(await follow(place, 'all')).toBe(overview);
  });

  test('PAGE-1 of nothing says so', async () => {
    const empty = await startLocalAws({ engine: idleEngine });
    expect(await (await fetch(`${empty.url}/_batchwright`)).text()).toContain('Nothing is here yet');
    await empty.stop();
  });
});

describe('an array job', () => {
  test('PAGE-2 has a bar whose parts have the size of the states', async () => {
    const page = await here(`jobs/${array}`);
    const parts = [...page.matchAll(/<span class="(\w+)" style="flex-grow: (\d+)"/g)].map(([, state, size]) => [
      state,
      size,
    ]);
    expect(parts).toEqual([
      ['FAILED', '2'],
      ['RUNNING', '5'],
      ['SUCCEEDED', '1193'],
    ]);
  });

  test('PAGE-2 lists failed children first, then those under way, and every child once', async () => {
    const seen: string[] = [];
    let page: string | undefined = await here(`jobs/${array}`);
    expect(linksTo(page, 'First')).toEqual([]);
    for (let pages = 0; page && pages < 13; pages += 1) {
      const rows = firstColumn(page);
      expect(rows.length).toBeLessThanOrEqual(100);
      seen.push(...rows);
      page = linksTo(page, 'Next').length ? await follow(page, 'Next') : undefined;
    }
    expect(seen.slice(0, 9)).toEqual(['7', '205', '300', '301', '302', '303', '304', '0', '1']);
    expect(seen.length).toBe(1_200);
    expect(new Set(seen).size).toBe(1_200);
  });

  test('PAGE-2 lists one state, page by page, and no page after the last', async () => {
    const failed = await follow(await here(`jobs/${array}`), 'FAILED 2');
    expect([firstColumn(failed), linksTo(failed, 'Next')]).toEqual([['7', '205'], []]);
    const second = await follow(await here(`jobs/${array}?status=SUCCEEDED`), 'Next');
    expect(firstColumn(second)[0]).toBe('101');
    expect(firstColumn(await follow(second, 'First'))[0]).toBe('0');
    expect(await here(`jobs/${array}?status=STARTING`)).toContain('No children in this state.');
  });

  test('PAGE-2 gives one child by its index', async () => {
    expect(await here(`jobs/${array}?index=1111`)).toContain('<h1>nightly, child 1111</h1>');
    expect(linksTo(await here(`jobs/${array}:0`), 'Previous child')).toEqual([]);
    expect(linksTo(await here(`jobs/${array}:1199`), 'Next child')).toEqual([]);
  });
});

describe('a queue', () => {
  test('PAGE-5 lists every state or one', async () => {
    const queue = await here('queues/queue');
    expect(firstColumn(await follow(queue, 'SUCCEEDED'))).toEqual(['single']);
    expect(firstColumn(await follow(queue, 'PENDING'))).toEqual(['nightly']);
    expect(await follow(queue, 'RUNNABLE')).toContain('No jobs here.');
  });

  test('PAGE-5 has pages, the newest job first', async () => {
    await createQueue('long');
    for (let number = 1; number <= 101; number += 1) await submit(`job-${number}`, { jobQueue: 'long' });
    const newest = await here('queues/long');
    expect([firstColumn(newest).length, firstColumn(newest)[0]]).toEqual([100, 'job-101']);
    const oldest = await follow(newest, 'Older');
    expect([firstColumn(oldest), linksTo(oldest, 'Older')]).toEqual([['job-1'], []]);
    expect(firstColumn(await follow(oldest, 'Newest'))).toEqual(firstColumn(newest));
    expect(await show('/')).toContain('(newest 100 jobs)');
  });
});

test.each([
  ['the job', () => here(`jobs/${single}`), 'line 1500 '],
  ['the child', () => here(`jobs/${array}:7`), 'OutOfMemoryError '],
  ['the children', () => here(`jobs/${array}`), 'OutOfMemoryError '],
  ['the revision', () => here('definitions/definition:2'), ''],
  ['the log', async () => follow(await here(`jobs/${single}`), 'The whole log'), 'line 1500 '],
  ['an address', () => show(`/${ACCOUNT}/eu-west-1/queues/${encodeURIComponent(NASTY)}`, 404), ''],
])('PAGE-3 in %s everything is text', async (_, read, before) => {
  const page = await read();
  expect(page).not.toContain(NASTY);
  expect(page).not.toContain('<script>alert');
  if (before) expect(page).toContain(`${before}&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;`);
});

test('PAGE-3 nothing is loaded and no other script runs', async () => {
  const response = await fetch(`${local.url}/_batchwright/`);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toMatch(/script-src 'sha256-[A-Za-z0-9+/]{43}='(;|$)/);
  expect((await response.text()).match(/<script|src=|@import|url\(/g)).toEqual(['<script']);
});

describe('looking', () => {
  test('PAGE-4 makes no account or region, and takes part in no fault', async () => {
    local.faults.on('*').fail();
    expect(await show('/999988887777/eu-west-1/', 404)).toContain('There is nothing at');
    const overview = await show('/');
    local.faults.clear();
    expect(overview).toContain(ACCOUNT);
    expect(overview).not.toContain('999988887777');
  });

  test.each([
    ['queues/none'],
    ['jobs/none'],
    ['jobs/none:1'],
    ['definitions/none'],
    ['definitions/definition:9'],
    ['repositories/none'],
    ['logs?group=none&stream=none'],
    ['nonsense'],
    ['toString'],
    ['queues/%25'],
  ])('PAGE-4 %s is not there', async path => {
    expect(await show(`/${ACCOUNT}/eu-west-1/${path}`, 404)).toContain('<h1>Not here</h1>');
  });

  test('PAGE-4 answers HEAD without a body', async () => {
    const response = await fetch(`${local.url}/_batchwright/`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1000);
  });
});

describe('definitions and images', () => {
  test('PAGE-6 a definition leads to its revisions, a revision to the image’s repository', async () => {
    const definitions = await follow(await show('/'), 'Job definitions');
    expect(firstColumn(definitions)).toEqual(['definition', 'definition']);
    expect(firstColumn(await follow(definitions, 'definition'))).toEqual(['2', '1']);
    const revision = await follow(definitions, '1');
    expect(revision).toContain('&quot;first&quot;');
    const repository = await follow(revision, image);
    expect(repository).toMatch(/<code>sha256:[0-9a-f]{64}<\/code>/);
    expect(repository).toContain('<div>v1</div>');
    const repositories = await follow(await show('/'), 'Repositories and images');
    expect(firstColumn(repositories)).toEqual(['ml/cues']);
    expect(await follow(repositories, 'ml/cues')).toBe(repository);
  });
});

describe('a log', () => {
  test('PAGE-7 is shown by its end, and as a whole in pages', async () => {
    const job = await here(`jobs/${single}`);
    expect([job.includes('line 1450 '), job.includes('line 1451 '), job.includes('line 1500 ')]).toEqual([
      false,
      true,
      true,
    ]);
    const whole = await follow(job, 'The whole log');
    expect([whole.includes('>line 500 '), whole.includes('>line 501 ')]).toEqual([false, true]);
    const earlier = await follow(whole, 'Earlier');
    expect([earlier.includes('>line 1 '), earlier.includes('>line 500 '), earlier.includes('>line 501 ')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(await follow(earlier, 'Later')).toContain('>line 501 ');
    expect(await follow(earlier, 'Newest')).toBe(whole);
  });
});

describe('a browser', () => {
  const ask = (path: string, headers: Record<string, string>, port = local.port, method = 'GET') =>
    new Promise<number | undefined>((resolve, reject) => {
      request({ port, host: '127.0.0.1', path, method, headers }, answer => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });

  test.each([
    ['127.0.0.1:4566', 200],
    ['127.1.2.3', 200],
    ['localhost:1', 200],
    ['aws.localhost', 200],
    ['[::1]:4566', 200],
    ['evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['localhost.evil.example', 403],
    ['10.0.0.1', 403],
  ])('FRAME-31 that calls the server %j gets %d', async (host, status) => {
    expect(await ask('/_batchwright/', { host })).toBe(status);
    expect(await ask('/_batchwright/faults', { host })).toBe(status);
  });

  const submitting = '/v1/submitjob?X-Amz-Credential=111122223333/20260101/eu-west-1/batch/aws4_request';
  test.each([
    ['https://evil.example', 403],
    ['http://127.0.0.1.evil.example', 403],
    ['null', 403],
    ['http://localhost:3000', 400],
    ['http://127.0.0.1:4566', 400],
  ])('FRAME-30 that shows a page of %s gets %d for its calls', async (origin, status) => {
    expect(await ask(submitting, { origin }, local.port, 'POST')).toBe(status);
  });

  test('FRAME-30 FRAME-31 may call as it likes what was opened to others', async () => {
    const open = await startLocalAws({ engine: idleEngine, host: '0.0.0.0', allowRemote: true });
    expect(await ask('/_batchwright/', { host: 'aws.example' }, open.port)).toBe(200);
    expect(await ask(submitting, { origin: 'http://aws.example' }, open.port, 'POST')).toBe(400);
    await open.stop();
  });
});
