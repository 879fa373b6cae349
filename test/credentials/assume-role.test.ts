/** The action assume-role against the local STS and the tokens of the fake GitHub. */
import { IAM } from '@aws-sdk/client-iam';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createPorts } from '../../src/adapters/ports.ts';
import { assumeRoleCommand } from '../../src/commands/assume-role.ts';
import type { ToolkitEvent } from '../../src/events.ts';
import { readInputs } from '../../src/inputs.ts';
import type { FaultHandle } from '../../src/local/faults.ts';
import { batchwright } from '../cli/workspace.ts';
import { type FakeGitHub, startFakeGitHub } from '../github/fake-github.ts';
import { GITHUB_ISSUER } from '../github/oidc.ts';
import { ManualClock } from '../jobs/manual-clock.ts';
import { clientOptions, useLocalAws } from '../local/fixtures/local.ts';

const ACCOUNT = '111122223333';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/ci/deploy`;
const CLAIMS = {
  sub: 'repo:models/models:environment:production',
  repository: 'models/models',
  ref: 'refs/heads/main',
  environment: 'production',
  event_name: 'push',
  job_workflow_ref: 'batchwright/batchwright/.github/workflows/deploy.yml@refs/tags/v1',
  workflow_ref: 'models/models/.github/workflows/deploy.yml@refs/heads/main',
  run_id: '7301',
};
const local = useLocalAws();
const before = { ...process.env };
let github: FakeGitHub;
/** Counts the tokens asked for, and holds none up. */
let asked: FaultHandle;
const trusting = (sub: string) =>
  JSON.stringify({
    Statement: {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { 'token.actions.githubusercontent.com:sub': sub } },
    },
  });
const iam = () => new IAM(clientOptions(local(), ACCOUNT));

beforeAll(async () => {
  github = await startFakeGitHub({ repository: 'models/models' });
  await iam().createOpenIDConnectProvider({ Url: GITHUB_ISSUER, ClientIDList: ['sts.amazonaws.com'] });
  await iam().createRole({ RoleName: 'deploy', Path: '/ci/', AssumeRolePolicyDocument: trusting(CLAIMS.sub) });
});
beforeEach(() => {
  github.faults.clear();
  asked = github.faults.on('oidc:token').delay(0);
  // Nothing but the endpoint: whoever takes a role has no credentials yet.
  process.env = { ...before, AWS_ENDPOINT_URL: local().url, AWS_EC2_METADATA_DISABLED: 'true' };
});
afterEach(() => {
  process.env = before;
});
afterAll(() => github.stop());

async function assumeRole(inputs: Record<string, string> = {}, environment = github.environment(CLAIMS)) {
  const events: ToolkitEvent[] = [];
  const clock = new ManualClock();
  const given: Record<string, string> = { role: ROLE, region: 'eu-west-1', ...inputs };
  const ports = createPorts(event => void events.push(event), new AbortController().signal, { environment, clock });
  const result = await assumeRoleCommand.run(
    readInputs(assumeRoleCommand.inputs, name => given[name]),
    ports,
  );
  return { ...result, events, clock };
}

describe('a role that trusts the job', () => {
  test('is left to the next steps, its secrets masked before anything else is told, its account not', async () => {
    const { exitCode, outputs, environment = {}, events, json } = await assumeRole();
    expect({ exitCode, outputs }).toEqual({ exitCode: 0, outputs: { account: ACCOUNT } });
    const {
      AWS_ACCESS_KEY_ID: id = '',
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_SESSION_TOKEN: token,
      ...rest
    } = environment;
    expect(rest).toEqual({
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      BATCHWRIGHT_SESSION: expect.stringContaining(`"role":"${ROLE}"`),
    });
    expect(rest['BATCHWRIGHT_SESSION']).not.toContain(secret);
    expect(id).toMatch(/^ASIA111122223333/);
    const [first, ...others] = events;
    expect(first).toEqual({ type: 'secret', value: expect.stringMatching(/^ey\S+\.ey/) });
    expect(others).toEqual([secret, token, id].map(value => ({ type: 'secret', value })));
    expect(json).toMatchObject({ arn: `arn:aws:sts::${ACCOUNT}:assumed-role/deploy/models-models-7301` });
    expect(asked.rule.hits).toBe(1);
  });

  test('is asked for as the inputs say', async () => {
    const { json } = await assumeRole({ 'session-name': 'by-hand', 'duration-seconds': '900' });
    const { arn, expiresAt } = json as { arn: string; expiresAt: string };
    expect(arn).toMatch(/\/by-hand$/);
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(900_000);
  });

  test('is had after GitHub and AWS have failed for a while', async () => {
    github.faults.on('oidc:token').fail().times(2);
    local().faults.on('sts:AssumeRoleWithWebIdentity').throttle().times(1);
    const { exitCode, clock } = await assumeRole();
    expect({ exitCode, tries: clock.pauses.length + 1 }).toEqual({ exitCode: 0, tries: 3 });
  });
});

describe('a role that does not trust the job', () => {
  beforeEach(() =>
    iam().updateAssumeRolePolicy({
      RoleName: 'deploy',
      PolicyDocument: trusting('repo:models/models:ref:refs/heads/main'),
    }),
  );

  test('is asked for once; what the token says and the statement that matches stand in log, summary and error', async () => {
    const { exitCode, failure, environment, events, report, json } = await assumeRole();
    expect({ exitCode, environment }).toEqual({ exitCode: 1, environment: undefined });
    expect(failure).toMatch(
      /^AWS does not give the role \S+ to this job: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity\nThe token has sub repo:models\/models:environment:production, aud sts\.amazonaws\.com\. The job has `environment: production`/,
    );
    expect(asked.rule.hits).toBe(1);
    const log = events.flatMap(event => (event.type === 'message' ? [event.text] : [])).join('\n');
    expect(log).toContain('"token.actions.githubusercontent.com:sub": "repo:models/models:environment:production"');
    expect(log).toContain('job_workflow_ref');
    expect(JSON.stringify(report)).toContain('neither branch nor tag');

    // Pasted, the statement lets the job in.
    const { statement } = json as { statement: object };
    await iam().updateAssumeRolePolicy({
      RoleName: 'deploy',
      PolicyDocument: JSON.stringify({ Statement: [statement] }),
    });
    expect((await assumeRole()).exitCode).toBe(0);
  });

  test('a duration that the role does not allow is said with what to do', async () => {
    await iam().updateAssumeRolePolicy({ RoleName: 'deploy', PolicyDocument: trusting(CLAIMS.sub) });
    const { exitCode, failure } = await assumeRole({ 'duration-seconds': '7200' });
    expect(exitCode).toBe(1);
    expect(failure).toContain('`duration-seconds` is 7200 and the role allows less.');
    expect(failure).toContain('aws iam update-role --role-name deploy --max-session-duration 7200');
  });
});

test('without `id-token: write` the line to add is said, before AWS is asked', async () => {
  await expect(assumeRole({}, {})).rejects.toThrow(
    'GitHub gives this job no OIDC token: ACTIONS_ID_TOKEN_REQUEST_URL is not set. Add `permissions: id-token: write` to the job, and where its workflow is called by another (`workflow_call`) to the calling job too. Pull requests from forks never get a token.',
  );
});

test('all wrong inputs are said at once', async () => {
  const wrong = assumeRole({ role: 'deploy', region: 'Ireland', 'session-name': 'a b' });
  await expect(wrong).rejects.toThrow(
    /input "role" must be a role's ARN.*\n.*input "region".*\n.*input "session-name"/,
  );
  await expect(assumeRole({ region: 'cn-north-1' })).rejects.toThrow(
    'the role is in partition aws, but cn-north-1 is in aws-cn',
  );
});

test('AWS out of reach is no refusal', async () => {
  local().faults.on('sts:AssumeRoleWithWebIdentity').fail();
  await expect(assumeRole()).rejects.toThrow(`taking the role ${ROLE} in eu-west-1: `);
  local().faults.clear();
}, 30_000);

test('a terminal is told that it needs GitHub', async () => {
  const { exitCode, stderr } = await batchwright('assume-role', '--role', ROLE);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('assume-role is for jobs of GitHub Actions. It takes a role with the OIDC token');
});
