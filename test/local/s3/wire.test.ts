import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { ChecksumAlgorithm } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { readAddress } from '../../../src/local/s3/address.ts';
import { startDigest } from '../../../src/local/s3/checksums.ts';
import { decodeChunked } from '../../../src/local/s3/chunked-body.ts';
import { useLocalAws } from '../fixtures/local.ts';
import { clientOf, rawRequest, useBucket } from './bucket.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const local = useLocalAws({ clock: { now: () => now, sleep: () => Promise.resolve() } });
const s3 = useBucket(local);
const Bucket = 'bucket';

describe('checksums', () => {
  test.each([
    ['crc32', 'y/Q5Jg=='],
    ['crc32c', '4waSgw=='],
    ['crc64nvme', 'rosUhgp5mIg='],
    ['sha1', '98O8HYCOBHMq32eZZcdlijN1qdY='],
    ['sha256', 'FeKw09M61kLdWMYyiP3xSI38C+AloJKCWlUqYBXO89Q='],
  ] as const)('S3-30 %s of the check string, in one piece or several', (algorithm, expected) => {
    for (const pieces of [['123456789'], ['1234', '', '56789']]) {
      const digest = startDigest(algorithm);
      for (const piece of pieces) digest.update(Buffer.from(piece));
      expect(digest.finish()).toBe(
        algorithm === 'sha1' || algorithm === 'sha256'
          ? createHash(algorithm).update('123456789').digest('base64')
          : expected,
      );
    }
  });

  test.each<ChecksumAlgorithm>(['CRC32', 'CRC32C', 'SHA1', 'SHA256'])(
    'S3-30 %s is verified, kept and given back when asked for',
    async algorithm => {
      const name = `Checksum${algorithm}` as const;
      const stored = await s3().putObject({ Bucket, Key: algorithm, Body: 'hello', ChecksumAlgorithm: algorithm });
      const got = await s3().getObject({ Bucket, Key: algorithm, ChecksumMode: 'ENABLED' });
      expect(got).toMatchObject({
        [name]: (stored as unknown as Record<string, string>)[name],
        ChecksumType: 'FULL_OBJECT',
      });
      expect(await got.Body?.transformToString()).toBe('hello');
      const plain = clientOf(local(), undefined, undefined, { responseChecksumValidation: 'WHEN_REQUIRED' });
      expect(await plain.getObject({ Bucket, Key: algorithm })).not.toHaveProperty(name);
      await s3().copyObject({ Bucket, Key: 'copy', CopySource: `${Bucket}/${algorithm}` });
      expect(await s3().headObject({ Bucket, Key: 'copy', ChecksumMode: 'ENABLED' })).toMatchObject({
        [name]: got[name as 'ChecksumCRC32'],
      });
    },
  );

  const sha = (text: string) => createHash('sha256').update(text).digest('hex');
  test.each([
    ['x-amz-checksum-crc32', 'AAAAAA==', 'BadDigest'],
    ['x-amz-checksum-crc64nvme', 'AAAAAAAAAAA=', 'BadDigest'],
    ['content-md5', createHash('md5').update('other').digest('base64'), 'BadDigest'],
    ['content-md5', 'nonsense', 'InvalidDigest'],
    ['x-amz-content-sha256', sha('other'), 'XAmzContentSHA256Mismatch'],
  ])('S3-30 a wrong %s (%s) is refused and nothing is stored', async (name, value, code) => {
    const { status, text } = await rawRequest(
      local(),
      'PUT',
      '/bucket/wrong',
      { [name]: value, 'content-length': '5' },
      'hello',
    );
    expect([status, text]).toEqual([400, expect.stringContaining(`<Code>${code}</Code>`)]);
    await expect(s3().headObject({ Bucket, Key: 'wrong' })).rejects.toMatchObject({ name: 'NotFound' });
  });

  test('S3-30 right ones are taken', async () => {
    const headers = {
      'content-md5': createHash('md5').update('hello').digest('base64'),
      'x-amz-content-sha256': sha('hello'),
      'content-length': '5',
    };
    expect((await rawRequest(local(), 'PUT', '/bucket/right', headers, 'hello')).status).toBe(200);
  });
});

