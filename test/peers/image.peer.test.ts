/** What other people's programs make of our images, and what we make of Docker. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { systemCommand } from '../../src/adapters/command.ts';
import { createDockerConfig } from '../../src/adapters/docker-config.ts';
import type { DockerBuildConfig } from '../../src/config/model.ts';
import { buildPush } from '../../src/image/build-push.ts';
import type { BuildPushRequest, BuildPushResult } from '../../src/image/model.ts';
import type { CommandPort } from '../../src/ports.ts';
import {
  ACCOUNT,
  createSettings,
  dockerBuildConfig,
  imageConfig,
  layerConfig,
  openWorkshop,
  target,
  type Workshop,
  writeTree,
} from '../image/workshop.ts';
import { useLocalAws } from '../local/fixtures/local.ts';
import { findTool, peerTest, runTool, type Tool } from './tools.ts';

const docker = findTool('docker', ['version']);
const skopeo = findTool('skopeo');
const tar = findTool('tar');
const busybox = findTool('busybox', ['true']);

const local = useLocalAws();
let workshop: Workshop;
let folder: string;
/** So that nobody's real credentials are used or changed. */
let environment: Record<string, string>;
const pulled: string[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'image-peer-'));
  workshop = openWorkshop(local());
  environment = { DOCKER_CONFIG: join(folder, 'docker'), HOME: folder };
});
afterAll(async () => {
  for (const reference of pulled) await runTool(docker, ['image', 'rm', '--force', reference]);
  workshop.close();
  rmSync(folder, { recursive: true, force: true });
});

const ok = async (tool: Tool, args: readonly string[]): Promise<string> => {
  const ran = await runTool(tool, args, { environment });
  expect(`${ran.exitCode} ${ran.exitCode === 0 ? '' : ran.output}`).toBe('0 ');
  return ran.stdout;
};

let commits = 0;
const nextCommit = (): string => {
  commits += 1;
  return String(commits).padStart(40, '0');
};
const push = async (image: Partial<BuildPushRequest['image']>, commit = nextCommit()): Promise<BuildPushResult> =>
  await buildPush(
    {
      image: imageConfig({ repository: 'peers/app', createRepository: createSettings, ...image }),
      targets: [target('eu-west-1'), target('us-east-1')],
      source: { commit, repositoryUrl: 'https://github.com/a/b', version: '1.2.3' },
    },
    workshop.ports,
  );

async function login(): Promise<void> {
  const [data] = (await workshop.ecr('eu-west-1').getAuthorizationToken({})).authorizationData ?? [];
  const [username = '', password = ''] = Buffer.from(data?.authorizationToken ?? '', 'base64')
    .toString()
    .split(':');
  const host = new URL(local().url).host;
  const args = ['login', '--username', username, '--password-stdin', host];
  const ran = await runTool(docker, args, { environment, input: password });
  expect(ran.output).toContain('Login Succeeded');
}

async function pull(reference: string): Promise<void> {
  await login();
  await ok(docker, ['pull', '--quiet', reference]);
  pulled.push(reference);
}

/** A base to stand on, made without Docker: a static busybox and a few files. */
async function pushBase(): Promise<string> {
  const root = join(folder, 'base');
  writeTree(root, { 'opt/app/old.txt': 'of the base', 'opt/other/kept.txt': 'of the base' });
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync(execFileSync('sh', ['-c', 'command -v busybox']).toString().trim(), join(root, 'bin', 'busybox'));
  const layer = layerConfig(root, { destination: '/', entrypoint: ['/bin/busybox'], environment: { PATH: '/bin' } });
  const { digest } = await push({ builder: 'layer', layer });
  return `@${digest}`;
}

