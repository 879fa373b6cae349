/** Reads a manifest: what kind it is, what it refers to. Pure. */
import { createHash } from 'node:crypto';
import { isRecord } from '../json.ts';
import { ServiceError } from '../model.ts';
import { invalidParameter } from './errors.ts';
import { type Algorithm, algorithmOf, isDigest } from './names.ts';

export const MEDIA_TYPES = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
} as const;

const MANIFEST_TYPES: readonly string[] = [MEDIA_TYPES.dockerManifest, MEDIA_TYPES.ociManifest];
const LIST_TYPES: readonly string[] = [MEDIA_TYPES.dockerList, MEDIA_TYPES.ociIndex];

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** False for a layer that is fetched from elsewhere and need not be in the registry. */
  readonly distributable: boolean;
  readonly platform?: { readonly os?: string; readonly architecture?: string; readonly variant?: string } | undefined;
}

export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly config?: Descriptor | undefined;
  /** Bottom first; empty for a list. */
  readonly layers: readonly Descriptor[];
  /** Of a list or index. */
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor | undefined;
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export function digestOf(bytes: Uint8Array | string, algorithm: Algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

export function isList(mediaType: string): boolean {
  return LIST_TYPES.includes(mediaType);
}

/**
 * `givenType` is the Content-Type or `imageManifestMediaType`; the manifest's own `mediaType` must agree with it.
 * Throws InvalidParameterException `Invalid JSON syntax` for anything that is not a manifest, as ECR does.
 */
export function parseManifest(bytes: Uint8Array, givenType: string | undefined, givenDigest?: string): Manifest {
  const body = parseBody(bytes);
  const mediaType = decideMediaType(body, givenType);
  const shared = {
    digest: digestOf(bytes, algorithmOf(givenDigest ?? '')),
    mediaType,
    annotations: readAnnotations(body['annotations']),
  };
  const subject = body['subject'] === undefined ? undefined : readDescriptor(body['subject']);
  const artifactType =
    typeof body['artifactType'] === 'string' && body['artifactType'] !== '' ? body['artifactType'] : undefined;
  if (isList(mediaType)) {
    return { ...shared, subject, artifactType, layers: [], manifests: readDescriptors(body['manifests']) };
  }
  return {
    ...shared,
    subject,
    artifactType,
    config: readDescriptor(body['config']),
    layers: readDescriptors(body['layers']),
    manifests: [],
  };
}

function parseBody(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.length > 4_194_304)
    throw invalidParameter('ImageManifest', 'Member must have length less than or equal to 4194304');
  try {
    const body: unknown = JSON.parse(Buffer.from(bytes).toString());
    if (isRecord(body) && body['schemaVersion'] === 2) return body;
  } catch {
    // Told below, in ECR's words.
  }
  throw invalidSyntax();
}

function decideMediaType(body: Record<string, unknown>, givenType: string | undefined): string {
  const own = body['mediaType'];
  const given = givenType?.split(';')[0]?.trim();
  const decided = typeof own === 'string' ? own : given;
  if (decided === undefined) throw invalidSyntax();
  if (given && given !== decided && isManifestType(given)) {
    throw new ServiceError(
      'InvalidParameterException',
      `Invalid parameter at 'ImageManifestMediaType' failed to satisfy constraint: 'media type ${given} does not match that of the manifest, ${decided}'`,
    );
  }
  if (!isManifestType(decided)) throw invalidSyntax();
  return decided;
}

function isManifestType(mediaType: string): boolean {
  return MANIFEST_TYPES.includes(mediaType) || isList(mediaType);
}

function readDescriptors(value: unknown): Descriptor[] {
  if (!Array.isArray(value)) throw invalidSyntax();
  return value.map(readDescriptor);
}

function readDescriptor(value: unknown): Descriptor {
  if (!isRecord(value)) throw invalidSyntax();
  const { mediaType, digest, size, platform } = value;
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || typeof size !== 'number') throw invalidSyntax();
  if (!isDigest(digest) || !Number.isSafeInteger(size) || size < 0) throw invalidSyntax();
  const distributable = !/nondistributable|foreign/.test(mediaType);
  return { mediaType, digest, size, distributable, ...(isRecord(platform) ? { platform } : {}) };
}

function readAnnotations(value: unknown): Record<string, string> | undefined {
  if (!isRecord(value)) return undefined;
  const texts = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return texts.length > 0 ? Object.fromEntries(texts) : undefined;
}

function invalidSyntax(): ServiceError {
  return invalidParameter('ImageManifest', 'Invalid JSON syntax');
}
