import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { CompletedPart, CreateMultipartUploadCommandInput } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { useLocalAws } from '../fixtures/local.ts';
import { clientOf, rawRequest, useBucket } from './bucket.ts';

const local = useLocalAws();
const s3 = useBucket(local);
const Bucket = 'bucket';
const large = Buffer.alloc(5 * 1024 ** 2, 'a');
const small = Buffer.from('the end');
const hash = (bytes: Uint8Array) => createHash('md5').update(bytes).digest();

const start = async (Key: string, more: Partial<CreateMultipartUploadCommandInput> = {}) => {
  const { UploadId } = await s3().createMultipartUpload({ Bucket, Key, ...more });
  return { Bucket, Key, UploadId };
};
type Started = Awaited<ReturnType<typeof start>>;

async function upload(started: Started, PartNumber: number, Body: Uint8Array): Promise<CompletedPart> {
  const { ETag, ChecksumCRC32 } = await s3().uploadPart({ ...started, PartNumber, Body });
  return { PartNumber, ETag, ...(ChecksumCRC32 ? { ChecksumCRC32 } : {}) };
}

const complete = (started: Started, Parts: CompletedPart[], more: object = {}) =>
  s3().completeMultipartUpload({ ...started, MultipartUpload: { Parts }, ...more });

