import { chmodSync, mkdirSync, renameSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { LayerBuildConfig } from '../../src/config/model.ts';
import { digestOf } from '../../src/image/digest.ts';
import { buildLayer } from '../../src/image/layer.ts';
import { storeLayer } from '../../src/image/layer-blob.ts';
import { readLayerEntries } from '../../src/image/layer-entries.ts';
import { MEDIA_TYPES } from '../../src/image/media-types.ts';
import type { OpenedRepository } from '../../src/image/registries.ts';
import { openBlob } from '../../src/image/registry/blobs.ts';
import { ensureBlob } from '../../src/image/registry/ensure-blob.ts';
import { readAll } from '../../src/image/registry/exchange.ts';
import { putManifest } from '../../src/image/registry/manifests.ts';
import { useLocalAws } from '../local/fixtures/local.ts';
import { useTemporaryFolders } from '../local/fixtures/temporary-folder.ts';
import { readTarGz, type TarMember } from './read-tar.ts';
import { COMMIT, createOpened, layerConfig, openWorkshop, readImage, type Workshop, writeTree } from './workshop.ts';

const local = useLocalAws();
const makeFolder = useTemporaryFolders();
let workshop: Workshop;
let repository: OpenedRepository;
let count = 0;
beforeEach(async () => {
  workshop = openWorkshop(local());
  count += 1;
  repository = await createOpened(workshop, `layers-${count}`);
});
afterEach(() => workshop.close());

const files = { 'main.py': 'print(1)\n', 'lib/b.py': 'b\n', 'lib-a.py': 'a\n', 'lib/sub/c.py': 'c\n' };

async function build(source: string, more: Partial<LayerBuildConfig> = {}, into = repository) {
  const config = layerConfig(source, more);
  const { manifest, sent } = await buildLayer({ config, source: { commit: COMMIT } }, into, workshop.ports.files);
  await putManifest(into, 'built', manifest);
  return { sent, ...(await readImage(into, 'built')) };
}

async function readLayer(from: OpenedRepository, digest: string): Promise<TarMember[]> {
  return readTarGz(await readAll(openBlob(from, { digest })));
}

const pathsOf = (members: readonly TarMember[]): string[] => members.map(({ path }) => path);

describe('a layer on nothing', () => {
  test('is an image by itself: the folder below its destination, with the folders above it', async () => {
    const { content, config, manifest } = await build(writeTree(makeFolder(), files), { command: ['main.py'] });
    expect(manifest.mediaType).toBe(MEDIA_TYPES.ociManifest);
    expect(content).toMatchObject({ mediaType: MEDIA_TYPES.ociManifest, config: { mediaType: MEDIA_TYPES.ociConfig } });
    expect(content.layers.map(({ mediaType }) => mediaType)).toEqual([MEDIA_TYPES.ociLayer]);
    const [layer] = content.layers;
    const bytes = await readAll(openBlob(repository, { digest: layer?.digest ?? '' }));
    expect(layer?.size).toBe(bytes.length);
    expect(config.rootfs.diff_ids).toEqual([digestOf(gunzipSync(bytes))]);
    expect(config.config).toMatchObject({ Cmd: ['main.py'], Labels: { 'org.opencontainers.image.revision': COMMIT } });
    const members = readTarGz(bytes);
    expect(pathsOf(members)).toEqual([
      'opt/',
      'opt/app/',
      'opt/app/lib-a.py',
      'opt/app/lib/',
      'opt/app/lib/b.py',
      'opt/app/lib/sub/',
      'opt/app/lib/sub/c.py',
      'opt/app/main.py',
    ]);
    expect(members.find(({ path }) => path.endsWith('c.py'))?.content.toString()).toBe('c\n');
  });

  test('the same content has the same digest: again, from another folder, at another time, under another umask', async () => {
    const one = makeFolder();
    const first = await build(writeTree(one, files));
    const again = await build(one);
    expect(again.manifest.digest).toBe(first.manifest.digest);
    expect(again.sent).toBe(0);
    const other = makeFolder();
    renameSync(writeTree(makeFolder(), { 'elsewhere/x': '' }), join(other, 'moved'));
    const umask = process.umask(0o077);
    try {
      writeTree(join(other, 'moved', 'copy'), Object.fromEntries(Object.entries(files).reverse()));
    } finally {
      process.umask(umask);
    }
    utimesSync(join(other, 'moved', 'copy', 'main.py'), 1, 1);
    const elsewhere = await build(join(other, 'moved', 'copy'));
    expect(elsewhere.manifest.digest).toBe(first.manifest.digest);
  });

  test('one changed byte, one changed name or one executable bit changes the digest', async () => {
    const digests = new Set<string>();
    const variants = [files, { ...files, 'main.py': 'print(2)\n' }, { ...files, 'new.py': '' }];
    for (const variant of variants) digests.add((await build(writeTree(makeFolder(), variant))).manifest.digest);
    const executable = writeTree(makeFolder(), files);
    chmodSync(join(executable, 'main.py'), 0o744);
    digests.add((await build(executable)).manifest.digest);
    expect(digests.size).toBe(4);
  });

  test('modes are what a checkout would give; links are kept as links', async () => {
    const source = writeTree(makeFolder(), { run: '#!', plain: '', 'secret/key': '' });
    chmodSync(join(source, 'run'), 0o4711);
    chmodSync(join(source, 'plain'), 0o600);
    chmodSync(join(source, 'secret'), 0o700);
    symlinkSync('../nowhere', join(source, 'link'));
    mkdirSync(join(source, 'empty'));
    const { content } = await build(source);
    const members = await readLayer(repository, content.layers[0]?.digest ?? '');
    const found = members.map(({ path, type, mode, linkTarget }) => [
      path.replace('opt/app/', ''),
      type,
      mode,
      linkTarget,
    ]);
    expect(found.slice(2)).toEqual([
      ['empty/', '5', 0o755, ''],
      ['link', '2', 0o777, '../nowhere'],
      ['plain', '0', 0o644, ''],
      ['run', '0', 0o755, ''],
      ['secret/', '5', 0o755, ''],
      ['secret/key', '0', 0o644, ''],
    ]);
  });

  test('a layer too large to be held is sent while it is made, with the same result', async () => {
    const source = writeTree(makeFolder(), {
      'noise.bin': Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 7919) % 251)),
    });
    const small = await storeLayer(layerConfig(source), repository, workshop.ports.files);
    const another = await createOpened(workshop, `streamed-${count}`);
    const streamed = await storeLayer(layerConfig(source), another, workshop.ports.files, 10);
    expect(streamed).toEqual({ ...small, sent: small.bytes });
  });

  test('a large layer that broke on the way is made again from its beginning', async () => {
    const source = writeTree(makeFolder(), files);
    const expected = await storeLayer(layerConfig(source), repository, workshop.ports.files);
    const another = await createOpened(workshop, `broken-${count}`);
    let failures = 1;
    workshop.intercept = ({ method }) => (method === 'PATCH' && failures-- > 0 ? { status: 503 } : undefined);
    const streamed = await storeLayer(layerConfig(source), another, workshop.ports.files, 10);
    expect(streamed.digest).toBe(expected.digest);
    expect(streamed.diffId).toBe(expected.diffId);
    expect(workshop.slept).toEqual([1000]);
  });
});

