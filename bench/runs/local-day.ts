/**
 * A day of runs between two processes: `batchwright local` on virtual time with the rates of AWS, and a folder with the configuration
 * and the manifest that `batchwright run` is given there. What becomes of a child is drawn from its job's name and its index alone, so
 * that two days with the same manifest are alike.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { Batch } from '@aws-sdk/client-batch';
import { S3 } from '@aws-sdk/client-s3';
import { ACCOUNT, PRIORITIES, registerTiers, TIERS } from '../../test/runs/cues-fleet.ts';
import { manifestBytes } from './day.ts';

const REGION = 'eu-west-1';
export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

const CONFIG = `project: cues
image: { repository: cues }
families: { cues: { template: job.json.hbs } }
tiers:
${Object.entries(TIERS)
  .map(
    ([name, memoryMiB]) => `  ${name}: { vcpus: ${memoryMiB / 1024}, memoryMiB: ${memoryMiB}, timeoutSeconds: 7200 }`,
  )
  .join('\n')}
jobQueues: { ${PRIORITIES.map(priority => `${priority}: cues-${priority}`).join(', ')} }
environments:
  test: { account: "${ACCOUNT}", regions: [${REGION}] }
runs:
  ledger: s3://ledger/runs
  tier: { field: tickets, from: { small: 0, medium: 1000, large: 100000 } }
  priority: low
  retry: { rounds: 2, classes: [application] }
  prices: { vcpuHour: 0.04, gibHour: 0.004 }
`;

/** About 1 % failures that are no reclaims. */
const MODEL = `start: { medianSeconds: 20, spread: 0.5 }
duration: { medianSeconds: 180, spread: 0.5 }
outcomes: { applicationError: 0.005, outOfMemory: 0.005, spotReclaimBeforeOutput: 0.05 }
`;

export interface LocalDay {
  readonly url: string;
  /** For `batchwright run`, in the folder. */
  readonly environment: Readonly<Record<string, string>>;
  readonly batch: Batch;
  stop(): Promise<void>;
}

/** Writes `batchwright.yml`, `model.yml` and `accounts.ndjson`. */
export async function writeDay(folder: string, entries: number): Promise<void> {
  writeFileSync(join(folder, 'batchwright.yml'), CONFIG);
  writeFileSync(join(folder, 'model.yml'), MODEL);
  await pipeline(Readable.from(manifestBytes(entries)), createWriteStream(join(folder, 'accounts.ndjson')));
}

/** `speed` is that of `batchwright local`. */
export async function startLocalDay(folder: string, speed: number): Promise<LocalDay> {
  const environment = { PATH: process.env['PATH'] ?? '', HOME: folder, NODE_COMPILE_CACHE: join(folder, 'compiled') };
  const given = [
    '--port',
    '0',
    '--engine',
    'simulated',
    '--model',
    'model.yml',
    '--seed',
    '7',
    '--speed',
    String(speed),
    '--rates',
  ];
  const server = spawn(process.execPath, [MAIN, 'local', ...given], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const closed = once(server, 'close');
  const url = await readUrl(createInterface({ input: server.stdout }));
  const options = { endpoint: url, region: REGION, credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'local' } };
  const batch = new Batch(options);
  await furnish(batch, new S3({ ...options, forcePathStyle: true }));
  return {
    url,
    environment: {
      ...environment,
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: ACCOUNT,
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    batch,
    async stop() {
      batch.destroy();
      server.kill('SIGTERM');
      await closed;
    },
  };
}

async function readUrl(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const url = /^export AWS_ENDPOINT_URL=(.+)$/.exec(line)?.[1];
    if (url) return url;
  }
  throw new Error('batchwright local ended before it said where it listens');
}

/** Room for all children at once: when a job waits for another, it matters when that one was submitted. */
async function furnish(batch: Batch, s3: S3): Promise<void> {
  await s3.createBucket({ Bucket: 'ledger' });
  s3.destroy();
  await batch.createComputeEnvironment({
    computeEnvironmentName: 'cues',
    type: 'MANAGED',
    computeResources: {
      ...{ type: 'EC2', minvCpus: 0, maxvCpus: 100_000_000, instanceTypes: ['optimal'], instanceRole: 'role' },
      ...{ subnets: ['subnet-1'], securityGroupIds: ['sg-1'] },
    },
  });
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'cues' }];
  for (const [index, priority] of PRIORITIES.entries())
    await batch.createJobQueue({ jobQueueName: `cues-${priority}`, priority: index + 1, computeEnvironmentOrder });
  await registerTiers(batch, 3);
}
