import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { GetObjectCommandInput, PutObjectCommandInput } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { startLocalAws } from '../../../src/local/server.ts';
import { idleEngine, useLocalAws } from '../fixtures/local.ts';
import { useTemporaryFolders } from '../fixtures/temporary-folder.ts';
import { authorization, clientOf, rawRequest, useBucket } from './bucket.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const local = useLocalAws({ clock: { now: () => now, sleep: () => Promise.resolve() } });
const s3 = useBucket(local);
const newFolder = useTemporaryFolders();
const Bucket = 'bucket';

const put = (Key: string, Body = Key, more: Partial<PutObjectCommandInput> = {}) =>
  s3().putObject({ Bucket, Key, Body, ...more });
const get = (Key: string, more: Partial<GetObjectCommandInput> = {}) => s3().getObject({ Bucket, Key, ...more });
const textOf = async (Key: string, more?: Partial<GetObjectCommandInput>) =>
  (await get(Key, more)).Body?.transformToString();
const md5 = (text: string) => `"${createHash('md5').update(text).digest('hex')}"`;

describe('an object', () => {
  test('S3-10 comes back with its bytes, ETag, type, metadata and time', async () => {
    const { ETag } = await put('plain', 'hello', {
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      ContentDisposition: 'attachment',
      ContentLanguage: 'de',
      Metadata: {
        Team: 'search',
        empty: '',
      },
      StorageClass: 'STANDARD_IA',
    });
    expect(ETag).toBe(md5('hello'));
    const object = await get('plain');
    expect(await object.Body?.transformToString()).toBe('hello');
    expect(object).toMatchObject({
      ETag,
      ContentType: 'text/plain',
      ContentLength: 5,
      CacheControl: 'no-store',
      ContentDisposition: 'attachment',
      ContentLanguage: 'de',
      Metadata: { team: 'search' },
      StorageClass: 'STANDARD_IA',
      AcceptRanges: 'bytes',
      ServerSideEncryption: 'AES256',
      LastModified: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
    });
    const head = await s3().headObject({ Bucket, Key: 'plain' });
    expect(head).toMatchObject({ ETag, ContentType: 'text/plain', ContentLength: 5, Metadata: { team: 'search' } });
  });

  test('S3-10 without a type is a binary octet-stream, and may be empty', async () => {
    const { status } = await rawRequest(local(), 'PUT', '/bucket/empty', { 'content-length': '0' });
    expect(status).toBe(200);
    expect(await get('empty')).toMatchObject({ ContentType: 'binary/octet-stream', ContentLength: 0, ETag: md5('') });
    expect(await textOf('empty')).toBe('');
  });

  test.each(['a b+c&d=é/ü?#%.json', '../up/./here', '/leading//double/', 'trailing/', '日本/🎈', 'quote\'"<&>\r'])(
    'S3-11 may have the key %j',
    async key => {
      await put(key, 'x');
      expect(await textOf(key)).toBe('x');
      const { Contents } = await s3().listObjectsV2({ Bucket, Prefix: key });
      expect(Contents?.map(object => object.Key)).toEqual([key]);
      await s3().deleteObject({ Bucket, Key: key });
    },
  );

  test('S3-11 has a key of up to 1,024 bytes', async () => {
    await put('é'.repeat(512));
    await expect(put(`${'é'.repeat(512)}x`)).rejects.toMatchObject({ name: 'KeyTooLongError' });
  });

  test('S3-12 that is not there: NoSuchKey, or a bare 404 for HEAD', async () => {
    await expect(get('absent')).rejects.toMatchObject({
      name: 'NoSuchKey',
      Key: 'absent',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(s3().headObject({ Bucket, Key: 'absent' })).rejects.toMatchObject({ name: 'NotFound' });
    const head = await rawRequest(local(), 'HEAD', '/bucket/absent');
    expect([head.status, head.text]).toEqual([404, '']);
  });

  test('S3-13 is deleted, and deleting what is not there is no error', async () => {
    await put('gone');
    await s3().deleteObject({ Bucket, Key: 'gone' });
    await s3().deleteObject({ Bucket, Key: 'gone' });
    await expect(get('gone')).rejects.toMatchObject({ name: 'NoSuchKey' });
    const { ETag } = await put('held');
    const deleting = s3().deleteObject({ Bucket, Key: 'held', IfMatch: '"other"' });
    await expect(deleting).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await s3().deleteObject({ Bucket, Key: 'held', IfMatch: ETag });
    await expect(get('held')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('S3-10 answers may be told other headers', async () => {
    await put('override');
    const object = await get('override', { ResponseContentType: 'text/csv', ResponseCacheControl: 'max-age=1' });
    expect(object).toMatchObject({ ContentType: 'text/csv', CacheControl: 'max-age=1' });
  });

  test('S3-14 that is replaced while it is read is read to its end as it was', async () => {
    const before = 'a'.repeat(3_000_000);
    await put('replaced', before);
    const reading = await get('replaced');
    await put('replaced', 'after');
    expect(await reading.Body?.transformToString()).toBe(before);
    expect(await textOf('replaced')).toBe('after');
  });
});

describe('ranges', () => {
  beforeAll(() => put('digits', '0123456789'));
  test.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-30', '0123456789', 'bytes 0-9/10'],
    ['bytes=5-100', '56789', 'bytes 5-9/10'],
    ['bytes=0-0', '0', 'bytes 0-0/10'],
  ])('S3-15 %s', async (Range, text, ContentRange) => {
    const object = await get('digits', { Range });
    expect([await object.Body?.transformToString(), object.ContentRange, object.$metadata.httpStatusCode]).toEqual([
      text,
      ContentRange,
      206,
    ]);
  });

  test.each(['bytes=4-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=-', 'nonsense'])('S3-15 %s is ignored', async Range => {
    const object = await get('digits', { Range });
    expect([await object.Body?.transformToString(), object.$metadata.httpStatusCode]).toEqual(['0123456789', 200]);
  });

  test.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])('S3-15 %s cannot be satisfied', async Range => {
    await expect(get('digits', { Range })).rejects.toMatchObject({
      name: 'InvalidRange',
      $metadata: { httpStatusCode: 416 },
      $response: { headers: { 'content-range': 'bytes */10' } },
    });
  });
});

describe('conditional writes', () => {
  test('S3-16 If-None-Match: * puts what is not there, and of many writers one wins', async () => {
    const writers = Array.from({ length: 8 }, (_, index) => put('once', `writer ${index}`, { IfNoneMatch: '*' }));
    const done = await Promise.allSettled(writers);
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of done) {
      if (result.status === 'rejected') {
        expect(result.reason).toMatchObject({
          name: 'PreconditionFailed',
          Condition: 'If-None-Match',
          $metadata: { httpStatusCode: 412 },
        });
      }
    }
    await expect(put('once', 'x', { IfNoneMatch: '"x"' })).rejects.toMatchObject({ name: 'NotImplemented' });
  });

  test('S3-16 If-Match replaces only what it names', async () => {
    const { ETag } = await put('match', 'one');
    await put('match', 'two', { IfMatch: ETag });
    await expect(put('match', 'three', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await textOf('match')).toBe('two');
    await expect(put('match-absent', 'x', { IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe('conditional reads', () => {
  const changed = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
  const before = new Date(changed.getTime() - 1000);
  beforeAll(() => put('conditional', 'x'));
  test.each<[string, Partial<GetObjectCommandInput>, number]>([
    ['If-Match of it', { IfMatch: md5('x') }, 200],
    ['If-Match of any', { IfMatch: '*' }, 200],
    ['If-Match of another', { IfMatch: md5('y') }, 412],
    ['If-Match of it, although changed since', { IfMatch: md5('x'), IfUnmodifiedSince: before }, 200],
    ['If-None-Match of another', { IfNoneMatch: md5('y') }, 200],
    ['If-None-Match of it', { IfNoneMatch: md5('x') }, 304],
    ['If-None-Match of it among others', { IfNoneMatch: `${md5('y')}, W/${md5('x')}` }, 304],
    ['If-None-Match of another, although not changed since', { IfNoneMatch: md5('y'), IfModifiedSince: changed }, 200],
    ['If-Modified-Since before', { IfModifiedSince: before }, 200],
    ['If-Modified-Since the same second', { IfModifiedSince: changed }, 304],
    ['If-Unmodified-Since the same second', { IfUnmodifiedSince: changed }, 200],
    ['If-Unmodified-Since before', { IfUnmodifiedSince: before }, 412],
  ])('S3-17 %s', async (_, condition, status) => {
    const reading = get('conditional', condition);
    if (status === 200) expect((await reading).$metadata.httpStatusCode).toBe(200);
    else await expect(reading).rejects.toMatchObject({ $metadata: { httpStatusCode: status } });
  });
});

describe('CopyObject', () => {
  beforeAll(() => put('source', 'copied', { ContentType: 'text/plain', Metadata: { a: '1' } }));
  test('S3-18 copies bytes and metadata, or replaces the metadata', async () => {
    const { CopyObjectResult } = await s3().copyObject({ Bucket, Key: 'copy', CopySource: `/${Bucket}/source` });
    expect(CopyObjectResult).toMatchObject({
      ETag: md5('copied'),
      LastModified: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
    });
    expect(await get('copy')).toMatchObject({ ContentType: 'text/plain', Metadata: { a: '1' } });
    const replaced = { CopySource: `${Bucket}/copy`, MetadataDirective: 'REPLACE', Metadata: { b: '2' } } as const;
    await s3().copyObject({ Bucket, Key: 'copy', ...replaced });
    expect(await get('copy')).toMatchObject({ ContentType: 'binary/octet-stream', Metadata: { b: '2' } });
    expect(await textOf('copy')).toBe('copied');
  });

  test('S3-18 onto itself must change something', async () => {
    const copying = s3().copyObject({ Bucket, Key: 'source', CopySource: `${Bucket}/source` });
    await expect(copying).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringContaining('copy an object to itself'),
    });
  });

  test('S3-18 takes conditions on its source, from any region, not from another account', async () => {
    const copy = (condition: object) =>
      s3().copyObject({ Bucket, Key: 'copy', CopySource: `${Bucket}/source`, ...condition });
    await copy({ CopySourceIfMatch: md5('copied') });
    await expect(copy({ CopySourceIfMatch: md5('x') })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(copy({ CopySourceIfNoneMatch: md5('copied') })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(copy({ CopySource: `${Bucket}/absent` })).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(copy({ CopySource: 'no-key' })).rejects.toMatchObject({ name: 'InvalidArgument' });
    const virginia = clientOf(local(), '111122223333', 'us-east-1');
    await virginia.createBucket({ Bucket: 'virginia' });
    await virginia.copyObject({ Bucket: 'virginia', Key: 'x', CopySource: `${Bucket}/source` });
    const stranger = clientOf(local(), '444455556666', 'us-east-1');
    await stranger.createBucket({ Bucket: 'strangers' });
    const stealing = stranger.copyObject({ Bucket: 'strangers', Key: 'x', CopySource: `${Bucket}/source` });
    await expect(stealing).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('DeleteObjects', () => {
  test('S3-19 deletes many, tells each, or only what failed', async () => {
    for (const key of ['many/1', 'many/2']) await put(key);
    const deleteAll = (Objects: { Key: string; ETag?: string }[], Quiet: boolean) =>
      s3().deleteObjects({ Bucket, Delete: { Objects, Quiet } });
    const { Deleted } = await deleteAll([{ Key: 'many/1' }, { Key: 'absent & gone' }], false);
    expect(Deleted).toEqual([{ Key: 'many/1' }, { Key: 'absent & gone' }]);
    const quiet = await deleteAll([{ Key: 'many/2', ETag: '"other"' }], true);
    expect([quiet.Deleted, quiet.Errors]).toEqual([
      undefined,
      [{ Key: 'many/2', Code: 'PreconditionFailed', Message: expect.any(String) }],
    ]);
    expect((await deleteAll([{ Key: 'many/2' }], true)).Deleted).toBeUndefined();
    expect((await s3().listObjectsV2({ Bucket, Prefix: 'many/' })).KeyCount).toBe(0);
  });

  const body = '<Delete><Object><Key>x</Key></Object></Delete>';
  const sum = (text: string) => createHash('md5').update(text).digest('base64');
  test.each([
    ['no checksum', body, {}, 'InvalidRequest'],
    ['a wrong MD5', body, { 'content-md5': sum('other') }, 'BadDigest'],
    ['a wrong CRC32', body, { 'x-amz-checksum-crc32': 'AAAAAA==' }, 'BadDigest'],
    ['no XML', '<Delete', { 'content-md5': sum('<Delete') }, 'MalformedXML'],
    ['no keys', '<Delete></Delete>', { 'content-md5': sum('<Delete></Delete>') }, 'MalformedXML'],
    [
      'an empty key',
      '<Delete><Object/></Delete>',
      { 'content-md5': sum('<Delete><Object/></Delete>') },
      'MalformedXML',
    ],
  ])('S3-19 refuses %s', async (_, text, headers, code) => {
    const answer = await rawRequest(local(), 'POST', '/bucket?delete', headers as Record<string, string>, text);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(`<Code>${code}</Code>`)]);
  });

  test('S3-19 takes 1,000 keys and no more', async () => {
    const Objects = Array.from({ length: 1001 }, (_, index) => ({ Key: `absent/${index}` }));
    await expect(s3().deleteObjects({ Bucket, Delete: { Objects } })).rejects.toMatchObject({ name: 'MalformedXML' });
    expect((await s3().deleteObjects({ Bucket, Delete: { Objects: Objects.slice(1) } })).Deleted).toHaveLength(1000);
  });
});

describe('on disk', () => {
  test('S3-20 objects outlive a restart; what is replaced, deleted or broken off leaves no file', async () => {
    const stateFolder = newFolder();
    const files = () => readdirSync(join(stateFolder, 'blobs', 's3')).length;
    let running = await startLocalAws({ engine: idleEngine, stateFolder });
    let client = clientOf(running, '111122223333', 'us-east-1');
    await client.createBucket({ Bucket });
    for (const Body of ['first', 'second'])
      await client.putObject({ Bucket, Key: 'a/kept', Body, Metadata: { a: '1' } });
    await client.putObject({ Bucket, Key: 'deleted', Body: 'x' });
    await client.deleteObject({ Bucket, Key: 'deleted' });
    const wrong = { ContentMD5: createHash('md5').update('other').digest('base64') };
    await expect(client.putObject({ Bucket, Key: 'wrong', Body: 'x', ...wrong })).rejects.toMatchObject({
      name: 'BadDigest',
    });
    await expect(client.putObject({ Bucket, Key: 'a/kept', Body: 'x', IfNoneMatch: '*' })).rejects.toThrow();
    const { UploadId } = await client.createMultipartUpload({ Bucket, Key: 'open', Metadata: { b: '2' } });
    const { ETag } = await client.uploadPart({ Bucket, Key: 'open', UploadId, PartNumber: 1, Body: 'part' });
    expect(files()).toBe(2);
    await running.stop();

    running = await startLocalAws({ engine: idleEngine, stateFolder });
    client = clientOf(running, '111122223333', 'us-east-1');
    const object = await client.getObject({ Bucket, Key: 'a/kept' });
    expect([await object.Body?.transformToString(), object.Metadata]).toEqual(['second', { a: '1' }]);
    expect((await client.listObjectsV2({ Bucket })).Contents?.map(({ Key }) => Key)).toEqual(['a/kept']);
    await client.completeMultipartUpload({
      Bucket,
      Key: 'open',
      UploadId,
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
    });
    expect(await (await client.getObject({ Bucket, Key: 'open' })).Body?.transformToString()).toBe('part');
    await client.deleteObjects({ Bucket, Delete: { Objects: [{ Key: 'open' }, { Key: 'a/kept' }] } });
    expect(files()).toBe(0);
    await running.stop();
  });

  test('S3-20 files that no object names, as a killed process leaves them, are removed at the start', async () => {
    const stateFolder = newFolder();
    let running = await startLocalAws({ engine: idleEngine, stateFolder });
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(stateFolder, 'blobs', 's3', 'orphan'), 'half an obj');
    await running.stop();
    running = await startLocalAws({ engine: idleEngine, stateFolder });
    await running.stop();
    expect(readdirSync(join(stateFolder, 'blobs', 's3'))).toEqual([]);
  });

  test('S3-21 a body that breaks off stores nothing', async () => {
    const socket = connect(local().port, '127.0.0.1');
    socket.write(
      `PUT /bucket/broken HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-length: 100\r\n\r\nonly a part`,
    );
    await new Promise(resolve => setTimeout(resolve, 20));
    socket.destroy();
    await new Promise(resolve => setTimeout(resolve, 20));
    await expect(get('broken')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});
