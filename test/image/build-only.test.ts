import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { buildOnly } from '../../src/image/build-only.ts';
import { buildPush } from '../../src/image/build-push.ts';
import { useLocalAws } from '../local/fixtures/local.ts';
import { useTemporaryFolders } from '../local/fixtures/temporary-folder.ts';
import {
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
const source = { commit: COMMIT, ref: 'refs/pull/7/merge' };
let workshop: Workshop;
beforeEach(() => {
  workshop = openWorkshop(local());
});
afterEach(() => workshop.close());

describe('a layer without a push', () => {
  const code = () => layerConfig(writeTree(makeFolder(), { 'main.py': 'print("hello")\n' }));

  test('has the digest that a push gives, and asks no registry', async () => {
    const image = imageConfig({ repository: 'only', layer: code(), createRepository: createSettings });
    const built = await buildOnly({ image, source }, workshop.ports);
    expect(workshop.asked).toEqual([]);
    const pushed = await buildPush({ image, source, targets: [target('eu-west-1')] }, workshop.ports);
    expect(built).toEqual({ builder: 'layer', digest: pushed.digest, bytes: expect.any(Number) });
    const { imageDetails = [] } = await workshop.ecr('eu-west-1').describeImages({ repositoryName: 'only' });
    expect(built.bytes).toBe(imageDetails[0]?.imageSizeInBytes);
  });

  test('on a base has a size, and no digest before the base is read', async () => {
    const layer = { ...code(), base: 'python:3.12' };
    const built = await buildOnly({ image: imageConfig({ repository: 'only', layer }), source }, workshop.ports);
    expect(built).toEqual({ builder: 'layer', digest: undefined, bytes: expect.any(Number) });
    expect(workshop.asked).toEqual([]);
  });
});

describe('Docker without a push', () => {
  const docker = (platforms: string[] = []) =>
    dockerBuildConfig(writeTree(makeFolder(), { Dockerfile: 'FROM scratch\n' }), {
      platforms,
      cacheFrom: ['type=registry,ref=h/app:cache'],
      cacheTo: ['type=registry,ref=h/app:cache'],
    });
  const commands: (readonly string[])[] = [];
  beforeEach(() => {
    commands.length = 0;
    workshop.command = async (_, args) => {
      commands.push(args);
      const stdout = args[0] === 'version' ? '28.0.0' : args[0] === 'image' ? '123456\n' : 'Driver: docker-container\n';
      return { exitCode: 0, stdout, stderr: '' };
    };
  });
  const build = (platforms?: string[]) => {
    const image = imageConfig({ repository: 'only', builder: 'docker', docker: docker(platforms) });
    return buildOnly({ image, source }, workshop.ports);
  };

  test('loads the image here, reads caches, writes none, and says its size', async () => {
    expect(await build()).toEqual({ builder: 'docker', digest: undefined, bytes: 123_456 });
    const built = commands.find(args => args.includes('--progress=plain')) ?? [];
    expect(built).toEqual(expect.arrayContaining(['--load', '--cache-from', '--tag=only:0123456789ab']));
    expect(built.join(' ')).not.toMatch(/--push|--cache-to/);
  });

  test('builds several platforms without keeping them, since they can be loaded nowhere', async () => {
    expect(await build(['linux/amd64', 'linux/arm64'])).toMatchObject({ bytes: undefined });
    expect(commands.find(args => args.includes('--progress=plain'))).toContain('--output=type=cacheonly');
  });
});