describe('an image built without a daemon', () => {
  // Does not shrink, so it is stored, in the middle of what is compressed.
  const weights = Buffer.concat(Array.from({ length: 10_000 }, (_, i) => createHash('sha256').update(`${i}`).digest()));
  const long = `${'deep/'.repeat(25)}größe 模型.txt`;
  const source = (): string =>
    writeTree(join(folder, 'code'), {
      'main.sh': 'cat /opt/app/data.txt; echo " $GREETING"',
      'data.txt': 'read',
      [long]: 'long',
      'weights.bin': weights,
    });

  peerTest([docker, busybox], 'is pulled by digest and runs, on a base, as it was configured', async () => {
    const base = await pushBase();
    const layer = layerConfig(source(), {
      base,
      command: ['sh', '/opt/app/main.sh'],
      environment: { GREETING: 'hello' },
      workingDirectory: '/opt/app',
      user: '1234',
    });
    const { images } = await push({ builder: 'layer', layer });
    const reference = images[1]?.reference ?? '';
    await pull(reference);
    expect((await ok(docker, ['run', '--rm', '--network=none', reference])).trim()).toBe('read hello');
    const listing = await ok(docker, ['run', '--rm', '--network=none', reference, 'find', '/opt', '-type', 'f']);
    expect(listing.trim().split('\n').sort()).toEqual(
      [
        `/opt/app/${long}`,
        '/opt/app/data.txt',
        '/opt/app/main.sh',
        '/opt/app/old.txt',
        '/opt/app/weights.bin',
        '/opt/other/kept.txt',
      ].sort(),
    );
    const sum = await ok(docker, ['run', '--rm', '--network=none', reference, 'sha256sum', 'weights.bin']);
    expect(sum.split(' ')[0]).toBe(createHash('sha256').update(weights).digest('hex'));
    const id = await ok(docker, ['run', '--rm', '--network=none', reference, 'id', '-u']);
    expect(id.trim()).toBe('1234');
  });

  peerTest([docker, busybox], 'that replaces a folder leaves nothing of what the base had there', async () => {
    const base = await pushBase();
    const layer = layerConfig(source(), { base, replace: true });
    const { images } = await push({ builder: 'layer', layer });
    await pull(images[0]?.reference ?? '');
    const listing = await ok(docker, [
      'run',
      '--rm',
      '--network=none',
      images[0]?.reference ?? '',
      'find',
      '/opt',
      '-name',
      '*.txt',
    ]);
    expect(listing.trim().split('\n').sort()).toEqual(
      [`/opt/app/${long}`, '/opt/app/data.txt', '/opt/other/kept.txt'].sort(),
    );
  });

  peerTest([skopeo, tar], 'is what skopeo inspects and copies, and its layer what tar lists', async () => {
    const { digest, images } = await push({ builder: 'layer', layer: layerConfig(source(), { command: ['x'] }) });
    const [data] = (await workshop.ecr('us-east-1').getAuthorizationToken({})).authorizationData ?? [];
    const credentials = Buffer.from(data?.authorizationToken ?? '', 'base64').toString();
    const reference = `docker://${images[1]?.reference}`;
    const inspected = JSON.parse(
      await ok(skopeo, ['inspect', '--tls-verify=false', '--creds', credentials, reference]),
    );
    expect(inspected).toMatchObject({
      Digest: digest,
      Architecture: 'amd64',
      Os: 'linux',
      Labels: {
        'org.opencontainers.image.source': 'https://github.com/a/b',
        'org.opencontainers.image.version': '1.2.3',
      },
    });
    const copy = join(folder, 'copy');
    await ok(skopeo, ['copy', '--src-tls-verify=false', '--src-creds', credentials, reference, `dir:${copy}`]);
    const listing = await ok(tar, [
      '--list',
      '--verbose',
      '--numeric-owner',
      '--utc',
      '--full-time',
      '--quoting-style=literal',
      '--file',
      join(copy, inspected.Layers[0].slice('sha256:'.length)),
      '--gzip',
    ]);
    const lines = listing.trim().split('\n');
    expect(lines).toHaveLength(2 + 4 + 25);
    expect(lines.every(line => / 0\/0 +\d+ 1980-01-02 00:00:00 /.test(line))).toBe(true);
    expect(listing).toContain(`opt/app/${long}`);
  });
});

