import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { buildPush } from '../../src/image/build-push.ts';
import { digestOf } from '../../src/image/digest.ts';
import { MEDIA_TYPES } from '../../src/image/media-types.ts';
import type { BuildPushRequest } from '../../src/image/model.ts';
import { planBuildPush } from '../../src/image/plan.ts';
import { createRegistries } from '../../src/image/registries.ts';
import { ensureBlob } from '../../src/image/registry/ensure-blob.ts';
import { putManifest } from '../../src/image/registry/manifests.ts';
import { useLocalAws } from '../local/fixtures/local.ts';
import { useTemporaryFolders } from '../local/fixtures/temporary-folder.ts';
import {
  ACCOUNT,
  COMMIT,
  createSettings,
  dockerBuildConfig,
  imageConfig,
  layerConfig,
  openWorkshop,
  target,
  type Workshop,
  writeTree,
} from './workshop.ts';

const local = useLocalAws();
const makeFolder = useTemporaryFolders();
const REGIONS = ['eu-west-1', 'us-east-1', 'ap-south-1'];
let workshop: Workshop;
let source: string;
let repository: string;
let count = 0;
beforeEach(() => {
  workshop = openWorkshop(local());
  source = writeTree(makeFolder(), { 'main.py': 'print("hello")\n', 'lib/a.py': 'a = 1\n' });
  count += 1;
  repository = `content-cues-${count}`;
});
afterEach(() => workshop.close());

const request = (
  more: Partial<BuildPushRequest> = {},
  image: Partial<BuildPushRequest['image']> = {},
): BuildPushRequest => ({
  image: imageConfig({ repository, layer: layerConfig(source), createRepository: createSettings, ...image }),
  targets: REGIONS.map(region => target(region)),
  source: { commit: COMMIT, ref: 'refs/heads/main' },
  ...more,
});
const immutable = { createRepository: { ...createSettings, imageTagMutability: 'IMMUTABLE' as const } };

/** Digest → tags. */
const tagsIn = async (region: string): Promise<Record<string, string[]>> => {
  const { imageDetails = [] } = await workshop.ecr(region).describeImages({ repositoryName: repository });
  return Object.fromEntries(
    imageDetails.map(({ imageDigest, imageTags = [] }) => [imageDigest, [...imageTags].sort()]),
  );
};
const isFor = (region: string, url: string): boolean => new URL(url).pathname.includes(`/${region}/`);
const texts = (): string[] => workshop.events.flatMap(event => (event.type === 'message' ? [event.text] : []));

