/** Servers in this process, on one local AWS and one ledger; every answer is held against the description that the server serves. */
import { writeFileSync } from 'node:fs';
import { Batch } from '@aws-sdk/client-batch';
import { S3 } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, jest } from '@jest/globals';
import { createPorts } from '../../src/adapters/ports.ts';
import type { Ports } from '../../src/commands/command.ts';
import type { ToolkitEvent } from '../../src/events.ts';
import type { LocalAws } from '../../src/local/server.ts';
import { openServerContext } from '../../src/serve/open-server-context.ts';
import { type ServeOptions, type Serving, startServe } from '../../src/serve/start.ts';
import { parseTokens } from '../../src/serve/tokens.ts';
import { instantEngine } from '../cli/instant-engine.ts';
import { ACCOUNT, CONFIG, quickClock, REGIONS, useWorkspace } from '../cli/workspace.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { type Contract, openContract } from './contract.ts';

// Quick alone; slower on a machine with other work.
jest.setTimeout(30_000);

export const TOKEN = 'a'.repeat(32);
export const READER = 'b'.repeat(32);
const TOKENS = `airflow ${TOKEN}\nprometheus ${READER} read # scrapes\n`;
export const ENTRIES = '{"id":"101"}\n{"id":"102"}\n{"id":"103"}\n';

export interface Fixture {
  readonly local: () => LocalAws;
  /** Another server, with an identity of its own. */
  start(options?: Partial<ServeOptions>, ports?: Partial<Ports>): Promise<TestServer>;
  /** Names of the jobs that Batch has accepted in this test. */
  jobs(): Promise<readonly string[]>;
  readonly s3: () => S3;
  readonly bucket: () => string;
  /** Undefined before the first server has started. */
  readonly contract: () => Contract | undefined;
}

export interface TestServer extends Serving {
  readonly events: readonly ToolkitEvent[];
  /** With the token that may change, unless another is given; checked against the contract. */
  ask(method: string, path: string, init?: RequestInit & { readonly token?: string | null }): Promise<Answer>;
  /** Asks until the run has ended. */
  settle(run: string): Promise<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** Of all servers together. */
const clock = quickClock(60);
let ledgers = 0;

async function listJobs(batch: Batch): Promise<(readonly [id: string, name: string])[]> {
  const filters = [{ name: 'AFTER_CREATED_AT', values: ['0'] }];
  const { jobSummaryList = [] } = await batch.listJobs({ jobQueue: 'models', filters });
  return jobSummaryList.map(({ jobId = '', jobName = '' }) => [jobId, jobName]);
}

async function register(batch: Batch): Promise<void> {
  await batch.registerJobDefinition({
    jobDefinitionName: 'models-small',
    type: 'container',
    containerProperties: {
      image: 'models',
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '1024' },
      ],
    },
  });
}

export function useServers(outcome: Parameters<typeof instantEngine>[0]): Fixture {
  const local = useWorkspace({ engine: instantEngine(outcome) });
  const running: TestServer[] = [];
  let s3: S3;
  let batch: Batch;
  let contract: Contract | undefined;
  let earlier: ReadonlySet<string> = new Set();

  beforeEach(async () => {
    s3 = new S3({ ...clientOptions(local(), ACCOUNT), forcePathStyle: true });
    batch = new Batch(clientOptions(local(), ACCOUNT));
    ledgers += 1;
    await s3.createBucket({ Bucket: `ledger-${ledgers}` });
    const runs = `runs: { ledger: "s3://ledger-${ledgers}/{environment}", prices: { vcpuHour: 1 } }\n`;
    writeFileSync('batchwright.yml', CONFIG + runs);
    earlier = new Set((await listJobs(batch)).map(([id]) => id));
    for (const region of REGIONS) await register(new Batch(clientOptions(local(), ACCOUNT, region)));
  });
  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop();
    s3.destroy();
    batch.destroy();
  });

  return {
    local,
    s3: () => s3,
    bucket: () => `ledger-${ledgers}`,
    contract: () => contract,
    async start(options = {}, over = {}) {
      const events: ToolkitEvent[] = [];
      const notify = (event: ToolkitEvent) => void events.push(event);
      const ports = { ...createPorts(notify, new AbortController().signal), clock, ...over };
      const context = await openServerContext({ config: undefined, environment: undefined, account: 'listed' }, ports);
      const serving = await startServe({
        server: context,
        recognize: parseTokens(TOKENS, 'tokens'),
        port: 0,
        host: '127.0.0.1',
        allowRemote: false,
        mostBodyBytes: 1000,
        ...options,
      });
      const raw = async (method: string, path: string, init: Parameters<TestServer['ask']>[2] = {}) => {
        const { token = TOKEN, headers, ...rest } = init;
        const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
        return fetch(`${serving.url}${path}`, {
          method,
          ...rest,
          headers: { ...authorization, ...(headers as Record<string, string>) },
        });
      };
      contract ??= openContract(await (await raw('GET', '/openapi.json', { token: null })).json());
      const held = contract;
      const server: TestServer = {
        ...serving,
        events,
        async ask(method, path, init) {
          const response = await raw(method, path, init);
          const text = await response.text();
          const isJson = /[/+]json$/.test(response.headers.get('content-type') ?? '');
          const body = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
          held.check({ method, path, status: response.status, headers: response.headers, text });
          return { status: response.status, headers: response.headers, text, body };
        },
        async settle(run) {
          for (;;) {
            const { body } = await server.ask('GET', `/runs/${run}`);
            if (body['state'] === 'ended') return body;
            await new Promise(resolve => setTimeout(resolve, 20));
          }
        },
      };
      running.push(server);
      return server;
    },
    jobs: async () => (await listJobs(batch)).flatMap(([id, name]) => (earlier.has(id) ? [] : [name])).sort(),
  };
}
