/** The command lines of `docker`. Arguments are an array from end to end: no shell reads a build argument. */
import type { DockerBuildConfig } from '../../config/model.ts';
import { ConfigurationError, type Problem } from '../../errors.ts';
import type { DockerTool } from './probe.ts';

export interface DockerBuild {
  readonly config: DockerBuildConfig;
  /** Where it is; `config.dockerfile` may have been relative to the context. */
  readonly dockerfile: string;
  /** `host/repository:tag`, pushed to. */
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  /** buildx writes the digest there. */
  readonly metadataFile: string;
  readonly createdSeconds?: number | undefined;
  /** Nothing leaves this machine, the cache neither. */
  readonly local?: boolean | undefined;
}

export interface DockerCommand {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** True when it pushes too, else `docker push` comes after it. */
  readonly pushes: boolean;
  /** What was asked for and is not done; only things that a build can do without. */
  readonly warnings: readonly string[];
}

/** Throws ConfigurationError when the configuration needs what this Docker cannot do. */
export function planBuildCommand(build: DockerBuild, tool: DockerTool): DockerCommand {
  return tool.builder === 'buildx' ? planBuildx(build, tool) : planPlain(build, tool.builder);
}

/**
 * The daemon's own builder puts the image into the daemon and `docker push` follows, which tells what was sent; any other builder
 * pushes from where it built, without loading the image here first.
 */
function planBuildx(build: DockerBuild, { driver }: DockerTool): DockerCommand {
  const { config, metadataFile, local = false } = build;
  const pushes = !local && (driver !== 'docker' || config.platforms.length > 1);
  // An image of several platforms can be loaded nowhere.
  const output = local && config.platforms.length > 1 ? '--output=type=cacheonly' : '--load';
  const args = [
    'buildx',
    'build',
    '--progress=plain',
    pushes ? '--push' : output,
    `--metadata-file=${metadataFile}`,
    ...(config.provenance ? ['--provenance=true'] : []),
    ...config.cacheFrom.flatMap(cache => ['--cache-from', cache]),
    ...(local ? [] : config.cacheTo.flatMap(cache => ['--cache-to', cache])),
    ...commonArguments(build),
  ];
  // By environment, since older versions of buildx do not know the flags that switch attestations off.
  const attestations = config.provenance ? {} : { BUILDX_NO_DEFAULT_ATTESTATIONS: '1' };
  return { args, environment: { ...attestations, ...epoch(build) }, pushes, warnings: [] };
}

function planPlain(build: DockerBuild, builder: 'buildkit' | 'legacy'): DockerCommand {
  const { config } = build;
  const problems = [...tooMuchForPlain(config), ...(builder === 'legacy' ? tooMuchForLegacy(config) : [])];
  if (problems.length > 0) throw new ConfigurationError(problems);
  const caches = config.cacheFrom.map(cache => registryCache(cache));
  const inline = builder === 'buildkit' && config.cacheTo.some(cache => /(^|,)type=inline(,|$)/.test(cache));
  const args = [
    'build',
    ...(builder === 'buildkit' ? ['--progress=plain'] : []),
    ...caches.flatMap(cache => (cache === undefined ? [] : ['--cache-from', cache])),
    ...(inline ? ['--build-arg', 'BUILDKIT_INLINE_CACHE=1'] : []),
    ...commonArguments(build),
  ];
  const warnings = [
    ...(builder === 'legacy' ? ['docker has no buildx plug-in here: the old builder, without BuildKit, is used'] : []),
    ...(caches.includes(undefined) ? ['only caches of a registry can be read without buildx'] : []),
    ...(config.cacheTo.length > 0 && !inline ? ['the cache is not written: that needs buildx'] : []),
    ...(config.provenance ? ['no provenance is attached: that needs buildx'] : []),
  ];
  return { args, environment: { DOCKER_BUILDKIT: builder === 'buildkit' ? '1' : '0' }, pushes: false, warnings };
}

function commonArguments({ config, dockerfile, tag, labels }: DockerBuild): string[] {
  return [
    `--file=${dockerfile}`,
    `--tag=${tag}`,
    ...(config.target === undefined ? [] : ['--target', config.target]),
    ...(config.platforms.length === 0 ? [] : ['--platform', config.platforms.join(',')]),
    ...Object.entries(config.buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ...Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    ...Object.entries(config.secrets).flatMap(([id, source]) => ['--secret', secretArgument(id, source)]),
    // Nothing after it is taken for a flag.
    '--',
    config.context,
  ];
}

/** `env:NAME` or `file:path`, as fields of CSV, which docker reads. */
function secretArgument(id: string, source: string): string {
  const [, kind, rest = ''] = /^(env|file):(.+)$/s.exec(source) ?? [];
  if (kind === undefined) {
    throw new ConfigurationError({
      message: `The build secret ${id} is neither "env:NAME" nor "file:path"`,
      remedy: 'Write where it comes from, never the secret itself.',
    });
  }
  return [`id=${id}`, `${kind === 'env' ? 'env' : 'src'}=${rest}`].map(quoteField).join(',');
}

function quoteField(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function tooMuchForPlain({ platforms }: DockerBuildConfig): Problem[] {
  if (platforms.length < 2) return [];
  const message = `An image for ${platforms.join(' and ')} needs buildx, which docker does not have here`;
  return [{ message, remedy: 'Install the buildx plug-in (on GitHub: docker/setup-buildx-action).' }];
}

function tooMuchForLegacy({ secrets }: DockerBuildConfig): Problem[] {
  if (Object.keys(secrets).length === 0) return [];
  const message = 'Build secrets need BuildKit, and docker lacks the buildx plug-in here';
  return [{ message, remedy: 'Install the buildx plug-in (on GitHub: docker/setup-buildx-action).' }];
}

/** The image of `type=registry,ref=…` or of a plain reference. */
function registryCache(cache: string): string | undefined {
  if (!cache.includes('=')) return cache;
  const fields = new Map(
    cache.split(',').map(field => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]),
  );
  return fields.get('type') === 'registry' ? fields.get('ref') : undefined;
}

/** Times inside the image, for BuildKit 0.11 and later. https://reproducible-builds.org/docs/source-date-epoch/ */
function epoch({ createdSeconds }: DockerBuild): Record<string, string> {
  return createdSeconds === undefined ? {} : { SOURCE_DATE_EPOCH: String(createdSeconds) };
}
