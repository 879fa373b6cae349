/** Revisions that runs are pinned to: retention keeps them for as long as the run may go on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Batch } from '@aws-sdk/client-batch';
import { S3 } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ContainerOutcome } from '../../src/local/engines/model.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { instantEngine } from './instant-engine.ts';
import { ACCOUNT, batchwright, CONFIG, useWorkspace } from './workspace.ts';

let exitCode = 0;
const local = useWorkspace({ engine: instantEngine((): ContainerOutcome => ({ kind: 'exited', exitCode })) });
const batch = () => new Batch(clientOptions(local(), ACCOUNT));
let name = '';
let names = 0;

/** Another revision of the test's own family, with the ledger in its own bucket. */
async function deploy(...seconds: readonly number[]): Promise<void> {
  for (const timeout of seconds) {
    const config = CONFIG.replace('  models: { template', `  ${name}: { template`)
      .replace('timeoutSeconds: 600', `timeoutSeconds: ${timeout}`)
      .replace('regions: [eu-west-1, us-east-1]', 'regions: [eu-west-1]');
    const more = `runs: { ledger: "s3://${name}/ledger", retry: { rounds: 0 } }\nretention: { keep: 2 }\n`;
    writeFileSync('batchwright.yml', config + more);
    await batchwright('build-push');
    expect(await batchwright('register')).toMatchObject({ exitCode: 0 });
  }
}

async function active(): Promise<readonly (number | undefined)[]> {
  const named = { jobDefinitionName: `${name}-small`, status: 'ACTIVE' };
  const { jobDefinitions = [] } = await batch().describeJobDefinitions(named);
  return jobDefinitions.map(({ revision }) => revision).sort();
}

const run = (verb: string, ...more: string[]) => batchwright(verb, '--run', `daily-${name}`, ...more);
const begin = () => run('run', '--manifest', 'data/accounts.csv');

beforeEach(async () => {
  names += 1;
  name = `pinned${names}`;
  exitCode = 0;
  await new S3({ ...clientOptions(local(), ACCOUNT), forcePathStyle: true }).createBucket({ Bucket: name });
  mkdirSync('data');
  writeFileSync('data/accounts.csv', 'id\n101\n102\n');
});
afterEach(() => local().faults.clear());

test('deregister keeps what a run with failures is pinned to, says so, and the run is retried after that', async () => {
  await deploy(601);
  exitCode = 3;
  expect(await begin()).toMatchObject({ exitCode: 1 });
  await deploy(602, 603, 604);
  const { stdout, stderr } = await batchwright('deregister');
  expect(stdout).toMatch(/ 4 +2 +1 \(pinned by run daily-pinned1\)/);
  expect(stderr).toContain(
    `s3://${name}/ledger: unfinished or failed runs of the last 7 days are pinned to 1 revision`,
  );
  expect(await active()).toEqual([1, 3, 4]);
  exitCode = 0;
  expect(await run('retry', '--classes', 'application')).toMatchObject({ exitCode: 0 });
  // Nothing of it is left to retry.
  expect(await batchwright('deregister')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/ 3 +1\n/) });
  expect(await active()).toEqual([3, 4]);
}, 30_000);

test('deregister keeps what a run is pinned to that was killed before its jobs were submitted', async () => {
  await deploy(601);
  local().faults.on('batch:SubmitJob').deny();
  expect((await begin()).stderr).toContain('AccessDenied');
  local().faults.clear();
  await deploy(602, 603, 604);
  expect((await batchwright('deregister')).stdout).toContain(`1 (pinned by run daily-${name})`);
  expect(await begin()).toMatchObject({ exitCode: 0 });
}, 30_000);

test.each([
  [
    'may not be listed',
    () => local().faults.on('s3:ListObjectsV2').deny(),
    /AccessDenied.*s3:GetObject and s3:ListBucket/,
  ],
  [
    'is in a bucket that is not there',
    () => new S3({ ...clientOptions(local(), ACCOUNT), forcePathStyle: true }).deleteBucket({ Bucket: name }),
    /NoSuchBucket.*Create the bucket, or correct runs\.ledger/,
  ],
])(
  'deregister takes nothing away where the ledger %s, and says why',
  async (_, spoil, why) => {
    await deploy(601, 602, 603);
    await spoil();
    const { exitCode: code, stderr } = await batchwright('deregister');
    expect(code).toBe(1);
    expect(stderr).toMatch(why);
    expect(stderr).toContain('nobody knows which revisions the runs of test are pinned to: ');
    expect(stderr).toContain('Nothing was deregistered.');
    expect(await active()).toEqual([1, 2, 3]);
  },
  30_000,
);

test('deregister asks no ledger where nothing could go', async () => {
  await deploy(601);
  local().faults.on('s3:ListObjectsV2').deny();
  expect(await batchwright('deregister')).toMatchObject({ exitCode: 0 });
}, 20_000);

/** Somebody deregisters by hand what the run is pinned to. */
const deregister = (revision: number) =>
  batch().deregisterJobDefinition({ jobDefinition: `${name}-small:${revision}` });

test('where the revision is gone, a retry that pins anew builds what failed, and so do those after it', async () => {
  await deploy(601);
  exitCode = 3;
  await begin();
  await deploy(602);
  await deregister(1);
  const repinned = await run('retry', '--classes', 'application', '--repin');
  expect(repinned.stderr).toContain(`eu-west-1: what is retried now runs ${name}-small:2`);
  expect(repinned.stdout).toMatch(/retry 1 +1 +2/);
  await deploy(603, 604, 605);
  expect((await batchwright('deregister')).stdout).toContain(`2 (pinned by run daily-${name})`);
  exitCode = 0;
  expect(await run('retry', '--classes', 'application')).toMatchObject({ exitCode: 0 });
  const { jobSummaryList = [] } = await batch().listJobs({
    jobQueue: 'models',
    filters: [{ name: 'JOB_DEFINITION', values: [`${name}-small`] }],
  });
  expect(jobSummaryList.map(({ jobDefinition }) => jobDefinition?.split(':').at(-1)).sort()).toEqual(['1', '2', '2']);
}, 30_000);

test.each([
  ['half submitted', ''],
  ['and its retry is refused', 'retry'],
])(
  'where the revision is gone and the run is %s, the refusal says how to go on, and that helps',
  async (_, before) => {
    await deploy(601);
    if (before) {
      exitCode = 3;
      await begin();
      exitCode = 0;
    } else {
      local().faults.on('batch:SubmitJob').deny();
      await begin();
      local().faults.clear();
    }
    await deploy(602);
    await deregister(1);
    const refused = before ? await run(before, '--classes', 'application') : await begin();
    const [, ...commands] =
      /not in ACTIVE.* retry all that is missing with the newest one: batchwright (.*), then batchwright (.*)\.\n/.exec(
        refused.stderr,
      ) ?? [];
    expect(commands).toEqual([
      `stop --run daily-${name} --environment test`,
      `retry --run daily-${name} --environment test --classes cancelled --repin`,
    ]);
    for (const command of commands) expect(await batchwright(...command.split(' '))).toMatchObject({ exitCode: 0 });
  },
  30_000,
);
