/** The image that a layer is put on. */
import { ConfigurationError } from '../errors.ts';
import { BLOBS_AT_ONCE, mapBounded } from './bounded.ts';
import { describePlatform, type ImageConfigFile, type Platform } from './image-config.ts';
import { isForeignLayer, isIndex } from './media-types.ts';
import { type ImageReference, isTag, parseReference } from './reference.ts';
import { readBlob } from './registry/blobs.ts';
import { ensureBlobFrom } from './registry/ensure-blob.ts';
import { type Descriptor, parseManifest, readManifest, type StoredManifest } from './registry/manifests.ts';
import { openRepository, type Repository } from './registry/repository.ts';
import { describeRepository, isSameRegistry } from './registry-location.ts';

export interface BaseImage {
  /** `host/repository:tag`, as it was asked for. */
  readonly name: string;
  /** Of the platform's own manifest. */
  readonly digest: string;
  readonly mediaType: string;
  readonly layers: readonly Descriptor[];
  readonly config: ImageConfigFile;
  readonly repository: Repository;
}

/**
 * `text` is a tag or `@digest` of the image's own repository, or `repository:tag` (`@digest`) of the same registry, with or without
 * its host. Throws ConfigurationError when it is elsewhere, is not there, or is not for the platform.
 */
export async function readBase(text: string, target: Repository, platform: Platform): Promise<BaseImage> {
  const { repository, reference } = locateBase(text, target);
  const separator = reference.startsWith('sha256:') ? '@' : ':';
  const name = `${repository.address}${separator}${reference}`;
  const found = await readManifest(repository, reference);
  if (!found) throw missing(name);
  const manifest = isIndex(found.mediaType) ? await choosePlatform(repository, found, platform, name) : found;
  const { config: descriptor, layers } = parseManifest(manifest);
  if (!descriptor) throw missing(name);
  const config = JSON.parse(Buffer.from(await readBlob(repository, descriptor)).toString('utf8')) as ImageConfigFile;
  requirePlatform(config, platform, name);
  return { name, digest: manifest.digest, mediaType: manifest.mediaType, layers, config, repository };
}

/** Brings the base's layers into the image's own repository. Gives the bytes sent. */
export async function ensureBaseLayers(base: BaseImage, target: Repository): Promise<number> {
  const layers = base.layers.filter(layer => !isForeignLayer(layer.mediaType));
  if (base.repository.address === target.address) return 0;
  const sent = await mapBounded(layers, BLOBS_AT_ONCE, layer => ensureBlobFrom(target, layer, base.repository));
  return sent.reduce((sum, bytes) => sum + bytes, 0);
}

function locateBase(text: string, target: Repository): { repository: Repository; reference: string } {
  if (text.startsWith('@') || text.startsWith(':')) return { repository: target, reference: text.slice(1) };
  if (isTag(text)) return { repository: target, reference: text };
  const parsed = parseReference(hasHost(text) ? text : `${describeRepository(target.location, text)}`);
  const name = nameInRegistry(parsed, target);
  if (name === undefined) throw elsewhere(text, target);
  return { repository: openRepository(target, name), reference: parsed.digest ?? parsed.tag ?? 'latest' };
}

function hasHost(text: string): boolean {
  const first = text.split('/')[0] ?? '';
  return text.includes('/') && (/[.:]/.test(first) || first === 'localhost');
}

/** The repository's name without the registry's prefix; undefined when it is in another registry. */
function nameInRegistry({ host, repository }: ImageReference, { location }: Repository): string | undefined {
  if (!isSameRegistry(host, location.host)) return undefined;
  const prefix = location.prefix === '' ? '' : `${location.prefix}/`;
  return repository.startsWith(prefix) ? repository.slice(prefix.length) : undefined;
}

async function choosePlatform(
  repository: Repository,
  index: StoredManifest,
  platform: Platform,
  name: string,
): Promise<StoredManifest> {
  const { manifests } = parseManifest(index);
  const chosen = manifests.find(each => each.platform && isPlatform(each.platform, platform));
  if (!chosen)
    throw wrongPlatform(
      name,
      platform,
      manifests.flatMap(each => (each.platform ? [each.platform] : [])),
    );
  const manifest = await readManifest(repository, chosen.digest);
  if (!manifest) throw missing(`${repository.address}@${chosen.digest}`);
  return manifest;
}

function requirePlatform(config: ImageConfigFile, platform: Platform, name: string): void {
  if (!isPlatform(config, platform)) throw wrongPlatform(name, platform, [config]);
}

/** Without a variant any will do; arm64's only one, v8, need not be named. */
function isPlatform(found: Platform, wanted: Platform): boolean {
  if (found.os !== wanted.os || found.architecture !== wanted.architecture) return false;
  if (wanted.variant === undefined || found.variant === wanted.variant) return true;
  return wanted.architecture === 'arm64' && wanted.variant === 'v8' && found.variant === undefined;
}

function missing(name: string): ConfigurationError {
  return new ConfigurationError({
    message: `The base image ${name} does not exist`,
    remedy: 'Push it first, or correct "base".',
  });
}

function wrongPlatform(name: string, wanted: Platform, found: readonly Platform[]): ConfigurationError {
  const there = found.filter(each => each.os !== 'unknown').map(describePlatform);
  return new ConfigurationError({
    message: `The base image ${name} is not for ${describePlatform(wanted)}, but for ${there.join(', ') || 'no platform'}`,
    remedy: 'Correct "platform", or push the base for it.',
  });
}

function elsewhere(text: string, target: Repository): ConfigurationError {
  return new ConfigurationError({
    message: `The base image ${text} is not in the registry ${describeRepository(target.location, '').replace(/\/$/, '')}`,
    remedy: 'Push it there (or reach it through a pull-through cache rule), or build with "builder: docker".',
  });
}