describe('what is left out', () => {
  test('follows the ignore patterns; an exception brings its folders back', async () => {
    const source = writeTree(makeFolder(), {
      'main.py': '',
      'cache/big.bin': '',
      'cache/deep/keep.txt': '',
      '__pycache__/x.pyc': '',
    });
    const { content } = await build(source, { ignore: ['cache', '!cache/deep/keep.txt', '**/__pycache__'] });
    expect(pathsOf(await readLayer(repository, content.layers[0]?.digest ?? '')).slice(2)).toEqual([
      'opt/app/cache/',
      'opt/app/cache/deep/',
      'opt/app/cache/deep/keep.txt',
      'opt/app/main.py',
    ]);
  });

  test.each([
    ['an empty folder', {}, {}, 'has nothing for the image in it'],
    ['a folder of which nothing is left', { a: '' }, { ignore: ['*'] }, 'has nothing for the image in it'],
    ['a name that means a deletion', { 'lib/.wh.a': '' }, {}, 'names that begin with ".wh."'],
    ['a relative destination', { a: '' }, { destination: 'opt' }, 'is no absolute path'],
    ['a destination that climbs', { a: '' }, { destination: '/opt/../etc' }, 'is no absolute path'],
    ['taking away the whole image', { a: '' }, { destination: '/', replace: true }, 'would take / of the base'],
    ['taking away a folder of the base', { a: '' }, { destination: '/usr/lib', replace: true }, 'would take /usr/lib'],
  ])('%s is refused', async (_, tree, more, message) => {
    const config = layerConfig(writeTree(makeFolder(), tree), more);
    await expect(readLayerEntries(config, workshop.ports.files)).rejects.toThrow(message);
  });

  test('a folder that does not exist is named', async () => {
    await expect(readLayerEntries(layerConfig('/no/such/folder'), workshop.ports.files)).rejects.toThrow(
      /no\/such\/folder/,
    );
  });
});