describe('a build without a daemon', () => {
  test('puts one digest into every region, under the tags of commit and branch', async () => {
    const result = await buildPush(request(), workshop.ports);
    expect(result).toMatchObject({ builder: 'layer', skipped: false, tags: [COMMIT, 'main'] });
    for (const region of REGIONS) expect(await tagsIn(region)).toEqual({ [result.digest]: [COMMIT, 'main'] });
    expect(result.images.map(({ region, how }) => [region, how])).toEqual([
      ['eu-west-1', 'pushed'],
      ['us-east-1', 'copied'],
      ['ap-south-1', 'copied'],
    ]);
    const host = new URL(local().url).host;
    expect(result.images[1]?.reference).toBe(`${host}/${ACCOUNT}/us-east-1/${repository}@${result.digest}`);
    expect(result.images.every(({ bytes = 0 }) => bytes > 0)).toBe(true);
  });

  test('tells the login as a secret before any request has it', async () => {
    await buildPush(request(), workshop.ports);
    const secrets = workshop.events.flatMap(event => (event.type === 'secret' ? [event.value] : []));
    const used = new Set(workshop.asked.map(({ headers }) => headers['authorization']?.replace('Basic ', '')));
    expect([...used].every(value => value !== undefined && secrets.includes(value))).toBe(true);
    expect(JSON.stringify(workshop.events.filter(({ type }) => type !== 'secret'))).not.toContain(secrets[1]);
  });

  test('again, with the same commit, builds nothing and sends nothing', async () => {
    const first = await buildPush(request(), workshop.ports);
    writeTree(source, { 'main.py': 'changed, but not committed as anything else' });
    workshop.asked.length = 0;
    const second = await buildPush(request(), workshop.ports);
    expect(second).toMatchObject({ digest: first.digest, builder: 'none', skipped: true, tags: first.tags });
    expect(second.images.map(({ how, bytes }) => [how, bytes])).toEqual(REGIONS.map(() => ['exists', 0]));
    expect(workshop.asked.every(({ method }) => method === 'HEAD' || method === 'GET')).toBe(true);
  });

  test('with force builds again; a tag that can move follows', async () => {
    const first = await buildPush(request(), workshop.ports);
    writeTree(source, { 'main.py': 'other\n' });
    const second = await buildPush(request({ force: true }), workshop.ports);
    expect(second.digest).not.toBe(first.digest);
    expect(second.skipped).toBe(false);
    for (const region of REGIONS) {
      expect(await tagsIn(region)).toEqual({ [first.digest]: [], [second.digest]: [COMMIT, 'main'] });
    }
  });

  test('of uncommitted changes neither takes nor leaves a commit tag', async () => {
    await buildPush(request(), workshop.ports);
    writeTree(source, { 'main.py': 'dirty\n' });
    const dirty = await buildPush(
      request({ source: { commit: COMMIT, ref: 'refs/heads/main', dirty: true } }),
      workshop.ports,
    );
    expect(dirty.skipped).toBe(false);
    expect(dirty.tags).toEqual([expect.stringMatching(/^dirty-0123456789ab-\d+$/)]);
    expect((await tagsIn('us-east-1'))[dirty.digest]).toEqual(dirty.tags);
  });

  test('has a release under its version and its line of versions', async () => {
    const release = { commit: COMMIT, ref: 'refs/tags/v1.2.3', version: '1.2.3' };
    const result = await buildPush(request({ source: release }, { extraTags: ['stable'] }), workshop.ports);
    expect(await tagsIn('ap-south-1')).toEqual({ [result.digest]: [COMMIT, '1.2', '1.2.3', 'stable'] });
  });

  test('two environments that share a repository get one push, and each its line', async () => {
    const targets = [target('eu-west-1'), target('eu-west-1', { environment: 'production' }), target('us-east-1')];
    const result = await buildPush(request({ targets }), workshop.ports);
    expect(result.images.map(({ environment, region, how }) => [environment, region, how])).toEqual([
      ['test', 'eu-west-1', 'pushed'],
      ['production', 'eu-west-1', 'pushed'],
      ['test', 'us-east-1', 'copied'],
    ]);
  });

  test('another account, or another region, is another repository', async () => {
    const describeRepositories = async ({ registryId = '' }) => ({
      repositories: [{ repositoryUri: `x/${registryId}` }],
    });
    const ecr = Object.assign(Object.create(workshop.ecr('eu-west-1')), { describeRepositories });
    const targets = [
      target('eu-west-1'),
      target('eu-west-1', { account: '444455556666' }),
      target('us-east-1', { account: '444455556666' }),
      target('us-east-1', { account: '444455556666', environment: 'staging' }),
    ];
    const plan = await planBuildPush(request({ targets, force: true }), {
      ...workshop.ports,
      aws: { ecr: async () => ecr },
    });
    expect(plan.destinations.map(({ targets: { length }, found }) => [length, found?.uri])).toEqual([
      [1, `x/${ACCOUNT}`],
      [1, 'x/444455556666'],
      [2, 'x/444455556666'],
    ]);
  });
});

