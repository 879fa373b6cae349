/** Which smoke tests are recorded, and why another is not, whatever Batch and the registry say of the tested revision. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { TargetConfig } from '../../src/config/model.ts';
import type { SmokeTestRun } from '../../src/jobs/model.ts';
import { recordEvidence } from '../../src/promote/record.ts';
import { answering } from '../definitions/answers.ts';
import { openWorkshop, type Workshop } from '../image/workshop.ts';
import { useLocalAws } from '../local/fixtures/local.ts';

const local = useLocalAws();
let workshop: Workshop;
beforeEach(() => {
  workshop = openWorkshop(local());
});
afterEach(() => workshop.close());

const ARN = 'arn:aws:batch:eu-west-1:111122223333:job-definition/models-small:7';
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const run = (change: Partial<SmokeTestRun> = {}): SmokeTestRun => ({
  environment: 'test',
  region: 'eu-west-1',
  jobDefinitionArn: ARN,
  jobQueue: 'q',
  jobName: 'n',
  runId: 'r',
  verdict: 'passed',
  children: [],
  ...change,
});

/** Of a region in which Batch describes the tested revision so. */
async function record(change: Partial<SmokeTestRun>, answer: () => object, targets = 1) {
  const registry = new URL(local().url).host;
  const target = {
    ...{ environment: 'test', region: 'eu-west-1', account: '111122223333', partition: 'aws' },
    ...{ registry: `${registry}/111122223333/eu-west-1`, image: { repository: 'models' } },
  } as TargetConfig;
  const { ecr } = workshop.ports.aws;
  const { batch } = answering({ batch: { describeJobDefinitions: answer } });
  const request = { runs: [run(change)], targets: [target].slice(0, targets), source: undefined };
  const { recorded, failures } = await recordEvidence(request, { ...workshop.ports, aws: { ecr, batch } });
  expect(recorded).toEqual([]);
  return failures.map(({ environment, region, error }) => `${environment} ${region}: ${error.message}`);
}
const described = (...images: readonly string[]) => ({
  jobDefinitions: [
    {
      jobDefinitionName: 'models-small',
      revision: 7,
      ...(images.length > 0 && {
        ecsProperties: { taskProperties: [{ containers: images.map(image => ({ image })) }] },
      }),
    },
  ],
});

test.each<[SmokeTestRun['verdict'], string]>([
  ['cancelled', 'was cancelled'],
  ['not-submitted', 'was not submitted'],
  ['undecided', 'could not be followed to its end'],
])('nothing is recorded of a test that was %s, and that is said', async (verdict, words) => {
  expect(await record({ verdict }, () => described())).toEqual([]);
  expect(workshop.events).toContainEqual({
    type: 'message',
    level: 'warning',
    text: `test eu-west-1: nothing is recorded, since the smoke test ${words}`,
  });
});

test.each<[string, () => object, RegExp]>([
  ['Batch does not know', () => ({}), /models-small:7 in eu-west-1: Batch does not know the revision that was tested/],
  [
    'Batch refuses to describe',
    () => {
      throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    },
    /models-small:7 in eu-west-1: .*Grant batch:DescribeJobDefinitions/,
  ],
  ['names no image', () => described(), /models-small:7 names no image, which is not one digest of /],
  [
    'names images elsewhere',
    () => described('busybox:1', 'busybox:1'),
    /:7 names busybox:1, which is not one digest of /,
  ],
])('a revision that %s proves nothing', async (_, answer, words) => {
  expect(await record({}, answer)).toEqual([expect.stringMatching(words)]);
});

test.each<[string, readonly string[], RegExp]>([
  ['a tag of it alone', [':v1'], /names \S+models:v1, which is not one digest/],
  ['two digests of it', [`@${DIGEST}`, `@sha256:${'cd'.repeat(32)}`], /which is not one digest/],
  [
    'one that is no longer there',
    [`@${DIGEST}`, `@${DIGEST}`],
    /the tested image sha256:(ab)+ is no longer there\. Push it again/,
  ],
])('a revision that names its own repository with %s proves nothing', async (_, names, words) => {
  await workshop
    .ecr('eu-west-1')
    .createRepository({ repositoryName: 'models' })
    .catch(() => undefined);
  const address = `${new URL(local().url).host}/111122223333/eu-west-1/models`;
  const [failure] = await record({}, () => described(...names.map(name => `${address}${name}`)));
  expect(failure).toMatch(words);
});

test('a test of what is no target is our own mistake, and is told', async () => {
  expect(await record({}, () => described(), 0)).toEqual([
    'test eu-west-1: test eu-west-1 was tested but is no target',
  ]);
});
