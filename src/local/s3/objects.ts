/** One object: put, get, head, copy, delete. */
import { pipeline } from 'node:stream/promises';
import { checksumElements, checksumHeaders, identify, sendEmpty, sendXml, xmlTime } from './answer.ts';
import { checkCopyConditions, checkReadConditions, checkWriteConditions } from './conditions.ts';
import { errors } from './errors.ts';
import { readKeptHeaders, writeKeptHeaders } from './kept-headers.ts';
import type { S3Call, StoredObject } from './model.ts';
import type { ObjectStore } from './object-store.ts';
import { parseRange } from './range.ts';
import { receiveBody } from './receive-body.ts';

const encryption = { 'x-amz-server-side-encryption': 'AES256' };

export async function putObject(store: ObjectStore, call: S3Call): Promise<void> {
  store.requireBucket(call);
  checkKey(call.key);
  const { headers } = call.request;
  // Early, to spare a large body that would be refused anyway; again below, when it counts.
  checkWriteConditions(headers, call.key, store.object(call.bucket, call.key));
  const { file, bytes, md5, stored } = await receiveBody(store, call);
  const object: StoredObject = {
    etag: md5,
    bytes,
    lastModified: store.now(),
    pieces: [{ file, bytes }],
    headers: readKeptHeaders(headers),
    checksum: stored,
  };
  const replaced = await replaceObject(store, call, object);
  await store.settle([replaced]);
  sendEmpty(call, 200, { etag: `"${md5}"`, ...encryption, ...checksumHeaders(stored) });
}

/** Throws when the bucket has gone or the conditions no longer hold; then the new files are removed. */
export async function replaceObject(
  store: ObjectStore,
  call: S3Call,
  object: StoredObject,
): Promise<StoredObject | undefined> {
  try {
    store.requireBucket(call);
    checkWriteConditions(call.request.headers, call.key, store.object(call.bucket, call.key));
  } catch (error) {
    await store.files.remove(object.pieces);
    throw error;
  }
  return store.putObject(call.bucket, call.key, object);
}

export function getObject(store: ObjectStore, call: S3Call): Promise<void> {
  const { request, response, query } = call;
  const object = requireObject(store, call);
  checkReadConditions(request.headers, object);
  const part = readPart(query.get('partNumber'), object);
  const range = part ?? parseRange(request.headers.range, object.bytes);
  const { start, end } = range ?? { start: 0, end: object.bytes };
  response.writeHead(range ? 206 : 200, {
    ...identify(call),
    ...describeObject(call, object, range !== undefined),
    'content-length': end - start,
    ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${object.bytes}` } : {}),
    ...(part ? { 'x-amz-mp-parts-count': object.pieces.length } : {}),
    ...readOverrides(query),
  });
  if (request.method === 'HEAD') {
    response.end();
    return Promise.resolve();
  }
  return pipeline(store.files.read(object.pieces, start, end), response);
}

export async function deleteObject(store: ObjectStore, call: S3Call): Promise<void> {
  store.requireBucket(call);
  const match = call.request.headers['if-match'];
  const existing = store.object(call.bucket, call.key);
  if (match !== undefined && match !== '*' && existing && match.replace(/^"(.*)"$/, '$1') !== existing.etag) {
    throw errors.preconditionFailed('If-Match');
  }
  await store.settle([store.deleteObject(call.bucket, call.key)]);
  sendEmpty(call, 204);
}

export async function copyObject(store: ObjectStore, call: S3Call): Promise<void> {
  store.requireBucket(call);
  checkKey(call.key);
  const { headers } = call.request;
  const { source, isSame } = requireSource(store, call);
  const replaces = headers['x-amz-metadata-directive'] === 'REPLACE';
  if (isSame && !replaces && headers['x-amz-storage-class'] === undefined) {
    throw errors.invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const algorithm = source.checksum?.algorithm;
  const bytes = store.files.read(source.pieces, 0, source.bytes);
  const written = await store.files.write(bytes, { checksum: algorithm });
  const { file, md5: etag, checksum } = written;
  const object: StoredObject = {
    etag,
    bytes: written.bytes,
    lastModified: store.now(),
    pieces: [{ file, bytes: written.bytes }],
    headers: replaces ? readKeptHeaders(headers) : source.headers,
    checksum:
      algorithm && checksum
        ? {
            algorithm,
            value: checksum,
            type: 'FULL_OBJECT',
          }
        : undefined,
  };
  await store.settle([await replaceObject(store, call, object)]);
  const copied = { LastModified: xmlTime(object.lastModified), ETag: `"${etag}"` };
  sendXml(call, 'CopyObjectResult', { ...copied, ...checksumElements(object.checksum) }, encryption);
}

/** `x-amz-copy-source: [/]bucket/key`, percent-encoded. */
export function requireSource(store: ObjectStore, call: S3Call): { source: StoredObject; isSame: boolean } {
  const { headers } = call.request;
  const given = decodeURIComponent(String(headers['x-amz-copy-source'] ?? '').replace(/\?versionId=.*$/, ''));
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(given) ?? [];
  if (!bucket || !key) {
    throw errors.invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      'x-amz-copy-source',
      given,
    );
  }
  // A copy may cross regions; whoever owns the source must be the caller.
  const region = store.bucket(bucket)?.region ?? call.region;
  const source = requireObject(store, { ...call, bucket, key, region });
  checkCopyConditions(headers, source);
  return { source, isSame: bucket === call.bucket && key === call.key };
}

export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > 1024) throw errors.keyTooLong(key);
}

function requireObject(store: ObjectStore, call: S3Call): StoredObject {
  store.requireBucket(call);
  const object = store.object(call.bucket, call.key);
  if (!object) throw errors.noSuchKey(call.key);
  return object;
}

function describeObject({ request }: S3Call, object: StoredObject, partial: boolean) {
  const wantsChecksum = String(request.headers['x-amz-checksum-mode'] ?? '').toUpperCase() === 'ENABLED';
  return {
    ...writeKeptHeaders(object.headers),
    'accept-ranges': 'bytes',
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.lastModified).toUTCString(),
    ...encryption,
    // The sum of the whole says nothing about a part of it.
    ...(wantsChecksum && !partial ? checksumHeaders(object.checksum) : {}),
  };
}

function readPart(text: string | null, object: StoredObject): { start: number; end: number } | undefined {
  if (text === null) return undefined;
  const number = Number(text);
  const piece = object.pieces[number - 1];
  if (!piece) throw errors.invalidRange(`part ${text}`, object.bytes);
  const start = object.pieces.slice(0, number - 1).reduce((sum, { bytes }) => sum + bytes, 0);
  return { start, end: start + piece.bytes };
}

/** `response-content-type=…` and its five kin. */
function readOverrides(query: URLSearchParams): Record<string, string> {
  const overrides: Record<string, string> = {};
  for (const [name, value] of query) {
    const header = /^response-(cache-control|content-(?:disposition|encoding|language|type)|expires)$/.exec(name)?.[1];
    if (header) overrides[header] = value;
  }
  return overrides;
}
