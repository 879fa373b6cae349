/** assume-role as the runner runs it, and a step after it that renews what it left. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CONFIG, TEMPLATE } from '../cli/workspace.ts';
import { type FakeGitHub, startFakeGitHub } from '../github/fake-github.ts';
import { useLocalAws } from '../local/fixtures/local.ts';
import { runStep } from './runner.ts';

const ACCOUNT = '123456789012';
const inputs = { role: `arn:aws:iam::${ACCOUNT}:role/deploy`, region: 'eu-west-1' };
let now = Date.now();
const local = useLocalAws({ clock: { now: () => now, sleep: () => Promise.resolve() } });
const workspace = mkdtempSync(join(tmpdir(), 'batchwright-role-'));
let github: FakeGitHub;

beforeAll(async () => {
  github = await startFakeGitHub({ now: () => now });
  writeFileSync(join(workspace, 'batchwright.yml'), CONFIG);
  writeFileSync(join(workspace, 'job.json.hbs'), TEMPLATE);
});
afterAll(async () => {
  rmSync(workspace, { recursive: true, force: true });
  await github.stop();
});

test('credentials go to the next steps by GITHUB_ENV, and a later action renews them', async () => {
  const environment = { AWS_ENDPOINT_URL: local().url, ...github.environment() };
  const { exitCode, log, outputs, exported } = await runStep({ action: 'assume-role', inputs, environment, workspace });
  expect({ exitCode, outputs }).toEqual({ exitCode: 0, outputs: { account: ACCOUNT } });
  const { AWS_SECRET_ACCESS_KEY: secret = '', AWS_SESSION_TOKEN: token = '' } = exported;
  // Masked, and in the log nowhere else.
  for (const value of [secret, token]) {
    expect(log).toContain(`::add-mask::${value}\n`);
    expect(log.split(value)).toHaveLength(2);
  }
  expect(log).not.toContain(`::add-mask::${ACCOUNT}`);

  // An hour later, as the environment has it.
  now += 3_600_000;
  const renewal = JSON.parse(exported['BATCHWRIGHT_SESSION'] ?? '{}') as Record<string, unknown>;
  const old = { ...exported, BATCHWRIGHT_SESSION: JSON.stringify({ ...renewal, expiresAt: Date.now() }) };
  const step = { action: 'plan', inputs: { image: 'live' }, workspace };
  const refused = await runStep({ ...step, environment: { ...old, AWS_ENDPOINT_URL: local().url } });
  expect(refused.log).toContain('The security token included in the request is expired');
  const planned = await runStep({ ...step, environment: { ...environment, ...old } });
  expect(planned).toMatchObject({ exitCode: 0, outputs: { differs: 'true' } });
}, 20_000);
