/** The main job by the command line, read back with other people's programs: the AWS CLI, skopeo and Docker. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { prepareRegion, REGIONS, regionOptions } from '../actions/region.ts';
import { findTool, peerTest, runTool } from './tools.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLI = join(ROOT, 'bin/batchwright.mjs');

const NODE = { name: 'node', path: process.execPath, why: '' };
const aws = findTool('aws');
const skopeo = findTool('skopeo');
const docker = findTool('docker', ['version']);

let folder: string;
let server: ChildProcess;
let environment: Record<string, string>;
let digest: string;
let jobId: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'batchwright-main-job-'));
  cpSync(join(ROOT, 'examples/content-cues'), folder, { recursive: true });
  const started = await startLocal();
  server = started.server;
  environment = {
    PATH: process.env['PATH'] ?? '',
    ...started.variables,
    GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
  };
  await Promise.all(
    REGIONS.map(region => {
      const options = regionOptions(environment['AWS_ENDPOINT_URL'] ?? '', region);
      return prepareRegion(options, { environment: 'test', queues: ['high'] });
    }),
  );
  const image = await batchwright('build-push', '--builder', 'layer');
  digest = (image as { digest: string }).digest;
  await batchwright('register', '--image', digest);
  const tested = (await batchwright('smoke-test')) as { runs: { jobId: string; region: string }[] };
  jobId = tested.runs.find(({ region }) => region === 'us-east-1')?.jobId ?? '';
}, 120_000);

afterAll(async () => {
  const ended = new Promise(resolve => server.on('exit', resolve));
  server.kill('SIGINT');
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

/** `batchwright local`, until it has printed the variables to export. */
function startLocal(): Promise<{ server: ChildProcess; variables: Record<string, string> }> {
  const child = spawn(
    process.execPath,
    [CLI, 'local', '--port', '0', '--engine', 'process', '--state', join(folder, '.state')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', chunk => {
      printed += String(chunk);
      const variables = Object.fromEntries(
        [...printed.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
      );
      if (variables['AWS_ENDPOINT_URL'] && variables['AWS_SECRET_ACCESS_KEY']) {
        resolve({ server: child, variables: { ...variables, AWS_ACCESS_KEY_ID: '123456789012' } });
      }
    });
    child.on('exit', code => reject(new Error(`batchwright local ended with exit code ${code}: ${printed}`)));
  });
}

/** One verb as a user runs it, in the project's folder; its JSON result. Fails with what it said. */
async function batchwright(verb: string, ...flags: string[]): Promise<unknown> {
  const { exitCode, stdout, output } = await runTool(
    NODE,
    [CLI, verb, '--environment', 'test', '--output', 'json', ...flags],
    {
      cwd: folder,
      environment,
    },
  );
  if (exitCode !== 0) throw new Error(`batchwright ${verb}: exit code ${exitCode}\n${output}`);
  return JSON.parse(stdout);
}

async function readAws<Answer>(region: string, ...args: string[]): Promise<Answer> {
  const endpoint = environment['AWS_ENDPOINT_URL'] ?? '';
  const { exitCode, stdout, output } = await runTool(
    aws,
    ['--endpoint-url', endpoint, '--region', region, '--output', 'json', ...args],
    {
      environment: { ...environment, AWS_PAGER: '' },
    },
  );
  if (exitCode !== 0) throw new Error(`aws ${args.join(' ')}: ${output}`);
  return JSON.parse(stdout || '{}') as Answer;
}

peerTest([aws], 'the AWS CLI reads the registered definitions of both regions', async () => {
  for (const region of REGIONS) {
    const { jobDefinitions } = await readAws<{
      jobDefinitions: { jobDefinitionName: string; containerProperties: { image: string } }[];
    }>(region, ...['batch', 'describe-job-definitions', '--status', 'ACTIVE']);
    expect(jobDefinitions.map(({ jobDefinitionName }) => jobDefinitionName).sort()).toEqual([
      'content-cues-large',
      'content-cues-medium',
      'content-cues-small',
    ]);
    for (const { containerProperties } of jobDefinitions)
      expect(containerProperties.image).toContain(`/${region}/content-cues@${digest}`);
  }
});

peerTest([aws], 'the AWS CLI reads the finished array job, its children, their logs and their models', async () => {
  const { jobs } = await readAws<{
    jobs: { status: string; arrayProperties: { statusSummary: Record<string, number> } }[];
  }>('us-east-1', ...['batch', 'describe-jobs', '--jobs', jobId]);
  expect(jobs[0]).toMatchObject({
    status: 'SUCCEEDED',
    arrayProperties: { statusSummary: { SUCCEEDED: 3, FAILED: 0 } },
  });
  const { jobs: children } = await readAws<{ jobs: { container: { exitCode: number; logStreamName: string } }[] }>(
    'us-east-1',
    ...['batch', 'describe-jobs', '--jobs', `${jobId}:1`],
  );
  expect(children[0]?.container.exitCode).toBe(0);
  const { events } = await readAws<{ events: { message: string }[] }>(
    'us-east-1',
    ...['logs', 'get-log-events', '--start-from-head', '--log-group-name', '/aws/batch/content-cues'],
    ...['--log-stream-name', children[0]?.container.logStreamName ?? ''],
  );
  expect(events.map(({ message }) => message).join('\n')).toContain('account=102 wrote');
  const { Contents } = await readAws<{ Contents: { Key: string }[] }>(
    'us-east-1',
    ...['s3api', 'list-objects-v2', '--bucket', 'content-cues-test-us-east-1', '--prefix', 'models/'],
  );
  expect(Contents.filter(({ Key }) => Key.endsWith('.json'))).toHaveLength(3);
});

peerTest([aws, skopeo, docker], 'skopeo inspects the pushed image and Docker pulls it', async () => {
  const { authorizationData } = await readAws<{ authorizationData: { authorizationToken: string }[] }>(
    'us-east-1',
    'ecr',
    'get-authorization-token',
  );
  const login = Buffer.from(authorizationData[0]?.authorizationToken ?? '', 'base64').toString();
  const host = new URL(environment['AWS_ENDPOINT_URL'] ?? '').host;
  const reference = `${host}/123456789012/us-east-1/content-cues@${digest}`;
  const inspected = await runTool(
    skopeo,
    ['inspect', '--tls-verify=false', '--creds', login, `docker://${reference}`],
    { environment },
  );
  expect(inspected).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(inspected.stdout)).toMatchObject({ Digest: digest, Os: 'linux' });

  const [user, password] = [login.slice(0, login.indexOf(':')), login.slice(login.indexOf(':') + 1)];
  const dockerEnvironment = { ...environment, DOCKER_CONFIG: join(folder, '.docker') };
  const loggedIn = await runTool(docker, ['login', '--username', user, '--password', password, host], {
    environment: dockerEnvironment,
  });
  expect(loggedIn).toMatchObject({ exitCode: 0 });
  const pulled = await runTool(docker, ['pull', reference], { environment: dockerEnvironment });
  expect(pulled).toMatchObject({ exitCode: 0 });
  expect(pulled.stdout).toContain(digest);
  await runTool(docker, ['rmi', reference], { environment: dockerEnvironment });
});
