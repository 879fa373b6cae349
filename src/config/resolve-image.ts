import { posix } from 'node:path';
import type { DockerBuildConfig, ImageConfig, LayerBuildConfig } from './model.ts';
import type { ImageFile } from './schema.ts';

/** Defaults filled in, and every path made relative to the working directory instead of to the configuration's folder. */
export function resolveImage(image: ImageFile, project: string, folder: string): ImageConfig {
  return {
    builder: image.builder ?? 'auto',
    repository: image.repository ?? project.toLowerCase(),
    docker: resolveDocker(image.docker ?? {}, folder),
    layer: image.layer && resolveLayer(image.layer, folder),
    createRepository: image.createRepository && resolveRepository(image.createRepository),
    extraTags: image.extraTags ?? [],
  };
}

function resolveDocker(docker: NonNullable<ImageFile['docker']>, folder: string): DockerBuildConfig {
  const context = resolvePath(folder, docker.context ?? '.');
  return {
    context,
    dockerfile:
      docker.dockerfile === undefined ? posix.join(context, 'Dockerfile') : resolvePath(folder, docker.dockerfile),
    target: docker.target,
    platforms: docker.platforms ?? ['linux/amd64'],
    buildArgs: docker.buildArgs ?? {},
    secrets: Object.fromEntries(
      Object.entries(docker.secrets ?? {}).map(([id, from]) => [id, placeSecret(from, folder)]),
    ),
    cacheFrom: docker.cacheFrom ?? [],
    cacheTo: docker.cacheTo ?? [],
    provenance: docker.provenance ?? false,
  };
}

function placeSecret(from: string, folder: string): string {
  return from.startsWith('file:') ? `file:${resolvePath(folder, from.slice('file:'.length))}` : from;
}

function resolveLayer(layer: NonNullable<ImageFile['layer']>, folder: string): LayerBuildConfig {
  return {
    base: layer.base,
    source: resolvePath(folder, layer.source),
    destination: layer.destination ?? '/app',
    platform: layer.platform ?? 'linux/amd64',
    entrypoint: layer.entrypoint,
    command: layer.command,
    workingDirectory: layer.workingDirectory,
    user: layer.user,
    environment: layer.environment ?? {},
    ignore: layer.ignore ?? [],
  };
}

function resolveRepository(
  settings: NonNullable<ImageFile['createRepository']>,
): NonNullable<ImageConfig['createRepository']> {
  return {
    imageTagMutability: settings.imageTagMutability ?? 'IMMUTABLE',
    scanOnPush: settings.scanOnPush ?? true,
    encryption: settings.encryption ?? (settings.kmsKey === undefined ? 'AES256' : 'KMS'),
    kmsKey: settings.kmsKey,
    lifecyclePolicy: settings.lifecyclePolicy && JSON.stringify(settings.lifecyclePolicy),
    tags: settings.tags ?? {},
  };
}

/** A path of the file's, from the working directory; an absolute one stays. */
export function resolvePath(folder: string, path: string): string {
  return posix.isAbsolute(path) ? path : posix.join(folder, path);
}
