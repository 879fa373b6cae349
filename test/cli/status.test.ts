/** What is live where, as the command line shows it. */
import { Batch } from '@aws-sdk/client-batch';
import { ECR } from '@aws-sdk/client-ecr';
import { afterEach, expect, test } from '@jest/globals';
import { endlessEngine } from '../local/fixtures/idle-engine.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { ACCOUNT, batchwright, batchwrightJson, COMMIT, useWorkspace } from './workspace.ts';

const local = useWorkspace({ engine: endlessEngine, batch: { visibleAfterMs: 0 } });
const options = () => clientOptions(local(), ACCOUNT);
afterEach(() => local().faults.clear());

test('revision, image, commit, time, workflow run and unfinished jobs; and what is odd', async () => {
  expect((await batchwright('status')).stdout).toContain('0 of 2 definitions live, running 0 images.');

  Object.assign(process.env, { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'o/r', GITHUB_RUN_ID: '7' });
  await batchwright('build-push');
  await batchwright('register', '--region', 'eu-west-1');
  const batch = new Batch(options());
  const submit = (jobDefinition: string) => batch.submitJob({ jobName: 'j', jobQueue: 'models', jobDefinition });
  await submit('models-small:1');
  const { exitCode, value } = await batchwrightJson('status');
  expect(exitCode).toBe(0);
  expect(value).toEqual([
    expect.objectContaining({
      environment: 'test',
      region: 'eu-west-1',
      tier: 'small',
      name: 'models-small',
      revision: 1,
      active: 1,
      digest: expect.stringMatching(/^sha256:/),
      imageExists: true,
      jobs: { onLive: 1, onOlder: 0 },
      stamp: expect.objectContaining({
        commit: COMMIT,
        registeredAt: expect.stringMatching(/^20\d\d-.*Z$/),
        runUrl: 'https://github.com/o/r/actions/runs/7',
      }),
    }),
    expect.not.objectContaining({ revision: expect.anything() }),
  ]);

  // A queue that the configuration does not name counts too.
  const { jobQueues = [] } = await batch.describeJobQueues({ jobQueues: ['models'] });
  const computeEnvironmentOrder = jobQueues[0]?.computeEnvironmentOrder;
  await batch.createJobQueue({ jobQueueName: 'of-others', priority: 1, computeEnvironmentOrder });
  await batch.submitJob({ jobName: 'j', jobQueue: 'of-others', jobDefinition: 'models-small:1' });
  const twice = await batchwrightJson('status', '--region', 'eu-west-1');
  expect(twice.value).toMatchObject([{ jobs: { onLive: 2, onOlder: 0 } }]);

  // By hand, over it: no digest, no stamp; the jobs still run on the older one.
  await batch.registerJobDefinition({
    jobDefinitionName: 'models-small',
    type: 'container',
    containerProperties: { image: 'by-hand', vcpus: 1, memory: 64 },
  });
  const byHand = await batchwright('status', '--region', 'eu-west-1');
  expect(byHand.stdout).toMatch(/2 \(2 ACTIVE\) {2}by-hand no digest .* not by Batchwright .* 0 \(\+2 on older\)/);
  expect(byHand.stdout).toContain('Not known: whether an image exists (no digest).');
}, 10_000);

test('an image that is gone from ECR fails; what may not be read is said', async () => {
  await batchwright('build-push');
  await batchwright('register', '--region', 'eu-west-1');
  local().faults.on('batch:ListJobs').deny();
  local().faults.on('ecr:DescribeImages').deny();
  const denied = await batchwright('status', '--region', 'eu-west-1');
  expect(denied.exitCode).toBe(0);
  expect(denied.stdout).toContain(
    'Not known: unfinished jobs (needs batch:ListJobs), whether an image exists (needs ecr:DescribeImages).',
  );
  local().faults.on('batch:DescribeJobQueues').deny();
  const blind = await batchwright('status', '--region', 'eu-west-1');
  expect(blind.stdout).toContain('unfinished jobs (needs batch:DescribeJobQueues)');

  local().faults.clear();
  const ecr = new ECR(options());
  const { imageIds = [] } = await ecr.listImages({ repositoryName: 'models' });
  await ecr.batchDeleteImage({ repositoryName: 'models', imageIds });
  const gone = await batchwright('status', '--region', 'eu-west-1');
  expect(gone).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('gone from ECR') });
  expect(gone.stderr).toMatch(/the image of models-small:\d in eu-west-1 is no longer in ECR/);
});
