/** `verify` as the command line shows it: what would be registered, and what is live. */
import { writeFileSync } from 'node:fs';
import { Batch } from '@aws-sdk/client-batch';
import { ECR } from '@aws-sdk/client-ecr';
import { IAM } from '@aws-sdk/client-iam';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { clientOptions } from '../local/fixtures/local.ts';
import { ACCOUNT, batchwright, batchwrightJson, CONFIG, TEMPLATE, useWorkspace } from './workspace.ts';

const local = useWorkspace();
const options = (region?: string) => clientOptions(local(), ACCOUNT, region);
beforeEach(async () => {
  await batchwright('build-push');
});
afterEach(() => local().faults.clear());

test('all well is one line; a missing role is told once for all regions, on its template line', async () => {
  const well = await batchwright('verify');
  expect(well).toMatchObject({ exitCode: 0 });
  expect(well.stdout).toContain('all is well: 0 NG, 0 SKIP, 12 OK in 2 targets.');
  expect(well.stdout).toMatch(
    /OK: 2 accounts, 2 job queues, 2 definitions on a job queue, 2 images, 2 images for a platform, 2 log groups\./,
  );

  writeFileSync('batchwright.yml', `${CONFIG}jobRole: models-job\n`);
  writeFileSync('job.json.hbs', TEMPLATE.replace('"image"', '"jobRoleArn": "{{jobRoleArn}}",\n    "image"'));
  const missing = await batchwright('verify');
  expect(missing.exitCode).toBe(1);
  expect(missing.stdout).toContain(
    '- NG role arn:aws:iam::123456789012:role/models-job: does not exist. Create it, or correct its name in the configuration. (test in eu-west-1, us-east-1; models-small)',
  );
  expect(missing.stderr.match(/job\.json\.hbs:5/g)).toHaveLength(1);
  expect(missing.stderr).toContain('2 checks came out NG');

  await new IAM(options()).createRole({
    RoleName: 'models-job',
    AssumeRolePolicyDocument: JSON.stringify({
      Statement: { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
    }),
  });
  expect((await batchwright('verify')).exitCode).toBe(0);
});

test('a missing permission is SKIP, which fails only when strict; the second region’s failure is its own', async () => {
  local().faults.on('ecr:BatchGetImage', { region: 'us-east-1' }).deny();
  const { exitCode, value } = await batchwrightJson('verify');
  expect(exitCode).toBe(0);
  expect(value).toContainEqual({
    environment: 'test',
    region: 'us-east-1',
    status: 'SKIP',
    reason: 'needs ecr:BatchGetImage',
    remedy: 'Grant ecr:BatchGetImage to the role that verifies.',
    check: 'image',
    subject: expect.stringMatching(/^models@sha256:/),
    definitions: ['models-small'],
    position: expect.objectContaining({ path: 'job.json.hbs' }),
  });
  expect(value).toContainEqual(expect.objectContaining({ check: 'image', region: 'eu-west-1', status: 'OK' }));
  const strict = await batchwright('verify', '--strict');
  expect(strict.exitCode).toBe(1);
  expect(strict.stderr).toMatch(/\d checks could not be made, which `strict` counts as failed/);
});

test('live revisions are verified as they are registered, without a commit or a template', async () => {
  const none = await batchwright('verify', '--image', 'live');
  expect(none.stdout).toContain('SKIP live definition models-small: has no ACTIVE revision. Register it.');

  await batchwright('register', '--region', 'eu-west-1');
  writeFileSync('job.json.hbs', 'no template at all');
  const live = await batchwright('verify', '--image', 'live', '--region', 'eu-west-1');
  expect(live).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 image') });

  const ecr = new ECR(options('eu-west-1'));
  const { imageIds = [] } = await ecr.listImages({ repositoryName: 'models' });
  await ecr.batchDeleteImage({ repositoryName: 'models', imageIds });
  const gone = await batchwright('verify', '--image', 'live', '--region', 'eu-west-1');
  expect(gone.exitCode).toBe(1);
  expect(gone.stdout).toMatch(
    /NG image models@sha256:\w{12}…: is not in ECR\. .*\(test in eu-west-1; models-small:1\)/,
  );
  expect(gone.stderr).not.toContain('job.json.hbs');
});

test('credentials of another account are NG, and nothing else is asked', async () => {
  Object.assign(process.env, local().environment('999988887777'));
  local().faults.on('batch:*').fail();
  const { exitCode, stdout } = await batchwright('verify');
  expect(exitCode).toBe(1);
  expect(stdout).toContain(
    'NG account 123456789012: these credentials are of account 999988887777, so nothing else was looked at.',
  );
});

test('a queue that is off, in one region', async () => {
  await new Batch(options('us-east-1')).updateJobQueue({ jobQueue: 'models', state: 'DISABLED' });
  const { stdout } = await batchwright('verify');
  expect(stdout).toContain(
    'NG job queue models: is DISABLED, so nothing can be submitted to it. Enable it. (test in us-east-1; models-small)',
  );
});
