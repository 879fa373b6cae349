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
import { ACCOUNT, COMMIT, CONFIG, TEMPLATE } from '../cli/workspace.ts';
import { ISSUER } from '../local/fixtures/id-token.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { type SimulatedDay, startSimulatedDay } from '../local/fixtures/simulated-day.ts';
import { startTokenIssuer, type TokenIssuer } from './token-issuer.ts';

const HOUR = 3_600_000;
const REGIONS = ['eu-west-1', 'us-east-1'];
const role = `arn:aws:iam::${ACCOUNT}:role/run`;
const before = { ...process.env };
const cwd = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'batchwright-watch-'));
let day: SimulatedDay;
let issuer: TokenIssuer;

beforeAll(async () => {
  day = await startSimulatedDay({
    seed: 'three hours',
    regions: REGIONS,
    queues: [{ name: 'models' }],
    model: { start: { medianSeconds: 60, spread: 0 }, duration: { medianSeconds: 3 * 3600, spread: 0 } },
  });
  issuer = await startTokenIssuer(day.clock.now, { repository: 'models/models' });
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
  await iam.createOpenIDConnectProvider({ Url: ISSUER, ClientIDList: ['sts.amazonaws.com'] });
  const Principal = { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com` };
  const statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRoleWithWebIdentity' };
  await iam.createRole({ RoleName: 'run', AssumeRolePolicyDocument: JSON.stringify({ Statement: [statement] }) });
}, 60_000);
afterAll(async () => {
  process.env = before;
  process.chdir(cwd);
  rmSync(folder, { recursive: true, force: true });
  await issuer.stop();
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

const takeRole = async () =>
  (await step(assumeRoleCommand, issuer.environment, { role, region: 'eu-west-1' })).environment ?? {};

test('sessions of an hour last for a watch of three, in all regions together with one renewal each', async () => {
  const session = { ...(await takeRole()), ...issuer.environment };
  await step(buildPushCommand, session, { push: 'true' });
  await step(registerCommand, session);
  await step(submitCommand, session, { manifest: 'accounts.csv', run: 'long' });
  const begun = day.clock.now();
  issuer.given.length = 0;
  const watched = await step(watchCommand, session, { run: 'long' });
  expect(watched).toMatchObject({ exitCode: 0, outputs: { state: 'ended', succeeded: '3' } });
  expect((day.clock.now() - begun) / HOUR).toBeGreaterThan(3);
  // At 55 minutes, and 55 minutes after each.
  expect(issuer.given).toHaveLength(3);
}, 60_000);

test('without tokens, or with credentials of others, nobody renews and AWS ends the watch', async () => {
  const taken = await takeRole();
  await step(submitCommand, taken, { manifest: 'accounts.csv', run: 'short' });
  issuer.given.length = 0;
  const expired = /using the ledger .*ExpiredToken: The provided token has expired|The security token .* is expired/;
  await expect(step(watchCommand, taken, { run: 'short' })).rejects.toThrow(expired);

  const sts = new STS(clientOptions(day.local, ACCOUNT));
  const { Credentials: other } = await sts.assumeRole({ RoleArn: role, RoleSessionName: 'other' });
  const exchanged = {
    ...{ ...taken, ...issuer.environment, AWS_ACCESS_KEY_ID: other?.AccessKeyId ?? '' },
    AWS_SESSION_TOKEN: other?.SessionToken ?? '',
  };
  await expect(step(watchCommand, exchanged, { run: 'short' })).rejects.toThrow(expired);
  expect(issuer.given).toEqual([]);
}, 60_000);
