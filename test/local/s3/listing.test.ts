import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyIndex } from '../../../src/local/s3/key-index.ts';
import { takePage } from '../../../src/local/s3/list-objects.ts';
import { useLocalAws } from '../fixtures/local.ts';
import { rawRequest, useBucket } from './bucket.ts';

const local = useLocalAws();
const s3 = useBucket(local);
const Bucket = 'bucket';
const keys = ['a', 'a/1', 'a/2/x', 'a/2/y', 'a0', 'b/', 'b/1', 'c d+e', 'é'];

beforeAll(async () => {
  for (const Key of keys.toReversed()) await s3().putObject({ Bucket, Key, Body: Key, StorageClass: 'STANDARD' });
});

const listed = ({
  Contents,
  CommonPrefixes,
}: {
  Contents?: { Key?: string | undefined }[] | undefined;
  CommonPrefixes?: { Prefix?: string | undefined }[] | undefined;
}) => [...(Contents?.map(({ Key }) => Key) ?? []), ...(CommonPrefixes?.map(({ Prefix }) => `${Prefix}…`) ?? [])];

describe('ListObjectsV2', () => {
  test.each([
    [{}, keys],
    [{ Prefix: 'a/' }, ['a/1', 'a/2/x', 'a/2/y']],
    [{ Delimiter: '/' }, ['a', 'a0', 'c d+e', 'é', 'a/…', 'b/…']],
    [{ Prefix: 'a/', Delimiter: '/' }, ['a/1', 'a/2/…']],
    [{ Prefix: 'b/', Delimiter: '/' }, ['b/', 'b/1']],
    [{ StartAfter: 'a/2/x' }, ['a/2/y', 'a0', 'b/', 'b/1', 'c d+e', 'é']],
    [{ StartAfter: 'a/2', Delimiter: '/' }, ['a0', 'c d+e', 'é', 'a/…', 'b/…']],
    [{ Prefix: 'a', StartAfter: '0' }, ['a', 'a/1', 'a/2/x', 'a/2/y', 'a0']],
    [{ Prefix: 'z' }, []],
    [{ EncodingType: 'url' as const, Prefix: 'c ' }, ['c%20d%2Be']],
    [{ MaxKeys: 0 }, []],
  ])('S3-22 with %j', async (input, expected) => {
    const answer = await s3().listObjectsV2({ Bucket, ...input });
    expect(listed(answer)).toEqual(expected);
    expect(answer).toMatchObject({ IsTruncated: false, KeyCount: expected.length, Name: Bucket });
  });

  test('S3-22 tells size, ETag and time of each', async () => {
    const { Contents } = await s3().listObjectsV2({ Bucket, Prefix: 'a/1', FetchOwner: true });
    expect(Contents).toMatchObject([
      {
        Size: 3,
        ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
        LastModified: expect.any(Date),
        StorageClass: 'STANDARD',
        Owner: { DisplayName: '111122223333' },
      },
    ]);
  });

  test.each([1, 2, 3])('S3-23 in pages of %i gives everything once, common prefixes among it', async pageSize => {
    for (const Delimiter of [undefined, '/']) {
      const found: string[] = [];
      for await (const page of paginateListObjectsV2({ client: s3(), pageSize }, { Bucket, Delimiter })) {
        expect(page.KeyCount).toBeLessThanOrEqual(pageSize);
        found.push(...listed(page).map(String));
      }
      expect(found.toSorted()).toEqual((Delimiter ? ['a', 'a/…', 'a0', 'b/…', 'c d+e', 'é'] : keys).toSorted());
    }
  });

  test.each([
    ['max-keys=x', 'Argument max-keys must be an integer between 0 and 2147483647'],
    ['max-keys=-1', 'Argument max-keys must be an integer between 0 and 2147483647'],
    ['encoding-type=utf', 'Invalid Encoding Method specified in Request'],
    ['continuation-token=nonsense', 'The continuation token provided is incorrect'],
  ])('S3-22 refuses %s', async (query, message) => {
    const { status, text } = await rawRequest(local(), 'GET', `/bucket?list-type=2&${query}`);
    expect([status, text]).toEqual([
      400,
      expect.stringContaining(`<Code>InvalidArgument</Code><Message>${message}</Message>`),
    ]);
  });
});

describe('ListObjects', () => {
  test('S3-24 goes on after a marker, which it names itself only with a delimiter', async () => {
    const first = await s3().listObjects({ Bucket, MaxKeys: 2 });
    expect([listed(first), first.IsTruncated, first.NextMarker]).toEqual([['a', 'a/1'], true, undefined]);
    expect(listed(await s3().listObjects({ Bucket, Marker: 'a/1', MaxKeys: 2 }))).toEqual(['a/2/x', 'a/2/y']);
    const grouped = await s3().listObjects({ Bucket, MaxKeys: 2, Delimiter: '/' });
    expect([listed(grouped), grouped.NextMarker]).toEqual([['a', 'a/…'], 'a/']);
    const rest = await s3().listObjects({ Bucket, Delimiter: '/', Marker: grouped.NextMarker });
    expect(listed(rest)).toEqual(['a0', 'c d+e', 'é', 'b/…']);
    expect((await s3().listObjects({ Bucket, EncodingType: 'url', Marker: 'b 1', Prefix: 'c' })).Marker).toBe('b%201');
  });
});

describe('pages', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\ue000', '🎈', 'é'), minLength: 1, maxLength: 6 });

  test('S3-23 of any keys, prefix and delimiter, walked to the end, are what a listing by hand gives', () => {
    fc.assert(
      fc.property(
        fc.array(key, { maxLength: 30 }),
        fc.array(key, { maxLength: 10 }),
        fc.constantFrom('', 'a', 'a/', '🎈'),
        fc.constantFrom('', '/', 'b'),
        fc.integer({ min: 1, max: 4 }),
        (added, deleted, prefix, delimiter, maxKeys) => {
          const index = new KeyIndex();
          for (const one of added) index.add(one);
          index.inOrder();
          for (const one of deleted) index.delete(one);
          for (const one of deleted.slice(0, 2)) index.add(one);
          const present = new Set([...added.filter(one => !deleted.includes(one)), ...deleted.slice(0, 2)]);
          const walked: string[] = [];
          let after = '';
          for (let truncated = true; truncated; ) {
            const page = takePage(index, { prefix, delimiter, maxKeys, after });
            walked.push(...page.keys, ...page.commonPrefixes.map(common => `${common}…`));
            ({ last: after, isTruncated: truncated } = page);
          }
          expect(index.size).toBe(present.size);
          expect(walked.toSorted()).toEqual(listByHand(present, prefix, delimiter).toSorted());
        },
      ),
      { numRuns: 500 },
    );
  });

  test('S3-22 are in the order of the UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 30 }), all => {
        const index = new KeyIndex();
        for (const one of all) index.add(one);
        expect(index.inOrder()).toEqual(all.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
    );
  });

  function listByHand(all: ReadonlySet<string>, prefix: string, delimiter: string): string[] {
    const found = new Set<string>();
    for (const one of all) {
      if (!one.startsWith(prefix)) continue;
      const rest = one.slice(prefix.length);
      const at = delimiter === '' ? -1 : rest.indexOf(delimiter);
      found.add(at < 0 ? one : `${prefix}${rest.slice(0, at + delimiter.length)}…`);
    }
    return [...found];
  }
});
