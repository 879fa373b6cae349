/** Blobs: configurations and layers, named by digest. */
import { createDigester, describeDigest } from '../digest.ts';
import { drain, type RegistryAnswer, readAll } from './exchange.ts';
import { DigestMismatch, RegistryFailure } from './failure.ts';
import type { Descriptor } from './manifests.ts';
import { type Repository, withRetries } from './repository.ts';

/** Something that can be sent, and sent again from its beginning when the first time failed. */
export interface BlobSource {
  open(): AsyncIterable<Uint8Array>;
  /** Where they are known before. */
  readonly digest?: string | undefined;
  readonly bytes?: number | undefined;
}

export interface BlobUpload {
  readonly digest: string;
  readonly bytes: number;
}

export async function hasBlob(repository: Repository, digest: string): Promise<boolean> {
  const call = { operation: 'HEAD blob', doing: 'looking for the blob', subject: digest };
  return await withRetries(repository, call, async () => {
    const url = `${repository.path}/blobs/${digest}`;
    const answer = await repository.exchange({ method: 'HEAD', url, accept: [200, 404] });
    await drain(answer);
    return answer.status === 200;
  });
}

/** The bytes of a blob; the stream throws DigestMismatch at its end when they are not what the digest says. No second try. */
export async function* openBlob(repository: Repository, blob: Pick<Descriptor, 'digest'>): AsyncGenerator<Uint8Array> {
  const url = `${repository.path}/blobs/${blob.digest}`;
  const answer = await repository.exchange({ method: 'GET', url, accept: [200] }).catch((error: unknown) => {
    throw error instanceof RegistryFailure ? error.while(`reading it from ${repository.address}`) : error;
  });
  const digester = createDigester();
  for await (const chunk of answer.body) {
    digester.update(chunk);
    yield chunk;
  }
  const { digest } = digester.finish();
  if (digest !== blob.digest) throw new DigestMismatch(`the blob ${blob.digest} came as ${digest}`);
}

/** A small blob, whole. */
export async function readBlob(repository: Repository, blob: Descriptor): Promise<Uint8Array> {
  const call = { operation: 'GET blob', doing: 'reading the blob', subject: blob.digest };
  return await withRetries(repository, call, () => readAll(openBlob(repository, blob)));
}

/** Sends a blob with up to three tries, each from the blob's beginning. */
export async function uploadBlob(repository: Repository, source: BlobSource, session?: string): Promise<BlobUpload> {
  const call = { operation: 'PATCH blob', doing: 'uploading', subject: source.digest ?? 'a layer' };
  let open = session;
  return await withRetries(repository, call, async () => {
    const first = open;
    open = undefined;
    return await uploadOnce(repository, source, first);
  });
}

/**
 * POST, one PATCH stream, PUT with the digest: what Docker and crane do. ECR answers 201 to the PATCH, where the specification has
 * 202. `session` is the address of an upload that was opened already.
 */
export async function uploadOnce(repository: Repository, source: BlobSource, session?: string): Promise<BlobUpload> {
  const digester = createDigester();
  const answer = await repository.exchange({
    method: 'PATCH',
    url: session ?? (await openUpload(repository)),
    headers: {
      'content-type': 'application/octet-stream',
      ...(source.bytes === undefined ? {} : { 'content-length': String(source.bytes) }),
    },
    body: tap(source.open(), chunk => digester.update(chunk)),
    accept: [200, 201, 202, 204],
  });
  await drain(answer);
  const sent = digester.finish();
  if (source.digest !== undefined && source.digest !== sent.digest) {
    throw new DigestMismatch(`${describeDigest(source.digest)} was read as ${describeDigest(sent.digest)}`);
  }
  await closeUpload(repository, nextLocation(answer) ?? answer.url, sent.digest);
  return sent;
}

/**
 * Asks for a blob of another repository of the same registry. Gives nothing when it is there now, else the address of the upload
 * session that the registry opened instead.
 */
export async function mountBlob(repository: Repository, digest: string, from: Repository): Promise<string | undefined> {
  const call = { operation: 'POST blob', doing: 'mounting', subject: digest };
  return await withRetries(repository, call, async () => {
    const url = `${repository.path}/blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from.path)}`;
    const answer = await repository.exchange({ method: 'POST', url, headers: EMPTY, accept: [201, 202] });
    await drain(answer);
    return answer.status === 201 ? undefined : requireLocation(answer);
  });
}

const EMPTY = { 'content-length': '0' };

async function openUpload(repository: Repository): Promise<string> {
  const url = `${repository.path}/blobs/uploads/`;
  const answer = await repository.exchange({ method: 'POST', url, headers: EMPTY, accept: [202] });
  await drain(answer);
  return requireLocation(answer);
}

async function closeUpload(repository: Repository, location: string, digest: string): Promise<void> {
  // Added to the text as it is: writing the query anew could change the registry's own part of it.
  const url = `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
  const answer = await repository.exchange({ method: 'PUT', url, headers: EMPTY, accept: [201, 202, 204] });
  await drain(answer);
  const stored = answer.headers['docker-content-digest'] ?? digest;
  if (stored !== digest) throw new DigestMismatch(`the registry stored ${stored} instead of ${digest}`);
}

/** A Location may be relative, and its query is the registry's own state. */
function nextLocation(answer: RegistryAnswer): string | undefined {
  const location = answer.headers['location'];
  return location === undefined ? undefined : new URL(location, answer.url).href;
}

function requireLocation(answer: RegistryAnswer): string {
  const location = nextLocation(answer);
  if (location === undefined) {
    throw new RegistryFailure({ status: answer.status, message: 'the registry opened an upload but gave no Location' });
  }
  return location;
}

async function* tap(source: AsyncIterable<Uint8Array>, see: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    see(chunk);
    yield chunk;
  }
}
