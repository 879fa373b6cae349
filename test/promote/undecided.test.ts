/** A smoke test of which nobody knows how it ended is no failure of the image. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createAws } from '../../src/adapters/aws/clients.ts';
import type { Ports } from '../../src/commands/command.ts';
import { smokeTestCommand } from '../../src/commands/smoke-test.ts';
import { renderMarkdown } from '../../src/report/render-markdown.ts';
import { batchwright, quickClock, REGIONS } from '../cli/workspace.ts';
import { PRODUCTION, runCommand, TEST, textsOf, useTwoAccounts } from './two-accounts.ts';

const { local, as, deploy, seed, promote, active, evidence, runElsewhere, world } = useTwoAccounts();

test('records nothing, is red, and takes no older proof back', async () => {
  await deploy(1);
  as(TEST);
  local().faults.on('batch:DescribeJobs', { region: 'us-east-1' }).deny();
  const { exitCode, stdout, stderr } = await batchwright('smoke-test', '--environment', 'test', '--record');
  local().faults.clear();
  expect(exitCode).toBe(1);
  expect(`${stdout}${stderr}`).toMatch(
    /test us-east-1: nothing is recorded, since the smoke test could not be followed to its end/,
  );
  expect(`${stdout}${stderr}`).toMatch(/test us-east-1 undecided: .*Grant batch:DescribeJobs to the role/);
  as(PRODUCTION);
  expect(await promote()).toMatchObject({ exitCode: 0, outputs: { proven: 'true' } });
});

test('of a promotion takes it back all the same', async () => {
  const digest = await deploy(1);
  await runElsewhere('theirs:1');
  world.outcome = () => {
    local().faults.on('batch:DescribeJobs', { region: 'us-east-1' }).deny();
    return { kind: 'exited', exitCode: 0 };
  };
  const result = await promote();
  expect(result).toMatchObject({ exitCode: 1, outputs: { 'rolled-back': 'true' } });
  expect(textsOf(result.events)).toContain('production us-east-1: nothing is recorded');
  expect(await evidence(digest, 'us-east-1')).not.toContain('production us-east-1 FAILED');
  for (const region of REGIONS) expect((await active(region)).at(-1)).toMatchObject({ revision: 3, image: 'theirs:1' });
});

/** In us-east-1 Batch knows no job, as when it has forgotten it; that takes a minute to be believed, which is short here. */
function forgetting(): Partial<Ports> {
  const aws = createAws({ version: 'test' });
  const batch: typeof aws.batch = async region => {
    const client = await aws.batch(region);
    if (region !== 'us-east-1') return client;
    return Object.assign(Object.create(client) as typeof client, { describeJobs: () => Promise.resolve({ jobs: [] }) });
  };
  return { aws: { ...aws, batch }, clock: quickClock(200) };
}
/** So long that the jobs which Batch knows end in time by that clock. */
function waitLonger(): void {
  const config = readFileSync('batchwright.yml', 'utf8');
  writeFileSync('batchwright.yml', config.replaceAll('deadlineSeconds: 60', 'deadlineSeconds: 36000'));
}

test('a job that Batch does not know any more is no failure: nothing is recorded, and an older proof stands', async () => {
  const digest = await deploy(1);
  waitLonger();
  as(TEST);
  const result = await runCommand(smokeTestCommand, { environment: 'test', record: 'true' }, forgetting());
  expect(result).toMatchObject({
    exitCode: 1,
    outputs: { passed: 'false', 'failed-children': '0' },
    failure: expect.stringMatching(/^test us-east-1 undecided: Batch does not know job \S+ in us-east-1$/),
    json: { runs: [{ verdict: 'passed' }, { verdict: 'undecided' }], evidence: [{ region: 'eu-west-1', digest }] },
  });
  expect(renderMarkdown(result.report)).toContain('❌ undecided in us-east-1.');
  as(PRODUCTION);
  expect(await promote()).toMatchObject({ exitCode: 0, outputs: { proven: 'true' } });
});

test('a promotion whose job Batch does not know any more goes back, for that reason and not for a failure', async () => {
  const { digest } = await seed(1);
  await runElsewhere('theirs:1');
  waitLonger();
  const result = await promote({}, forgetting());
  expect(result).toMatchObject({ exitCode: 1, outputs: { 'rolled-back': 'true' } });
  expect(result.failure).toMatch(
    /^the smoke test of 1\.1\.0 could not be followed to its end: production us-east-1 undecided: Batch does not know job \S+ in us-east-1$/m,
  );
  expect(await evidence(digest, 'us-east-1')).toEqual(['test eu-west-1 PASSED', 'test us-east-1 PASSED']);
  for (const region of REGIONS) expect((await active(region)).at(-1)).toMatchObject({ revision: 3, image: 'theirs:1' });
});
