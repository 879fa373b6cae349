/** The docker engine on a real daemon, with images pulled from the local registry. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { systemClock } from '../../src/adapters/clock.ts';
import { createEngine } from '../../src/local/engines/create-engine.ts';
import { type DockerApi, findDocker } from '../../src/local/engines/docker-api.ts';
import { sharesLoopback } from '../../src/local/engines/docker-loopback.ts';
import type { Engine } from '../../src/local/engines/model.ts';
import { type LocalAws, startLocalAws } from '../../src/local/server.ts';
import { makeImage, openRegistry } from '../local/ecr/registry-client.ts';
import { runToEnd, start } from '../local/engines/engine-fixture.ts';
import { type Entry, shellImage, tar } from '../local/engines/image-fixture.ts';
import { findTool, peerTest } from './tools.ts';

const docker = findTool('docker', ['version']);
const account = '123456789012';
let local: LocalAws;
let engine: Engine;
let api: DockerApi | undefined;
let image: string;
let explanation: string;

beforeAll(async () => {
  if (!docker.path) return;
  local = await startLocalAws({
    engine: async context => {
      const chosen = await createEngine('docker', context);
      explanation = chosen.explanation;
      return chosen.engine;
    },
  });
  engine = local.engine;
  api = await findDocker();
  image = await push([
    ...shellImage(),
    { path: 'usr/own/plain.txt', content: 'no program' },
    { path: 'usr/own/eat', content: '#!/usr/own/sh\na=0123456789abcdef; while :; do a=$a$a; done\n', mode: 0o755 },
  ]);
});
afterAll(async () => {
  await api?.call('DELETE', `/images/${encodeURIComponent(image)}?force=1`);
  api?.close();
  await local?.stop();
});

/** Gives the reference by digest. */
async function push(entries: readonly Entry[]): Promise<string> {
  const client = new ECR({
    endpoint: local.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: account, secretAccessKey: 'x' },
  });
  await client.createRepository({ repositoryName: 'shell' });
  const archive = tar(entries);
  const diffId = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Entrypoint: ['sh', '-c'], Env: ['PATH=/usr/own', 'TIER=small'], WorkingDir: '/work' },
    rootfs: { type: 'layers', diff_ids: [diffId] },
  };
  const made = makeImage([gzipSync(archive)], { config });
  const host = new URL(local.url).host;
  const registry = await openRegistry({ url: local.url, client: () => client }, 'shell', { account });
  expect((await registry.pushImage(undefined, made)).status).toBe(201);
  return `${host}/${account}/eu-west-1/shell@${made.digest}`;
}

const shell = (script: string) => ({ image, command: [script], account });

/** How many containers of a process there are, in whatever state. */
async function countContainers(pid: string | number): Promise<number> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`batchwright.owner=${pid}`] }));
  const found = await api?.call('GET', `/containers/json?all=1&filters=${filters}`);
  return Array.isArray(found) ? found.length : Number.NaN;
}

