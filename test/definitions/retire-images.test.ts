/** Which images go, of answers in which ECR and Batch leave out what they may, refuse, or fail for some. */
import type { ImageDetail } from '@aws-sdk/client-ecr';
import { describe, expect, test } from '@jest/globals';
import type { TargetConfig } from '../../src/config/model.ts';
import { planImageRetirement, removeImages } from '../../src/definitions/retire-images.ts';
import { type answering, portsOn } from './answers.ts';

const ACCOUNT = '123456789012';
const DAY = 86_400_000;
const INDEX = 'application/vnd.oci.image.index.v1+json';
const target = (change: Partial<TargetConfig> = {}) =>
  ({
    environment: 'test',
    region: 'eu-west-1',
    account: ACCOUNT,
    registry: 'registry',
    image: { repository: 'cues' },
    ...change,
  }) as TargetConfig;
type Services = Required<Parameters<typeof answering>[0]>;
const OLD = `sha256:${'0d'.repeat(32)}`;
const old: ImageDetail = { imageDigest: OLD, imagePushedAt: new Date(-2 * DAY) };

async function plan(
  imageDetails: readonly ImageDetail[] | undefined,
  images: readonly string[] = [],
  more: Services['ecr'] = {},
) {
  const jobDefinitions = images.map(image => ({
    jobDefinitionName: 'cues',
    revision: 1,
    status: 'ACTIVE',
    containerProperties: { image },
  }));
  const services = {
    batch: { describeJobDefinitions: () => ({ jobDefinitions }) },
    ecr: { describeImages: () => (imageDetails ? { imageDetails } : {}), ...more },
  };
  const [only] = await planImageRetirement({ targets: [target()], account: ACCOUNT, days: 1 }, portsOn(services));
  return only;
}

describe('planned', () => {
  test.each<[string, readonly ImageDetail[] | undefined, readonly string[], readonly string[]]>([
    ['nothing of an empty repository', undefined, [], []],
    ['what is old and named by nothing', [old], [], [OLD]],
    ['nothing that a revision names by digest', [old], [`r/cues@${OLD}`], []],
    ['nothing that one names by a tag', [{ ...old, imageTags: ['v1'] }], ['r/cues:v1'], []],
    ['nothing that one names without a tag', [{ ...old, imageTags: ['latest'] }], ['r/cues'], []],
    ['nothing of which the age is not known', [{ imageDigest: OLD }], [], []],
    ['nothing that is young', [{ ...old, imagePushedAt: new Date(0) }], [], []],
    ['no signature of an image', [{ ...old, subjectManifestDigest: 'sha256:x' }], [], []],
    ['no chart', [{ ...old, artifactMediaType: 'application/vnd.cncf.helm.config.v1+json' }], [], []],
    ['nothing without a digest', [{ imagePushedAt: new Date(-2 * DAY) }], [], []],
    [
      'indexes first',
      [old, { ...old, imageDigest: 'sha256:index', imageManifestMediaType: INDEX }],
      [],
      ['sha256:index', OLD],
    ],
  ])('is %s', async (_, details, images, digests) => {
    expect(await plan(details, images)).toMatchObject({ region: 'eu-west-1', repository: 'cues', digests });
  });

  const kept: ImageDetail = { imageDigest: 'sha256:index', imageManifestMediaType: INDEX, imagePushedAt: new Date(0) };
  test.each<[string, object, readonly string[]]>([
    ['its parts', { images: [{ imageManifest: `{"manifests":[{"digest":"${OLD}"}]}` }] }, []],
    ['no parts where it has none', { images: [{ imageManifest: '{}' }, {}] }, [OLD]],
    ['no parts where it is gone meanwhile', {}, [OLD]],
  ])('an index that is kept keeps %s', async (_, answer, digests) => {
    expect(await plan([old, kept], [], { batchGetImage: () => answer })).toMatchObject({ digests });
  });

  test.each<[string, Services['ecr'], string]>([
    [
      'an index fails to be read',
      { batchGetImage: () => ({ failures: [{ failureCode: 'KmsError', failureReason: 'no key' }] }) },
      'reading the images of cues in eu-west-1: KmsError: no key. The role needs ecr:BatchGetImage.',
    ],
    [
      'indexes may not be read',
      { batchGetImage: refuse },
      'reading the images of cues in eu-west-1: AccessDeniedException: no. The role needs ecr:BatchGetImage.',
    ],
    [
      'images may not be listed',
      { describeImages: refuse },
      'reading the images of cues in eu-west-1: AccessDeniedException: no. The role needs ecr:DescribeImages.',
    ],
  ])('is nothing when %s', async (_, ecr, message) => {
    await expect(plan([old, kept], [], ecr)).rejects.toThrow(message);
  });

  test('is nothing where another account pulls from the same registry', async () => {
    const targets = [target(), target({ environment: 'production', account: '210987654321' })];
    await expect(planImageRetirement({ targets, account: ACCOUNT, days: 1 }, portsOn({}))).rejects.toThrow(
      /^production pulls from these registries.*lifecycle policy/,
    );
  });
});

function refuse(): never {
  throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
}

describe('removed', () => {
  const planned = (count: number) => [
    {
      region: 'eu-west-1',
      repository: 'cues',
      digests: Array.from({ length: count }, (_, index) => `sha256:${index}`),
      kept: 0,
    },
  ];
  test('is a hundred at a time', async () => {
    const asked: number[] = [];
    const batchDeleteImage = ({ imageIds }: { imageIds: readonly unknown[] }) => {
      asked.push(imageIds.length);
      return {};
    };
    expect(await removeImages(planned(101), ACCOUNT, portsOn({ ecr: { batchDeleteImage } }))).toEqual([]);
    expect(asked).toEqual([100, 1]);
  });

  test.each<[string, Services['ecr'], readonly string[]]>([
    [
      'some failed',
      {
        batchDeleteImage: () => ({
          failures: [
            {
              imageId: { imageDigest: 'sha256:1' },
              failureCode: 'ImageReferencedByManifestList',
              failureReason: 'in use',
            },
            { failureCode: 'KmsError', failureReason: 'no key' },
          ],
        }),
      },
      ['sha256:1 ImageReferencedByManifestList: in use', ' KmsError: no key'],
    ],
    [
      'all were refused',
      { batchDeleteImage: refuse },
      ['0', '1'].map(
        digest =>
          `sha256:${digest} removing images of cues in eu-west-1: AccessDeniedException: no. The role needs ecr:BatchDeleteImage.`,
      ),
    ],
  ])('is told with why where %s', async (_, ecr, expected) => {
    const failures = await removeImages(planned(2), ACCOUNT, portsOn({ ecr }));
    expect(failures.map(({ digest, why }) => `${digest} ${why}`)).toEqual(expected);
  });

  test('is nothing after a cancellation', async () => {
    const ports = { ...portsOn({}), signal: AbortSignal.abort() };
    expect(await removeImages(planned(1), ACCOUNT, ports)).toEqual([
      { region: 'eu-west-1', digest: 'sha256:0', why: 'cancelled before' },
    ]);
  });
});
