/**
 * Manifests that say of another one that it is their subject: what is known of an image, beside the image.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
import { digestOf } from '../digest.ts';
import { isIndex, MEDIA_TYPES } from '../media-types.ts';
import { drain, readAll } from './exchange.ts';
import { RegistryFailure } from './failure.ts';
import { type Descriptor, putManifest, readManifest, type StoredManifest } from './manifests.ts';
import { type Repository, withRetries } from './repository.ts';

export interface Referrer extends Descriptor {
  readonly artifactType?: string | undefined;
}

/** More than any image has; a registry whose pages lead in a circle is not followed for ever. */
const MOST_PAGES = 1000;

/**
 * Everything of one artifact type whose subject is `digest`, from all pages; none for a digest that is not there. Of a registry without
 * the API (404) the index under the referrers tag is read instead.
 */
export async function listReferrers(
  repository: Repository,
  digest: string,
  artifactType: string,
): Promise<readonly Referrer[]> {
  const found: Referrer[] = [];
  let url: string | undefined =
    `${repository.path}/referrers/${digest}?artifactType=${encodeURIComponent(artifactType)}`;
  for (let page = 1; url !== undefined; page++) {
    const answer: Page | undefined = await readPage(repository, digest, url);
    if (answer === undefined) return ofType((await readTagged(repository, digest)).referrers, artifactType);
    found.push(...answer.referrers);
    url = answer.next;
    if (page === MOST_PAGES) throw new Error(`the referrers of ${digest} in ${repository.address} come to no end`);
  }
  // Whether the filter was applied is the registry's choice.
  return ofType(found, artifactType);
}

/**
 * Puts a manifest that has a subject, under its digest. Where the registry takes no note of subjects, the manifest is added to the index
 * under the referrers tag: read, changed and written, since there is no conditional write; who writes at the same time may be lost.
 */
export async function putReferrer(repository: Repository, subject: string, manifest: StoredManifest): Promise<void> {
  const noted = await putManifest(repository, manifest.digest, manifest);
  if (noted !== undefined) return;
  const { referrers, index } = await readTagged(repository, subject);
  if (referrers.some(({ digest }) => digest === manifest.digest)) return;
  const { artifactType, annotations } = JSON.parse(Buffer.from(manifest.bytes).toString('utf8')) as Referrer;
  const { digest, mediaType, bytes } = manifest;
  const manifests = [...referrers, { mediaType, digest, size: bytes.length, artifactType, annotations }];
  const body = { ...index, schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
  const changed = Buffer.from(JSON.stringify(body));
  const stored = { digest: digestOf(changed), mediaType: MEDIA_TYPES.ociIndex, bytes: changed };
  await putManifest(repository, referrersTag(subject), stored);
}

/** `sha256:abc…` → `sha256-abc…`. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema */
export function referrersTag(digest: string): string {
  const [algorithm = '', encoded = ''] = digest.split(':');
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`;
}

interface Page {
  readonly referrers: readonly Referrer[];
  readonly next: string | undefined;
}

/** Undefined when the registry does not have the API. */
async function readPage(repository: Repository, digest: string, url: string): Promise<Page | undefined> {
  const call = { operation: 'GET referrers', doing: 'listing what refers to', subject: digest };
  return await withRetries(repository, call, async () => {
    const headers = { accept: MEDIA_TYPES.ociIndex };
    const answer = await repository.exchange({ method: 'GET', url, headers, accept: [200, 404] });
    if (answer.status === 404) {
      await drain(answer);
      return undefined;
    }
    const { manifests } = parseIndex(await readAll(answer.body), answer.url);
    const next = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(answer.headers['link'] ?? '')?.[1];
    return { referrers: manifests, next: next === undefined ? undefined : new URL(next, answer.url).href };
  });
}

/** What stands under the referrers tag; nothing when that is no index. */
async function readTagged(
  repository: Repository,
  digest: string,
): Promise<{ readonly referrers: readonly Referrer[]; readonly index: object }> {
  const tagged = await readManifest(repository, referrersTag(digest));
  if (!tagged || !isIndex(tagged.mediaType)) return { referrers: [], index: {} };
  const index = parseIndex(tagged.bytes, `${repository.address}:${referrersTag(digest)}`);
  return { referrers: index.manifests, index };
}

function parseIndex(bytes: Uint8Array, where: string): { readonly manifests: readonly Referrer[] } {
  const body = parseJson(bytes);
  const manifests = (body as { manifests?: unknown } | null | undefined)?.manifests;
  if (Array.isArray(manifests) && manifests.every(isReferrer)) return { ...(body as object), manifests };
  throw new RegistryFailure({ status: 200, code: 'MANIFEST_INVALID', message: `${where} gave no index of referrers` });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

function isReferrer(value: unknown): value is Referrer {
  const { digest, mediaType, size } = Object(value) as Record<string, unknown>;
  return typeof digest === 'string' && typeof mediaType === 'string' && typeof size === 'number';
}

function ofType(referrers: readonly Referrer[], artifactType: string): readonly Referrer[] {
  return referrers.filter(each => each.artifactType === artifactType);
}
