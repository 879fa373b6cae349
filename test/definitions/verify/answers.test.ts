/** Queues, compute environments and images of which AWS says less than it could, or something else than was asked. */
import type { ComputeEnvironmentDetail, JobQueueDetail } from '@aws-sdk/client-batch';
import { expect, test } from '@jest/globals';
import { renderedCandidate } from '../../../src/definitions/verify/candidates.ts';
import { createCapacity, queuesOf } from '../../../src/definitions/verify/capacity.ts';
import { createImages, type FoundImage } from '../../../src/definitions/verify/ecr-images.ts';
import type { Fleet, VerifyPorts } from '../../../src/definitions/verify/model.ts';
import { type answering, portsOn } from '../answers.ts';
import { definitionOf, ec2, TARGET } from '../requests.ts';

const REGION = TARGET.region;
const IMAGE = { account: TARGET.account, region: REGION, repository: 'cues', id: `sha256:${'a1'.repeat(32)}` };
const OCI = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const portsFor = (services: Parameters<typeof answering>[0], status = 200, text = '{}') =>
  ({
    ...portsOn(services),
    http: {
      request: async () => ({
        status,
        headers: {},
        body: (async function* () {
          yield Buffer.from(text);
        })(),
      }),
    },
  }) as VerifyPorts;
const denied = () => {
  throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
};
const definition = definitionOf(ec2());
const ofQueue = { ...definition.config, jobQueues: { only: 'cues-low' } };
const fleet: Fleet = { targets: [ofQueue], candidates: [renderedCandidate({ ...definition, config: ofQueue })] };
const queues = (region: string) => queuesOf(fleet, region);
const queue = { jobQueueName: 'cues-low', jobQueueArn: 'arn:q' } as JobQueueDetail;
const environment = (change: object) => ({ computeEnvironmentArn: 'arn:ce', ...change }) as ComputeEnvironmentDetail;

test('a queue is found by its name and its ARN, and an answer without queues is none', async () => {
  const some = createCapacity(queues, portsFor({ batch: { describeJobQueues: () => ({ jobQueues: [queue] }) } }));
  expect(await some.queue(REGION, 'arn:q')).toEqual({ value: queue });
  expect(await some.queue(REGION, 'cues-low')).toEqual({ value: queue });
  const none = createCapacity(queues, portsFor({ batch: { describeJobQueues: () => ({}) } }));
  expect(await none.queue(REGION, 'cues-low')).toEqual({ value: undefined });
});

test.each<[string, Parameters<typeof answering>[0], string]>([
  ['queues', { batch: { describeJobQueues: denied } }, 'batch:DescribeJobQueues'],
  [
    'compute environments',
    {
      batch: {
        describeJobQueues: () => ({
          jobQueues: [{ ...queue, computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'arn:ce' }] }],
        }),
        describeComputeEnvironments: denied,
      },
    },
    'batch:DescribeComputeEnvironments',
  ],
])('who may not see %s is told so of everything that depends on them', async (_, services, action) => {
  const capacity = createCapacity(queues, portsFor(services));
  const refusal = { verdict: expect.objectContaining({ status: 'SKIP', reason: `needs ${action}` }) };
  expect(await capacity.environments(REGION, queue)).toEqual(refusal);
  expect(await capacity.instanceTypes(REGION, environment({}))).toEqual(refusal);
});

test.each<[string, object, readonly string[]]>([
  [
    'its own types, by name and by family',
    { type: 'EC2', instanceTypes: ['m5', 'c5.large'] },
    ['m5.large', 'c5.large'],
  ],
  ['none when it names none', { type: 'SPOT' }, []],
  ['none on Fargate', { type: 'FARGATE', instanceTypes: ['m5'] }, []],
  ['none without a type', {}, []],
])('a compute environment may start %s; one without resources nothing', async (_, computeResources, expected) => {
  const own = environment({ computeResources });
  const types = [{ InstanceType: 'm5.large' }, { InstanceType: 'c5.large' }, { InstanceType: 'm5d.large' }, {}];
  const ordered = {
    ...queue,
    computeEnvironmentOrder: [{ computeEnvironment: 'arn:gone' }, {}, { computeEnvironment: 'arn:ce', order: 1 }],
  };
  const capacity = createCapacity(
    queues,
    portsFor({
      batch: {
        describeJobQueues: () => ({ jobQueues: [ordered] }),
        describeComputeEnvironments: () => ({ computeEnvironments: [own] }),
      },
      // EC2 leaves out a list that is empty, and says so on a page of its own.
      ec2: {
        describeInstanceTypes: ({ NextToken }: { NextToken?: string }) =>
          NextToken ? {} : { InstanceTypes: types, NextToken: 'two' },
      },
    }),
  );
  expect(await capacity.environments(REGION, ordered as JobQueueDetail)).toEqual({ value: [own] });
  const found = await capacity.instanceTypes(REGION, own);
  expect('value' in found && found.value.map(({ InstanceType }) => InstanceType)).toEqual(expected);
  expect(await capacity.instanceTypes(REGION, environment({}))).toEqual({ value: [] });
});

