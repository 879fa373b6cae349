/** The builder that needs no daemon: a folder as one layer on a base, straight over the registry's protocol. */
import type { LayerBuildConfig } from '../config/model.ts';
import type { FilesPort } from '../ports.ts';
import { type BaseImage, ensureBaseLayers, readBase } from './base.ts';
import { digestOf } from './digest.ts';
import { appendLayer, emptyConfigFile, parsePlatform } from './image-config.ts';
import { baseLabels, sourceLabels } from './labels.ts';
import { measureLayer, type StoredLayer, storeLayer } from './layer-blob.ts';
import { familyOf, MEDIA_TYPES } from './media-types.ts';
import type { SourceRevision } from './model.ts';
import { ensureBlob } from './registry/ensure-blob.ts';
import type { StoredManifest } from './registry/manifests.ts';
import type { Repository } from './registry/repository.ts';

export interface LayerBuild {
  readonly config: LayerBuildConfig;
  readonly source: SourceRevision;
  readonly createdSeconds?: number | undefined;
}

/** What is ready to be given a tag: every blob of the manifest is in the repository, the manifest itself is not. */
export interface BuiltImage {
  readonly manifest: StoredManifest;
  /** Bytes sent to the repository. */
  readonly sent: number;
}

export async function buildLayer(build: LayerBuild, repository: Repository, files: FilesPort): Promise<BuiltImage> {
  const platform = parsePlatform(build.config.platform);
  const base = build.config.base === undefined ? undefined : await readBase(build.config.base, repository, platform);
  const baseSent = base ? await ensureBaseLayers(base, repository) : 0;
  const layer = await storeLayer(build.config, repository, files);
  const configBytes = writeConfig(build, layer, base);
  const configSent = await ensureBlob(repository, { digest: digestOf(configBytes), bytes: configBytes });
  return { manifest: writeManifest(base, layer, configBytes), sent: baseSent + layer.sent + configSent };
}

/** What a push would store, without one. A base is not read, so with one there is no digest, and the bytes are the layer's alone. */
export async function measureImage(
  build: LayerBuild,
  files: FilesPort,
): Promise<{ readonly digest: string | undefined; readonly bytes: number }> {
  const layer = await measureLayer(build.config, files);
  if (build.config.base !== undefined) return { digest: undefined, bytes: layer.bytes };
  const config = writeConfig(build, layer);
  return { digest: writeManifest(undefined, layer, config).digest, bytes: layer.bytes + config.length };
}

function writeConfig(build: LayerBuild, { diffId }: Pick<StoredLayer, 'diffId'>, base?: BaseImage): Uint8Array {
  const labels = { ...sourceLabels(build.source, build.createdSeconds), ...(base ? baseLabels(base) : {}) };
  const from = base?.config ?? emptyConfigFile(parsePlatform(build.config.platform));
  return Buffer.from(JSON.stringify(appendLayer(from, { diffId, config: build.config }, labels, build.createdSeconds)));
}

/** In the base's own family of media types: mixed manifests are refused by some readers. */
function writeManifest(
  base: BaseImage | undefined,
  layer: Pick<StoredLayer, 'digest' | 'bytes'>,
  config: Uint8Array,
): StoredManifest {
  const family = familyOf(base?.mediaType ?? MEDIA_TYPES.ociManifest);
  const content = {
    schemaVersion: 2,
    mediaType: family.manifest,
    config: { mediaType: family.config, size: config.length, digest: digestOf(config) },
    layers: [...(base?.layers ?? []), { mediaType: family.layer, size: layer.bytes, digest: layer.digest }],
  };
  const bytes = Buffer.from(JSON.stringify(content));
  return { digest: digestOf(bytes), mediaType: family.manifest, bytes };
}
