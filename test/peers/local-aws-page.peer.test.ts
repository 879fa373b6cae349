/** What docs/local-aws.md tells a newcomer to type, typed word for word: with Docker and without, by the AWS CLI. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { findTool, peerTest, runTool, type Tool } from './tools.ts';

const docker = findTool('docker', ['version']);
const busybox = findTool('/bin/busybox', ['true']);
const bash = findTool('bash');
/** Where `.ci/run` puts a current AWS CLI: Debian's does not know AWS_ENDPOINT_URL, as the page says. */
const environment = process.env['BATCHWRIGHT_PYTHON'] ?? join(tmpdir(), 'batchwright-peers', 'python');
const aws: Tool = existsSync(join(environment, 'bin', 'aws'))
  ? { name: 'aws', path: join(environment, 'bin', 'aws'), why: '' }
  : { name: 'aws', path: undefined, why: `${environment}/bin/aws is not there` };

const page = readFileSync('docs/local-aws.md', 'utf8');
const [start = '', typed = ''] = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);

/** Docker may have no busybox, and no way to one. */
let made = false;
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'local-aws-page-'));
  if (!docker.path || !busybox.path || spawnSync('docker', ['image', 'inspect', 'busybox']).status === 0) return;
  const script =
    'mkdir -p bin && cp /bin/busybox bin && ln -s busybox bin/sh && ln -s busybox bin/echo && tar -cf box.tar bin';
  execFileSync('bash', ['-c', script], { cwd: home });
  execFileSync('docker', ['import', join(home, 'box.tar'), 'busybox:latest']);
  made = true;
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
  if (made) spawnSync('docker', ['rmi', 'busybox:latest']);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

describe.each(['docker', 'process'])('with --engine %s', engine => {
  peerTest([docker, busybox, bash, aws], 'the page leads from nothing to the log of an array job', follow, 300_000);

  async function follow(): Promise<void> {
    const [, flags = ''] = /^npx batchwright local (.*)\n$/.exec(start) ?? [];
    const port = await freePort();
    const args = ['bin/batchwright.mjs', 'local', ...flags.split(' '), '--port', String(port), '--engine', engine];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await once(child.stdout, 'data');
      const script = typed.replaceAll('4566', String(port));
      const settings = {
        environment: {
          ...{ HOME: home, DOCKER_CONFIG: join(home, 'docker') },
          PATH: `${join(environment, 'bin')}${delimiter}${process.env['PATH']}`,
        },
      };
      // Typed by hand, some seconds pass before the last two lines.
      const pause =
        'for n in $(seq 60); do sleep 0.5; aws batch describe-jobs --jobs $job --output text | grep -q SUCCEEDED && break; done';
      const at = script.indexOf('aws batch describe-jobs');
      const { exitCode, output } = await runTool(
        bash,
        ['-ec', `${script.slice(0, at)}\n${pause}\n${script.slice(at)}`],
        settings,
      );
      expect([exitCode, output]).toEqual([0, expect.stringContaining('"SUCCEEDED": 3')]);
      for (const index of [0, 1, 2]) expect(output).toContain(`hello from child ${index} of 3`);
    } finally {
      child.kill('SIGINT');
      await once(child, 'exit');
      spawnSync('docker', ['rmi', `127.0.0.1:${port}/123456789012/eu-west-1/hello`]);
    }
  }
});
