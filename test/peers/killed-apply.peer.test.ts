/**
 * `batchwright register` over 3 regions and 9 definitions, a real process each time, killed with SIGKILL before and after every call
 * that it makes, and run again. Needs Node alone. The same without processes, and quick: test/definitions/killed.test.ts.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Batch, type JobDefinition } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientOptions } from '../local/fixtures/local.ts';
import { pushTinyImage } from '../local/fixtures/tiny-image.ts';
import { type Meet, type ProcessKill, type ProcessKiller, startProcessKiller, type Watched } from './process-killer.ts';

const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2'] as const;
const REFUSED = 'us-east-1 batch:RegisterJobDefinition 2';
const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

const TEMPLATE = `{
  "jobDefinitionName": "{{jobDefinitionName}}",
  "type": "container",
  "containerProperties": {
    "image": "{{image}}",
    "environment": [{ "name": "EMPTY", "value": "" }],
    "resourceRequirements": [
      { "type": "VCPU", "value": "{{tier.vcpus}}" },
      { "type": "MEMORY", "value": "{{tier.memoryMiB}}" }
    ],
    "logConfiguration": { "logDriver": "awslogs" }
  },
  "timeout": { "attemptDurationSeconds": {{tier.timeoutSeconds}} }
}
`;

/** Tier `same` is alike in both versions, `changed` is not, `new` is in the second alone. */
const configOf = (account: string, version: number) => `project: kills
image: { repository: kills }
families: { kills: { template: job.json.hbs } }
tiers:
  same: { vcpus: 1, memoryMiB: 1024, timeoutSeconds: 600 }
  changed: { vcpus: 1, memoryMiB: 1024, timeoutSeconds: ${600 * version} }
${version === 2 ? '  new: { vcpus: 1, memoryMiB: 1024, timeoutSeconds: 600 }\n' : ''}jobQueue: kills
environments:
  test: { account: "${account}", regions: [${REGIONS.join(', ')}] }
`;

/** Each counts the calls of one process at a time, so two of them halve the time on two cores. */
let killers: readonly ProcessKiller[];
let folder: string;
let accounts = 200_000_000_000;
beforeAll(async () => {
  killers = await Promise.all([startProcessKiller(), startProcessKiller()]);
  folder = mkdtempSync(join(tmpdir(), 'batchwright-kills-'));
  writeFileSync(join(folder, 'job.json.hbs'), TEMPLATE);
});
afterAll(async () => {
  await Promise.all(killers.map(({ local }) => local.stop()));
  rmSync(folder, { recursive: true, force: true });
});

class Account {
  readonly id: string;
  readonly clients: ReadonlyMap<string, Batch>;
  readonly #killer: ProcessKiller;

  constructor(killer: ProcessKiller) {
    accounts += 1;
    this.id = String(accounts);
    this.#killer = killer;
    this.clients = new Map(REGIONS.map(region => [region, new Batch(clientOptions(killer.local, this.id, region))]));
  }

  async register(version: number, around: { kill?: ProcessKill; meet?: Meet | undefined } = {}): Promise<Watched> {
    const config = `${this.id}-${version}.yml`;
    writeFileSync(join(folder, config), configOf(this.id, version));
    const environment = {
      ...this.#killer.local.environment(this.id),
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      // One run: whose revisions they are is not asked again.
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'o/r',
      GITHUB_RUN_ID: '1',
      GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
      // Hundreds of processes that read the same modules.
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
    };
    const image = await this.pushImage();
    const args = [MAIN, 'register', '--config', config, '--image', image, '--output', 'json'];
    const { kill, meet } = around;
    return this.#killer.run(args, { cwd: folder, environment, ...(kill && { kill }), ...(meet && { meet }) });
  }