describe('what is there already', () => {
  test('is copied to the regions that lack it, without a build', async () => {
    const first = await buildPush(request({ targets: [target('eu-west-1')] }), workshop.ports);
    writeTree(source, { 'main.py': 'not used\n' });
    const result = await buildPush(request(), workshop.ports);
    expect(result).toMatchObject({ digest: first.digest, skipped: true, builder: 'none' });
    expect(result.images.map(({ how }) => how)).toEqual(['exists', 'copied', 'copied']);
    expect(await tagsIn('ap-south-1')).toEqual({ [first.digest]: [COMMIT, 'main'] });
  });

  test('is taken from another region when the first lacks it, so that a commit stays one digest', async () => {
    const first = await buildPush(request({ targets: [target('ap-south-1')] }), workshop.ports);
    writeTree(source, { 'main.py': 'not used\n' });
    const result = await buildPush(request(), workshop.ports);
    expect(result).toMatchObject({ digest: first.digest, skipped: true });
    expect(result.images.map(({ how }) => how)).toEqual(['copied', 'copied', 'exists']);
  });
});

describe('tags that cannot move', () => {
  test('are left where they are by the same image; the branch is left out', async () => {
    const first = await buildPush(request({}, immutable), workshop.ports);
    expect(first.tags).toEqual([COMMIT]);
    expect(texts()).toContainEqual(expect.stringMatching(/cannot move, so it is not tagged main$/));
    const again = await buildPush(request({ force: true }, immutable), workshop.ports);
    expect(again.digest).toBe(first.digest);
  });

  test('refuse another image with both digests; nothing is copied', async () => {
    const first = await buildPush(request({}, immutable), workshop.ports);
    writeTree(source, { 'main.py': 'other\n' });
    const again = buildPush(request({ force: true }, immutable), workshop.ports);
    await expect(again).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(
        new RegExp(`tag ${COMMIT} .* it is on ${first.digest}, and this image is sha256:`),
      ),
    });
    expect(Object.keys(await tagsIn('us-east-1'))).toEqual([first.digest]);
  });

  test.each([
    ['IMMUTABLE_WITH_EXCLUSION', 'ma*', ['main']],
    ['IMMUTABLE_WITH_EXCLUSION', 'x*', []],
    ['MUTABLE_WITH_EXCLUSION', 'ma*', []],
    ['MUTABLE_WITH_EXCLUSION', 'm.in', ['main']],
  ] as const)('%s with %s', async (imageTagMutability, filter, moving) => {
    const imageTagMutabilityExclusionFilters = [{ filterType: 'WILDCARD' as const, filter }];
    await workshop
      .ecr('eu-west-1')
      .createRepository({ repositoryName: repository, imageTagMutability, imageTagMutabilityExclusionFilters });
    const result = await buildPush(request({ targets: [target('eu-west-1')] }), workshop.ports);
    expect(result.tags).toEqual([COMMIT, ...moving]);
  });
});

describe('repositories', () => {
  test('are created with their settings, their policy and their tags', async () => {
    const lifecyclePolicy = JSON.stringify({
      rules: [
        {
          rulePriority: 1,
          selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 },
          action: { type: 'expire' },
        },
      ],
    });
    const settings = { ...createSettings, scanOnPush: true, lifecyclePolicy, tags: { team: 'cues' } };
    await buildPush(request({}, { createRepository: settings }), workshop.ports);
    const ecr = workshop.ecr('us-east-1');
    const [made] = (await ecr.describeRepositories({ repositoryNames: [repository] })).repositories ?? [];
    expect(made).toMatchObject({
      imageTagMutability: 'MUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'AES256' },
    });
    const { tags } = await ecr.listTagsForResource({ resourceArn: made?.repositoryArn });
    expect(tags).toEqual([{ Key: 'team', Value: 'cues' }]);
    expect(texts().filter(text => text.startsWith('created the repository'))).toHaveLength(3);
  });

  test('that are missing and may not be created are all named, with what to do, before anything is built', async () => {
    await workshop.ecr('us-east-1').createRepository({ repositoryName: repository });
    const missing = buildPush(request({}, { createRepository: undefined }), workshop.ports);
    await expect(missing).rejects.toMatchObject({
      problems: ['eu-west-1', 'ap-south-1'].map(region => ({
        message: `The repository ${repository} does not exist in ${region} (account ${ACCOUNT})`,
        remedy: expect.stringContaining(`aws ecr create-repository --region ${region} --repository-name ${repository}`),
      })),
    });
    expect(workshop.asked).toEqual([]);
  });

  test('that somebody else created meanwhile are taken as they are', async () => {
    const ecr = workshop.ecr('eu-west-1');
    const describe = ecr.describeRepositories.bind(ecr);
    let first = true;
    const late = Object.assign(Object.create(ecr), {
      describeRepositories: async (input: Parameters<typeof describe>[0]) => {
        const found = await describe(input).catch(error => error);
        if (first) {
          first = false;
          await ecr.createRepository({ repositoryName: repository });
        }
        if (found instanceof Error) throw found;
        return found;
      },
    });
    const ports = { ...workshop.ports, aws: { ecr: async () => late } };
    const result = await buildPush(request({ targets: [target('eu-west-1')] }), ports);
    expect(result.images).toHaveLength(1);
  });

  test.each([
    ['ecr:DescribeRepositories', 'Looking for the repository'],
    ['ecr:CreateRepository', 'Creating the repository'],
    ['ecr:PutLifecyclePolicy', 'Setting the lifecycle policy of the repository'],
    ['ecr:GetAuthorizationToken', 'Logging in to the registry'],
  ])('without the permission %s it says so', async (permission, doing) => {
    const fault = local().faults.on(permission).deny();
    const createRepository = { ...createSettings, lifecyclePolicy: '{"rules":[]}' };
    const result = buildPush(request({ targets: [target('eu-west-1')] }, { createRepository }), workshop.ports);
    await expect(result).rejects.toThrow(new RegExp(`^${doing}.*AccessDenied.*The deploy role needs ${permission}`));
    fault.remove();
  });

  test('no region at all is refused', async () => {
    await expect(buildPush(request({ targets: [] }), workshop.ports)).rejects.toThrow('No region was chosen');
  });
});

