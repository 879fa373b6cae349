/** A user's folder with a configuration and a template, a local AWS with a queue in two regions, and the command line in this process. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Batch } from '@aws-sdk/client-batch';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { systemClock } from '../../src/adapters/clock.ts';
import { run } from '../../src/cli/run.ts';
import type { LocalAws, LocalAwsOptions } from '../../src/local/server.ts';
import type { Clock } from '../../src/ports.ts';
import { clientOptions, useLocalAws } from '../local/fixtures/local.ts';
import { outsideGit } from './outside-git.ts';

export const ACCOUNT = '123456789012';
export const COMMIT = '0123456789abcdef0123456789abcdef01234567';
export const REGIONS = ['eu-west-1', 'us-east-1'] as const;

/** One workflow run: a second registration in it need not fear that the first one is taken back, and waits for nothing. */
export const ONE_RUN = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'models/models',
  GITHUB_RUN_ID: '1',
};

export const CONFIG = `project: models
image:
  repository: models
  builder: layer
  layer: { source: app, destination: /app, entrypoint: [node, /app/build.mjs] }
  createRepository: {}
families:
  models: { template: job.json.hbs }
tiers:
  small: { vcpus: 1, memoryMiB: 1024, timeoutSeconds: 600 }
jobQueue: models
environments:
  test:
    account: "${ACCOUNT}"
    regions: [eu-west-1, us-east-1]
    smokeTest: { size: 2, deadlineSeconds: 60 }
`;

export const TEMPLATE = `{
  "jobDefinitionName": "{{jobDefinitionName}}",
  "type": "container",
  "containerProperties": {
    "image": "{{image}}",
    "resourceRequirements": [
      { "type": "VCPU", "value": "{{tier.vcpus}}" },
      { "type": "MEMORY", "value": "{{tier.memoryMiB}}" },
    ],
    "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-create-group": "true" } },
  },
  "timeout": { "attemptDurationSeconds": {{tier.timeoutSeconds}} },
}
`;

/** Each test begins in a new folder with `CONFIG` and `TEMPLATE`; AWS is the same for all tests of the file. */
export function useWorkspace(options: Partial<LocalAwsOptions> = {}): () => LocalAws {
  const local = useLocalAws(options);
  let folder: string;
  const before = { ...process.env };
  const cwd = process.cwd();

  beforeAll(async () => {
    for (const region of REGIONS) await createQueue(new Batch(clientOptions(local(), ACCOUNT, region)));
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'batchwright-cli-'));
    process.chdir(folder);
    Object.assign(process.env, local().environment(ACCOUNT), { GITHUB_SHA: COMMIT, GITHUB_REF: 'refs/heads/main' });
    mkdirSync('app');
    writeFileSync('app/build.mjs', 'console.log("hello");\n');
    writeFileSync('batchwright.yml', CONFIG);
    writeFileSync('job.json.hbs', TEMPLATE);
  });

  afterEach(() => {
    process.chdir(cwd);
    process.env = { ...before };
    rmSync(folder, { recursive: true, force: true });
  });

  afterAll(() => process.chdir(cwd));
  return local;
}

export async function createQueue(batch: Batch): Promise<void> {
  await batch.createComputeEnvironment({
    computeEnvironmentName: 'ce',
    type: 'MANAGED',
    computeResources: {
      type: 'EC2',
      minvCpus: 0,
      maxvCpus: 64,
      instanceTypes: ['optimal'],
      subnets: ['subnet-1'],
      securityGroupIds: ['sg-1'],
      instanceRole: 'ecsInstanceRole',
    },
  });
  await batch.createJobQueue({
    jobQueueName: 'models',
    priority: 1,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'ce' }],
  });
}

/** Goes so many times faster than real time: a pause between two looks at a job is short then, and so is a deadline. */
export function quickClock(speed = 20): Clock {
  const begun = Date.now();
  return {
    now: () => begun + (Date.now() - begun) * speed,
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / speed, signal),
  };
}
export const clock = quickClock();

/** Runs one verb; what it prints where, and its exit code. */
export async function batchwright(...args: string[]) {
  let [stdout, stderr] = ['', ''];
  const exitCode = await run(args, {
    stdout: text => {
      stdout += text;
    },
    stderr: text => {
      stderr += text;
    },
    colour: false,
    surroundings: { clock, command: outsideGit },
  });
  return { exitCode, stdout, stderr };
}

/** The same with `--output json`, read. */
export async function batchwrightJson(...args: string[]) {
  const { exitCode, stdout, stderr } = await batchwright(...args, '--output', 'json');
  return { exitCode, stderr, value: JSON.parse(stdout) as unknown };
}
