/** Multipart uploads. The parts' files become the object's pieces as they are; nothing is copied when the upload is completed. */
import { createHash } from 'node:crypto';
import { readBody } from '../wire.ts';
import { childrenOf, childText, readXml, type XmlElement } from '../xml.ts';
import { checksumElements, checksumHeaders, sendEmpty, sendXml, xmlTime } from './answer.ts';
import { ownerOf } from './buckets.ts';
import { checksumAlgorithms, startDigest } from './checksums.ts';
import { checkWriteConditions } from './conditions.ts';
import { errors } from './errors.ts';
import { readKeptHeaders } from './kept-headers.ts';
import type { Checksum, Part, S3Call, StoredObject, Upload } from './model.ts';
import type { ObjectStore } from './object-store.ts';
import { checkKey, requireSource } from './objects.ts';
import { parseRange } from './range.ts';
import { receiveBody } from './receive-body.ts';

const smallestPartBytes = 5 * 1024 ** 2;
const encryption = { 'x-amz-server-side-encryption': 'AES256' };

export async function createMultipartUpload(store: ObjectStore, call: S3Call): Promise<void> {
  store.requireBucket(call);
  checkKey(call.key);
  const { headers } = call.request;
  const named = String(headers['x-amz-checksum-algorithm'] ?? '').toLowerCase();
  const checksumAlgorithm = checksumAlgorithms.find(algorithm => algorithm === named);
  const type = String(headers['x-amz-checksum-type'] ?? '');
  const checksumType = type === 'FULL_OBJECT' || named === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE';
  const id = Buffer.from(store.uuid()).toString('base64url');
  const { bucket, key } = call;
  store.putUpload({
    id,
    bucket,
    key,
    initiated: store.now(),
    headers: readKeptHeaders(headers),
    checksumAlgorithm,
    checksumType: checksumAlgorithm && checksumType,
  });
  await store.commit();
  const said: Record<string, string> = checksumAlgorithm
    ? { 'x-amz-checksum-algorithm': checksumAlgorithm.toUpperCase(), 'x-amz-checksum-type': checksumType }
    : {};
  sendXml(
    call,
    'InitiateMultipartUploadResult',
    { Bucket: bucket, Key: key, UploadId: id },
    { ...encryption, ...said },
  );
}

export async function uploadPart(store: ObjectStore, call: S3Call): Promise<void> {
  store.requireBucket(call);
  const upload = store.requireUpload(call);
  const number = readPartNumber(call);
  const { file, bytes, md5, stored } = await receiveBody(store, call, upload.checksumAlgorithm);
  await putPart(store, call, { number, etag: md5, file, bytes, checksum: stored, lastModified: store.now() });
  sendEmpty(call, 200, { etag: `"${md5}"`, ...encryption, ...withoutType(checksumHeaders(stored)) });
}

export async function uploadPartCopy(store: ObjectStore, call: S3Call): Promise<void> {
  store.requireBucket(call);
  const upload = store.requireUpload(call);
  const number = readPartNumber(call);
  const { source } = requireSource(store, call);
  const range = call.request.headers['x-amz-copy-source-range'];
  const { start, end } = parseRange(typeof range === 'string' ? range : undefined, source.bytes) ?? {
    start: 0,
    end: source.bytes,
  };
  const algorithm = upload.checksumAlgorithm;
  const written = await store.files.write(store.files.read(source.pieces, start, end), { checksum: algorithm });
  const { file, bytes, md5, checksum: value } = written;
  const checksum: Checksum | undefined = algorithm && value ? { algorithm, value, type: 'FULL_OBJECT' } : undefined;
  const lastModified = store.now();
  await putPart(store, call, { number, etag: md5, file, bytes, checksum, lastModified });
  sendXml(
    call,
    'CopyPartResult',
    { LastModified: xmlTime(lastModified), ETag: `"${md5}"`, ...elementsOf(checksum) },
    encryption,
  );
}

