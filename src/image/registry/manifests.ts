/** Manifests and indexes: small JSON whose digest is the image's name. */
import { digestOf, isDigest } from '../digest.ts';
import { ACCEPTED_MANIFESTS, isIndex } from '../media-types.ts';
import { drain, readAll } from './exchange.ts';
import { DigestMismatch, RegistryFailure } from './failure.ts';
import { type Repository, withRetries } from './repository.ts';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly platform?:
    | { readonly os: string; readonly architecture: string; readonly variant?: string | undefined }
    | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A manifest as its bytes, which alone have the digest. */
export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Of an image: `config` and `layers`. Of an index: `manifests`. */
export interface ManifestContent {
  readonly config?: Descriptor | undefined;
  readonly layers: readonly Descriptor[];
  readonly manifests: readonly Descriptor[];
}

/** Undefined when the repository has no such tag or digest. The bytes are checked against a digest that was asked for. */
export async function readManifest(repository: Repository, reference: string): Promise<StoredManifest | undefined> {
  const call = { operation: 'GET manifest', doing: 'reading the manifest', subject: reference };
  return await withRetries(repository, call, async () => {
    const answer = await repository.exchange({
      method: 'GET',
      url: `${repository.path}/manifests/${reference}`,
      headers: { accept: ACCEPTED_MANIFESTS },
      accept: [200, 404],
    });
    if (answer.status === 404) {
      await drain(answer);
      return undefined;
    }
    const bytes = await readAll(answer.body);
    const digest = digestOf(bytes);
    const expected = isDigest(reference) ? reference : answer.headers['docker-content-digest'];
    if (expected !== undefined && expected !== digest)
      throw new DigestMismatch(`the manifest ${expected} came as ${digest}`);
    return { digest, bytes, mediaType: mediaTypeOf(bytes, answer.headers['content-type']) };
  });
}

/** The digest that a tag stands for (or a digest itself); undefined when the repository has it not. */
export async function findManifest(repository: Repository, reference: string): Promise<string | undefined> {
  const call = { operation: 'HEAD manifest', doing: 'looking for', subject: reference };
  return await withRetries(repository, call, async () => {
    const answer = await repository.exchange({
      method: 'HEAD',
      url: `${repository.path}/manifests/${reference}`,
      headers: { accept: ACCEPTED_MANIFESTS },
      accept: [200, 404],
    });
    await drain(answer);
    if (answer.status === 404) return undefined;
    const digest = answer.headers['docker-content-digest'];
    if (digest !== undefined && isDigest(digest)) return digest;
    return isDigest(reference) ? reference : (await readManifest(repository, reference))?.digest;
  });
}

/**
 * Puts the manifest under a tag, or under its digest alone. Its blobs, or the manifests of an index, must be there. Gives the subject
 * that the registry has taken note of; undefined when the manifest has none, or the registry does not know referrers.
 */
export async function putManifest(
  repository: Repository,
  reference: string,
  manifest: StoredManifest,
): Promise<string | undefined> {
  const call = { operation: 'PUT manifest', doing: 'putting the manifest', subject: reference };
  return await withRetries(repository, call, async () => {
    const answer = await repository.exchange({
      method: 'PUT',
      url: `${repository.path}/manifests/${reference}`,
      headers: { 'content-type': manifest.mediaType },
      body: manifest.bytes,
      accept: [200, 201, 202],
    });
    await drain(answer);
    const stored = answer.headers['docker-content-digest'] ?? manifest.digest;
    if (stored === manifest.digest) return answer.headers['oci-subject'];
    const message = `the registry stored ${stored} instead of ${manifest.digest}`;
    throw new RegistryFailure({ status: answer.status, message });
  });
}

/** Throws RegistryFailure when it is not a manifest of any of the four kinds. */
export function parseManifest({ bytes, mediaType, digest }: StoredManifest): ManifestContent {
  const content = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<ManifestContent>;
  if (isIndex(mediaType)) return { layers: [], manifests: content.manifests ?? [] };
  if (content.config === undefined || content.layers === undefined) {
    const message = `${digest} is no image that can be used here (${mediaType})`;
    throw new RegistryFailure({ status: 200, code: 'MANIFEST_INVALID', message });
  }
  return { config: content.config, layers: content.layers, manifests: [] };
}

function mediaTypeOf(bytes: Uint8Array, contentType = ''): string {
  const { mediaType } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { mediaType?: unknown };
  return typeof mediaType === 'string' ? mediaType : (contentType.split(';')[0] ?? '').trim();
}
