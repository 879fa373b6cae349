/** DeleteObjects: up to 1,000 keys in one request. */
import { createHash } from 'node:crypto';
import { readBody } from '../wire.ts';
import { childrenOf, childText, readXml } from '../xml.ts';
import { sendXml } from './answer.ts';
import { startDigest } from './checksums.ts';
import { errors } from './errors.ts';
import type { S3Call } from './model.ts';
import type { ObjectStore } from './object-store.ts';
import { findAlgorithm } from './receive-body.ts';

export async function deleteObjects(store: ObjectStore, call: S3Call): Promise<void> {
  store.requireBucket(call);
  const body = await readBody(call.request, 4 << 20);
  checkBody(call, body);
  const document = readXml(body.toString('utf8'));
  const entries = childrenOf(document, 'Object').map(object => ({
    key: childText(object, 'Key'),
    etag: childText(object, 'ETag'),
  }));
  const quiet = childText(document, 'Quiet') === 'true';
  if (document?.name !== 'Delete' || entries.length === 0 || entries.length > 1000) throw errors.malformedXml();
  const deleted: string[] = [];
  const failed: { Key: string; Code: string; Message: string }[] = [];
  const gone = [];
  for (const { key, etag } of entries) {
    if (!key) throw errors.malformedXml();
    if (isOther(etag, store.object(call.bucket, key)?.etag)) {
      const { code, message } = errors.preconditionFailed('If-Match');
      failed.push({ Key: key, Code: code, Message: message });
      continue;
    }
    gone.push(store.deleteObject(call.bucket, key));
    deleted.push(key);
  }
  await store.settle(gone);
  // Keys that were not there are deleted too.
  sendXml(call, 'DeleteResult', { Deleted: quiet ? [] : deleted.map(Key => ({ Key })), Error: failed });
}

function isOther(wanted: string | undefined, etag: string | undefined): boolean {
  return wanted !== undefined && etag !== undefined && wanted.replace(/^"(.*)"$/, '$1') !== etag;
}

/** One of the two sums must be there. */
function checkBody({ request }: S3Call, body: Buffer): void {
  const md5 = request.headers['content-md5'];
  const algorithm = findAlgorithm(request);
  const claimed = algorithm && request.headers[`x-amz-checksum-${algorithm}`];
  if (md5 === undefined && claimed === undefined) {
    throw errors.invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  if (md5 !== undefined && createHash('md5').update(body).digest('base64') !== md5) {
    throw errors.badDigest('The Content-MD5 you specified did not match what we received.');
  }
  if (!algorithm || claimed === undefined) return;
  const digest = startDigest(algorithm);
  digest.update(body);
  if (digest.finish() !== claimed) {
    throw errors.badDigest(`The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`);
  }
}