/** Every docker program of this machine: different versions build in different ways. */
function findDockers(): Tool[] {
  const { stdout } = spawnSync('sh', ['-c', 'for d in $(echo $PATH | tr : " "); do readlink -f $d/docker; done'], {
    encoding: 'utf8',
  });
  const paths = [...new Set(stdout.split('\n').filter(path => path !== '' && existsSync(path)))];
  return paths.length === 0 ? [docker] : paths.map(path => findTool(path, ['version']));
}

describe.each(findDockers().map(tool => [tool.name, tool] as const))('a build with Docker: %s', (_, tool) => {
  const command: CommandPort['run'] = (_name, args, options) =>
    systemCommand.run(tool.name, args, { ...options, environment: { ...environment, ...options?.environment } });
  const config = (more: Partial<DockerBuildConfig> = {}): DockerBuildConfig =>
    dockerBuildConfig(join(folder, 'context'), more);
  const configurations: string[] = [];
  const buildIn = async (dockerfile: string, docker = config()) => {
    mkdirSync(join(folder, 'context'), { recursive: true });
    writeFileSync(join(folder, 'context', 'Dockerfile'), dockerfile);
    writeFileSync(join(folder, 'context', 'a.txt'), `${process.pid} ${tool.name}`);
    workshop.command = command;
    const real = createDockerConfig(join(folder, 'docker'));
    const create: typeof real.create = async logins => {
      const made = await real.create(logins);
      configurations.push(made.path);
      return made;
    };
    Object.assign(workshop.ports, { dockerConfig: { create } });
    const commit = nextCommit();
    const result = await push({ builder: 'docker', docker }, commit);
    pulled.push(`${new URL(local().url).host}/${ACCOUNT}/eu-west-1/peers/app:${commit}`);
    return result;
  };

  peerTest([tool], 'pushes to one region, is copied to the other, and leaves no credentials', async () => {
    const result = await buildIn(
      'FROM scratch\nARG TEXT\nLABEL text=$TEXT\nCOPY a.txt /a.txt\n',
      config({ buildArgs: { TEXT: 'a b' } }),
    );
    expect(result.builder).toBe('docker');
    expect(result.images.map(({ how }) => how)).toEqual(['pushed', 'copied']);
    expect(result.images[0]?.bytes).toBeGreaterThan(0);
    expect(configurations.map(path => existsSync(path))).toEqual(configurations.map(() => false));
    expect(configurations.length).toBeGreaterThan(0);
    const reference = result.images[1]?.reference ?? '';
    await pull(reference);
    const [inspected] = JSON.parse(await ok(docker, ['image', 'inspect', reference]));
    expect(inspected.Config.Labels).toMatchObject({
      text: 'a b',
      'org.opencontainers.image.source': 'https://github.com/a/b',
      'org.opencontainers.image.version': '1.2.3',
    });
  });

  peerTest([tool], 'shows a step that fails at its line', async () => {
    const failed = buildIn('FROM scratch\n\nCOPY no-such-file /x\n');
    await expect(failed).rejects.toMatchObject({
      name: 'ConfigurationError',
      problems: [
        {
          message: expect.stringContaining('at "COPY no-such-file /x"'),
          position: { path: join(folder, 'context', 'Dockerfile'), line: 3, column: 1 },
        },
      ],
    });
  });

  peerTest([tool], 'stands on an image of the same registry, without another login', async () => {
    const base = await push({ builder: 'layer', layer: layerConfig(writeTree(join(folder, 'under'), { u: 'under' })) });
    const result = await buildIn(`FROM ${base.images[0]?.reference}\nCOPY a.txt /a.txt\n`);
    expect(result.digest).not.toBe(base.digest);
    expect(result.images).toHaveLength(2);
  });
});