describe('the folders above the destination', () => {
  const entriesAt = async (destination: string, base?: string): Promise<[string, number][]> => {
    const config = layerConfig(writeTree(makeFolder(), { f: '' }), { destination, ...(base && { base }) });
    const entries = await readLayerEntries(config, workshop.ports.files);
    return entries.filter(({ type }) => type === 'directory').map(({ path, mode }) => [path, mode]);
  };

  test.each([
    ['/', []],
    ['/app/', [['app', 0o755]]],
    [
      '/tmp/x',
      [
        ['tmp', 0o1777],
        ['tmp/x', 0o755],
      ],
    ],
    [
      '/var/tmp',
      [
        ['var', 0o755],
        ['var/tmp', 0o1777],
      ],
    ],
    [
      '/root/x',
      [
        ['root', 0o700],
        ['root/x', 0o755],
      ],
    ],
  ])('on nothing, %s has them all', async (destination, expected) => {
    expect(await entriesAt(destination)).toEqual(expected);
  });

  test.each([
    ['/opt/ml/code', ['opt', 'opt/ml', 'opt/ml/code']],
    ['/usr/local/lib/app', ['usr/local/lib', 'usr/local/lib/app']],
    ['/lib/app', ['lib/app']],
    ['/home/builder', []],
    ['/home/builder/app', ['home/builder/app']],
    ['/tmp', []],
    ['/var/task', ['var/task']],
  ])('on a base, %s leaves the base its own', async (destination, expected) => {
    expect((await entriesAt(destination, 'base')).map(([path]) => path)).toEqual(expected);
  });
});

/** An image to stand on, as Docker would have pushed it. */
async function pushBase(
  into: OpenedRepository,
  tag: string,
  options: {
    docker?: boolean;
    platform?: { os: string; architecture: string; variant?: string };
    layers?: string[];
  } = {},
) {
  const { docker = false, platform = { os: 'linux', architecture: 'amd64' }, layers = ['lower', 'upper'] } = options;
  const blobs = layers.map(text => Buffer.from(`${text} of ${tag}`));
  const config = Buffer.from(
    JSON.stringify({
      ...platform,
      config: { Env: ['PATH=/bin'], Cmd: ['sh'] },
      rootfs: { type: 'layers', diff_ids: blobs.map(digestOf) },
      history: blobs.map(() => ({ created_by: 'base' })),
    }),
  );
  for (const bytes of [...blobs, config]) await ensureBlob(into, { digest: digestOf(bytes), bytes });
  const mediaType = docker ? MEDIA_TYPES.dockerManifest : MEDIA_TYPES.ociManifest;
  const layerType = docker ? MEDIA_TYPES.dockerLayer : MEDIA_TYPES.ociLayer;
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: {
        mediaType: docker ? MEDIA_TYPES.dockerConfig : MEDIA_TYPES.ociConfig,
        size: config.length,
        digest: digestOf(config),
      },
      layers: blobs.map(blob => ({ mediaType: layerType, size: blob.length, digest: digestOf(blob) })),
    }),
  );
  const manifest = { digest: digestOf(bytes), mediaType, bytes };
  await putManifest(into, tag, manifest);
  return { manifest, layers: blobs.map(digestOf), size: bytes.length, platform };
}

