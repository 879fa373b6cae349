import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { buildPush } from '../../src/image/build-push.ts';
import type { BuildPushRequest } from '../../src/image/model.ts';
import { useLocalAws } from '../local/fixtures/local.ts';
import { useTemporaryFolders } from '../local/fixtures/temporary-folder.ts';
import {
  ACCOUNT,
  COMMIT,
  createSettings,
  imageConfig,
  layerConfig,
  openWorkshop,
  target,
  type Workshop,
  writeTree,
} from './workshop.ts';

const local = useLocalAws();
const makeFolder = useTemporaryFolders();
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
  targets: [target('eu-west-1'), target('us-east-1'), target('ap-south-1')],
  source: { commit: COMMIT, ref: 'refs/heads/main' },
  ...more,
});

const tagsOf = async (region: string): Promise<Record<string, string[]>> => {
  const { imageDetails = [] } = await workshop.ecr(region).describeImages({ repositoryName: repository });
  return Object.fromEntries(
    imageDetails.map(({ imageDigest, imageTags = [] }) => [imageDigest, [...imageTags].sort()]),
  );
};

describe('a build without a daemon', () => {
  test('puts one digest into every region, under the tags of commit and branch', async () => {
    const result = await buildPush(request(), workshop.ports);
    expect(result).toMatchObject({ builder: 'layer', skipped: false, tags: [COMMIT, 'main'] });
    for (const region of ['eu-west-1', 'us-east-1', 'ap-south-1']) {
      expect(await tagsOf(region)).toEqual({ [result.digest]: [COMMIT, 'main'].sort() });
    }
    expect(result.images.map(({ region, how }) => [region, how])).toEqual([
      ['eu-west-1', 'pushed'],
      ['us-east-1', 'copied'],
      ['ap-south-1', 'copied'],
    ]);
    expect(result.images[1]?.reference).toBe(
      `${new URL(local().url).host}/${ACCOUNT}/us-east-1/${repository}@${result.digest}`,
    );
    expect(result.images.every(({ bytes = 0 }) => bytes > 0)).toBe(true);
  });
});