export async function completeMultipartUpload(store: ObjectStore, call: S3Call): Promise<void> {
  store.requireBucket(call);
  const body = await readBody(call.request, 4 << 20);
  const repeated = findCompleted(store, call);
  if (repeated) return sendCompleted(call, repeated);
  const upload = store.requireUpload(call);
  const parts = readParts(store, upload, body);
  checkWriteConditions(call.request.headers, call.key, store.object(call.bucket, call.key));
  const object: StoredObject = {
    etag: `${hashParts(parts)}-${parts.length}`,
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    lastModified: store.now(),
    headers: upload.headers,
    checksum: await sumParts(store, call, upload, parts),
    pieces: parts.map(({ file, bytes }) => ({ file, bytes })),
    uploadId: upload.id,
  };
  // Everything that was checked before the await above is checked again in the turn in which it is put.
  store.requireUpload(call);
  checkWriteConditions(call.request.headers, call.key, store.object(call.bucket, call.key));
  const replaced = store.putObject(call.bucket, call.key, object);
  await store.deleteUpload(upload, parts);
  await store.settle([replaced]);
  sendCompleted(call, object);
}

export async function abortMultipartUpload(store: ObjectStore, call: S3Call): Promise<void> {
  store.requireBucket(call);
  await store.deleteUpload(store.requireUpload(call));
  sendEmpty(call, 204);
}

export function listParts(store: ObjectStore, call: S3Call): void {
  store.requireBucket(call);
  const upload = store.requireUpload(call);
  const marker = readCount(call, 'part-number-marker', 0);
  const maxParts = Math.min(readCount(call, 'max-parts', 1000), 1000);
  const rest = store.parts(upload).filter(({ number }) => number > marker);
  const page = rest.slice(0, maxParts);
  sendXml(call, 'ListPartsResult', {
    Bucket: call.bucket,
    Key: call.key,
    UploadId: upload.id,
    Initiator: ownerOf(call.account),
    Owner: ownerOf(call.account),
    StorageClass: upload.headers['x-amz-storage-class'] ?? 'STANDARD',
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: maxParts,
    IsTruncated: rest.length > page.length,
    ...(upload.checksumAlgorithm ? { ChecksumAlgorithm: upload.checksumAlgorithm.toUpperCase() } : {}),
    ...(upload.checksumType ? { ChecksumType: upload.checksumType } : {}),
    Part: page.map(({ number, etag, bytes, lastModified, checksum }) => ({
      PartNumber: number,
      LastModified: xmlTime(lastModified),
      ETag: `"${etag}"`,
      Size: bytes,
      ...elementsOf(checksum),
    })),
  });
}

export function listMultipartUploads(store: ObjectStore, call: S3Call): void {
  store.requireBucket(call);
  const prefix = call.query.get('prefix') ?? '';
  const maxUploads = Math.min(readCount(call, 'max-uploads', 1000), 1000);
  const uploads = store.uploads(call.bucket).filter(({ key }) => key.startsWith(prefix));
  const marker = uploads.findIndex(({ id }) => id === call.query.get('upload-id-marker'));
  const rest = uploads.slice(marker + 1);
  const page = rest.slice(0, maxUploads);
  const isTruncated = rest.length > page.length;
  const last = page.at(-1);
  sendXml(call, 'ListMultipartUploadsResult', {
    Bucket: call.bucket,
    KeyMarker: call.query.get('key-marker') ?? '',
    UploadIdMarker: call.query.get('upload-id-marker') ?? '',
    ...(isTruncated && last ? { NextKeyMarker: last.key, NextUploadIdMarker: last.id } : {}),
    Prefix: prefix,
    MaxUploads: maxUploads,
    IsTruncated: isTruncated,
    Upload: page.map(({ id, key, initiated, headers }) => ({
      Key: key,
      UploadId: id,
      Initiator: ownerOf(call.account),
      Owner: ownerOf(call.account),
      StorageClass: headers['x-amz-storage-class'] ?? 'STANDARD',
      Initiated: xmlTime(initiated),
    })),
  });
}

/** A client whose answer was lost completes again; S3 gives the same answer for a while. */
function findCompleted(store: ObjectStore, { bucket, key, query }: S3Call): StoredObject | undefined {
  const object = store.object(bucket, key);
  return object?.uploadId !== undefined && object.uploadId === query.get('uploadId') ? object : undefined;
}

