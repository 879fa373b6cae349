/** The committed bundle of `deployment`, as the two steps of a job. */
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type FakeGitHub, startFakeGitHub } from '../github/fake-github.ts';
import { runStep } from './runner.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

let fake: FakeGitHub;
beforeAll(async () => {
  fake = await startFakeGitHub({ apiPath: '/api/v3' });
});
afterAll(() => fake.stop());

const step = (inputs: Record<string, string>) =>
  runStep({
    action: 'deployment',
    inputs: { 'github-token': fake.token, ...inputs },
    environment: { ...fake.environment(), GITHUB_SHA: COMMIT, GITHUB_RUN_ID: '42', GIT_DIR: '/nowhere' },
    workspace: tmpdir(),
  });

test('begins and ends on a GitHub Enterprise Server; the token is masked before anything else is said', async () => {
  const { exitCode, log, outputs } = await step({ environment: 'test' });
  expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
  expect(log.split('\n')[0]).toBe(`::add-mask::${fake.token}`);
  const id = outputs['deployment-id'] ?? '';
  const ended = await step({ 'deployment-id': id, state: 'success' });
  expect(ended).toMatchObject({ exitCode: 0, outputs: { 'deployment-id': id } });
  expect(ended.summary).toContain(`Deployment ${id}: ✅ success.`);
  expect(fake.state.deployments).toMatchObject([
    { id: Number(id), sha: COMMIT, statuses: [{ state: 'in_progress' }, { state: 'success' }] },
  ]);
}, 20_000);
