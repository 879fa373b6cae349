/** The daily run from the command line: a manifest in, a verdict, a report and a history out; everything through the real clients. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { S3 } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { describeProcess } from '../../src/adapters/process.ts';
import { createQueues } from '../../src/local/queues.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { instantEngine } from './instant-engine.ts';
import { ACCOUNT, batchwright, batchwrightJson, CONFIG, REGIONS, useWorkspace } from './workspace.ts';

/** What each container found of its entries. */
const seen: string[] = [];
const local = useWorkspace({
  engine: instantEngine(({ environment }) => {
    const index = Number(environment['AWS_BATCH_JOB_ARRAY_INDEX'] ?? 0);
    seen.push(`${environment['BATCHWRIGHT_RUN']} ${index}`);
    const bad = environment['BATCHWRIGHT_ENTRIES']?.includes('/0-') && index === 1;
    return bad ? { kind: 'exited', exitCode: 3 } : { kind: 'exited', exitCode: 0 };
  }),
});

beforeEach(async () => {
  seen.length = 0;
  const s3 = new S3({ ...clientOptions(local(), ACCOUNT), forcePathStyle: true });
  await s3.createBucket({ Bucket: 'ledger' }).catch(() => undefined);
  const runs =
    'runs: { ledger: "s3://ledger/{environment}", retry: { classes: [application] }, prices: { vcpuHour: 1 } }\n';
  writeFileSync('batchwright.yml', CONFIG + runs);
  mkdirSync('data');
  writeFileSync('data/accounts.csv', 'id,tickets\n101,5\n102,6\n103,7\n');
  await batchwright('build-push');
  await batchwright('register');
});

describe('run', () => {
  test('from manifest to report: the failed entry is retried, and the history knows every entry', async () => {
    const { exitCode, stdout, stderr } = await batchwright(
      'run',
      '--manifest',
      'data/accounts.csv',
      '--run',
      'daily-1',
      '--report-folder',
      'report',
    );
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('passed 3 of 3 entries succeeded, 1 of them after a retry.'),
    });
    expect(stderr).toMatch(/submitted models-daily-1-0-small-default-eu-west-1-0 \(\S+\), 3 children on models/);
    expect(seen.sort()).toEqual(['daily-1 0', 'daily-1 0', 'daily-1 1', 'daily-1 2']);
    expect(readFileSync('report/report.html', 'utf8')).toContain('<title>Run daily-1</title>');
    expect(readFileSync('report/children.ndjson', 'utf8').trim().split('\n')).toHaveLength(4);
    expect(readFileSync('report/metrics.txt', 'utf8')).toMatch(
      /batchwright_run_entries\{.*status="succeeded"\} 3\n[\s\S]*# EOF\n$/,
    );

    const again = await batchwright('run', '--run', 'daily-1');
    expect(again.exitCode).toBe(0);
    expect(seen).toHaveLength(4);

    expect((await batchwright('runs', 'list')).stdout).toMatch(/daily-1 .* ended +3 +0/);
    expect((await batchwright('runs', 'show', '--run', 'daily-1')).stdout).toContain('1 of them after a retry');
    const { value } = await batchwrightJson('runs', 'find', '--id', '102');
    expect(value).toEqual([
      expect.objectContaining({
        run: 'daily-1',
        status: 'succeeded',
        entry: { id: '102', tickets: '6' },
        cost: expect.any(Number),
        currency: 'USD',
        jobs: [
          expect.objectContaining({ round: 0, jobId: expect.stringMatching(/:1$/), cost: expect.any(Number) }),
          expect.objectContaining({ round: 1, cost: expect.any(Number) }),
        ],
      }),
    ]);
    expect((await batchwright('runs', 'find', '--id', '999')).stderr).toContain('has an entry "999"');
  }, 20_000);

  test('submit, watch and retry are its parts; a failed entry is red until it is retried', async () => {
    const submitted = await batchwright('submit', '--manifest', 'data/accounts.csv', '--run', 'daily-2');
    expect(submitted).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('batchwright watch --run daily-2 --environment test'),
    });
    const watched = await batchwright('watch', '--run', 'daily-2');
    expect(watched.exitCode).toBe(1);
    expect(watched.stderr).toContain('1 of 3 entries of run daily-2 failed; application: model of …');
    expect((await batchwright('watch', '--run', 'daily-2', '--max-failed', '34%')).exitCode).toBe(0);
    const compare = () => batchwright('runs', 'compare', '--run', 'daily-2', '--before', 'daily-1');
    expect((await compare()).stdout).toMatch(/^failed +0\.00 % +33\.33 % +\+33\.33 points$/m);
    expect(await batchwright('retry', '--run', 'daily-2')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('retry 1'),
    });
    const { stdout } = await compare();
    expect(stdout).toContain('Run daily-2, compared with daily-1');
    expect(stdout).toMatch(/^entries +3 +3 +\+0 %$/m);
    expect(stdout).toMatch(/^failed +0\.00 % +0\.00 % +\+0\.00 points$/m);
    expect(stdout).toMatch(/^small: median +\d+ ms +\d+ ms +within 1\.0 s$/m);
  }, 20_000);

  test('bad lines are told with their places, and nothing is submitted', async () => {
    writeFileSync('data/accounts.csv', 'id,tier\n101,\n101,small\n102,huge\n');
    const refused = await batchwright('run', '--manifest', 'data/accounts.csv', '--run', 'daily-3');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('data/accounts.csv:3:1: "101" was there before, in line 2');
    expect(refused.stderr).toContain('data/accounts.csv:4:1: has tier "huge", which is none of small');
    expect(refused.stderr).toContain(
      '2 of the entries of data/accounts.csv cannot be used; nothing was submitted. Correct them, or leave them out with skip-invalid.',
    );
    expect(seen).toEqual([]);
    expect(
      (await batchwright('run', '--manifest', 'data/accounts.csv', '--run', 'daily-3', '--skip-invalid')).stdout,
    ).toContain('2 lines were left out');
  }, 20_000);
});

