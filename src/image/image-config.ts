/** An image's configuration: what runs, with what, and what it is made of. */
import type { LayerBuildConfig } from '../config/model.ts';
import { ConfigurationError } from '../errors.ts';
import { TAR_MTIME_SECONDS } from './tar.ts';

/** As in registries; members that are not named here are kept as they are. */
export interface ImageConfigFile {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
  readonly created?: string | undefined;
  readonly config?: RuntimeConfig | undefined;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly string[] };
  readonly history?: readonly HistoryEntry[] | undefined;
}

interface RuntimeConfig {
  readonly Entrypoint?: readonly string[] | null | undefined;
  readonly Cmd?: readonly string[] | null | undefined;
  readonly Env?: readonly string[] | null | undefined;
  readonly WorkingDir?: string | undefined;
  readonly User?: string | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
}

interface HistoryEntry {
  readonly created?: string | undefined;
  readonly created_by?: string | undefined;
  readonly empty_layer?: boolean | undefined;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/** Reads `os/architecture[/variant]`. */
export function parsePlatform(text: string): Platform {
  const [os = '', architecture = '', variant, ...rest] = text.split('/');
  if (os === '' || architecture === '' || variant === '' || rest.length > 0) {
    throw new ConfigurationError({
      message: `"${text}" is not a platform`,
      remedy: 'Write os/architecture[/variant], such as linux/amd64 or linux/arm64.',
    });
  }
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

export function describePlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}

/** What an image without a base begins with. */
export function emptyConfigFile(platform: Platform): ImageConfigFile {
  return { ...platform, config: {}, rootfs: { type: 'layers', diff_ids: [] }, history: [] };
}

/** Adds one layer. The same base, layer and settings give the same bytes. */
export function appendLayer(
  base: ImageConfigFile,
  layer: { readonly diffId: string; readonly config: LayerBuildConfig },
  labels: Readonly<Record<string, string>>,
  createdSeconds = TAR_MTIME_SECONDS,
): ImageConfigFile {
  const created = new Date(createdSeconds * 1000).toISOString();
  const entry = { created, created_by: `batchwright: layer at ${layer.config.destination}` };
  return {
    ...base,
    created,
    config: editRuntime(base.config ?? {}, layer.config, labels),
    rootfs: { type: 'layers', diff_ids: [...base.rootfs.diff_ids, layer.diffId] },
    history: [...(base.history ?? []), entry],
  };
}

function editRuntime(
  base: RuntimeConfig,
  config: LayerBuildConfig,
  labels: Readonly<Record<string, string>>,
): RuntimeConfig {
  const { entrypoint, command, workingDirectory, user, environment } = config;
  const allLabels = { ...base.Labels, ...labels };
  return {
    ...base,
    // As in a Dockerfile: an ENTRYPOINT drops the base's CMD, which was made for another program.
    ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint, Cmd: null }),
    ...(command === undefined ? {} : { Cmd: command }),
    ...(workingDirectory === undefined ? {} : { WorkingDir: workingDirectory }),
    ...(user === undefined ? {} : { User: user }),
    Env: mergeEnvironment(base.Env ?? [], environment),
    ...(Object.keys(allLabels).length === 0 ? {} : { Labels: sortKeys(allLabels) }),
  };
}

/** A variable of the base keeps its place and gets the new value; new ones follow by name. */
function mergeEnvironment(base: readonly string[], added: Readonly<Record<string, string>>): string[] {
  const nameOf = (line: string): string => line.slice(0, line.indexOf('='));
  const names = new Set(base.map(nameOf));
  const kept = base.map(line => {
    const value = Object.hasOwn(added, nameOf(line)) ? added[nameOf(line)] : undefined;
    return value === undefined ? line : `${nameOf(line)}=${value}`;
  });
  const fresh = Object.keys(added).filter(name => !names.has(name));
  return [...kept, ...fresh.sort().map(name => `${name}=${added[name]}`)];
}

function sortKeys(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));
}
