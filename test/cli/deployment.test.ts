/** The record of a deployment on GitHub, as the two steps of a workflow make it. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type FakeGitHub, startFakeGitHub } from '../github/fake-github.ts';
import { batchwright, batchwrightJson, COMMIT } from './workspace.ts';

let fake: FakeGitHub;
const before = { ...process.env };
beforeEach(async () => {
  fake = await startFakeGitHub();
  const run = { GITHUB_RUN_ID: '42', GITHUB_RUN_ATTEMPT: '2', GITHUB_SHA: COMMIT };
  // No git: the commit is the one that GitHub names.
  Object.assign(process.env, fake.environment(), run, { GIT_DIR: '/nowhere' });
});
afterEach(async () => {
  process.env = { ...before };
  await fake.stop();
});

const token = () => ['--github-token', fake.token];
const begin = async (...args: string[]) => {
  const { exitCode, value } = await batchwrightJson('deployment', '--environment', 'test', ...token(), ...args);
  expect(exitCode).toBe(0);
  return String((value as { deploymentId: number }).deploymentId);
};
const end = (id: string, state: string, ...args: string[]) =>
  batchwright('deployment', '--deployment-id', id, '--state', state, ...token(), ...args);
const DIGEST = `sha256:${'ab'.repeat(32)}`;

test('begins for the commit with what is deployed, and ends with how it went', async () => {
  const id = await begin('--digest', DIGEST, '--version', '1.2.0', '--region', 'eu-west-1,us-east-1');
  const page = `${fake.url}/acme/models/actions/runs/42/attempts/2`;
  expect(fake.state.deployments).toMatchObject([
    {
      sha: COMMIT,
      environment: 'test',
      description: '1.2.0, sha256:abababababab…, in eu-west-1, us-east-1',
      payload: {
        ...{ run_id: 42, run_attempt: 2, run_url: page, digest: DIGEST, version: '1.2.0' },
        regions: ['eu-west-1', 'us-east-1'],
      },
      statuses: [{ state: 'in_progress', logUrl: page, environmentUrl: page }],
    },
  ]);
  expect(await end(id, 'success', '--environment-url', 'https://example.com/models')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(`Deployment ${id}: success.`),
  });
  expect(fake.state.deployments[0]?.statuses.at(-1)).toMatchObject({
    ...{ state: 'success', logUrl: page, environmentUrl: 'https://example.com/models' },
  });
});

test.each([
  ['success', 'success'],
  ['failure', 'failure'],
  ['cancelled', 'error'],
  ['error', 'error'],
  ['inactive', 'inactive'],
  ['queued', 'queued'],
])('the status %s of a job is the state %s of GitHub', async (status, state) => {
  await end(await begin(), status);
  expect(fake.state.deployments[0]?.statuses.at(-1)?.state).toBe(state);
});

test('a cancelled run says so', async () => {
  await end(await begin(), 'cancelled');
  expect(fake.state.deployments[0]?.statuses.at(-1)?.description).toBe('The workflow run was cancelled.');
});

test('a long description is cut at GitHub’s 140 characters', async () => {
  await begin('--description', 'long '.repeat(100));
  expect(fake.state.deployments[0]?.statuses[0]?.description).toMatch(/^(long ){27}long…$/);
});

test('a second success makes the first inactive', async () => {
  for (const _ of [1, 2]) await end(await begin(), 'success');
  expect(fake.state.deployments.map(({ statuses }) => statuses.at(-1)?.state)).toEqual(['inactive', 'success']);
});

describe('when GitHub does not take it', () => {
  test('a deployment that cannot be created before anything is deployed fails, with the permission that is missing', async () => {
    const readOnly = fake.createToken({ contents: 'read' });
    const begun = await batchwright('deployment', '--environment', 'test', '--github-token', readOnly);
    expect(begun).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /creating a deployment of 0123456789ab to test: 403.*permissions: \{ deployments: write \}/,
      ),
    });
  });

  test('a deployment that cannot be created after the fact is a warning', async () => {
    fake.faults.on('repos:create-deployment').deny();
    const ended = await batchwright('deployment', '--environment', 'test', '--state', 'success', ...token());
    expect(ended).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('success, which GitHub could not be told'),
      stderr: expect.stringContaining(
        'What was deployed stays as it is, but GitHub does not show how it ended: creating',
      ),
    });
  });

  test('a beginning that cannot be shown is a warning, and the deployment can still be ended', async () => {
    fake.faults.on('repos:create-deployment-status').deny().times(1);
    const id = await begin();
    await end(id, 'success');
    expect(fake.state.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['success']);
  });

  test('an end that cannot be told is a warning', async () => {
    const id = await begin();
    fake.faults.on('repos:create-deployment-status').deny();
    expect(await end(id, 'failure')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining(`setting deployment ${id} to failure: 403`),
    });
  });
});

test('all that is missing or wrong is said at once', async () => {
  const asked = await batchwright('deployment', '--environment-url', 'example.com');
  expect(asked.exitCode).toBe(1);
  expect(asked.stderr).toMatch(/no token.*\n.*neither an environment nor a deployment.*\n.*"environment-url" must be/);
});

test('without a commit there is nothing to deploy', async () => {
  delete process.env['GITHUB_SHA'];
  expect(await batchwright('deployment', '--environment', 'test', ...token())).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('no commit is known to deploy. Check the repository out'),
  });
});
