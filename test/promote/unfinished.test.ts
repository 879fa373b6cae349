/** What a failure goes back to when earlier promotions of the same image came to their end, in part or not at all. */
import { expect, test } from '@jest/globals';
import { createAws } from '../../src/adapters/aws/clients.ts';
import { REGIONS } from '../cli/workspace.ts';
import { failIn, useTwoAccounts } from './two-accounts.ts';

const { world, seed, runElsewhere, active, promote } = useTwoAccounts();
const newest = async (region: string) => (await active(region)).at(-1);

test('a promotion of one region that was completed is not undone when the promotion of all fails elsewhere', async () => {
  const { digest } = await seed(2);
  await runElsewhere('theirs:1');
  expect(await promote({ region: 'eu-west-1' })).toMatchObject({ exitCode: 0 });
  world.outcome = failIn('us-east-1');
  expect(await promote()).toMatchObject({ exitCode: 1, outputs: { 'rolled-back': 'true' } });
  expect(await newest('eu-west-1')).toMatchObject({ revision: 2, digest });
  expect(await newest('us-east-1')).toMatchObject({ revision: 3, image: 'theirs:1' });
});

test('the same after the promotion of all was killed before it took anything back', async () => {
  const { digest } = await seed(2);
  await runElsewhere('theirs:1');
  expect(await promote({ region: 'eu-west-1' })).toMatchObject({ exitCode: 0 });
  world.outcome = failIn('us-east-1');
  await promoteKilledAfterSmoke();
  expect(await newest('us-east-1')).toMatchObject({ revision: 2, digest });
  expect(await promote()).toMatchObject({ exitCode: 1, outputs: { 'rolled-back': 'true' } });
  expect(await newest('eu-west-1')).toMatchObject({ revision: 2, digest });
  expect(await newest('us-east-1')).toMatchObject({ revision: 3, image: 'theirs:1' });
});

test('killed between two registrations, and again after one region had passed: both go back', async () => {
  await seed(2);
  await runElsewhere('theirs:1');
  // As a run leaves it that was killed between the two: nothing is tested.
  await promoteKilledBetweenRegistrations();
  expect((await newest('us-east-1'))?.revision).toBe(1);
  world.outcome = failIn('us-east-1');
  await promoteKilledAfterSmoke();
  expect(await promote()).toMatchObject({ exitCode: 1, outputs: { 'rolled-back': 'true' } });
  for (const region of REGIONS) expect(await newest(region)).toMatchObject({ revision: 3, image: 'theirs:1' });
});

/** The statements are stored; the process is gone before it takes anything back. */
async function promoteKilledAfterSmoke(): Promise<void> {
  const killed = Promise.withResolvers<void>();
  const silence = new Promise<never>(() => undefined);
  const writeText = () => {
    killed.resolve();
    return silence;
  };
  void promote({}, { writeText });
  await killed.promise;
}

/** eu-west-1 has its revision; us-east-1 has none, and nothing more is heard of the process. */
async function promoteKilledBetweenRegistrations(): Promise<void> {
  const aws = createAws({ version: 'test' });
  const silence = new Promise<never>(() => undefined);
  const registered = Promise.withResolvers<void>();
  const batchOnce: typeof aws.batchOnce = async region => {
    const client = await aws.batchOnce(region);
    return {
      registerJobDefinition: async given => {
        if (region !== 'eu-west-1') return await silence;
        await client.registerJobDefinition(given);
        registered.resolve();
        return await silence;
      },
      submitJob: () => silence,
    };
  };
  void promote({}, { aws: { ...aws, batchOnce } });
  await registered.promise;
}
