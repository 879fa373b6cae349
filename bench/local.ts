/**
 * The local AWS as a program of its own, over HTTP: how soon it answers, and how many calls a second it takes on an array of 10,000
 * children, some of which have failed. Answers are read whole but not parsed, so that the server is measured and not the client.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { median, table } from './figures.ts';

const ACCOUNT = '123456789012';
const CHILDREN = 10_000;
const STARTS = 7;
const SECONDS = 2;
/** Calls under way at once, as a pool of an SDK's sockets would have them. */
const AT_ONCE = 8;

type Call = (path: string, body?: object) => Promise<string>;

export async function benchLocal(): Promise<string> {
  const starts = await measureStarts();
  const server = await startServer();
  try {
    const call = callerOf(server.url);
    const before = await server.residentMiB();
    const array = await prepare(call);
    const after = await server.residentMiB();
    const rows: string[][] = [];
    for (const { name, make } of callsOn(array)) rows.push([name, `${Math.round(await rate(call, make))}/s`, '']);
    return table(
      `The local AWS over HTTP, ${AT_ONCE} calls at once, with an array of 10,000 children that have ended`,
      ['', 'measured', 'aim'],
      [
        [`batchwright local: start to first answer (median of ${STARTS})`, `${starts.command.toFixed(0)} ms`, '300 ms'],
        [`startLocalAws in a program (median of ${STARTS})`, `${starts.server.toFixed(0)} ms`, '300 ms'],
        ['memory of the array', `${(after - before).toFixed(0)} MiB`, '95 MiB'],
        ...rows,
      ],
    );
  } finally {
    server.stop();
  }
}

interface MeasuredCall {
  readonly name: string;
  readonly make: (call: Call) => Promise<string>;
}

function callsOn(array: string): readonly MeasuredCall[] {
  let at = 0;
  const nextId = () => {
    at = (at + 1) % CHILDREN;
    return `${array}:${at}`;
  };
  const single = { jobName: 'single', jobQueue: 'idle', jobDefinition: 'models' };
  const submit = (body: object) => (call: Call) => call('/v1/submitjob', body);
  const describe = (ids: () => string[]) => (call: Call) => call('/v1/describejobs', { jobs: ids() });
  const list = (jobStatus: string) => (call: Call) =>
    call('/v1/listjobs', { arrayJobId: array, maxResults: 1000, jobStatus });
  return [
    { name: 'SubmitJob, a plain job', make: submit(single) },
    { name: 'SubmitJob, an array of 10,000', make: submit({ ...single, arrayProperties: { size: CHILDREN } }) },
    { name: 'DescribeJobs, 100 children', make: describe(() => Array.from({ length: 100 }, nextId)) },
    { name: 'DescribeJobs, the parent', make: describe(() => [array]) },
    { name: 'ListJobs, 1,000 children that SUCCEEDED', make: list('SUCCEEDED') },
    { name: 'ListJobs, 104 children that FAILED', make: list('FAILED') },
    { name: 'the page of the array', make: call => call(`/_batchwright/${ACCOUNT}/eu-west-1/jobs/${array}`) },
  ];
}

/** Calls a second. */
async function rate(call: Call, make: (call: Call) => Promise<string>): Promise<number> {
  for (let warm = 0; warm < 20; warm += 1) await make(call);
  const begun = performance.now();
  const end = begun + SECONDS * 1000;
  let done = 0;
  const one = async () => {
    while (performance.now() < end) {
      await make(call);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return done / ((performance.now() - begun) / 1000);
}

/** Two queues: on `busy` everything runs and ends at once, on `idle` there is no room for anything. Gives the ended array's id. */
async function prepare(call: Call): Promise<string> {
  for (const [name, maxvCpus] of [
    ['busy', 100_000],
    ['idle', 1],
  ] as const) {
    await call('/v1/createcomputeenvironment', {
      ...{ computeEnvironmentName: name, type: 'MANAGED' },
      computeResources: {
        ...{ type: 'EC2', minvCpus: 0, maxvCpus, instanceTypes: ['optimal'], subnets: ['subnet-1'] },
        ...{ instanceRole: 'ecsInstanceRole', securityGroupIds: ['sg-1'] },
      },
    });
    const computeEnvironmentOrder = [{ order: 1, computeEnvironment: name }];
    await call('/v1/createjobqueue', { jobQueueName: name, priority: 1, computeEnvironmentOrder });
  }
  const resourceRequirements = [
    { type: 'VCPU', value: '2' },
    { type: 'MEMORY', value: '2048' },
  ];
  const containerProperties = {
    image: 'models',
    command: ['train', '--account', 'Ref::account'],
    resourceRequirements,
  };
  await call('/v1/registerjobdefinition', { jobDefinitionName: 'models', type: 'container', containerProperties });
  const array = { jobName: 'nightly', jobQueue: 'busy', jobDefinition: 'models', arrayProperties: { size: CHILDREN } };
  const { jobId } = JSON.parse(await call('/v1/submitjob', array)) as { jobId: string };
  while (!/"status":"(?:FAILED|SUCCEEDED)"/.test(await call('/v1/describejobs', { jobs: [jobId] }))) await pause(50);
  return jobId;
}

/** Of `batchwright local` as its user starts it, and of the server alone within a program. */
async function measureStarts(): Promise<{ command: number; server: number }> {
  const [command, server]: [number[], number[]] = [[], []];
  // The first round fills the caches and is not counted.
  for (let round = 0; round <= STARTS; round += 1) {
    const [started, { startMilliseconds, stop }] = [await startCommand(), await startServer()];
    stop();
    if (round === 0) continue;
    command.push(started);
    server.push(startMilliseconds);
  }
  return { command: median(command), server: median(server) };
}

/** Milliseconds from the start of the process to its first answer. */
async function startCommand(): Promise<number> {
  const begun = performance.now();
  const args = ['bin/batchwright.mjs', 'local', '--port', '0', '--engine', 'process'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    const url = /AWS_ENDPOINT_URL=(\S+)/.exec(said)?.[1];
    if (!url) continue;
    await callerOf(url)('/_batchwright/health');
    break;
  }
  const milliseconds = performance.now() - begun;
  child.kill('SIGINT');
  await once(child, 'exit');
  return milliseconds;
}

interface Server {
  readonly url: string;
  readonly startMilliseconds: number;
  residentMiB(): Promise<number>;
  stop(): void;
}

async function startServer(): Promise<Server> {
  const child = fork(fileURLToPath(new URL('local-server.ts', import.meta.url)), { execArgv: ['--expose-gc'] });
  const [started] = (await once(child, 'message')) as [Pick<Server, 'url' | 'startMilliseconds'>];
  return {
    ...started,
    async residentMiB() {
      child.send('memory');
      const [mebibytes] = (await once(child, 'message')) as [number];
      return mebibytes;
    },
    stop: () => child.disconnect(),
  };
}

function callerOf(url: string): Call {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const authorization = `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/eu-west-1/batch/aws4_request`;
  return (path, body) =>
    new Promise((resolve, reject) => {
      const options = { agent, method: body ? 'POST' : 'GET', headers: { authorization } };
      const sent = request(url + path, options, response => {
        const chunks: Buffer[] = [];
        response.on('data', chunk => chunks.push(chunk as Buffer));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${path}: ${response.statusCode} ${text}`));
        });
      });
      sent.on('error', reject).end(body && JSON.stringify(body));
    });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