async function pushIndex(into: OpenedRepository, tag: string, images: Awaited<ReturnType<typeof pushBase>>[]) {
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociIndex,
      manifests: [
        {
          mediaType: MEDIA_TYPES.ociManifest,
          digest: images[0]?.manifest.digest,
          size: 1,
          platform: { os: 'unknown', architecture: 'unknown' },
        },
        ...images.map(({ manifest, size, platform }) => ({
          mediaType: manifest.mediaType,
          digest: manifest.digest,
          size,
          platform,
        })),
      ],
    }),
  );
  await putManifest(into, tag, { digest: digestOf(bytes), mediaType: MEDIA_TYPES.ociIndex, bytes });
}

describe('a layer on a base', () => {
  let source: string;
  beforeEach(() => {
    source = writeTree(makeFolder(), files);
  });

  test('of the same repository sends the new layer and nothing else', async () => {
    const base = await pushBase(repository, 'base-1');
    const before = workshop.asked.length;
    const { content, config, sent } = await build(source, { base: 'base-1', command: ['main.py'] });
    expect(content.layers.slice(0, 2).map(({ digest }) => digest)).toEqual(base.layers);
    expect(content.layers).toHaveLength(3);
    expect(config.rootfs.diff_ids.slice(0, 2)).toEqual(base.layers);
    expect(config.history).toHaveLength(3);
    expect(config.config).toMatchObject({
      Env: ['PATH=/bin'],
      Cmd: ['main.py'],
      Labels: {
        'org.opencontainers.image.base.name': `${repository.address}:base-1`,
        'org.opencontainers.image.base.digest': base.manifest.digest,
      },
    });
    expect(workshop.asked.slice(before).some(({ url }) => base.layers.some(layer => url.endsWith(layer)))).toBe(false);
    expect(sent).toBe((content.layers[2]?.size ?? 0) + JSON.stringify(config).length);
  });

  test.each([
    ['docker', true, MEDIA_TYPES.dockerManifest, MEDIA_TYPES.dockerConfig, MEDIA_TYPES.dockerLayer],
    ['OCI', false, MEDIA_TYPES.ociManifest, MEDIA_TYPES.ociConfig, MEDIA_TYPES.ociLayer],
  ])('keeps the media types of a %s base', async (_, docker, manifestType, configType, layerType) => {
    await pushBase(repository, 'base', { docker });
    const { manifest, content } = await build(source, { base: 'base' });
    expect(manifest.mediaType).toBe(manifestType);
    expect(content.mediaType).toBe(manifestType);
    expect(content.config.mediaType).toBe(configType);
    expect(content.layers.map(({ mediaType }) => mediaType)).toEqual([layerType, layerType, layerType]);
  });

  test.each([
    ['a tag', () => 'base'],
    ['a tag with its colon', () => ':base'],
    ['repository and tag', () => `${repository.name}:base`],
    ['the whole reference', () => `${repository.address}:base`],
    ['the repository and digest', () => `${repository.name}@${'digest'}`],
    ['a digest alone', () => '@digest'],
  ])('may be named by %s', async (_, name) => {
    const base = await pushBase(repository, 'base');
    const { content } = await build(source, { base: name().replace('digest', base.manifest.digest) });
    expect(content.layers.slice(0, 2).map(({ digest }) => digest)).toEqual(base.layers);
  });

  test('of another repository of the registry is mounted', async () => {
    const settings = workshop.ecr('eu-west-1');
    await settings.putAccountSetting({ name: 'BLOB_MOUNTING', value: 'ENABLED' });
    const bases = await createOpened(workshop, `bases-${count}`);
    const base = await pushBase(bases, 'v1');
    workshop.events.length = 0;
    const { content, sent } = await build(source, { base: `bases-${count}:v1` });
    await settings.putAccountSetting({ name: 'BLOB_MOUNTING', value: 'DISABLED' });
    expect(workshop.blobs()).toEqual(['mounted', 'mounted', 'uploaded', 'uploaded']);
    expect(content.layers.slice(0, 2).map(({ digest }) => digest)).toEqual(base.layers);
    expect(sent).toBeLessThan(3000);
  });

  test('passes through here where mounting is off, in the session that the registry opened', async () => {
    const bases = await createOpened(workshop, `off-${count}`);
    const base = await pushBase(bases, 'v1');
    workshop.events.length = 0;
    workshop.asked.length = 0;
    const { content } = await build(source, { base: `off-${count}:v1` });
    expect(workshop.blobs().sort()).toEqual(['copied', 'copied', 'uploaded', 'uploaded']);
    expect(content.layers.slice(0, 2).map(({ digest }) => digest)).toEqual(base.layers);
    // Two mounts that became sessions and two uploads: four POSTs, not six.
    expect(workshop.asked.filter(({ method }) => method === 'POST')).toHaveLength(4);
  });

  test('of an index is the one for the platform', async () => {
    const amd = await pushBase(repository, 'amd');
    const arm = await pushBase(repository, 'arm', { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } });
    await pushIndex(repository, 'both', [amd, arm]);
    const { content, config } = await build(source, { base: 'both', platform: 'linux/arm64' });
    expect(content.layers.slice(0, 2).map(({ digest }) => digest)).toEqual(arm.layers);
    expect(config).toMatchObject({ architecture: 'arm64', variant: 'v8' });
  });

  test.each([
    [
      'an index without the platform',
      'both',
      'linux/s390x',
      'is not for linux/s390x, but for linux/amd64, linux/arm64',
    ],
    [
      'an index without the variant',
      'both',
      'linux/arm64/v9',
      'is not for linux/arm64/v9, but for linux/amd64, linux/arm64',
    ],
    ['an image of another platform', 'amd', 'linux/arm64', 'is not for linux/arm64, but for linux/amd64'],
    ['a tag that is not there', 'gone', 'linux/amd64', ':gone does not exist'],
    ['a repository that is not there', 'no-such:v1', 'linux/amd64', 'no-such:v1 does not exist'],
    ['an image of another registry', 'docker.io/library/python:3', 'linux/amd64', 'is not in the registry'],
    ['an image of another account', '127.0.0.1:1/999/x/python:3', 'linux/amd64', 'is not in the registry'],
    ['something that is no reference', 'Capitals/x:1', 'linux/amd64', 'a repository has no capitals'],
  ])('fails clearly for %s', async (_, base, platform, message) => {
    const amd = await pushBase(repository, 'amd');
    const arm = await pushBase(repository, 'arm', { platform: { os: 'linux', architecture: 'arm64' } });
    await pushIndex(repository, 'both', [amd, arm]);
    await expect(build(source, { base, platform })).rejects.toThrow(message);
  });

  test('arm64 without a variant is arm64/v8', async () => {
    await pushBase(repository, 'arm', { platform: { os: 'linux', architecture: 'arm64' } });
    await expect(build(source, { base: 'arm', platform: 'linux/arm64/v8' })).resolves.toBeDefined();
  });

  test('that is to be replaced at the destination hides what it had there, before anything is added', async () => {
    await pushBase(repository, 'base');
    const { content } = await build(source, { base: 'base', replace: true });
    expect(pathsOf(await readLayer(repository, content.layers[2]?.digest ?? '')).slice(0, 4)).toEqual([
      'opt/',
      'opt/app/',
      'opt/app/.wh..wh..opq',
      'opt/app/lib-a.py',
    ]);
  });
});
