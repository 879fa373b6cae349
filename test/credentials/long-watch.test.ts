/** A watch of three hours with sessions of one: it renews by itself what assume-role has left it, and ends without that. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { STS } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPorts } from '../../src/adapters/ports.ts';
import { assumeRoleCommand } from '../../src/commands/assume-role.ts';
import { buildPushCommand } from '../../src/commands/build-push.ts';
import type { Command } from '../../src/commands/command.ts';
import { registerCommand } from '../../src/commands/register.ts';
import { submitCommand, watchCommand } from '../../src/commands/runs/drive.ts';
import { type InputTable, readInputs } from '../../src/inputs.ts';
import type { FaultHandle } from '../../src/local/faults.ts';
import { ACCOUNT, COMMIT, CONFIG, TEMPLATE } from '../cli/workspace.ts';
import { type FakeGitHub, startFakeGitHub } from '../github/fake-github.ts';
import { GITHUB_ISSUER } from '../github/oidc.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { type SimulatedDay, startSimulatedDay } from '../local/fixtures/simulated-day.ts';

const HOUR = 3_600_000;
const REGIONS = ['eu-west-1', 'us-east-1'];
const role = `arn:aws:iam::${ACCOUNT}:role/run`;
const before = { ...process.env };
const cwd = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'batchwright-watch-'));
let day: SimulatedDay;
let github: FakeGitHub;
let tokens: Readonly<Record<string, string>>;
/** Counts the tokens asked for, and holds none up. */
let asked: FaultHandle;

beforeAll(async () => {
  day = await startSimulatedDay({
    seed: 'three hours',
    regions: REGIONS,
    queues: [{ name: 'models' }],
    model: { start: { medianSeconds: 60, spread: 0 }, duration: { medianSeconds: 3 * 3600, spread: 0 } },
  });
  github = await startFakeGitHub({ now: day.clock.now });
  tokens = github.environment();
  process.chdir(folder);
  mkdirSync('app');
  writeFileSync('app/build.mjs', '');
  writeFileSync('job.json.hbs', TEMPLATE.replace('{{tier.timeoutSeconds}}', '86400'));
  const runs = 'runs: { ledger: "s3://ledger/runs" }\n';
  writeFileSync('batchwright.yml', CONFIG + runs);
  writeFileSync('accounts.csv', 'id,tickets\n101,5\n102,6\n103,7\n');
  await new S3({ ...clientOptions(day.local, ACCOUNT), forcePathStyle: true }).createBucket({
    Bucket: 'ledger',
    CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
  });
  const iam = new IAM(clientOptions(day.local, ACCOUNT));
  await iam.createOpenIDConnectProvider({ Url: GITHUB_ISSUER, ClientIDList: ['sts.amazonaws.com'] });
  const Principal = { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com` };
  const statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRoleWithWebIdentity' };
  await iam.createRole({ RoleName: 'run', AssumeRolePolicyDocument: JSON.stringify({ Statement: [statement] }) });
}, 60_000);
afterAll(async () => {
  process.env = before;
  process.chdir(cwd);
  rmSync(folder, { recursive: true, force: true });
  await github.stop();
});

/** One verb as a step of the job; it looks at jobs no more often than on AWS. */
async function step<Table extends InputTable>(
  command: Command<Table>,
  environment: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>> = {},
) {
  process.env = { ...before, AWS_ENDPOINT_URL: day.local.url, GITHUB_SHA: COMMIT, ...environment };
  const ports = createPorts(() => undefined, new AbortController().signal, { clock: day.clock });
  const inputs = readInputs(command.inputs, name => given[name]);
  return command.run(inputs, { ...ports, localAws: false });
}

const takeRole = async () => (await step(assumeRoleCommand, tokens, { role, region: 'eu-west-1' })).environment ?? {};

test('sessions of an hour last for a watch of three; Batch and S3 share each renewal', async () => {
  const session = { ...(await takeRole()), ...tokens };
  await step(buildPushCommand, session, { push: 'true' });
  await step(registerCommand, session);
  await step(submitCommand, session, { manifest: 'accounts.csv', run: 'long' });
  const begun = day.clock.now();
  asked = github.faults.on('oidc:token').delay(0);
  const watched = await step(watchCommand, session, { run: 'long' });
  expect(watched).toMatchObject({ exitCode: 0, outputs: { state: 'ended', succeeded: '3' } });
  expect((day.clock.now() - begun) / HOUR).toBeGreaterThan(3);
  // At 55 minutes, and 55 minutes after each.
  expect(asked.rule.hits).toBe(3);
}, 60_000);

test('without tokens, or with credentials of others, nobody renews and AWS ends the watch', async () => {
  const taken = await takeRole();
  await step(submitCommand, taken, { manifest: 'accounts.csv', run: 'short' });
  asked = github.faults.on('oidc:token').delay(0);
  const expired = /using the ledger .*ExpiredToken: The provided token has expired|The security token .* is expired/;
  await expect(step(watchCommand, taken, { run: 'short' })).rejects.toThrow(expired);

  const sts = new STS(clientOptions(day.local, ACCOUNT));
  const { Credentials: other } = await sts.assumeRole({ RoleArn: role, RoleSessionName: 'other' });
  const exchanged = {
    ...{ ...taken, ...tokens, AWS_ACCESS_KEY_ID: other?.AccessKeyId ?? '' },
    AWS_SESSION_TOKEN: other?.SessionToken ?? '',
  };
  await expect(step(watchCommand, exchanged, { run: 'short' })).rejects.toThrow(expired);
  expect(asked.rule.hits).toBe(0);
}, 60_000);
