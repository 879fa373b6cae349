import { beforeAll, describe, expect, test } from '@jest/globals';
import { useLocalAws } from '../fixtures/local.ts';
import { clientOf, rawRequest, useBucket } from './bucket.ts';

const local = useLocalAws();
const s3 = useBucket(local, 'first-bucket');
const here = { CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } } as const;

describe('a bucket', () => {
  test('S3-1 is made once: by its owner again, and by another account, it is refused', async () => {
    await expect(s3().createBucket({ Bucket: 'first-bucket', ...here })).rejects.toMatchObject({
      name: 'BucketAlreadyOwnedByYou',
      $metadata: { httpStatusCode: 409 },
    });
    await expect(
      clientOf(local(), '444455556666').createBucket({ Bucket: 'first-bucket', ...here }),
    ).rejects.toMatchObject({
      name: 'BucketAlreadyExists',
    });
    const virginia = clientOf(local(), '111122223333', 'us-east-1');
    expect((await virginia.createBucket({ Bucket: 'virginia' })).Location).toBe('/virginia');
    await virginia.createBucket({ Bucket: 'virginia' });
    await expect(virginia.createBucket({ Bucket: 'first-bucket' })).rejects.toMatchObject({
      name: 'BucketAlreadyOwnedByYou',
    });
  });

  test.each(['ab', 'x'.repeat(64), 'Upper', '-dash', 'dot.', 'a..b', '192.168.1.1', 'under_score'])(
    'S3-1 cannot be named %s',
    async Bucket => {
      await expect(s3().createBucket({ Bucket, ...here })).rejects.toMatchObject({ name: 'InvalidBucketName' });
    },
  );

  test.each([
    [
      'eu-west-1',
      'us-west-2',
      'IllegalLocationConstraintException',
      'The us-west-2 location constraint is incompatible',
    ],
    ['us-east-1', 'us-east-1', 'InvalidLocationConstraint', 'The specified location-constraint is not valid'],
  ])('S3-2 made from %s cannot be in %s', async (region, LocationConstraint, name, message) => {
    const CreateBucketConfiguration = { LocationConstraint: LocationConstraint as 'us-west-2' };
    const creating = clientOf(local(), '111122223333', region).createBucket({
      Bucket: 'somewhere',
      CreateBucketConfiguration,
    });
    await expect(creating).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });

  test('S3-2 outside us-east-1 must say where it is to be', async () => {
    // The SDK would say it by itself.
    const { status, text } = await rawRequest(local(), 'PUT', '/somewhere');
    expect([status, text]).toEqual([
      400,
      expect.stringContaining('The unspecified location constraint is incompatible'),
    ]);
  });

  test('S3-2 made from us-east-1 may be anywhere', async () => {
    const virginia = clientOf(local(), '111122223333', 'us-east-1');
    const CreateBucketConfiguration = { LocationConstraint: 'us-west-2' } as const;
    const { Location } = await virginia.createBucket({ Bucket: 'oregon', CreateBucketConfiguration });
    expect(Location).toBe('http://oregon.s3.amazonaws.com/');
    expect(await virginia.getBucketLocation({ Bucket: 'oregon' })).toMatchObject({ LocationConstraint: 'us-west-2' });
    await virginia.createBucket({ Bucket: 'at-home' });
    expect((await virginia.getBucketLocation({ Bucket: 'at-home' })).LocationConstraint).toBeUndefined();
  });

  test('S3-3 of another region answers with a redirect that names the region', async () => {
    const elsewhere = clientOf(local(), '111122223333', 'us-west-2');
    await expect(elsewhere.listObjectsV2({ Bucket: 'first-bucket' })).rejects.toMatchObject({
      name: 'PermanentRedirect',
      $metadata: { httpStatusCode: 301 },
      $response: { headers: { 'x-amz-bucket-region': 'eu-west-1' } },
    });
    const following = clientOf(local(), '111122223333', 'us-west-2', { followRegionRedirects: true });
    expect((await following.listObjectsV2({ Bucket: 'first-bucket' })).KeyCount).toBe(0);
    expect((await s3().headBucket({ Bucket: 'first-bucket' })).BucketRegion).toBe('eu-west-1');
  });

  test('S3-4 of another account is not open to the caller, nor is anything without credentials', async () => {
    const stranger = clientOf(local(), '444455556666');
    await expect(stranger.listObjectsV2({ Bucket: 'first-bucket' })).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(stranger.putObject({ Bucket: 'first-bucket', Key: 'x', Body: 'x' })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    expect((await stranger.listBuckets({})).Buckets).toEqual([]);
    const own = { Bucket: 'first-bucket', ExpectedBucketOwner: '444455556666' };
    await expect(s3().listObjectsV2(own)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect((await fetch(`${local().url}/first-bucket`)).status).toBe(403);
  });

  test('S3-5 must be empty to be deleted; open uploads go with it', async () => {
    await s3().createBucket({ Bucket: 'short-lived', ...here });
    await s3().putObject({ Bucket: 'short-lived', Key: 'x', Body: 'x' });
    await s3().createMultipartUpload({ Bucket: 'short-lived', Key: 'open' });
    await expect(s3().deleteBucket({ Bucket: 'short-lived' })).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    await s3().deleteObject({ Bucket: 'short-lived', Key: 'x' });
    await s3().deleteBucket({ Bucket: 'short-lived' });
    await expect(s3().headBucket({ Bucket: 'short-lived' })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
    await s3().createBucket({ Bucket: 'short-lived', ...here });
    expect((await s3().listMultipartUploads({ Bucket: 'short-lived' })).Uploads).toBeUndefined();
  });

  test.each([
    ['GetObject', () => s3().getObject({ Bucket: 'absent', Key: 'x' })],
    ['PutObject', () => s3().putObject({ Bucket: 'absent', Key: 'x', Body: 'x' })],
    ['ListObjectsV2', () => s3().listObjectsV2({ Bucket: 'absent' })],
    ['DeleteBucket', () => s3().deleteBucket({ Bucket: 'absent' })],
    ['GetBucketLocation', () => s3().getBucketLocation({ Bucket: 'absent' })],
  ])('S3-6 that is not there: %s', async (_, call) => {
    await expect(call()).rejects.toMatchObject({
      name: 'NoSuchBucket',
      message: 'The specified bucket does not exist',
    });
  });

  test('S3-6 has no versions; what is not there says NotImplemented', async () => {
    expect((await s3().getBucketVersioning({ Bucket: 'first-bucket' })).Status).toBeUndefined();
    await expect(s3().getBucketAcl({ Bucket: 'first-bucket' })).rejects.toMatchObject({ name: 'NotImplemented' });
    await expect(
      s3().putBucketVersioning({ Bucket: 'first-bucket', VersioningConfiguration: { Status: 'Enabled' } }),
    ).rejects.toMatchObject({ name: 'NotImplemented' });
    for (const [method, path] of [
      ['PATCH', '/'],
      ['PATCH', '/first-bucket'],
      ['PATCH', '/first-bucket/x'],
      ['POST', '/first-bucket/x'],
    ]) {
      expect((await rawRequest(local(), method ?? '', path ?? '')).status).toBe(405);
    }
  });

  test('S3-1 whose request is no XML is refused', async () => {
    const answer = await rawRequest(local(), 'PUT', '/xml-bucket', {}, '<CreateBucketConfiguration>');
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('<Code>MalformedXML</Code>')]);
  });
});

describe('the list of buckets', () => {
  const client = () => clientOf(local(), '777788889999');
  beforeAll(async () => {
    for (const Bucket of ['list-b', 'list-a', 'other']) await client().createBucket({ Bucket, ...here });
  });
  test('S3-7 is in order of their names, by prefix and region', async () => {
    const names = async (input: object) =>
      (await client().listBuckets(input)).Buckets?.map(bucket => bucket.Name) ?? [];
    expect(await names({})).toEqual(['list-a', 'list-b', 'other']);
    expect(await names({ Prefix: 'list-' })).toEqual(['list-a', 'list-b']);
    expect(await names({ BucketRegion: 'us-west-2' })).toEqual([]);
    expect((await client().listBuckets({})).Buckets?.[0]).toMatchObject({
      BucketRegion: 'eu-west-1',
      CreationDate: expect.any(Date),
    });
  });
});