describe('when a region fails', () => {
  test('the error says which regions have the image and which do not, and a second run continues', async () => {
    workshop.intercept = ({ method, url }) =>
      method !== 'HEAD' && isFor('us-east-1', url) ? { status: 403 } : undefined;
    const failed = buildPush(request(), workshop.ports);
    await expect(failed).rejects.toMatchObject({
      name: 'RemoteError',
      operation: 'copy image',
      target: 'us-east-1',
      message: expect.stringMatching(
        /into every region: It is in eu-west-1, ap-south-1, and not in us-east-1 \(.*403.*\)\. Run it again when that is mended/s,
      ),
    });
    workshop.intercept = () => undefined;
    const result = await buildPush(request(), workshop.ports);
    expect(result.images.map(({ how }) => how)).toEqual(['exists', 'copied', 'exists']);
  });

  test('in its tags, it does not count as having the image', async () => {
    workshop.intercept = ({ method, url }) =>
      method === 'PUT' && url.endsWith(`/manifests/${COMMIT}`) && isFor('ap-south-1', url)
        ? { status: 403 }
        : undefined;
    await expect(buildPush(request(), workshop.ports)).rejects.toThrow(
      /It is in eu-west-1, us-east-1, and not in ap-south-1/,
    );
  });

  test('the first one, nothing goes to the others', async () => {
    workshop.intercept = ({ method, url }) =>
      method === 'POST' && isFor('eu-west-1', url) ? { status: 403 } : undefined;
    await expect(buildPush(request(), workshop.ports)).rejects.toThrow(
      new RegExp(`${repository} in eu-west-1\\): 403`),
    );
    expect(await tagsIn('us-east-1')).toEqual({});
  });

  test('an abort ends it with its reason', async () => {
    const controller = new AbortController();
    const stopped = openWorkshop(local(), { signal: controller.signal });
    stopped.intercept = ({ method }) => {
      if (method === 'PATCH') controller.abort(new Error('cancelled by SIGINT'));
      return undefined;
    };
    await expect(buildPush(request(), stopped.ports)).rejects.toThrow('cancelled by SIGINT');
    stopped.close();
  });
});

