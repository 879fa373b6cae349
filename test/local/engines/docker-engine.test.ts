import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/adapters/clock.ts';
import { type DockerApi, findDocker } from '../../../src/local/engines/docker-api.ts';
import { createDockerEngine, type DockerEngineOptions } from '../../../src/local/engines/docker-engine.ts';
import { splitReference } from '../../../src/local/engines/docker-pull.ts';
import type { Engine } from '../../../src/local/engines/model.ts';
import { requestFor, runToEnd, start } from './engine-fixture.ts';
import { type FakeDaemon, startFakeDaemon } from './fake-daemon.ts';

const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function daemonWith(options: Parameters<typeof startFakeDaemon>[0] = {}): Promise<FakeDaemon> {
  const daemon = await startFakeDaemon(options);
  stops.push(() => daemon.stop());
  return daemon;
}

async function find(daemon: FakeDaemon): Promise<DockerApi> {
  const docker = await findDocker({ DOCKER_HOST: daemon.host });
  if (!docker) throw new Error('the daemon was not found');
  stops.push(async () => docker.close());
  return docker;
}

async function engineOn(daemon: FakeDaemon, options: Partial<DockerEngineOptions> = {}): Promise<Engine> {
  const engine = await createDockerEngine({ docker: await find(daemon), clock: systemClock, ...options });
  stops.push(() => engine.close());
  return engine;
}

