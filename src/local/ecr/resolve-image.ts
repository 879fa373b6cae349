/** Images for engines that have no daemon: a reference of the local registry, resolved for one platform. */
import type { ImageSource, ResolvedImage } from '../engines/model.ts';
import { isRecord } from '../json.ts';
import { findImage } from './images.ts';
import { type Descriptor, type Manifest, parseManifest } from './manifests.ts';
import type { Image, Repository } from './model.ts';
import { isDigest, isTag, parseRepositoryKey } from './names.ts';
import type { Registries } from './registries.ts';

type Platform = { os: string; architecture: string };

export function createImageSource(registries: Registries): ImageSource {
  return {
    async resolve(reference, platform) {
      const { repository, tag, digest } = findRepository(registries, reference);
      const image = findImage(registries, repository, {
        imageDigest: digest,
        imageTag: digest === undefined ? tag : undefined,
      });
      if (!image) throw new Error(describeAbsence(reference, tag, digest));
      return await resolveImage(registries, repository, image, platform);
    },
  };
}

/** A parsed reference: `host[:port]/account/region/name[:tag][@digest]`. The host may be any: all lead to this server. */
export function parseLocalReference(reference: string): { path: string; tag: string; digest?: string } | undefined {
  const match = /^(?:[^/]+\/)?(\d{12}\/[^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(reference);
  if (!match) return undefined;
  const [, path = '', tag = 'latest', digest] = match;
  if (!isTag(tag) || (digest !== undefined && !isDigest(digest))) return undefined;
  return digest === undefined ? { path, tag } : { path, tag, digest };
}

function findRepository(
  registries: Registries,
  reference: string,
): { repository: Repository; tag: string; digest: string | undefined } {
  const parsed = parseLocalReference(reference);
  const key = parsed && parseRepositoryKey(parsed.path);
  if (!parsed || !key) throw new Error(describeForeign(reference));
  const repository = registries.find(key);
  if (!repository) {
    throw new Error(
      `name unknown: The repository with name '${key.name}' does not exist in the registry with id '${key.account}'`,
    );
  }
  return { repository, tag: parsed.tag, digest: parsed.digest };
}

/** Only Docker pulls from other registries. A reason of Batch holds 255 characters. */
function describeForeign(reference: string): string {
  if (/(?:^|\/)\d{12}\//.test(reference)) {
    return `invalid reference format: ${reference} is not an image of the local registry`;
  }
  const shown = reference.length > 80 ? `${reference.slice(0, 79)}…` : reference;
  return `${shown} is not an image of the local registry, and without Docker images come from no other: push it there (docs/local-aws.md)`;
}

function describeAbsence(reference: string, tag: string, digest: string | undefined): string {
  const name = reference.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  const wanted = digest === undefined ? `${name}:${tag}` : `${name}@${digest}`;
  return `manifest for ${wanted} not found: manifest unknown: Requested image not found`;
}

async function resolveImage(
  registries: Registries,
  repository: Repository,
  image: Image,
  platform: Platform,
): Promise<ResolvedImage> {
  const manifest = await readManifest(registries, image);
  if (manifest.manifests.length > 0 || !manifest.config) {
    const chosen = choosePlatform(manifest.manifests, platform);
    const child = registries.images(repository).get(chosen.digest);
    if (!child) throw new Error(`manifest unknown: Requested image not found`);
    return await resolveImage(registries, repository, child, platform);
  }
  const config = await readConfig(registries, manifest.config.digest, platform);
  const layers = manifest.layers.map(({ digest, mediaType }) => ({
    digest,
    mediaType,
    path: registries.files.path(digest),
  }));
  return { digest: image.digest, config, layers };
}

function choosePlatform(manifests: readonly Descriptor[], wanted: Platform): Descriptor {
  const chosen = manifests.find(
    ({ platform }) => platform?.os === wanted.os && platform.architecture === wanted.architecture,
  );
  if (!chosen) throw noMatchingManifest(wanted);
  return chosen;
}

async function readManifest(registries: Registries, image: Image): Promise<Manifest> {
  return parseManifest(await registries.files.read(image.digest), image.mediaType);
}

/** A single image for another machine cannot run here either; Docker only warns, and then fails with `exec format error`. */
async function readConfig(
  registries: Registries,
  digest: string,
  platform: Platform,
): Promise<ResolvedImage['config']> {
  const document: unknown = JSON.parse((await registries.files.read(digest)).toString());
  if (!isRecord(document)) throw new Error('invalid image configuration');
  const { os = platform.os, architecture = platform.architecture, config } = document;
  if (os !== platform.os || architecture !== platform.architecture) throw noMatchingManifest(platform);
  if (!isRecord(config)) return {};
  return {
    Entrypoint: readTexts(config['Entrypoint']),
    Cmd: readTexts(config['Cmd']),
    Env: readTexts(config['Env']),
    ...(typeof config['WorkingDir'] === 'string' ? { WorkingDir: config['WorkingDir'] } : {}),
    ...(typeof config['User'] === 'string' ? { User: config['User'] } : {}),
  };
}

function readTexts(value: unknown): string[] | null {
  return Array.isArray(value) ? value.filter(text => typeof text === 'string') : null;
}

function noMatchingManifest({ os, architecture }: Platform): Error {
  return new Error(`no matching manifest for ${os}/${architecture} in the manifest list entries`);
}