function sendCompleted(call: S3Call, { etag, checksum }: StoredObject): void {
  const { bucket, key } = call;
  const location = `http://${call.request.headers.host}/${bucket}/${encodeURIComponent(key).replaceAll('%2F', '/')}`;
  const answer = { Location: location, Bucket: bucket, Key: key, ETag: `"${etag}"`, ...checksumElements(checksum) };
  sendXml(call, 'CompleteMultipartUploadResult', answer, encryption);
}

async function putPart(store: ObjectStore, call: S3Call, part: Part): Promise<void> {
  let upload: Upload;
  try {
    upload = store.requireUpload(call);
  } catch (error) {
    await store.files.remove([part]);
    throw error;
  }
  const replaced = store.part(upload, part.number);
  store.putPart(upload, part);
  await store.commit();
  if (replaced) await store.files.remove([replaced]);
}

/** The parts that the request names, in its order. Throws MalformedXML, InvalidPart, InvalidPartOrder, EntityTooSmall. */
function readParts(store: ObjectStore, upload: Upload, body: Buffer): Part[] {
  const document = readXml(body.toString('utf8'));
  const wanted = childrenOf(document, 'Part');
  if (document?.name !== 'CompleteMultipartUpload' || wanted.length === 0) throw errors.malformedXml();
  const parts = wanted.map(element => findPart(store, upload, element));
  if (parts.some((part, index) => part.number <= (parts[index - 1]?.number ?? 0))) throw errors.invalidPartOrder();
  const tooSmall = parts.slice(0, -1).find(({ bytes }) => bytes < smallestPartBytes);
  if (tooSmall) throw errors.tooSmall(tooSmall.number, tooSmall.bytes);
  return parts;
}

function findPart(store: ObjectStore, upload: Upload, element: XmlElement): Part {
  const number = Number(childText(element, 'PartNumber'));
  const part = store.part(upload, number);
  const etag = childText(element, 'ETag')
    ?.trim()
    .replace(/^"(.*)"$/, '$1');
  if (!part || part.etag !== etag) throw errors.invalidPart(number);
  const { checksum } = part;
  const claimed = checksum && childText(element, `Checksum${checksum.algorithm.toUpperCase()}`);
  if (claimed !== undefined && claimed !== checksum?.value) throw errors.invalidPart(number);
  return part;
}

function hashParts(parts: readonly Part[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(etag, 'hex');
  return hash.digest('hex');
}

/** Of the whole object, read once more; or the sum of the parts' sums, marked with their number. */
async function sumParts(
  store: ObjectStore,
  call: S3Call,
  upload: Upload,
  parts: readonly Part[],
): Promise<Checksum | undefined> {
  const { checksumAlgorithm: algorithm, checksumType } = upload;
  if (!algorithm) return undefined;
  const digest = startDigest(algorithm);
  if (checksumType !== 'FULL_OBJECT') {
    for (const { checksum } of parts) digest.update(Buffer.from(checksum?.value ?? '', 'base64'));
    return { algorithm, value: `${digest.finish()}-${parts.length}`, type: 'COMPOSITE' };
  }
  for await (const chunk of store.files.read(parts, 0, Number.POSITIVE_INFINITY)) digest.update(chunk);
  const value = digest.finish();
  const claimed = call.request.headers[`x-amz-checksum-${algorithm}`];
  if (claimed !== undefined && claimed !== value) {
    throw errors.badDigest(`The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`);
  }
  return { algorithm, value, type: 'FULL_OBJECT' };
}

function readPartNumber({ query }: S3Call): number {
  const text = query.get('partNumber') ?? '';
  const number = Number(text);
  if (text === '' || !Number.isInteger(number) || number < 1 || number > 10_000) {
    throw errors.invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text);
  }
  return number;
}

function readCount({ query }: S3Call, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null || text === '') return fallback;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 0) return count;
  throw errors.invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, text);
}

function elementsOf(checksum: Checksum | undefined): Record<string, string> {
  const { ChecksumType: _, ...elements } = checksumElements(checksum);
  return elements;
}

function withoutType(headers: Record<string, string>): Record<string, string> {
  const { 'x-amz-checksum-type': _, ...rest } = headers;
  return rest;
}