describe('aws-chunked bodies', () => {
  const crc = (text: string) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(text));
    return bytes.toString('base64');
  };
  const put = (body: string | readonly string[], headers: Record<string, string> = {}) =>
    rawRequest(
      local(),
      'PUT',
      '/bucket/chunked',
      {
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': '11',
        'content-encoding': 'aws-chunked',
        ...headers,
      },
      body,
    );
  const trailer = { 'x-amz-trailer': 'x-amz-checksum-crc32' };

  test.each<[string, string | readonly string[], Record<string, string>]>([
    ['unsigned', '6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n', {}],
    [
      'signed',
      '6;chunk-signature=aa\r\nhello \r\n5;chunk-signature=bb\r\nworld\r\n0;chunk-signature=cc\r\n\r\n',
      { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' },
    ],
    ['with a trailer', `b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:${crc('hello world')}\r\n\r\n`, trailer],
    [
      'with a signed trailer',
      `b;chunk-signature=aa\r\nhello world\r\n0;chunk-signature=cc\r\nx-amz-checksum-crc32:${crc('hello world')}\r\nx-amz-trailer-signature:dd\r\n\r\n`,
      trailer,
    ],
    ['without the last empty line', 'b\r\nhello world\r\n0\r\n', {}],
    ['in many pieces', ['b', '\r', '\nhel', 'lo wor', 'ld\r', '\n0\r\n', '\r\n'], {}],
  ])('S3-31 %s', async (_, body, headers) => {
    expect((await put(body, headers)).status).toBe(200);
    const object = await s3().getObject({ Bucket, Key: 'chunked' });
    expect([await object.Body?.transformToString(), object.ContentEncoding]).toEqual(['hello world', undefined]);
  });

  test.each<[string, string, Record<string, string>, string]>([
    ['a wrong trailer', 'b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', trailer, 'BadDigest'],
    ['fewer bytes than said', '5\r\nhello\r\n0\r\n\r\n', {}, 'IncompleteBody'],
    ['an end in a chunk', 'b\r\nhel', {}, 'IncompleteBody'],
    ['no chunk at all', 'hello world\r\n', {}, 'IncompleteBody'],
    ['a chunk longer than it says', '5\r\nhello world\r\n0\r\n\r\n', {}, 'IncompleteBody'],
    [
      'no length',
      'b\r\nhello world\r\n0\r\n\r\n',
      { 'x-amz-decoded-content-length': '', 'content-length': '20' },
      'IncompleteBody',
    ],
  ])('S3-31 with %s are refused', async (_, body, headers, code) => {
    const { status, text } = await put(body, headers);
    expect([status, text]).toEqual([400, expect.stringContaining(`<Code>${code}</Code>`)]);
  });

  test('S3-31 keep the other content encodings', async () => {
    await put('b\r\nhello world\r\n0\r\n\r\n', { 'content-encoding': 'gzip, aws-chunked' });
    expect((await s3().headObject({ Bucket, Key: 'chunked' })).ContentEncoding).toBe('gzip');
  });

  test('S3-31 are what the SDK sends for streams', async () => {
    const text = 'x'.repeat(300_000);
    await s3().putObject({
      Bucket,
      Key: 'stream',
      Body: Readable.from([text.slice(0, 7), text.slice(7)]),
      ContentLength: text.length,
    });
    expect(await (await s3().getObject({ Bucket, Key: 'stream' })).Body?.transformToString()).toBe(text);
  });

  test('S3-31 with a line that has no end are given up', async () => {
    const body = Readable.from([Buffer.alloc(20_000, 'a'), Buffer.alloc(20_000, 'a')]) as AsyncIterable<Buffer>;
    await expect(decodeChunked(body, () => undefined).next()).rejects.toMatchObject({ code: 'IncompleteBody' });
  });

  test('S3-31 without a decoded length, and other bodies without a length, are refused', async () => {
    const unsized = { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'content-length': '5' };
    expect((await rawRequest(local(), 'PUT', '/bucket/x', unsized, '0\r\n\r\n')).status).toBe(411);
    const chunked = await rawRequest(local(), 'PUT', '/bucket/x', { 'transfer-encoding': 'chunked' }, 'hello');
    expect([chunked.status, chunked.text]).toEqual([
      501,
      expect.stringContaining('<Header>Transfer-Encoding</Header>'),
    ]);
    const huge = await rawRequest(
      local(),
      'PUT',
      '/bucket/x',
      { ...unsized, 'x-amz-decoded-content-length': String(5 * 1024 ** 3 + 1) },
      '0\r\n\r\n',
    );
    expect([huge.status, huge.text]).toEqual([400, expect.stringContaining('<Code>EntityTooLarge</Code>')]);
  });
});