describe('a multipart upload', () => {
  test('S3-40 becomes one object of its parts, with the ETag of the parts’ sums', async () => {
    const started = await start('joined', { ContentType: 'text/plain', Metadata: { a: '1' } });
    const parts = [await upload(started, 1, large), await upload(started, 3, small)];
    await upload(started, 2, small);
    const { ETag, Location } = await complete(started, parts);
    const expected = `"${createHash('md5').update(hash(large)).update(hash(small)).digest('hex')}-2"`;
    expect([ETag, Location]).toEqual([expected, `${local().url}/bucket/joined`]);
    const object = await s3().getObject({ Bucket, Key: 'joined' });
    expect(Buffer.concat([large, small]).equals(Buffer.from((await object.Body?.transformToByteArray()) ?? []))).toBe(
      true,
    );
    expect(object).toMatchObject({ ETag, ContentType: 'text/plain', Metadata: { a: '1' } });
    const across = await s3().getObject({
      Bucket,
      Key: 'joined',
      Range: `bytes=${large.length - 2}-${large.length + 2}`,
    });
    expect(await across.Body?.transformToString()).toBe('aathe');
    const second = await s3().getObject({ Bucket, Key: 'joined', PartNumber: 2 });
    expect([await second.Body?.transformToString(), second.PartsCount]).toEqual(['the end', 2]);
    await expect(s3().getObject({ Bucket, Key: 'joined', PartNumber: 3 })).rejects.toMatchObject({
      name: 'InvalidRange',
    });
    await expect(s3().listParts(started)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  test('S3-41 completed again, after a lost answer, gives the same answer', async () => {
    const started = await start('again');
    const parts = [await upload(started, 1, small)];
    local().faults.on('s3:CompleteMultipartUpload').lose().times(1);
    await expect(complete(started, parts)).rejects.toThrow();
    const { ETag } = await complete(started, parts);
    expect((await complete(started, parts)).ETag).toBe(ETag);
    await s3().putObject({ Bucket, Key: 'again', Body: 'other' });
    await expect(complete(started, parts)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  test('S3-42 takes the last of two parts with one number, lists its parts in pages, and can be aborted', async () => {
    const started = await start('listed', { ChecksumAlgorithm: 'CRC32', StorageClass: 'GLACIER' });
    await upload(started, 2, small);
    const first = await upload(started, 1, large);
    const second = await upload(started, 1, small);
    expect(second.ETag).not.toBe(first.ETag);
    const page = await s3().listParts({ ...started, MaxParts: 1 });
    expect(page).toMatchObject({
      IsTruncated: true,
      NextPartNumberMarker: '1',
      StorageClass: 'GLACIER',
      ChecksumAlgorithm: 'CRC32',
      Parts: [
        {
          PartNumber: 1,
          Size: small.length,
          ETag: second.ETag,
          ChecksumCRC32: second.ChecksumCRC32,
        },
      ],
    });
    const rest = await s3().listParts({ ...started, PartNumberMarker: page.NextPartNumberMarker });
    expect([rest.IsTruncated, rest.Parts?.map(part => part.PartNumber)]).toEqual([false, [2]]);
    await s3().abortMultipartUpload(started);
    await expect(s3().abortMultipartUpload(started)).rejects.toMatchObject({ name: 'NoSuchUpload' });
    await expect(upload(started, 3, small)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  test('S3-43 is listed while it is open, by prefix and in pages', async () => {
    const open = [await start('open/a'), await start('open/b'), await start('open/b')];
    const first = await s3().listMultipartUploads({ Bucket, Prefix: 'open/', MaxUploads: 2 });
    expect([first.IsTruncated, first.Uploads?.map(({ Key }) => Key)]).toEqual([true, ['open/a', 'open/b']]);
    const marker = { KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker };
    const rest = await s3().listMultipartUploads({ Bucket, Prefix: 'open/', ...marker });
    expect([rest.IsTruncated, rest.Uploads?.map(({ UploadId }) => UploadId)]).toEqual([false, [open[2]?.UploadId]]);
    for (const one of open) await s3().abortMultipartUpload(one);
    const bad = await rawRequest(local(), 'GET', '/bucket?uploads&max-uploads=x');
    expect([bad.status, bad.text]).toEqual([400, expect.stringContaining('InvalidArgument')]);
  });

  test('S3-44 copies parts from objects, whole or by range', async () => {
    await s3().putObject({ Bucket, Key: 'source', Body: '0123456789' });
    const started = await start('copied', { ChecksumAlgorithm: 'CRC32' });
    const copy = { ...started, PartNumber: 1, CopySource: `${Bucket}/source` };
    const whole = await s3().uploadPartCopy(copy);
    expect(whole.CopyPartResult?.ETag).toBe(`"${hash(Buffer.from('0123456789')).toString('hex')}"`);
    const { CopyPartResult } = await s3().uploadPartCopy({ ...copy, CopySourceRange: 'bytes=2-4' });
    await complete(started, [
      { PartNumber: 1, ETag: CopyPartResult?.ETag, ChecksumCRC32: CopyPartResult?.ChecksumCRC32 },
    ]);
    expect(await (await s3().getObject({ Bucket, Key: 'copied' })).Body?.transformToString()).toBe('234');
  });

  test('S3-45 may be completed only if nothing is there yet', async () => {
    const started = await start('conditional');
    const parts = [await upload(started, 1, small)];
    await s3().putObject({ Bucket, Key: 'conditional', Body: 'first' });
    await expect(complete(started, parts, { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await s3().deleteObject({ Bucket, Key: 'conditional' });
    await complete(started, parts, { IfNoneMatch: '*' });
  });

  test.each<[string, (parts: CompletedPart[]) => CompletedPart[], string]>([
    ['out of order', parts => parts.toReversed(), 'InvalidPartOrder'],
    ['one twice', ([first = {}]) => [first, first], 'InvalidPartOrder'],
    ['one that was never uploaded', parts => [...parts, { PartNumber: 9, ETag: '"x"' }], 'InvalidPart'],
    ['a wrong ETag', ([first]) => [{ ...first, ETag: '"x"' }], 'InvalidPart'],
    ['a wrong checksum', ([first]) => [{ ...first, ChecksumCRC32: 'AAAAAA==' }], 'InvalidPart'],
    ['a small one before the last', parts => parts, 'EntityTooSmall'],
    ['none', () => [], 'MalformedXML'],
  ])('S3-46 with parts %s is refused', async (_, change, name) => {
    const started = await start('refused', { ChecksumAlgorithm: 'CRC32' });
    const parts = [await upload(started, 1, small), await upload(started, 2, small)];
    await expect(complete(started, change(parts))).rejects.toMatchObject({ name });
  });

  test.each(['0', '10001', 'x', ''])('S3-46 has no part %s', async number => {
    const { UploadId } = await start('numbers');
    const { status, text } = await rawRequest(
      local(),
      'PUT',
      `/bucket/numbers?uploadId=${UploadId}&partNumber=${number}`,
      { 'content-length': '1' },
      'x',
    );
    expect([status, text]).toEqual([
      400,
      expect.stringContaining('Part number must be an integer between 1 and 10000, inclusive'),
    ]);
  });
});

describe('checksums of a multipart upload', () => {
  const sumOf = (bytes: Uint8Array) => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(bytes));
    return sum;
  };

  test('S3-47 are of the parts’ checksums by default, with their number', async () => {
    const started = await start('composite', { ChecksumAlgorithm: 'CRC32' });
    const parts = [await upload(started, 1, large), await upload(started, 2, small)];
    const { ChecksumCRC32, ChecksumType } = await complete(started, parts);
    const expected = `${sumOf(Buffer.concat([sumOf(large), sumOf(small)])).toString('base64')}-2`;
    expect([ChecksumCRC32, ChecksumType]).toEqual([expected, 'COMPOSITE']);
    const object = await s3().getObject({ Bucket, Key: 'composite', ChecksumMode: 'ENABLED' });
    expect([(await object.Body?.transformToByteArray())?.length, object.ChecksumCRC32]).toEqual([
      large.length + small.length,
      expected,
    ]);
  });

  test('S3-47 are of the whole object when asked for, and verified', async () => {
    const started = await start('whole', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    const parts = [await upload(started, 1, large), await upload(started, 2, small)];
    const whole = sumOf(Buffer.concat([large, small])).toString('base64');
    await expect(complete(started, parts, { ChecksumCRC32: 'AAAAAA==' })).rejects.toMatchObject({ name: 'BadDigest' });
    const done = await complete(started, parts, { ChecksumCRC32: whole, ChecksumType: 'FULL_OBJECT' });
    expect([done.ChecksumCRC32, done.ChecksumType]).toEqual([whole, 'FULL_OBJECT']);
    const client = clientOf(local());
    const object = await client.getObject({ Bucket, Key: 'whole', ChecksumMode: 'ENABLED' });
    expect((await object.Body?.transformToByteArray())?.length).toBe(large.length + small.length);
  });
});
