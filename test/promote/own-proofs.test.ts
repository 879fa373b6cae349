/** One image, several projects: whose smoke test counts. */
import { expect, test } from '@jest/globals';
import { createPorts } from '../../src/adapters/ports.ts';
import { createRegistries } from '../../src/image/registries.ts';
import { readManifest } from '../../src/image/registry/manifests.ts';
import { describeEvidence, writeEvidence } from '../../src/promote/evidence.ts';
import type { Proof } from '../../src/promote/model.ts';
import { REGIONS } from '../cli/workspace.ts';
import { PRODUCTION, TEST, textsOf, useTwoAccounts } from './two-accounts.ts';

const { world, as, seed, promote, active } = useTwoAccounts();

/** Beside the image in test's repository of its region. */
async function write(digest: string, proof: Proof): Promise<void> {
  as(TEST);
  const ports = createPorts(() => undefined, new AbortController().signal);
  const target = { environment: 'test', region: proof.region, account: TEST, partition: 'aws' };
  const open = createRegistries(world.name, ports);
  const repository = open({ ...target, registry: ports.registryHost(target) }, { uri: '', canMove: () => true });
  const image = await readManifest(repository, digest);
  if (!image) throw new Error('it was just pushed');
  await writeEvidence(repository, digest, describeEvidence(proof, image, world.name));
  as(PRODUCTION);
}

test.each([
  ['another account', () => '999999999999', () => `${world.name}-small`, /of a job definition in account 999999999999/],
  [
    'another project',
    () => TEST,
    () => 'theirs-small',
    /job definition theirs-small, and the configuration names models/,
  ],
])('a later success of %s does not outweigh a failure of ours', async (_, account, name, reason) => {
  const { digest, proofs } = await seed(3);
  for (const proof of proofs) {
    const { region, endedAt } = proof;
    await write(digest, {
      ...proof,
      result: 'FAILED',
      verdict: 'failed',
      reason: 'exit code 3',
      endedAt: endedAt + 1000,
    });
    const jobDefinitionArn = `arn:aws:batch:${region}:${account()}:job-definition/${name()}:9`;
    await write(digest, { ...proof, jobDefinitionArn, endedAt: endedAt + 2000 });
  }
  await expect(promote()).rejects.toThrow(/test in eu-west-1 has no proof: its newest smoke test failed.*exit code 3/s);
  for (const region of REGIONS) expect(await active(region)).toEqual([]);
  const told = textsOf((await promote({ override: 'tested by hand' })).events);
  expect(told).toMatch(reason);
});

test('a later failure of another project takes nothing back from ours', async () => {
  const { digest, proofs } = await seed(3);
  for (const proof of proofs) {
    const jobDefinitionArn = `arn:aws:batch:${proof.region}:${TEST}:job-definition/theirs-small:9`;
    const endedAt = proof.endedAt + 1000;
    await write(digest, { ...proof, jobDefinitionArn, result: 'FAILED', verdict: 'failed', endedAt });
  }
  expect(await promote()).toMatchObject({ exitCode: 0, outputs: { proven: 'true' } });
});
