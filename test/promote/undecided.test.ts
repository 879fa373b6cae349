/** A smoke test of which nobody knows how it ended is no failure of the image. */
import { expect, test } from '@jest/globals';
import { batchwright, REGIONS } from '../cli/workspace.ts';
import { PRODUCTION, TEST, textsOf, useTwoAccounts } from './two-accounts.ts';

const { local, as, deploy, promote, active, evidence, runElsewhere, world } = useTwoAccounts();

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
