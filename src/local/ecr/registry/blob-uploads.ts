/** Blob uploads: POST, PATCH, PUT, GET and DELETE of a session, in one piece, streamed or in chunks, and mounts. */

import type { Upload } from '../model.ts';
import { isDigest, parseRepositoryKey, repositoryKey } from '../names.ts';
import { isBlobMountingEnabled } from '../settings.ts';
import { checkPartSizes } from '../uploads.ts';
import { RegistryError, send } from './answer.ts';
import { type Exchange, originOf, type RegistryParts } from './exchange.ts';

/** `?mount=&from=` mounts, `?digest=` takes the whole blob at once, and otherwise a session begins. */
export async function startUpload(exchange: Exchange, parts: RegistryParts): Promise<void> {
  const { url, repository, response } = exchange;
  const digest = url.searchParams.get('digest');
  const mount = url.searchParams.get('mount');
  if (digest !== null) checkDigest(digest);
  if (mount !== null && tryMount(exchange, parts, mount)) {
    await parts.registries.commit();
    return sendCreated(exchange, mount);
  }
  const upload = parts.uploads.start(repository);
  if (digest !== null && mount === null) return await takeRest(exchange, parts, upload, digest);
  await parts.registries.commit();
  send(response, 202, describeProgress(exchange, upload));
}

/** Takes the next bytes. ECR answers 201 where the specification says 202. */
export async function continueUpload(exchange: Exchange, parts: RegistryParts): Promise<void> {
  const upload = parts.uploads.get(exchange.repository, exchange.reference);
  checkContentRange(exchange, upload);
  const grown = await parts.uploads.append(upload, exchange.request);
  await parts.registries.commit();
  send(exchange.response, parts.dialect === 'ecr' ? 201 : 202, describeProgress(exchange, grown));
}

export async function finishUpload(exchange: Exchange, parts: RegistryParts): Promise<void> {
  const upload = parts.uploads.get(exchange.repository, exchange.reference);
  const digest = exchange.url.searchParams.get('digest');
  if (digest === null) throw new RegistryError(400, 'DIGEST_INVALID', 'digest parameter is missing');
  checkDigest(digest);
  checkContentRange(exchange, upload);
  await takeRest(exchange, parts, upload, digest);
}

export function describeUpload(exchange: Exchange, { uploads }: RegistryParts): void {
  const upload = uploads.get(exchange.repository, exchange.reference);
  send(exchange.response, 204, describeProgress(exchange, upload));
}

export async function cancelUpload(
  { repository, reference, response }: Exchange,
  { uploads, registries }: RegistryParts,
): Promise<void> {
  uploads.cancel(uploads.get(repository, reference));
  await registries.commit();
  send(response, 204);
}

async function takeRest(exchange: Exchange, parts: RegistryParts, upload: Upload, digest: string): Promise<void> {
  const whole = await parts.uploads.append(upload, exchange.request);
  if (parts.dialect === 'ecr') checkPartSizes(whole.smallestPartBytes);
  await parts.uploads.complete(exchange.repository, whole, digest);
  await parts.registries.commit();
  sendCreated(exchange, digest);
}

/**
 * On AWS a blob is mounted only within an account and region, from a repository with the same encryption that holds an image made
 * of it, and only where the account setting BLOB_MOUNTING is ENABLED. Whatever fails, an upload begins instead.
 */
function tryMount({ url, repository, account }: Exchange, { registries }: RegistryParts, digest: string): boolean {
  const key = parseRepositoryKey(url.searchParams.get('from') ?? '');
  const source = key && registries.find(key);
  if (
    !source ||
    source.account !== repository.account ||
    source.region !== repository.region ||
    account !== source.account
  )
    return false;
  if (!isBlobMountingEnabled(registries, repository)) return false;
  if (JSON.stringify(source.encryptionConfiguration) !== JSON.stringify(repository.encryptionConfiguration))
    return false;
  const blob = registries.blobs(source).get(digest);
  const isReferenced = [...registries.images(source).entries()].some(([, image]) => image.blobs.includes(digest));
  if (!blob || !isReferenced) return false;
  registries.blobs(repository).put(digest, { ...blob, pushedAt: registries.now() });
  return true;
}

/** A chunk says where it belongs; one that does not follow what is there is refused with 416 and what is. */
function checkContentRange(exchange: Exchange, upload: Upload): void {
  const header = exchange.request.headers['content-range'];
  if (header === undefined) return;
  const match = /^(?:bytes[ =])?(\d+)-(\d+)(?:\/(?:\d+|\*))?$/.exec(header);
  const [start, end] = [Number(match?.[1]), Number(match?.[2])];
  const length = exchange.request.headers['content-length'];
  if (!match || end < start || (length !== undefined && Number(length) !== end - start + 1)) {
    throw new RegistryError(
      400,
      'SIZE_INVALID',
      `content range ${header} does not fit a body of ${length ?? 'unknown'} bytes`,
    );
  }
  if (start !== upload.bytes) {
    throw new RegistryError(
      416,
      'BLOB_UPLOAD_INVALID',
      `chunk begins at byte ${start}, expected ${upload.bytes}`,
      describeProgress(exchange, upload),
    );
  }
}

function checkDigest(digest: string): void {
  if (!isDigest(digest)) throw new RegistryError(400, 'DIGEST_INVALID', `invalid digest: ${digest}`);
}

function describeProgress({ request, repository }: Exchange, { id, bytes }: Upload): Record<string, string> {
  return {
    location: `${originOf(request)}/v2/${repositoryKey(repository)}/blobs/uploads/${id}`,
    // Inclusive, so an empty upload cannot be told from one of a single byte; every registry says it like this.
    range: `0-${Math.max(0, bytes - 1)}`,
    'docker-upload-uuid': id,
  };
}

function sendCreated({ request, response, repository }: Exchange, digest: string): void {
  send(response, 201, {
    location: `${originOf(request)}/v2/${repositoryKey(repository)}/blobs/${digest}`,
    'docker-content-digest': digest,
  });
}