test('prices are looked up once, kept in the plan, and told with where they are from', async () => {
  await createQueues(local(), { account: ACCOUNT, regions: REGIONS, queues: [{ name: 'spot', capacity: 'SPOT' }] });
  const write = (more: string) =>
    writeFileSync(
      'batchwright.yml',
      `${CONFIG.replace('jobQueue: models', 'jobQueue: spot')}runs: { ledger: "s3://ledger/priced", ${more}prices: spot }\n`,
    );
  write('');
  expect((await batchwright('submit', '--manifest', 'data/accounts.csv', '--run', 'priced')).exitCode).toBe(0);
  const denied = local().faults.on('ec2:DescribeSpotPriceHistory').deny();
  const { stdout, stderr } = await batchwright('watch', '--run', 'priced');
  expect(stderr).not.toContain('no price');
  expect(stdout).toContain('(small): 0.01211 USD a vCPU-hour and 0.00135 a GiB-hour: the spot price of c6i.');
  const { value } = await batchwrightJson('runs', 'show', '--run', 'priced');
  expect(value).toMatchObject({
    pricing: { quotes: [{ region: 'eu-west-1', priority: 'default', tiers: ['small'], source: 'spot' }], missing: [] },
  });

  const unpriced = await batchwright('submit', '--manifest', 'data/accounts.csv', '--run', 'unpriced');
  const why = 'no price for priority default in eu-west-1: needs ec2:DescribeSpotPriceHistory';
  expect(unpriced).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(why) });
  const submitted = seen.length;
  write('maxCost: 5, ');
  const refused = await batchwright('submit', '--manifest', 'data/accounts.csv', '--run', 'bounded');
  expect(refused).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining(`runs.maxCost cannot be kept: ${why}`),
  });
  expect((await batchwright('watch', '--run', 'bounded')).stderr).toContain('the ledger has no run bounded');
  denied.remove();
  expect(seen.slice(submitted).filter(name => name.startsWith('bounded'))).toEqual([]);
}, 20_000);

test('simulate answers how long and how much, with the own templates, and touches nothing', async () => {
  const accounts = Array.from({ length: 60 }, (_, at) => `${at},5`).join('\n');
  writeFileSync('data/many.csv', `id,tickets\n${accounts}\n`);
  writeFileSync('model.yml', 'outcomes: { applicationError: 0.2 }\nerrors: [{ exitCode: 4, lines: [no tickets] }]\n');
  const { exitCode, stdout } = await batchwright(
    'simulate',
    '--manifest',
    'data/many.csv',
    '--model',
    'model.yml',
    '--seed',
    '3',
  );
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/60 entries took \d+ min \d\d s and cost \d+\.\d\d+ USD\./);
  expect(stdout).toMatch(/Made good by retries: \d+ application\./);
  expect(
    (
      await batchwright('simulate', '--manifest', 'data/many.csv', '--model', 'model.yml', '--seed', '3')
    ).stdout.replace(/planned .*|from 20.*|20\S+ \S+ UTC/g, ''),
  ).toBe(stdout.replace(/planned .*|from 20.*|20\S+ \S+ UTC/g, ''));
  expect(seen).toEqual([]);
  expect(process.env['AWS_ENDPOINT_URL']).toBe(local().url);
}, 30_000);

test('of a process that was killed it is told that it is gone, and how much was submitted of its run', async () => {
  await batchwright('submit', '--manifest', 'data/accounts.csv', '--run', 'killed');
  const { host } = describeProcess({}).holder;
  const holder = { id: 'another', host, pid: 2 ** 22 + 1, name: 'process 7 on here' };
  const s3 = new S3({ ...clientOptions(local(), ACCOUNT), forcePathStyle: true });
  const Body = JSON.stringify({ holder, until: Date.now() + 200_000 });
  await s3.putObject({ Bucket: 'ledger', Key: 'test/killed/lease.json', Body });
  expect((await batchwright('runs', 'list')).stdout).toMatch(
    /^killed .* last driven by process 7 on here, which is gone /m,
  );
  expect((await batchwrightJson('runs', 'list')).value).toContainEqual(
    expect.objectContaining({ run: 'killed', lastDrivenBy: 'process 7 on here' }),
  );
  expect((await batchwright('runs', 'show', '--run', 'killed')).stderr).toMatch(
    /to its end \(last driven by process 7 on here, which is gone\).* Watch it: batchwright watch --run killed --env/,
  );
  const { exitCode, stderr } = await batchwright('run', '--manifest', 'data/accounts.csv', '--run', 'killed');
  expect(exitCode).toBe(0);
  expect(stderr).toContain('Go on with run killed: 1 of 1 job is submitted already');
  expect(stderr).not.toContain('Plan run');
}, 20_000);

test('what cannot be run is said before anything is asked', async () => {
  expect((await batchwright('watch', '--run', 'nobody')).stderr).toContain(
    'the ledger has no run nobody (s3://ledger/test/nobody)',
  );
  expect((await batchwright('watch')).stderr).toContain(
    'which run? Say it with --run; batchwright runs list --environment test shows all.',
  );
  expect((await batchwright('run', '--run', 'x', '--manifest', 'accounts')).stderr).toContain(
    'cannot tell what kind of manifest "accounts" is',
  );
  writeFileSync('batchwright.yml', CONFIG);
  expect((await batchwright('runs', 'list')).stderr).toContain('environment "test" has no runs in the configuration');
});