describe('addresses', () => {
  test.each([
    ['127.0.0.1:4566', '/bucket/a/b?x=1', 'bucket', 'a/b'],
    ['127.0.0.1', '/bucket', 'bucket', ''],
    ['127.0.0.1', '/bucket/', 'bucket', ''],
    ['127.0.0.1', '/', '', ''],
    ['127.0.0.1', '/bucket/a/../b//c%2F%C3%A9+%25', 'bucket', 'a/../b//c/é+%'],
    ['127.0.0.1', '/bucket/%zz', 'bucket', '%zz'],
    ['127.0.0.1', 'http://127.0.0.1/bucket/key', 'bucket', 'key'],
    ['localhost:4566', '/bucket/key', 'bucket', 'key'],
    ['bucket.localhost:4566', '/key', 'bucket', 'key'],
    ['my.dotted.bucket.127.0.0.1:4566', '/key', 'my.dotted.bucket', 'key'],
    ['bucket.s3.localhost', '/a/b', 'bucket', 'a/b'],
    ['bucket.s3.eu-west-1.localhost', '/', 'bucket', ''],
    ['s3.localhost', '/bucket/key', 'bucket', 'key'],
    ['s3.eu-west-1.localhost', '/bucket/key', 'bucket', 'key'],
    ['bucket.s3.eu-west-1.amazonaws.com', '/key', 'bucket', 'key'],
    ['bucket.s3.amazonaws.com', '/key', 'bucket', 'key'],
    ['s3.eu-west-1.amazonaws.com', '/bucket/key', 'bucket', 'key'],
  ])('S3-32 host %s, path %s', (host, url, bucket, key) => {
    expect(readAddress({ url, headers: { host } } as never)).toEqual({ bucket, key });
  });

  test('S3-32 in the host serve the same objects', async () => {
    const host = { host: `bucket.localhost:${local().port}` };
    await rawRequest(local(), 'PUT', '/in/host', { ...host, 'content-length': '2' }, 'hi');
    expect((await rawRequest(local(), 'GET', '/bucket/in/host')).text).toBe('hi');
    expect((await rawRequest(local(), 'GET', '/?list-type=2&prefix=in/', host)).text).toContain('<Key>in/host</Key>');
  });
});

describe('presigned URLs', () => {
  const presigned = (date: string, expires: number) =>
    `?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=111122223333%2F20260102%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=${date}&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=0`;
  const old = (seconds: number) => `?AWSAccessKeyId=111122223333&Signature=x&Expires=${seconds}`;

  test.each([
    ['in time', presigned('20260102T030000Z', 300), 200],
    ['too late', presigned('20260102T030000Z', 244), 403],
    ['of version 2, in time', old(now / 1000), 200],
    ['of version 2, too late', old(now / 1000 - 1), 403],
  ])('S3-33 %s', async (_, query, status) => {
    expect(
      (
        await fetch(`${local().url}/bucket/presigned${presigned('20260102T030000Z', 900)}`, {
          method: 'PUT',
          body: 'up',
        })
      ).status,
    ).toBe(200);
    const response = await fetch(`${local().url}/bucket/presigned${query}`);
    const text = await response.text();
    expect([response.status, status === 200 ? text : /<Message>(.*)<\/Message>/.exec(text)?.[1]]).toEqual([
      status,
      status === 200 ? 'up' : 'Request has expired',
    ]);
  });

  test('S3-33 of signature version 2 in a header name no region', async () => {
    expect(
      (await rawRequest(local(), 'GET', '/bucket?list-type=2', { authorization: 'AWS 111122223333:signature' })).status,
    ).toBe(200);
  });
});

describe('errors', () => {
  test('S3-34 are XML documents with the request’s id, and the connection goes on', async () => {
    const { text, headers } = await rawRequest(local(), 'GET', '/bucket/absent%26key');
    expect(text).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>NoSuchKey<\/Code><Message>The specified key does not exist.<\/Message><Key>absent&amp;key<\/Key><RequestId>[0-9a-f-]{36}<\/RequestId><HostId>.+<\/HostId><\/Error>$/,
    );
    expect(headers).toMatchObject({
      'content-type': 'application/xml',
      'x-amz-request-id': expect.any(String),
      'x-amz-id-2': expect.any(String),
    });
  });

  test('S3-34 reach a client in the middle of a large body', async () => {
    const putting = s3().putObject({ Bucket: 'absent', Key: 'x', Body: Buffer.alloc(8 << 20) });
    await expect(putting).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  test('a client that goes away in the middle of a download leaves the server as it was', async () => {
    await s3().putObject({ Bucket, Key: 'large', Body: Buffer.alloc(8 << 20) });
    const socket = connect(local().port, '127.0.0.1');
    const credential = 'AWS4-HMAC-SHA256 Credential=111122223333/20260101/eu-west-1/s3/aws4_request';
    socket.write(`GET /bucket/large HTTP/1.1\r\nhost: x\r\nauthorization: ${credential}\r\n\r\n`);
    await new Promise(resolve => socket.once('data', resolve));
    socket.destroy();
    expect((await s3().headObject({ Bucket, Key: 'large' })).ContentLength).toBe(8 << 20);
  });
});

test('FRAME-20 faults name the operations of S3', async () => {
  local().faults.on('s3:PutObject').throttle().times(1);
  await expect(s3().putObject({ Bucket, Key: 'x', Body: 'x' })).rejects.toMatchObject({
    name: 'SlowDown',
    $metadata: { httpStatusCode: 503 },
  });
  local().faults.on('s3:PutObject').lose().times(1);
  await expect(s3().putObject({ Bucket, Key: 'lost-answer', Body: 'x' })).rejects.toThrow();
  expect((await s3().headObject({ Bucket, Key: 'lost-answer' })).ContentLength).toBe(1);
  local().faults.on('s3:ListObjectsV2').expire().times(1);
  await expect(s3().listObjectsV2({ Bucket })).rejects.toMatchObject({ name: 'ExpiredToken' });
});
