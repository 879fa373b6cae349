/** `smoke-test --record`: what stands beside the image afterwards, and what `actions/attest` is given. */
import { readFileSync } from 'node:fs';
import { Batch } from '@aws-sdk/client-batch';
import { ECR } from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ContainerOutcome, ContainerRequest } from '../../src/local/engines/model.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { instantEngine } from './instant-engine.ts';
import { ACCOUNT, batchwright, batchwrightJson, COMMIT, ONE_RUN, REGIONS, useWorkspace } from './workspace.ts';

let outcome: (request: ContainerRequest) => ContainerOutcome = () => ({ kind: 'exited', exitCode: 0 });
const local = useWorkspace({ engine: instantEngine(request => outcome(request)) });
beforeEach(async () => {
  Object.assign(process.env, ONE_RUN);
  await batchwright('build-push');
  expect((await batchwright('register')).exitCode).toBe(0);
});
afterEach(() => {
  local().faults.clear();
  outcome = () => ({ kind: 'exited', exitCode: 0 });
});
const ecr = (region: string) => new ECR(clientOptions(local(), ACCOUNT, region));

interface Listed {
  readonly environment: string;
  readonly region: string;
  readonly result: string;
  readonly digest: string;
  readonly evidence: string;
}
async function record(...args: string[]) {
  const { value, ...rest } = await batchwrightJson('smoke-test', '--record', ...args);
  return { ...rest, evidence: (value as { evidence: readonly Listed[] }).evidence };
}
async function referrersOf(digest: string, region: string): Promise<readonly string[]> {
  const { referrers = [] } = await ecr(region).listImageReferrers({
    repositoryName: 'models',
    subjectId: { imageDigest: digest },
  });
  return referrers.map(each => each.digest ?? '');
}

test('writes a statement in every region, about the digest that the tested revision names', async () => {
  const { exitCode, stderr, evidence } = await record();
  expect(exitCode).toBe(0);
  const { imageDetails = [] } = await ecr(REGIONS[0]).describeImages({
    repositoryName: 'models',
    imageIds: [{ imageTag: COMMIT }],
  });
  const digest = imageDetails[0]?.imageDigest ?? '';
  expect(evidence).toEqual(
    REGIONS.map(region => ({
      environment: 'test',
      region,
      result: 'PASSED',
      digest,
      evidence: expect.stringMatching(/^sha256:/),
    })),
  );
  for (const { region, evidence: stored } of evidence) expect(await referrersOf(digest, region)).toContain(stored);
  expect(stderr).toContain(`test eu-west-1: recorded PASSED of ${digest} as ${evidence[0]?.evidence}`);
});

test('records a failure too, in the region where it was one', async () => {
  outcome = ({ region }) => ({ kind: 'exited', exitCode: region === 'us-east-1' ? 3 : 0 });
  const { exitCode, evidence } = await record();
  expect(exitCode).toBe(1);
  expect(evidence.map(({ region, result }) => [region, result])).toEqual([
    ['eu-west-1', 'PASSED'],
    ['us-east-1', 'FAILED'],
  ]);
});

test('fails when the proof cannot be stored, though the test passed; the other region’s is stored', async () => {
  local().faults.on('ecr:PutImage', { region: 'us-east-1' }).deny();
  local().faults.on('registry:PutImage', { region: 'us-east-1' }).deny();
  const { exitCode, stderr, evidence } = await record();
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /test us-east-1: the proof was not stored: putting the manifest \S+ \(models in us-east-1\): .*ecr:PutImage/,
  );
  expect(evidence.map(({ region }) => region)).toEqual(['eu-west-1']);
});

test('a revision that names no digest of the repository proves nothing', async () => {
  const batch = new Batch(clientOptions(local(), ACCOUNT, 'us-east-1'));
  await batch.registerJobDefinition({
    jobDefinitionName: 'models-small',
    type: 'container',
    containerProperties: { image: 'busybox:1', vcpus: 1, memory: 64 },
  });
  const { exitCode, stderr, evidence } = await record();
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/models-small:\d+ names busybox:1, which is not one digest of \S+\/us-east-1\/models/);
  expect(evidence.map(({ region }) => region)).toEqual(['eu-west-1']);
});

test('gives `actions/attest` one predicate over all regions, in a file of the runner’s own folder', async () => {
  process.env['RUNNER_TEMP'] = process.cwd();
  await record('--run-id', 'r1');
  const predicate = JSON.parse(readFileSync('batchwright-test-result-r1.json', 'utf8'));
  expect(predicate).toMatchObject({ result: 'PASSED', url: 'https://github.com/models/models/actions/runs/1' });
  expect(predicate.configuration).toHaveLength(2);
  expect(predicate.passedTests).toEqual([
    'test eu-west-1 child 0',
    'test eu-west-1 child 1',
    'test us-east-1 child 0',
    'test us-east-1 child 1',
  ]);
});