  /** Its digest. */
  async pushImage(): Promise<string> {
    const pushes = REGIONS.map(region => pushTinyImage('kills', clientOptions(this.#killer.local, this.id, region)));
    const [digest = ''] = await Promise.all(pushes);
    return digest;
  }

  async createQueue(): Promise<void> {
    for (const batch of this.clients.values()) {
      const networks = { subnets: ['s'], securityGroupIds: ['sg-1'] };
      const computeResources = { type: 'FARGATE' as const, maxvCpus: 16, ...networks };
      await batch.createComputeEnvironment({ computeEnvironmentName: 'ce', type: 'MANAGED', computeResources });
      const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'ce' }];
      await batch.createJobQueue({ jobQueueName: 'kills', priority: 1, computeEnvironmentOrder });
    }
  }

  async described(): Promise<readonly JobDefinition[]> {
    const pages = [...this.clients.values()].map(batch => batch.describeJobDefinitions({ status: 'ACTIVE' }));
    return (await Promise.all(pages)).flatMap(({ jobDefinitions = [] }) => jobDefinitions);
  }

  /** ARNs of all that is ACTIVE. */
  async active(): Promise<readonly string[]> {
    return (await this.described()).map(({ jobDefinitionArn = '' }) => jobDefinitionArn).sort();
  }

  /** Registers what another account has, as it was sent there. */
  async copy(deployed: readonly JobDefinition[]): Promise<void> {
    for (const {
      jobDefinitionArn = '',
      revision: _,
      status: __,
      containerOrchestrationType: ___,
      ...rest
    } of deployed) {
      const { jobDefinitionName, type, containerProperties } = rest;
      const image = containerProperties?.image?.replace(/\d{12}/, this.id);
      const own = {
        ...rest,
        jobDefinitionName,
        type: type as 'container',
        containerProperties: { ...containerProperties, image },
      };
      await this.clients.get(jobDefinitionArn.split(':')[3] ?? '')?.registerJobDefinition(own);
    }
  }
}

interface Report {
  readonly ok: boolean;
  readonly definitions: readonly { readonly status: string; readonly arn?: string; readonly name: string }[];
}

/** Refuses the last registration when the five others are on their way, so that they are undone. */
function refuseLast(): Meet {
  const others = Promise.withResolvers<void>();
  return (call, calls) => {
    const sent = calls.filter(each => each.includes(':RegisterJobDefinition ')).length;
    if (sent === 6) others.resolve();
    return call === REFUSED ? others.promise.then(() => 'deny' as const) : undefined;
  };
}

/**
 * Calls: one asks for the account, in each region one for what is live and one for the image, a registration each; to undo, in each
 * region one for its job queue, five for the jobs in it and a look at all revisions, and a deregistration each.
 */
const STORIES: readonly (readonly [story: string, deployed: boolean, meet: (() => Meet) | undefined, calls: number])[] =
  [
    ['of new definitions', false, undefined, 16],
    ['of unchanged, changed and new definitions', true, undefined, 13],
    ['that is undone, since one region refuses', true, refuseLast, 39],
  ];

describe.each(STORIES)('an apply %s', (_story, isDeployed, meet, count) => {
  const prepare = async (deployed: readonly JobDefinition[], killer: ProcessKiller) => {
    const account = new Account(killer);
    if (meet) await account.createQueue();
    await account.copy(deployed);
    return account;
  };

  test(`killed before and after each of its ${count} calls and run again ends in the planned state, and says so`, async () => {
    const [killer] = killers;
    if (!killer) throw new Error('nothing was started');
    const first = new Account(killer);
    if (isDeployed) await first.register(1);
    const deployed = await first.described();
    const { calls } = await (await prepare(deployed, killer)).register(2, { meet: meet?.() });
    expect(calls).toHaveLength(count);
    const kills = calls.flatMap(call => (['before', 'after'] as const).map(when => ({ call, when }))).values();
    const lane = async (own: ProcessKiller) => {
      for (const kill of kills) await expectRecovery(await prepare(deployed, own), { kill, meet: meet?.() });
    };
    await Promise.all(killers.map(lane));
  }, 600_000);
});

async function expectRecovery(account: Account, around: { kill: ProcessKill; meet: Meet | undefined }): Promise<void> {
  const { kill } = around;
  const before = await account.active();
  const killed = await account.register(2, around);
  expect({ kill, ...killed }).toMatchObject({ kill, signal: 'SIGKILL', stdout: '' });
  const between = await account.active();
  const again = await account.register(2);
  const report = JSON.parse(again.stdout) as Report;
  const live = report.definitions.map(({ arn = '' }) => arn);
  expect({ kill, exitCode: again.exitCode, count: live.length }).toEqual({ kill, exitCode: 0, count: 9 });
  const active = [...new Set([...before, ...live])].sort();
  expect({ kill, active: await account.active() }).toEqual({ kill, active });
  for (const { name, arn = '', status } of report.definitions) {
    const expected = between.includes(arn) ? 'unchanged' : 'registered';
    expect({ kill, name, status }).toEqual({ kill, name, status: expected });
  }
  const { exitCode, stdout } = await account.register(2);
  const statuses = (JSON.parse(stdout) as Report).definitions.map(({ status }) => status);
  expect({ kill, exitCode, statuses }).toEqual({ kill, exitCode: 0, statuses: Array(9).fill('unchanged') });
  for (const client of account.clients.values()) client.destroy();
}