test('an answer without compute environments is none, and needs no instance types', async () => {
  const batch = { describeJobQueues: () => ({ jobQueues: [queue] }), describeComputeEnvironments: () => ({}) };
  const capacity = createCapacity(queues, portsFor({ batch }));
  expect(await capacity.environments(REGION, queue)).toEqual({ value: [] });
  expect(await capacity.instanceTypes(REGION, environment({}))).toEqual({ value: [] });
});

test.each<[string, object | undefined, readonly string[]]>([
  ['of the definitions alone', undefined, ['cues-low']],
  ['of a smoke test too', { priority: 'high' }, ['cues-low', 'cues-high']],
  ['of a smoke test of a priority that has none', { priority: 'other' }, ['cues-low']],
  ['of a smoke test without a priority', {}, ['cues-low']],
])('queues %s', (_, smokeTest, expected) => {
  const [target] = fleet.targets;
  if (!target) throw new Error('the fleet has no target');
  const jobQueues = { low: 'cues-low', high: 'cues-high' };
  const own = { ...fleet, targets: [{ ...target, jobQueues, smokeTest } as typeof target] };
  expect([...queuesOf(own, REGION)]).toEqual(expected);
  expect([...queuesOf(own, 'us-east-1')]).toEqual([]);
});

const imagesOn = (batchGetImage: () => object) => createImages(fleet, portsFor({ ecr: { batchGetImage } }));

test.each<[string, object, unknown]>([
  ['nothing', {}, { value: undefined }],
  [
    'that it is not there',
    { failures: [{ imageId: { imageDigest: IMAGE.id }, failureCode: 'ImageNotFound' }] },
    { value: undefined },
  ],
  [
    'a failure without a reason',
    { failures: [{ imageId: { imageDigest: IMAGE.id }, failureCode: 'KmsError' }] },
    { verdict: { status: 'NG', reason: 'ecr:BatchGetImage failed: KmsError: no reason given', remedy: undefined } },
  ],
  [
    'an image without a manifest',
    { images: [{ imageId: { imageDigest: IMAGE.id }, imageManifestMediaType: OCI }] },
    { verdict: { status: 'NG', reason: `is no container image, but ${OCI}`, remedy: undefined } },
  ],
  [
    'an image without a name',
    { images: [{ imageManifest: '{}' }], failures: [{ failureCode: 'KmsError' }] },
    { value: undefined },
  ],
])('an image of which ECR says %s', async (_, answer, expected) => {
  expect(await imagesOn(() => answer).manifest(IMAGE)).toEqual(expected);
});

test('an image of a repository that no definition names is not there', async () => {
  expect(await imagesOn(() => ({})).manifest({ ...IMAGE, repository: 'other' })).toEqual({ value: undefined });
});

const content = { layers: [], manifests: [], index: true };
const part = { mediaType: OCI, digest: `sha256:${'b2'.repeat(32)}`, size: 2 };
test.each<[string, () => object, FoundImage, unknown]>([
  ['not there are missing', () => ({}), { ...content, manifests: [part] }, { value: [part] }],
  [
    'there are not',
    () => ({
      images: [
        { imageId: { imageDigest: part.digest }, imageManifest: '{"manifests":[]}', imageManifestMediaType: INDEX },
      ],
    }),
    { ...content, manifests: [part] },
    { value: [] },
  ],
  ['none at all need nothing', denied, content, { value: [] }],
  [
    'not to be read are not told as missing',
    denied,
    { ...content, manifests: [part] },
    { verdict: expect.objectContaining({ status: 'SKIP', reason: 'needs ecr:BatchGetImage' }) },
  ],
])('parts of an index that are %s', async (_, batchGetImage, found, expected) => {
  expect(await imagesOn(batchGetImage).missing(IMAGE, found)).toEqual(expected);
});

const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: `sha256:${'c3'.repeat(32)}`, size: 2 };
test.each<[string, { link: object; status: number }, unknown]>([
  [
    'is read from its configuration',
    { link: { downloadUrl: 'https://e.invalid' }, status: 200 },
    { value: [{ os: 'linux', architecture: 'arm64', variant: 'v8' }] },
  ],
  [
    'cannot be read where the download fails',
    { link: {}, status: 403 },
    {
      verdict: expect.objectContaining({
        status: 'NG',
        reason:
          "ecr:GetDownloadUrlForLayer failed: Error: the image's configuration could not be downloaded (HTTP 403)",
      }),
    },
  ],
])('the platform of an image %s', async (_, { link, status }, expected) => {
  const services = { ecr: { getDownloadUrlForLayer: () => link } };
  const ports = portsFor(services, status, '{"os":"linux","architecture":"arm64","variant":"v8"}');
  const found = { ...content, index: false, config };
  expect(await createImages(fleet, ports).platforms(IMAGE, found)).toEqual(expected);
});