describe('which builder', () => {
  const docker = dockerBuildConfig('.');
  const daemon = async () => ({ exitCode: 0, stdout: '20.10.24\n', stderr: '' });
  const noDaemon = async () => ({
    exitCode: 1,
    stdout: '28.0.0\n',
    stderr: 'x\nCannot connect to the Docker daemon\n',
  });

  test.each([
    ['auto', true, true, true, 'docker'],
    ['auto', true, false, true, 'layer'],
    ['auto', false, true, true, 'layer'],
    ['auto', true, true, false, 'docker'],
    ['layer', true, true, true, 'layer'],
    ['docker', true, true, true, 'docker'],
  ] as const)(
    '%s, with a daemon %j, a Dockerfile %j, a layer %j: %s',
    async (builder, running, dockerfile, layer, expected) => {
      if (dockerfile) writeTree(source, { Dockerfile: 'FROM scratch' });
      workshop.command = running ? daemon : noDaemon;
      const image = { builder, docker: dockerBuildConfig(source), layer: layer ? layerConfig(source) : undefined };
      const plan = await planBuildPush(request({}, image), workshop.ports);
      expect(plan.builder?.kind).toBe(expected);
    },
  );

  test.each([
    ['layer', { layer: undefined, docker }, 'The builder "layer" needs image.layer'],
    ['layer', { layer: undefined, docker }, 'layer: { source: app, entrypoint: [node, /app/main.mjs] }'],
    ['auto', { docker, layer: undefined }, 'layer: { source: app, entrypoint: [node, /app/main.mjs] }'],
    ['docker', {}, 'The builder "docker" needs image.docker'],
    ['auto', { layer: undefined }, 'The builder "auto" needs image.docker or image.layer'],
    ['docker', { docker }, 'There is no Dockerfile at Dockerfile. Correct'],
    ['auto', { docker, layer: undefined }, 'There is no Dockerfile'],
  ] as const)('%s cannot be: %#', async (builder, image, message) => {
    await expect(planBuildPush(request({}, { builder, ...image }), workshop.ports)).rejects.toThrow(message);
  });

  test.each([
    ['no program', undefined, 'there is no docker program'],
    ['no daemon', noDaemon, 'Cannot connect to the Docker daemon'],
  ])('docker without Docker says why: %s', async (_, command, message) => {
    writeTree(source, { Dockerfile: 'FROM scratch' });
    if (command) workshop.command = command;
    const image = { builder: 'docker' as const, docker: dockerBuildConfig(source) };
    await expect(planBuildPush(request({}, image), workshop.ports)).rejects.toThrow(message);
  });

  test('a plan changes nothing', async () => {
    const plan = await planBuildPush(request(), workshop.ports);
    expect(plan).toMatchObject({ builder: { kind: 'layer' }, tags: { fixed: [COMMIT], moving: ['main'] } });
    expect(plan.destinations.map(({ found }) => found)).toEqual([undefined, undefined, undefined]);
    await expect(tagsIn('eu-west-1')).rejects.toThrow('does not exist');
  });
});

/** A docker that keeps one image, of the content given last, and pushes it as docker does. */
function dockerWith(image: {
  content: string;
  builds: string[][];
  environments: Record<string, string>[];
}): Workshop['command'] {
  return async (_, args, options = {}) => {
    const say = (text: string) => {
      for (const line of text.split('\n')) options.onLine?.(line, 'stdout');
      return { exitCode: 0, stdout: text, stderr: '' };
    };
    if (args[0] === 'version') return say('20.10.24');
    if (args[0] === 'buildx') return { exitCode: 1, stdout: '', stderr: 'unknown command' };
    image.builds.push([...args]);
    image.environments.push({ ...options.environment });
    if (args[0] === 'build') return say(`built ${image.content}`);
    const [, reference = ''] = args;
    const tag = reference.slice(reference.lastIndexOf(':') + 1);
    const [, account = '', region = '', ...name] = reference.slice(0, reference.lastIndexOf(':')).split('/');
    const uri = reference.slice(0, reference.lastIndexOf(':'));
    const opened = createRegistries(name.join('/'), workshop.ports)(target(region, { account }), {
      uri,
      canMove: () => true,
    });
    const layer = createHash('sha512').update(image.content).digest();
    const config = Buffer.from(
      JSON.stringify({
        os: 'linux',
        architecture: 'amd64',
        rootfs: { type: 'layers', diff_ids: [digestOf('uncompressed')] },
      }),
    );
    for (const bytes of [layer, config]) await ensureBlob(opened, { digest: digestOf(bytes), bytes });
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MEDIA_TYPES.dockerManifest,
        config: { mediaType: MEDIA_TYPES.dockerConfig, size: config.length, digest: digestOf(config) },
        layers: [{ mediaType: MEDIA_TYPES.dockerLayer, size: layer.length, digest: digestOf(layer) }],
      }),
    );
    await putManifest(opened, tag, { digest: digestOf(bytes), mediaType: MEDIA_TYPES.dockerManifest, bytes });
    return say(
      `The push refers to repository [${uri}]\n${digestOf('uncompressed').slice(7, 19)}: Pushed\n${tag}: digest: ${digestOf(bytes)} size: 1`,
    );
  };
}