describe('docker engine', () => {
  peerTest([docker], 'ENGINE-20 ENGINE-24 ENGINE-34 the daemon is found and reaches this machine', async () => {
    expect(explanation).toMatch(/^Containers run on Docker \d+/);
    expect(api && (await sharesLoopback(api))).toBe(true);
    expect(engine.name).toBe('docker');
  });

  peerTest(
    [docker],
    'ENGINE-21 ENGINE-23 ENGINE-25 an image of the local registry is pulled by digest and run',
    async () => {
      const { outcome, lines } = await runToEnd(engine, {
        ...shell('pwd; echo $TIER; echo to stderr >&2; printf "no line feed"; exit 3'),
        environment: { TIER: 'large' },
      });
      expect(outcome).toEqual({ kind: 'exited', exitCode: 3 });
      expect(lines.toSorted()).toEqual(['/work', 'large', 'no line feed', 'to stderr'].toSorted());
      expect(await countContainers(process.pid)).toBe(0);
    },
  );

  peerTest([docker], 'ENGINE-13 ENGINE-25 containers that end at once lose nothing, however many', async () => {
    const request = shell('echo a; echo b >&2; printf c; exit 3');
    for (let round = 0; round < 10; round += 1) {
      const ended = await Promise.all([1, 2, 3].map(() => runToEnd(engine, request)));
      expect(ended.map(({ outcome, lines }) => [outcome, lines.toSorted()])).toEqual(
        ended.map(() => [{ kind: 'exited', exitCode: 3 }, ['a', 'b', 'c']]),
      );
    }
  });

  peerTest([docker], 'ENGINE-13 ENGINE-25 a burst of lines just before the end comes whole', async () => {
    const { lines } = await runToEnd(
      engine,
      shell('i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done; kill -9 $$'),
    );
    expect(lines).toEqual(Array.from({ length: 5000 }, (_, index) => `line ${index}`));
  });

  peerTest([docker], 'ENGINE-26 a real kill for want of memory has the reason, another 137 has not', async () => {
    const eaten = await runToEnd(engine, { ...shell('exec eat'), memoryMiB: 16 });
    const killed = await runToEnd(engine, shell('exit 137'));
    const child = await runToEnd(engine, { ...shell('eat; exit 5'), memoryMiB: 16 });
    expect(eaten.outcome).toEqual({
      kind: 'exited',
      exitCode: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    });
    expect(killed.outcome).toEqual({ kind: 'exited', exitCode: 137 });
    expect(child.outcome).toEqual({ kind: 'exited', exitCode: 5 });
  });

  peerTest(
    [docker],
    'ENGINE-28 stop: with the init a program without a handler ends at once, one that ignores it is killed',
    async () => {
      const heeding = start(engine, shell('echo up; sleep 60'));
      const ignoring = start(engine, shell('trap "" TERM; echo up; sleep 60'));
      await Promise.all([heeding.saw('up'), ignoring.saw('up')]);
      heeding.run.stop(30);
      ignoring.run.stop(1);
      expect(await heeding.run.ended).toEqual({ kind: 'exited', exitCode: 143 });
      expect(await ignoring.run.ended).toEqual({ kind: 'exited', exitCode: 137 });
      expect(await countContainers(process.pid)).toBe(0);
    },
  );

  peerTest(
    [docker],
    "ENGINE-22 ENGINE-27 what cannot be pulled, made or started says so in the ECS agent's words",
    async () => {
      const pull = await runToEnd(engine, { image: image.replace(/@.*/, `@sha256:${'0'.repeat(64)}`), account });
      const create = await runToEnd(engine, { ...shell('true'), memoryMiB: 1 });
      const missing = await runToEnd(engine, { ...shell(''), user: 'nobody-here' });
      expect(pull.outcome).toMatchObject({
        kind: 'not-started',
        reason: expect.stringMatching(/^CannotPullContainerError: .*manifest unknown/),
      });
      expect(create.outcome).toMatchObject({
        kind: 'not-started',
        reason: expect.stringMatching(/^CannotCreateContainerError: .*memory limit/i),
      });
      expect(missing.outcome).toMatchObject({
        kind: 'not-started',
        reason: expect.stringMatching(/^CannotStartContainerError: .*unable to find user nobody-here/),
      });
      expect(await countContainers(process.pid)).toBe(0);
    },
  );

  peerTest([docker], 'ENGINE-23 a read-only root is one', async () => {
    const { lines } = await runToEnd(engine, {
      ...shell('echo x > /work/mark || echo refused'),
      readonlyRootFilesystem: true,
    });
    expect(lines).toContain('refused');
  });

  peerTest([docker], 'ENGINE-30 what a killed process left is removed by the next engine', async () => {
    const script = `
      import { findDocker } from './src/local/engines/docker-api.ts';
      import { createDockerEngine } from './src/local/engines/docker-engine.ts';
      import { systemClock } from './src/adapters/clock.ts';
      const engine = await createDockerEngine({ docker: await findDocker(), clock: systemClock });
      const run = engine.run({ jobId: 'orphan', attempt: 1, image: ${JSON.stringify(image)}, command: ['sleep 300'], account: '${account}', region: 'x', environment: {}, vcpus: 1, memoryMiB: 64, onLog() {} });
      await run.started;
      console.log(process.pid);
      process.kill(process.pid, 'SIGKILL');`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect({ orphans: await countContainers(stdout.trim()), stderr }).toEqual({ orphans: 1, stderr: '' });
    const next = await createEngine('docker', {
      images: { resolve: () => Promise.reject() },
      clock: systemClock,
      endpoint: () => local.url,
      registryPassword: () => '',
    });
    expect(await countContainers(stdout.trim())).toBe(0);
    await next.engine.close();
  });
});
