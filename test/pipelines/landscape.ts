/**
 * What is there before a team's first deployment: two AWS accounts with two regions each, and roles that trust the jobs of the team's
 * repository, each for its own GitHub environment, as docs/iam.md has them.
 */
import { IAM } from '@aws-sdk/client-iam';
import { trustStatement } from '../../src/credentials/trust-statement.ts';
import { createProcessEngine } from '../../src/local/engines/process-engine.ts';
import { type LocalAws, startLocalAws } from '../../src/local/server.ts';
import { prepareRegion, REGIONS, regionOptions } from '../actions/region.ts';
import { GITHUB_ISSUER } from '../github/oidc.ts';
import { PRODUCTION_ACCOUNT, TEST_ACCOUNT } from './repository.ts';

export type Environment = 'test' | 'production';
export const ACCOUNTS: Readonly<Record<Environment, string>> = { test: TEST_ACCOUNT, production: PRODUCTION_ACCOUNT };

/** Of the team's repository on GitHub, and of its environments. */
export const VARIABLES: Readonly<Record<string, string>> = {
  BATCHWRIGHT_PLAN_ROLE: roleOf('test', 'batchwright-plan'),
  'test/BATCHWRIGHT_ROLE': roleOf('test', 'batchwright-deploy'),
  'production/BATCHWRIGHT_ROLE': roleOf('production', 'batchwright-deploy'),
  'production/BATCHWRIGHT_RUN_ROLE': roleOf('production', 'batchwright-run'),
};

function roleOf(environment: Environment, name: string): string {
  return `arn:aws:iam::${ACCOUNTS[environment]}:role/${name}`;
}

export async function startLandscape(): Promise<LocalAws> {
  const local = await startLocalAws({
    engine: ({ images, clock }) => createProcessEngine({ images, clock, isolation: 'plain' }),
  });
  for (const environment of ['test', 'production'] as const) await prepareAccount(local, environment);
  return local;
}

/** How an SDK client reaches one account and region. */
export function clientOptions(local: LocalAws, environment: Environment, region = 'eu-west-1') {
  return regionOptions(local.url, region, ACCOUNTS[environment]);
}

async function prepareAccount(local: LocalAws, environment: Environment): Promise<void> {
  const iam = new IAM(clientOptions(local, environment));
  const Statement = { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  for (const RoleName of ['content-cues-execution', 'content-cues-job'])
    await iam.createRole({ RoleName, AssumeRolePolicyDocument });
  const ClientIDList = ['sts.amazonaws.com'];
  await iam.createOpenIDConnectProvider({ Url: GITHUB_ISSUER, ClientIDList });
  for (const name of ['batchwright-deploy', 'batchwright-run'])
    await trust(iam, roleOf(environment, name), `environment:${environment}`);
  if (environment === 'test') await trust(iam, roleOf(environment, 'batchwright-plan'), 'pull_request');
  const queues = ['low', 'medium', 'high'];
  const options = REGIONS.map(region => clientOptions(local, environment, region));
  await Promise.all(options.map(each => prepareRegion(each, { environment, queues })));
}

async function trust(iam: IAM, role: string, whom: string): Promise<void> {
  const claims = { iss: GITHUB_ISSUER, aud: 'sts.amazonaws.com', sub: `repo:acme/models:${whom}` };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: trustStatement(role, claims) });
  await iam.createRole({ RoleName: role.split('/')[1], AssumeRolePolicyDocument });
}