describe('a build with Docker', () => {
  test('pushes once, to the first region, with a configuration that is thrown away; the others get copies', async () => {
    writeTree(source, { Dockerfile: 'FROM scratch' });
    const image = { content: 'one', builds: [] as string[][], environments: [] as Record<string, string>[] };
    workshop.command = dockerWith(image);
    let open = 0;
    const logins: unknown[] = [];
    const dockerConfig = {
      create: async (given: readonly unknown[]) => {
        open += 1;
        logins.push(...given);
        return {
          path: '/tmp/throw-away',
          remove: async () => {
            open -= 1;
          },
        };
      },
    };
    const result = await buildPush(request({}, { docker: dockerBuildConfig(source) }), {
      ...workshop.ports,
      dockerConfig,
    });
    expect(result).toMatchObject({ builder: 'docker', skipped: false });
    expect(result.images.map(({ how, bytes = 0 }) => [how, bytes > 0])).toEqual([
      ['pushed', true],
      ['copied', true],
      ['copied', true],
    ]);
    expect(result.images[0]?.bytes).toBe(64);
    for (const region of REGIONS) expect(await tagsIn(region)).toEqual({ [result.digest]: [COMMIT, 'main'] });
    expect(image.builds.map(([verb]) => verb)).toEqual(['build', 'push']);
    expect(image.environments.every(each => each['DOCKER_CONFIG'] === '/tmp/throw-away')).toBe(true);
    expect(logins).toEqual([{ host: new URL(local().url).host, username: 'AWS', password: expect.any(String) }]);
    expect(open).toBe(0);
  });

  test('built again where tags can move pushes under the same tag', async () => {
    writeTree(source, { Dockerfile: 'FROM scratch' });
    const image = { content: 'one', builds: [] as string[][], environments: [] as Record<string, string>[] };
    workshop.command = dockerWith(image);
    await buildPush(request({}, { docker: dockerBuildConfig(source) }), workshop.ports);
    image.content = 'two';
    const again = await buildPush(request({ force: true }, { docker: dockerBuildConfig(source) }), workshop.ports);
    expect(image.builds[3]?.[1]).toMatch(new RegExp(`:${COMMIT}$`));
    expect((await tagsIn('ap-south-1'))[again.digest]).toEqual([COMMIT, 'main']);
  });

  test('built again where tags cannot move pushes under a tag of its own, and takes the same image for done', async () => {
    writeTree(source, { Dockerfile: 'FROM scratch' });
    const image = { content: 'same', builds: [] as string[][], environments: [] as Record<string, string>[] };
    workshop.command = dockerWith(image);
    const asked = { docker: dockerBuildConfig(source), ...immutable };
    const first = await buildPush(request({}, asked), workshop.ports);
    const again = await buildPush(request({ force: true }, asked), workshop.ports);
    expect(again.digest).toBe(first.digest);
    expect(image.builds[3]?.[1]).toMatch(/:rebuild-0123456789ab-\d+$/);
    image.content = 'other';
    await workshop.ports.clock.sleep(1);
    await expect(buildPush(request({ force: true }, asked), workshop.ports)).rejects.toThrow('cannot be moved');
  });
});
