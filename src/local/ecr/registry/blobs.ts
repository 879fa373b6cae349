/** GET, HEAD and DELETE of a blob. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { isDigest } from '../names.ts';
import { RegistryError, send } from './answer.ts';
import { type Exchange, otherOriginOf, type RegistryParts } from './exchange.ts';

export async function getBlob(
  { request, response, repository, reference }: Exchange,
  parts: RegistryParts,
): Promise<void> {
  if (!isDigest(reference)) throw new RegistryError(400, 'DIGEST_INVALID', `invalid digest: ${reference}`);
  const blob = parts.registries.blobs(repository).get(reference);
  if (!blob) throw blobUnknown(reference);
  if (parts.redirectBlobs && request.method === 'GET') {
    return send(response, 307, {
      location: parts.downloads.sign(reference, otherOriginOf(request)),
      'docker-content-digest': reference,
    });
  }
  await sendBlob(parts, request, response, reference, blob.bytes);
}

/** What a redirect leads to. Like S3, it refuses a request that bears credentials of its own beside the signed address. */
export async function getDownload(
  parts: RegistryParts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (request.headers.authorization !== undefined) {
    return sendXml(
      response,
      400,
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    );
  }
  const checked = parts.downloads.check(url);
  if ('refused' in checked) {
    return checked.refused === 'expired'
      ? sendXml(response, 403, 'AccessDenied', 'Request has expired')
      : sendXml(
          response,
          403,
          'SignatureDoesNotMatch',
          'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
        );
  }
  const bytes = await parts.registries.files.open(checked.digest).then(
    file => file.stat().finally(() => file.close()),
    () => undefined,
  );
  if (!bytes) return sendXml(response, 404, 'NoSuchKey', 'The specified key does not exist.');
  await sendBlob(parts, request, response, checked.digest, bytes.size);
}

export async function deleteBlob(
  { response, repository, reference }: Exchange,
  { registries }: RegistryParts,
): Promise<void> {
  const blobs = registries.blobs(repository);
  if (!blobs.get(reference)) throw blobUnknown(reference);
  for (const [digest, image] of registries.images(repository).entries()) {
    if (image.blobs.includes(reference))
      throw new RegistryError(405, 'UNSUPPORTED', `blob ${reference} belongs to image ${digest}: delete that first`);
  }
  blobs.delete(reference);
  registries.forgetFile(reference);
  await registries.commit();
  send(response, 202);
}

export function blobUnknown(digest: string): RegistryError {
  return new RegistryError(404, 'BLOB_UNKNOWN', `blob ${digest} unknown to registry`);
}

async function sendBlob(
  { registries }: RegistryParts,
  request: IncomingMessage,
  response: ServerResponse,
  digest: string,
  bytes: number,
): Promise<void> {
  const range = request.method === 'GET' ? readRange(request.headers.range, bytes) : undefined;
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    etag: `"${digest}"`,
    'accept-ranges': 'bytes',
  };
  if (request.method === 'HEAD') return send(response, 200, { ...headers, 'content-length': bytes });
  const file = await registries.files.open(digest);
  const { start, end } = range ?? { start: 0, end: bytes - 1 };
  const partial = range ? { 'content-range': `bytes ${start}-${end}/${bytes}` } : {};
  response.writeHead(range ? 206 : 200, { ...headers, ...partial, 'content-length': end - start + 1 });
  if (end < start) {
    await file.close();
    response.end();
    return;
  }
  await pipeline(file.createReadStream({ start, end, highWaterMark: 256 * 1024 }), response);
}

/** One range, RFC 9110: `bytes=0-99`, `bytes=100-`, `bytes=-100`. Undefined: the whole. Throws 416 outside of the blob. */
export function readRange(header: string | undefined, bytes: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, from = '', to = ''] = match ?? [];
  if (!match || (from === '' && to === '')) return undefined;
  const start = from === '' ? Math.max(0, bytes - Number(to)) : Number(from);
  const end = from === '' || to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
  if (start >= bytes || end < start) {
    throw new RegistryError(416, 'RANGE_INVALID', `range ${header} is outside of the ${bytes} bytes`, {
      'content-range': `bytes */${bytes}`,
    });
  }
  return { start, end };
}

function sendXml(response: ServerResponse, status: number, code: string, message: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  send(response, status, { 'content-type': 'application/xml' }, body);
}
