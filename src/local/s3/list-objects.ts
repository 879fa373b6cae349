/** ListObjectsV2 and its elder: prefix, delimiter, pages. */
import type { XmlValue } from '../xml.ts';
import { sendXml, xmlTime } from './answer.ts';
import { ownerOf } from './buckets.ts';
import { errors } from './errors.ts';
import { compareKeys, type KeyIndex } from './key-index.ts';
import type { S3Call } from './model.ts';
import type { ObjectStore } from './object-store.ts';

interface Listing {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  /** Only what comes after this, a key or a common prefix. */
  readonly after: string;
}

interface Page {
  readonly keys: readonly string[];
  readonly commonPrefixes: readonly string[];
  /** The last key or common prefix of the page. */
  readonly last: string;
  readonly isTruncated: boolean;
}

export function listObjectsV2(store: ObjectStore, call: S3Call): void {
  store.requireBucket(call);
  const { query } = call;
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const listing = readListing(query, token === null ? (startAfter ?? '') : readToken(token));
  const page = takePage(store.keys(call.bucket), listing);
  const encode = readEncoding(query);
  sendXml(call, 'ListBucketResult', {
    Name: call.bucket,
    Prefix: encode(listing.prefix),
    ...(listing.delimiter === '' ? {} : { Delimiter: encode(listing.delimiter) }),
    ...(startAfter === null ? {} : { StartAfter: encode(startAfter) }),
    ...(token === null ? {} : { ContinuationToken: token }),
    ...(page.isTruncated ? { NextContinuationToken: writeToken(page.last) } : {}),
    KeyCount: page.keys.length + page.commonPrefixes.length,
    MaxKeys: listing.maxKeys,
    ...encodingElement(query),
    IsTruncated: page.isTruncated,
    Contents: describeKeys(store, call, page.keys, encode, query.get('fetch-owner') === 'true'),
    CommonPrefixes: page.commonPrefixes.map(prefix => ({ Prefix: encode(prefix) })),
  });
}

export function listObjects(store: ObjectStore, call: S3Call): void {
  store.requireBucket(call);
  const { query } = call;
  const marker = query.get('marker') ?? '';
  const listing = readListing(query, marker);
  const page = takePage(store.keys(call.bucket), listing);
  const encode = readEncoding(query);
  sendXml(call, 'ListBucketResult', {
    Name: call.bucket,
    Prefix: encode(listing.prefix),
    Marker: encode(marker),
    // Without a delimiter the client goes on after the last key by itself.
    ...(page.isTruncated && listing.delimiter !== '' ? { NextMarker: encode(page.last) } : {}),
    MaxKeys: listing.maxKeys,
    ...(listing.delimiter === '' ? {} : { Delimiter: encode(listing.delimiter) }),
    ...encodingElement(query),
    IsTruncated: page.isTruncated,
    Contents: describeKeys(store, call, page.keys, encode, true),
    CommonPrefixes: page.commonPrefixes.map(prefix => ({ Prefix: encode(prefix) })),
  });
}

/** Keys that share what stands between the prefix and the next delimiter count as one. */
export function takePage(keys: KeyIndex, { prefix, delimiter, maxKeys, after }: Listing): Page {
  const inOrder = keys.inOrder();
  const page: { keys: string[]; commonPrefixes: string[] } = { keys: [], commonPrefixes: [] };
  let last = '';
  for (let index = startOf(keys, prefix, delimiter, after); index < inOrder.length; ) {
    const key = inOrder[index] ?? '';
    if (!key.startsWith(prefix)) break;
    if (page.keys.length + page.commonPrefixes.length === maxKeys) return { ...page, last, isTruncated: maxKeys > 0 };
    const common = commonPrefix(key, prefix, delimiter);
    last = common ?? key;
    if (common === undefined) page.keys.push(key);
    else page.commonPrefixes.push(common);
    index = common === undefined ? index + 1 : keys.indexAfter(common);
  }
  return { ...page, last, isTruncated: false };
}

function startOf(keys: KeyIndex, prefix: string, delimiter: string, after: string): number {
  const first = keys.indexOf(prefix);
  if (after === '' || compareKeys(after, prefix) < 0) return first;
  // Where the page before ended with a common prefix, all that begins with it has been told.
  if (commonPrefix(after, prefix, delimiter) === after) return keys.indexAfter(after);
  const at = keys.indexOf(after);
  return keys.inOrder()[at] === after ? at + 1 : at;
}

function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

function readListing(query: URLSearchParams, after: string): Listing {
  const text = query.get('max-keys');
  const maxKeys = text === null || text === '' ? 1000 : Number(text);
  if (!Number.isInteger(maxKeys) || maxKeys < 0 || maxKeys > 2 ** 31 - 1) {
    throw errors.invalidArgument(
      'Argument max-keys must be an integer between 0 and 2147483647',
      'max-keys',
      text ?? '',
    );
  }
  const delimiter = query.get('delimiter') ?? '';
  return { prefix: query.get('prefix') ?? '', delimiter, maxKeys: Math.min(maxKeys, 1000), after };
}

function describeKeys(
  store: ObjectStore,
  { bucket, account }: S3Call,
  keys: readonly string[],
  encode: (text: string) => string,
  withOwner: boolean,
): XmlValue[] {
  return keys.flatMap(key => {
    const object = store.object(bucket, key);
    if (!object) return [];
    const { checksum } = object;
    return {
      Key: encode(key),
      LastModified: xmlTime(object.lastModified),
      ETag: `"${object.etag}"`,
      ...(checksum ? { ChecksumAlgorithm: checksum.algorithm.toUpperCase(), ChecksumType: checksum.type } : {}),
      Size: object.bytes,
      StorageClass: object.headers['x-amz-storage-class'] ?? 'STANDARD',
      ...(withOwner ? { Owner: ownerOf(account) } : {}),
    };
  });
}

function readEncoding(query: URLSearchParams): (text: string) => string {
  const type = query.get('encoding-type');
  if (type === null) return text => text;
  if (type !== 'url')
    throw errors.invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', type);
  return text => encodeURIComponent(text).replaceAll('%2F', '/');
}

function encodingElement(query: URLSearchParams): { EncodingType?: string } {
  return query.get('encoding-type') === 'url' ? { EncodingType: 'url' } : {};
}

function writeToken(last: string): string {
  return Buffer.from(`1${last}`, 'utf8').toString('base64');
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString('utf8');
  if (!text.startsWith('1')) {
    throw errors.invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
  }
  return text.slice(1);
}