describe('findDocker', () => {
  test('ENGINE-20 tells what answers at DOCKER_HOST', async () => {
    const daemon = await daemonWith();
    expect(await find(daemon)).toMatchObject({
      address: daemon.host,
      version: '20.10',
      apiVersion: '1.41',
      operatingSystem: 'Fake OS',
      architecture: 'amd64',
    });
    expect(daemon.calls).toEqual(['GET /_ping', 'GET /info']);
  });

  test('ENGINE-20 speaks plain TCP too', async () => {
    const server = createServer((_, response) =>
      response.writeHead(200, { 'api-version': '1.44' }).end('{"Architecture":"aarch64"}'),
    );
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
    stops.push(() => new Promise(done => server.close(done)));
    const { port } = server.address() as AddressInfo;
    const docker = await findDocker({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
    docker?.close();
    expect(docker).toMatchObject({ apiVersion: '1.44', architecture: 'arm64' });
    expect(await findDocker({ DOCKER_HOST: `tcp://127.0.0.1:${port}`, DOCKER_TLS_VERIFY: '1' })).toBeUndefined();
  });

  test('ENGINE-20 looks where rootless Docker listens when nothing is named', async () => {
    const daemon = await daemonWith();
    const folder = daemon.host.replace('unix://', '').replace('/docker.sock', '');
    const docker = await findDocker({ XDG_RUNTIME_DIR: folder, HOME: '/nowhere' });
    docker?.close();
    expect([daemon.host, 'unix:///var/run/docker.sock']).toContain(docker?.address);
  });

  test.each([
    ['nobody listens', 'unix:///nowhere/docker.sock'],
    ['it is reached over SSH', 'ssh://somebody@host'],
    ['it makes no sense', 'docker'],
  ])('ENGINE-20 finds nothing when %s', async (_, address) => {
    expect(await findDocker({ DOCKER_HOST: address })).toBeUndefined();
  });

  test('ENGINE-20 finds nothing when what answers is no Docker', async () => {
    const daemon = await daemonWith({ apiVersion: '' });
    expect(await findDocker({ DOCKER_HOST: daemon.host })).toBeUndefined();
  });
});

describe('images', () => {
  const login = { host: () => '127.0.0.1:4566', password: (account: string) => `password of ${account}` };
  const local = '127.0.0.1:4566/123456789012/eu-west-1/content-cues';
  const digest = `sha256:${'a'.repeat(64)}`;

  test.each([
    ['host:5000/a/b@sha256:1', ['host:5000/a/b', 'sha256:1']],
    ['host:5000/a:v1', ['host:5000/a', 'v1']],
    ['host:5000/a', ['host:5000/a', 'latest']],
    ['python', ['python', 'latest']],
    ['host/a:v1@sha256:1', ['host/a:v1', 'sha256:1']],
  ])('ENGINE-21 %s is split for the API', (reference, expected) => {
    expect(splitReference(reference)).toEqual(expected);
  });

  test('ENGINE-21 the local registry gets the login of the account, nobody else does', async () => {
    const daemon = await daemonWith();
    const engine = await engineOn(daemon, { login });
    await runToEnd(engine, { image: `${local}@${digest}` });
    await runToEnd(engine, { image: '127.0.0.1:45666/other' });
    expect(daemon.pulls).toEqual([
      {
        query: `?fromImage=${encodeURIComponent(local)}&tag=${encodeURIComponent(digest)}`,
        login: { username: 'AWS', password: 'password of 123456789012', serveraddress: '127.0.0.1:4566' },
      },
      { query: '?fromImage=127.0.0.1%3A45666%2Fother&tag=latest', login: undefined },
    ]);
  });

  test.each(['?', '??', '???', '~~~~'])(
    'ENGINE-21 the daemon reads a login of any length and bytes (%s)',
    async password => {
      const daemon = await daemonWith();
      const engine = await engineOn(daemon, { login: { ...login, password: () => password } });
      await runToEnd(engine, { image: `${local}@${digest}` });
      expect(daemon.pulls[0]?.login).toMatchObject({ password });
    },
  );

  test('ENGINE-21 a digest the daemon has is not pulled again, a tag is; at once only one pull runs', async () => {
    const daemon = await daemonWith({ present: [`${local}@${digest}`] });
    const engine = await engineOn(daemon, { login });
    await runToEnd(engine, { image: `${local}@${digest}` });
    expect(daemon.pulls).toEqual([]);
    await Promise.all([runToEnd(engine, { image: `${local}:v1` }), runToEnd(engine, { image: `${local}:v1` })]);
    expect(daemon.pulls).toHaveLength(1);
    await runToEnd(engine, { image: `${local}:v1` });
    expect(daemon.pulls).toHaveLength(2);
  });

  test("ENGINE-22 what Docker says of a pull is told in the ECS agent's words", async () => {
    const pullError = 'manifest for x not found: manifest unknown: Requested image not found';
    const engine = await engineOn(await daemonWith({ behaviours: { 'h/x': { pullError } } }));
    expect(await runToEnd(engine, { image: 'h/x:1' })).toEqual({
      outcome: { kind: 'not-started', reason: `CannotPullContainerError: ${pullError}` },
      lines: [],
    });
  });

  test('ENGINE-22 a daemon that is gone is told so too', async () => {
    const daemon = await daemonWith();
    const engine = await engineOn(daemon);
    await daemon.stop();
    const { outcome } = await runToEnd(engine, { image: `a@${digest}` });
    expect(outcome).toMatchObject({
      kind: 'not-started',
      reason: expect.stringMatching(/^CannotPullContainerError: .*(ENOENT|ECONNREFUSED|EPIPE|socket hang up)/),
    });
  });
});

describe('containers', () => {
  test('ENGINE-23 the daemon is told all that the request says', async () => {
    const daemon = await daemonWith();
    const engine = await engineOn(daemon, { owner: { pid: 77, host: 'here' } });
    const request = requestFor();
    await runToEnd(engine, {
      command: ['a', 'b c'],
      environment: { TIER: 'small', AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' },
      memoryMiB: 100,
      user: '1000:100',
      privileged: true,
      readonlyRootFilesystem: true,
    });
    expect(daemon.created).toEqual([
      {
        Image: 'content-cues',
        Cmd: ['a', 'b c'],
        Env: ['TIER=small', 'AWS_ENDPOINT_URL=http://127.0.0.1:4566'],
        User: '1000:100',
        Labels: {
          'batchwright.owner': '77',
          'batchwright.host': 'here',
          'batchwright.job': request.jobId,
          'batchwright.attempt': '1',
          'batchwright.region': 'eu-west-1',
        },
        HostConfig: {
          Memory: 104857600,
          MemorySwap: 104857600,
          Init: true,
          ReadonlyRootfs: true,
          Privileged: true,
          LogConfig: { Type: 'none', Config: {} },
          NetworkMode: 'host',
        },
      },
    ]);
    expect(daemon.calls.find(call => call.startsWith('POST /containers/create'))).toMatch(
      /\?name=batchwright-b2c41f1e-6d0c-4d1b-a1a4-1de2f7a3a1c5-0-1-[0-9a-f]{8}$/,
    );
  });

  test("ENGINE-23 what the request leaves open is the image's", async () => {
    const daemon = await daemonWith();
    await runToEnd(await engineOn(daemon), { command: [], user: '' });
    expect(Object.keys(daemon.created[0] ?? {})).toEqual(['Image', 'Env', 'Labels', 'HostConfig']);
    expect(daemon.created[0]?.HostConfig).toMatchObject({ ReadonlyRootfs: false, Privileged: false });
  });

  test('ENGINE-24 a daemon elsewhere reaches the local AWS as host.docker.internal, and that is said aloud', async () => {
    const daemon = await daemonWith({ callsBack: false });
    const engine = await engineOn(daemon);
    await runToEnd(engine, {
      environment: {
        A: 'http://127.0.0.1:4566',
        B: 'http://localhost/x',
        C: 'https://[::1]:1',
        D: '127.0.0.1',
        E: 'http://localhost.example.com',
      },
    });
    expect(daemon.created[0]?.Env).toEqual([
      'A=http://host.docker.internal:4566',
      'B=http://host.docker.internal/x',
      'C=https://host.docker.internal:1',
      'D=127.0.0.1',
      'E=http://localhost.example.com',
    ]);
    expect(daemon.created[0]?.HostConfig).toMatchObject({ ExtraHosts: ['host.docker.internal:host-gateway'] });
    expect(daemon.created[0]?.HostConfig).not.toHaveProperty('NetworkMode');
    expect(engine.caveats[0]).toContain('host.docker.internal');
  });

  test('ENGINE-25 logs come whole, of both streams, and the container is removed', async () => {
    const log = [
      [1, 'gr\u00f6'],
      [2, 'warn'],
      [1, '\u00dfe\nlast'],
      [2, 'ing\n'],
    ] as const;
    const daemon = await daemonWith({ behaviours: { 'content-cues': { log, exitCode: 3 } } });
    const { outcome, lines } = await runToEnd(await engineOn(daemon));
    expect(outcome).toEqual({ kind: 'exited', exitCode: 3 });
    expect(lines).toEqual(['größe', 'warning', 'last']);
    expect(daemon.containers.size).toBe(0);
  });

  test('ENGINE-25 attach comes before start and wait after it, and nothing is asked of a container that is gone', async () => {
    const daemon = await daemonWith();
    await runToEnd(await engineOn(daemon));
    const steps = daemon.calls.filter(call => /c0/.test(call)).map(call => call.replace(/.*c0/, ''));
    expect(steps).toEqual([
      '/attach?stream=1&stdout=1&stderr=1',
      '/start',
      '/wait?condition=not-running',
      '?force=1&v=1',
    ]);
  });

  test.each([
    ['137 and the mark of the kernel', { exitCode: 137, oomKilled: true }, OUT_OF_MEMORY],
    ['137 alone', { exitCode: 137, oomKilled: false }, undefined],
    ['the mark alone: a child of the program was killed', { exitCode: 5, oomKilled: true }, undefined],
    ['the mark and success', { exitCode: 0, oomKilled: true }, undefined],
  ])('ENGINE-26 out of memory is told by %s', async (_, behaviour, reason) => {
    const engine = await engineOn(await daemonWith({ behaviours: { 'content-cues': behaviour } }));
    const { outcome } = await runToEnd(engine);
    expect(outcome).toEqual({ kind: 'exited', exitCode: behaviour.exitCode, ...(reason ? { reason } : {}) });
  });

  test.each([
    [
      'create',
      { createError: 'Minimum memory limit allowed is 6MB' },
      'CannotCreateContainerError: Error response from daemon: Minimum memory limit allowed is 6MB',
    ],
    [
      'start',
      { startError: 'exec: "x": executable file not found in $PATH: unknown' },
      'CannotStartContainerError: Error response from daemon: exec: "x": executable file not found in $PATH: unknown',
    ],
  ])(
    "ENGINE-27 a refusal to %s is told in the ECS agent's words, and nothing is left",
    async (_, behaviour, reason) => {
      const daemon = await daemonWith({ behaviours: { 'content-cues': behaviour } });
      const { run } = start(await engineOn(daemon));
      await run.started;
      expect(await run.ended).toEqual({ kind: 'not-started', reason });
      expect(daemon.containers.size).toBe(0);
    },
  );

  test('ENGINE-27 a daemon without docker-init runs containers without it', async () => {
    const daemon = await daemonWith({ hasInit: false });
    const engine = await engineOn(daemon);
    expect((await runToEnd(engine)).outcome).toEqual({ kind: 'exited', exitCode: 0 });
    expect((await runToEnd(engine)).outcome).toEqual({ kind: 'exited', exitCode: 0 });
    expect(daemon.created.map(({ HostConfig }) => HostConfig['Init'])).toEqual([true, false, false]);
  });

  test('ENGINE-28 stop gives the grace, a grace of nothing kills, and one stopped before its start never starts', async () => {
    const daemon = await daemonWith({ behaviours: { 'content-cues': { endless: true } } });
    const engine = await engineOn(daemon);
    const stopped = start(engine);
    const killed = start(engine);
    const early = start(engine);
    early.run.stop(30);
    await Promise.all([stopped.run.started, killed.run.started]);
    stopped.run.stop(29.5);
    killed.run.stop(0);
    expect(await stopped.run.ended).toEqual({ kind: 'exited', exitCode: 143 });
    expect(await killed.run.ended).toEqual({ kind: 'exited', exitCode: 137 });
    expect(await early.run.ended).toMatchObject({ kind: 'not-started' });
    expect(daemon.calls.some(call => call.endsWith('/stop?t=30'))).toBe(true);
    expect(daemon.created).toHaveLength(2);
  });

  test('ENGINE-29 a daemon that is lost on the way is a lost host', async () => {
    const daemon = await daemonWith({ behaviours: { 'content-cues': { breaksAt: 'wait' } } });
    const { outcome } = await runToEnd(await engineOn(daemon));
    expect(outcome).toEqual({
      kind: 'host-lost',
      statusReason: expect.stringMatching(/^Host EC2 .* terminated\. socket hang up$/),
    });
  });

  test('ENGINE-29 a log that breaks off says so, and the exit code is known all the same', async () => {
    const daemon = await daemonWith({ behaviours: { 'content-cues': { breaksAt: 'output', exitCode: 4 } } });
    const { outcome, lines } = await runToEnd(await engineOn(daemon));
    expect(outcome).toEqual({ kind: 'exited', exitCode: 4 });
    expect(lines).toEqual([expect.stringContaining('The rest of this log could not be read from Docker')]);
  });

  test('ENGINE-30 containers of dead processes of this machine are removed at the start, others are left alone', async () => {
    const daemon = await daemonWith();
    const label = (pid: number, host: string) => ({ 'batchwright.owner': String(pid), 'batchwright.host': host });
    daemon.addContainer('dead', label(4194999, 'here'));
    daemon.addContainer('living', label(process.ppid, 'here'));
    daemon.addContainer('elsewhere', label(4194999, 'there'));
    daemon.addContainer('foreign', {});
    await engineOn(daemon, { owner: { pid: process.pid, host: 'here' } });
    expect([...daemon.containers.keys()]).toEqual(['living', 'elsewhere', 'foreign']);
  });

  test('ENGINE-30 close stops what runs and removes it', async () => {
    const daemon = await daemonWith({ behaviours: { 'content-cues': { endless: true } } });
    const engine = await createDockerEngine({ docker: await find(daemon), clock: systemClock });
    const { run } = start(engine);
    await run.started;
    await engine.close();
    expect(await run.ended).toEqual({ kind: 'exited', exitCode: 137 });
    expect(daemon.containers.size).toBe(0);
  });
});
