/** `promote` from one account to another: what stands in production afterwards. */
import { describe, expect, test } from '@jest/globals';
import { renderMarkdown } from '../../src/report/render-markdown.ts';
import { REGIONS } from '../cli/workspace.ts';
import { failIn, PRODUCTION, TEST, textsOf, useTwoAccounts } from './two-accounts.ts';

const { world, local, as, ecr, checkOut, deploy, seed, active, evidence, promote } = useTwoAccounts();

describe('promote', () => {
  test('gives production the digest that test proved, with its proof, and proves it there', async () => {
    const digest = await deploy(1);
    const result = await promote();
    expect(result.failure).toBeUndefined();
    expect(result.exitCode).toBe(0);
    expect(result.outputs).toMatchObject({ digest, version: '1.1.0', proven: 'true', 'rolled-back': 'false' });
    for (const region of REGIONS) {
      const [revision, ...others] = await active(region);
      expect(others).toEqual([]);
      expect(revision).toMatchObject({
        revision: 1,
        digest,
        tags: {
          'batchwright:digest': digest,
          'batchwright:commit': '1'.padStart(40, 'a'),
          'batchwright:version': '1.1.0',
          'batchwright:replaces': '0',
        },
      });
      const { imageDetails = [] } = await ecr(PRODUCTION, region).describeImages({
        repositoryName: world.name,
        imageIds: [{ imageDigest: digest }],
      });
      expect(imageDetails[0]?.imageTags?.toSorted()).toEqual(['1.1.0', '1'.padStart(40, 'a')]);
      expect(await evidence(digest, region)).toEqual([
        `production ${region} PASSED`,
        ...REGIONS.map(each => `test ${each} PASSED`),
      ]);
    }
    const report = renderMarkdown(result.report);
    expect(report).toContain('## Promote 1.1.0 to production');
    expect(report).toMatch(
      new RegExp(`\\| production \\| us-east-1 \\| small \\| \`${world.name}-small:1\` \\| \`${digest}\` \\|`),
    );
    expect(result.events.flatMap(event => (event.type === 'step' ? [event.title] : []))).toEqual([
      'Look for the image in test',
      'Look for its proof: the smoke test in test',
      'Render and lint',
      'Compare with what is live in production',
      'Copy the image and its proof to production',
      'Verify that production can run it',
      'Register job definitions in production',
      'Smoke test in production',
      'Record the smoke test beside the image',
    ]);
  });

  test('again registers nothing and tests nothing, and says by which job it was proven', async () => {
    const { digest } = await seed(1);
    const first = await promote();
    checkOut(1);
    const again = await promote();
    expect(again).toMatchObject({ exitCode: 0, outputs: { digest, 'rolled-back': 'false' } });
    for (const region of REGIONS) {
      expect(await active(region)).toHaveLength(1);
      expect(await evidence(digest, region)).toHaveLength(3);
    }
    const { smoke } = first.json as { smoke: { jobId: string }[] };
    expect(textsOf(again.events)).toContain(`eu-west-1: proven already, by job ${smoke[0]?.jobId}`);
    expect(renderMarkdown(again.report)).toContain('is live there already, and was proven');
    expect(await promote({ 'dry-run': 'true' })).toMatchObject({ exitCode: 0, failure: undefined });
  });

  test('--dry-run shows what would be done and does none of it', async () => {
    const { digest } = await seed(1);
    const { exitCode, failure, json } = await promote({ 'dry-run': 'true' });
    expect([exitCode, failure]).toEqual([
      2,
      '2 definitions would be registered and 2 regions of production smoke tested',
    ]);
    expect(json).toMatchObject({ digest, proven: true, tags: ['1'.padStart(40, 'a'), '1.1.0', '1.1'] });
    await expectNothingIn(PRODUCTION);
  });

  test('to one region of several still wants the proof of all', async () => {
    const { digest } = await seed(1);
    expect(await promote({ region: 'us-east-1' })).toMatchObject({ exitCode: 0 });
    expect(await active('eu-west-1')).toEqual([]);
    expect(await active('us-east-1')).toMatchObject([{ digest }]);
    expect(await evidence(digest, 'us-east-1')).toContain('test eu-west-1 PASSED');
  });

  test('by digest needs no commit to be known', async () => {
    const { digest } = await seed(1);
    checkOut(7);
    const { exitCode, events, outputs } = await promote({ image: digest, version: 'v2.0.0' });
    expect([exitCode, outputs['version']]).toEqual([0, '2.0.0']);
    expect(textsOf(events)).toContain(`The image is of commit ${'1'.padStart(40, 'a')}; the templates are those of`);
    expect((await active('eu-west-1'))[0]?.tags).toMatchObject({ 'batchwright:commit': '1'.padStart(40, 'a') });
  });

  test('of templates with uncommitted changes warns, and claims no commit for them', async () => {
    await seed(1);
    const commit = '1'.padStart(40, 'a');
    const readSourceRevision = async () => ({ commit, ref: 'refs/heads/main', dirty: true });
    const { exitCode, events } = await promote({}, { readSourceRevision });
    expect(exitCode).toBe(0);
    expect(textsOf(events)).toContain('what is registered is of no commit and names none');
    const tags = (await active('eu-west-1'))[0]?.tags;
    expect(tags).toHaveProperty('batchwright:digest');
    for (const name of ['commit', 'ref']) expect(tags).not.toHaveProperty(`batchwright:${name}`);
  });

  test('without proof changes nothing, and says which region lacks it and what to do', async () => {
    await deploy(1, { prove: false });
    const refusal = promote();
    await expect(refusal).rejects.toThrow(
      'test in eu-west-1 has no proof: no smoke test of this image that came to a verdict is recorded there',
    );
    await expect(refusal).rejects.toThrow('test in us-east-1 has no proof');
    await expect(refusal).rejects.toThrow(
      /is not promoted, and nothing was changed\. Run the deploy workflow for this commit/,
    );
    await expectNothingIn(PRODUCTION);
  });

  test('a commit that was never built is refused with what to do', async () => {
    await seed(1);
    const commit = checkOut(2);
    await expect(promote()).rejects.toThrow(
      `there is no image of commit ${commit} in ${world.name} of test (eu-west-1, us-east-1), so nothing can have proven it. Run the deploy workflow for this commit`,
    );
  });

  test('a later failure takes an older proof back; an override goes on, and is recorded', async () => {
    const digest = await deploy(1);
    world.outcome = failIn('us-east-1');
    await deploy(1);
    world.outcome = () => ({ kind: 'exited', exitCode: 0 });
    await expect(promote()).rejects.toThrow(
      /test in us-east-1 has no proof: its newest smoke test failed at \S+: 2 of 2 children failed.*An older one had passed/s,
    );
    const result = await promote({ override: 'tested by hand {all}' });
    expect(result).toMatchObject({ exitCode: 0, outputs: { proven: 'false' } });
    const [revision] = await active('eu-west-1');
    expect(revision?.tags['batchwright:override']).toBe('tested by hand _all_');
    expect(await evidence(digest, 'us-east-1')).toEqual([
      'production us-east-1 PASSED',
      'test eu-west-1 PASSED',
      'test us-east-1 FAILED',
    ]);
    expect(renderMarkdown(result.report)).toContain('promoted without proof: tested by hand');
  });

  test('another account’s repository that lets nobody in is told with the statement to add', async () => {
    await deploy(1, { share: false });
    const refusal = promote();
    await expect(refusal).rejects.toThrow(`account ${PRODUCTION} may not read ${world.name} of test in eu-west-1`);
    await expect(refusal).rejects.toThrow(
      /Add this statement to the repository policy of models\d+ in account 123456789012, eu-west-1 .*"Principal":\{"AWS":"arn:aws:iam::210987654321:root"\},"Action":\["ecr:BatchGetImage"/,
    );
  });

  test('credentials of the wrong account change nothing', async () => {
    await seed(1);
    as(TEST);
    await expect(promote()).rejects.toThrow(/belong to account 123456789012, but environment "production" is account/);
  });
});

async function expectNothingIn(account: string): Promise<void> {
  for (const region of REGIONS) {
    expect(await active(region)).toEqual([]);
    await expect(ecr(account, region).describeRepositories({ repositoryNames: [world.name] })).rejects.toMatchObject({
      name: 'RepositoryNotFoundException',
    });
  }
  expect(local().faults.list()).toEqual([]);
}
