/** Takes the body of an upload to disk, and holds it against what the client said about it. */
import type { IncomingMessage } from 'node:http';
import { checksumAlgorithms } from './checksums.ts';
import { decodeChunked } from './chunked-body.ts';
import { errors } from './errors.ts';
import type { Checksum, ChecksumAlgorithm, S3Call } from './model.ts';
import type { WrittenFile } from './object-files.ts';
import type { ObjectStore } from './object-store.ts';

export interface ReceivedBody extends WrittenFile {
  readonly stored: Checksum | undefined;
}

const largestBytes = 5 * 1024 ** 3;
const isSha256 = /^[0-9a-f]{64}$/;

/** Throws BadDigest, XAmzContentSHA256Mismatch, IncompleteBody, EntityTooLarge, MissingContentLength; then nothing is left on disk. */
export async function receiveBody(
  store: ObjectStore,
  { request }: S3Call,
  fallback?: ChecksumAlgorithm,
): Promise<ReceivedBody> {
  const { headers } = request;
  const chunked = String(headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
  const expectedBytes = readLength(request, chunked);
  const algorithm = findAlgorithm(request) ?? fallback;
  const claims = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) claims.set(name, String(value));
  const body = chunked ? decodeChunked(request, (name, value) => claims.set(name, value)) : request;
  const written = await store.files.write(body, {
    checksum: algorithm,
    sha256: isSha256.test(String(headers['x-amz-content-sha256'])),
  });
  try {
    if (!request.complete || (expectedBytes !== undefined && written.bytes !== expectedBytes))
      throw errors.incompleteBody();
    checkClaims(claims, written, algorithm);
  } catch (error) {
    await store.files.remove([written]);
    throw error;
  }
  const { checksum } = written;
  const stored = algorithm && checksum ? ({ algorithm, value: checksum, type: 'FULL_OBJECT' } as const) : undefined;
  return { ...written, stored };
}

function readLength({ headers }: IncomingMessage, chunked: boolean): number | undefined {
  const text = chunked ? headers['x-amz-decoded-content-length'] : headers['content-length'];
  if (text === undefined) {
    if (headers['transfer-encoding'] !== undefined) throw errors.notImplemented('Transfer-Encoding');
    if (chunked) throw errors.missingLength();
    // A request without a body at all: an empty object.
    return undefined;
  }
  const bytes = Number(text);
  if (bytes > largestBytes) throw errors.tooLarge(bytes, largestBytes);
  return bytes;
}

/** Named by a checksum header, by the trailer that will come, or by the SDK. */
export function findAlgorithm({ headers }: IncomingMessage): ChecksumAlgorithm | undefined {
  const trailer = String(headers['x-amz-trailer'] ?? '').toLowerCase();
  const named = String(
    headers['x-amz-sdk-checksum-algorithm'] ?? headers['x-amz-checksum-algorithm'] ?? '',
  ).toLowerCase();
  return checksumAlgorithms.find(
    algorithm =>
      headers[`x-amz-checksum-${algorithm}`] !== undefined ||
      trailer === `x-amz-checksum-${algorithm}` ||
      named === algorithm,
  );
}

function checkClaims(
  claims: ReadonlyMap<string, string>,
  written: WrittenFile,
  algorithm: ChecksumAlgorithm | undefined,
): void {
  const md5 = claims.get('content-md5');
  if (md5 !== undefined) {
    if (Buffer.from(md5, 'base64').length !== 16) throw errors.invalidDigest();
    if (Buffer.from(md5, 'base64').toString('hex') !== written.md5) {
      throw errors.badDigest('The Content-MD5 you specified did not match what we received.');
    }
  }
  const sha256 = claims.get('x-amz-content-sha256') ?? '';
  if (written.sha256 !== undefined && written.sha256 !== sha256) {
    throw errors.sha256Mismatch(sha256, written.sha256);
  }
  const claimed = algorithm && claims.get(`x-amz-checksum-${algorithm}`);
  if (claimed !== undefined && claimed !== written.checksum) {
    throw errors.badDigest(`The ${algorithm?.toUpperCase()} you specified did not match the calculated checksum.`);
  }
}
