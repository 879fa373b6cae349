/** GET, HEAD, PUT and DELETE of a manifest, and the manifests that refer to one. */
import type { IncomingMessage } from 'node:http';
import { acceptImage } from '../accept.ts';
import { changeImage, findImage, listReferring, listsNaming, putImage, removeImage, removeTag } from '../images.ts';
import type { ImageId } from '../input.ts';
import { MEDIA_TYPES } from '../manifests.ts';
import { isDigest, isTag, repositoryKey } from '../names.ts';
import { RegistryError, send, sendJson } from './answer.ts';
import { type Exchange, originOf, type RegistryParts } from './exchange.ts';

/** A pull is recorded at most this often. */
const PULL_RECORD_MS = 60_000;

export async function getManifest(
  { request, response, repository, reference }: Exchange,
  { registries }: RegistryParts,
): Promise<void> {
  const id = readReference(reference);
  const image = findImage(registries, repository, id);
  // Nothing is ever converted under a digest: it would no longer be that digest.
  const got =
    image && (await acceptImage(registries, image, id.imageDigest === undefined ? readAccept(request) : undefined));
  if (!image || !got) throw new RegistryError(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
  const headers = { 'content-type': got.mediaType, 'docker-content-digest': got.digest, etag: `"${got.digest}"` };
  if (request.method === 'HEAD') return send(response, 200, { ...headers, 'content-length': got.bytes.length });
  const now = registries.now();
  if (now - (image.lastPulledAt ?? Number.NEGATIVE_INFINITY) >= PULL_RECORD_MS) {
    changeImage(registries, repository, image.digest, () => ({ lastPulledAt: now }));
    await registries.commit();
  }
  send(response, 200, headers, got.bytes);
}

export async function putManifest(exchange: Exchange, { registries, onPushed }: RegistryParts): Promise<void> {
  const { request, response, repository, reference } = exchange;
  const { imageDigest, imageTag } = readReference(reference);
  const bytes = await readBody(request);
  const mediaType = request.headers['content-type'];
  const { image, changed } = await putImage(registries, {
    repository,
    bytes,
    mediaType,
    tag: imageTag,
    digest: imageDigest,
  });
  if (changed) onPushed(repository, image);
  send(response, 201, {
    location: `${originOf(request)}/v2/${repositoryKey(repository)}/manifests/${reference}`,
    'docker-content-digest': image.digest,
    ...(image.subject === undefined ? {} : { 'oci-subject': image.subject }),
  });
}

/** By digest the image goes with its tags; by tag only the tag. */
export async function deleteManifest(
  { response, repository, reference }: Exchange,
  { registries }: RegistryParts,
): Promise<void> {
  const id = readReference(reference);
  const image = findImage(registries, repository, id);
  if (!image) throw new RegistryError(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
  if (id.imageTag !== undefined) removeTag(registries, repository, id.imageTag);
  else {
    const lists = listsNaming(registries, repository, image.digest);
    if (lists.length > 0)
      throw new RegistryError(405, 'UNSUPPORTED', `Requested image referenced by manifest list: [${lists.join(', ')}]`);
    removeImage(registries, repository, image);
  }
  await registries.commit();
  send(response, 202);
}

/** As ListImageReferrers has it. */
const REFERRERS_PAGE = 50;

/** An OCI index of the manifests whose `subject` is this digest, in pages; empty when there is none, also for an unknown digest. */
export function listReferrers({ response, url, repository, reference }: Exchange, { registries }: RegistryParts): void {
  if (!isDigest(reference)) throw new RegistryError(400, 'DIGEST_INVALID', `invalid digest: ${reference}`);
  const wanted = url.searchParams.get('artifactType');
  const after = Number(url.searchParams.get('last') ?? 0);
  const rest = listReferring(registries, repository, reference).filter(
    ({ artifactMediaType, sequence }) => (wanted === null || artifactMediaType === wanted) && sequence > after,
  );
  const page = rest.slice(0, REFERRERS_PAGE);
  const manifests = page.map(({ mediaType, digest, manifestBytes: size, artifactMediaType, annotations }) => {
    return { mediaType, digest, size, artifactType: artifactMediaType, annotations };
  });
  const query = new URLSearchParams(url.searchParams);
  query.set('last', String(page.at(-1)?.sequence ?? 0));
  const body = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
  sendJson(response, 200, body, {
    'content-type': MEDIA_TYPES.ociIndex,
    ...(wanted === null ? {} : { 'oci-filters-applied': 'artifactType' }),
    ...(rest.length > page.length ? { link: `<${url.pathname}?${query}>; rel="next"` } : {}),
  });
}

function readReference(reference: string): ImageId {
  if (isDigest(reference)) return { imageDigest: reference };
  if (reference.includes(':')) throw new RegistryError(400, 'DIGEST_INVALID', `invalid digest: ${reference}`);
  if (!isTag(reference))
    throw new RegistryError(
      400,
      'TAG_INVALID',
      `Invalid parameter at 'imageTag' failed to satisfy constraint: 'must satisfy regular expression '[a-zA-Z0-9-_.]+''`,
    );
  return { imageTag: reference };
}

/** Undefined when the client says nothing. */
function readAccept(request: IncomingMessage): string[] | undefined {
  const header = request.headers.accept;
  return header
    ?.split(',')
    .map(type => type.split(';')[0]?.trim() ?? '')
    .filter(Boolean);
}

/** Manifests are small: at most 4 MiB. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > 4_194_304) throw new RegistryError(413, 'MANIFEST_INVALID', 'The manifest has more than 4194304 bytes');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
