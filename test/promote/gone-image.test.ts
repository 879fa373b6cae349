/** The way back to a revision whose image somebody deleted. */
import { expect, test } from '@jest/globals';
import { failIn, PRODUCTION, useTwoAccounts } from './two-accounts.ts';

const { world, ecr, deploy, seed, active, promote } = useTwoAccounts();

test('is not taken where the image is gone, and the report says which', async () => {
  const first = await deploy(1);
  expect(await promote()).toMatchObject({ exitCode: 0 });
  const { digest: second } = await seed(2);
  const gone = { repositoryName: world.name, imageIds: [{ imageDigest: first }] };
  await ecr(PRODUCTION, 'eu-west-1').batchDeleteImage(gone);
  world.outcome = failIn('us-east-1');
  const result = await promote();
  expect(result.exitCode).toBe(1);
  expect(result.failure).toMatch(
    /could not be rolled back everywhere: models\d+-small in eu-west-1: revision 2 is live, revision 1 was before \(.*sha256:\w+, which is no longer in ECR/,
  );
  expect((await active('eu-west-1')).at(-1)).toMatchObject({ revision: 2, digest: second });
  expect((await active('us-east-1')).at(-1)).toMatchObject({ revision: 3, digest: first });
});
