/** The builder that has Docker build and push. */
import { posix } from 'node:path';
import type { DockerBuildConfig } from '../../config/model.ts';
import { ConfigurationError, RemoteError } from '../../errors.ts';
import type { RegistryLogin } from '../../ports.ts';
import { isDigest } from '../digest.ts';
import type { ImageConfigFile } from '../image-config.ts';
import { sourceLabels } from '../labels.ts';
import { LAYER_EXAMPLE } from '../layer-example.ts';
import { isIndex } from '../media-types.ts';
import type { ImagePorts, SourceRevision } from '../model.ts';
import { readBlob } from '../registry/blobs.ts';
import { parseManifest, readManifest, type StoredManifest } from '../registry/manifests.ts';
import type { Repository } from '../registry/repository.ts';
import { type DockerCommand, planBuildCommand } from './arguments.ts';
import { describeFailedBuild } from './failure.ts';
import type { DockerTool } from './probe.ts';
import { countPushed, parsePushOutput } from './push-output.ts';

export interface DockerRequest {
  readonly config: DockerBuildConfig;
  readonly tool: DockerTool;
  readonly source: SourceRevision;
  readonly createdSeconds?: number | undefined;
  /** The tag that is pushed; the digest is what counts. */
  readonly tag: string;
  readonly login: RegistryLogin;
}

type Ports = Pick<ImagePorts, 'command' | 'files' | 'dockerConfig' | 'notify' | 'signal'>;

export interface PushedByDocker {
  /** As the registry has it. */
  readonly manifest: StoredManifest;
  /** Bytes sent; undefined when docker did not say. */
  readonly sent: number | undefined;
}

/**
 * Credentials are only in a folder that is gone afterwards. Throws ConfigurationError at the Dockerfile's line when a step fails,
 * RemoteError when Docker or the registry does.
 */
export async function buildWithDocker(
  request: DockerRequest,
  repository: Repository,
  ports: Ports,
): Promise<PushedByDocker> {
  const dockerfile = await findDockerfile(request.config, ports);
  const tag = `${repository.address}:${request.tag}`;
  const folder = await ports.dockerConfig.create([request.login]);
  try {
    const metadataFile = `${folder.path}/batchwright-build.json`;
    const labels = sourceLabels(request.source, request.createdSeconds);
    const { config, createdSeconds } = request;
    const command = planBuildCommand({ config, dockerfile, tag, labels, metadataFile, createdSeconds }, request.tool);
    for (const text of command.warnings) ports.notify({ type: 'message', level: 'warning', text });
    const environment = { ...command.environment, DOCKER_CONFIG: folder.path };
    await runBuild({ ...command, environment }, { dockerfile, tag }, ports);
    if (!command.pushes) return await push(tag, environment, repository, ports);
    const digest = await readMetadata(metadataFile, ports);
    return { manifest: await readPushed(repository, digest, request.tag), sent: undefined };
  } finally {
    await folder.remove();
  }
}

/** Builds for this machine alone, with no login. Gives the image's size in bytes, or undefined when Docker did not keep it. */
export async function buildLocally(request: Omit<DockerRequest, 'login'>, ports: Ports): Promise<number | undefined> {
  const { config, createdSeconds, tag, tool } = request;
  const dockerfile = await findDockerfile(config, ports);
  const folder = await ports.dockerConfig.create([]);
  try {
    const metadataFile = `${folder.path}/batchwright-build.json`;
    const labels = sourceLabels(request.source, createdSeconds);
    const build = { config, dockerfile, tag, labels, metadataFile, createdSeconds, local: true };
    const command = planBuildCommand(build, tool);
    for (const text of command.warnings) ports.notify({ type: 'message', level: 'warning', text });
    const environment = { ...command.environment, DOCKER_CONFIG: folder.path };
    await runBuild({ ...command, environment }, { dockerfile, tag }, ports);
    if (config.platforms.length > 1) return undefined;
    const inspect = ['image', 'inspect', '--format', '{{.Size}}', tag];
    const { exitCode, stdout } = await ports.command.run('docker', inspect, { environment, signal: ports.signal });
    return exitCode === 0 && /^\d+$/.test(stdout.trim()) ? Number(stdout) : undefined;
  } finally {
    await folder.remove();
  }
}

/** Whether there is anything to build; relative to the working directory, or to the context. */
export async function findDockerfile(
  { dockerfile, context }: DockerBuildConfig,
  { files }: Pick<Ports, 'files'>,
): Promise<string> {
  const places = [...new Set([dockerfile, posix.join(context, dockerfile)].map(place => posix.normalize(place)))];
  for (const place of places) if (await files.exists(place)) return place;
  throw new ConfigurationError({
    message: `There is no Dockerfile at ${places.join(' or ')}`,
    remedy: `Correct image.docker.dockerfile, or build a folder without Docker, which \`builder: auto\` and \`layer\` do by ${LAYER_EXAMPLE}.`,
  });
}

async function runBuild(
  { args, environment }: Pick<DockerCommand, 'args' | 'environment'>,
  { dockerfile, tag }: { dockerfile: string; tag: string },
  ports: Ports,
): Promise<void> {
  const lines: string[] = [];
  const exitCode = await runDocker(args, environment, ports, line => {
    lines.push(line);
    if (lines.length > MOST_LINES) lines.shift();
  });
  if (exitCode.code === 0) return;
  const dockerfileText = await ports.files.readText(dockerfile);
  throw describeFailedBuild({ lines, dockerfile, dockerfileText, exitCode: exitCode.code, tag });
}

const MOST_LINES = 400;

async function runDocker(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  { command, notify, signal }: Ports,
  onLine: (line: string) => void,
): Promise<{ code: number; stdout: string }> {
  const result = await command.run('docker', args, {
    environment,
    signal,
    onLine: raw => {
      const line = shownOf(raw);
      onLine(line);
      notify({ type: 'output', text: line });
    },
  });
  return { code: result.exitCode, stdout: result.stdout };
}

/** What stays on a terminal of a line that was written over with carriage returns. */
function shownOf(line: string): string {
  return line.replace(/\r+$/, '').replace(/^.*\r/, '');
}

async function push(
  tag: string,
  environment: Readonly<Record<string, string>>,
  repository: Repository,
  ports: Ports,
): Promise<PushedByDocker> {
  const lines: string[] = [];
  const { code, stdout } = await runDocker(['push', tag], environment, ports, line => lines.push(line));
  if (code !== 0) {
    const failure = { doing: `Pushing ${tag}`, operation: 'docker push', target: tag, code: `exit code ${code}` };
    throw new RemoteError(failure, lines.filter(Boolean).slice(-3).join('\n') || 'docker printed nothing');
  }
  const output = parsePushOutput(stdout);
  const manifest = await readPushed(repository, output.digest, tag.slice(tag.lastIndexOf(':') + 1));
  return { manifest, sent: await measure(repository, manifest, output.pushed) };
}

async function measure(
  repository: Repository,
  manifest: StoredManifest,
  pushed: readonly string[],
): Promise<number | undefined> {
  if (isIndex(manifest.mediaType)) return undefined;
  const { config, layers } = parseManifest(manifest);
  if (!config) return undefined;
  const file = JSON.parse(Buffer.from(await readBlob(repository, config)).toString('utf8')) as ImageConfigFile;
  return countPushed(pushed, layers, file.rootfs.diff_ids);
}

async function readMetadata(path: string, { files }: Pick<Ports, 'files'>): Promise<string | undefined> {
  if (!(await files.exists(path))) return undefined;
  const metadata = JSON.parse(await files.readText(path)) as Readonly<Record<string, unknown>>;
  const digest = metadata['containerimage.digest'];
  return typeof digest === 'string' && isDigest(digest) ? digest : undefined;
}

/** What docker says it pushed, if the registry has it (some versions give the configuration's digest), else what the tag stands for. */
async function readPushed(repository: Repository, digest: string | undefined, tag: string): Promise<StoredManifest> {
  const stated = digest === undefined ? undefined : await readManifest(repository, digest);
  const found = stated ?? (await readManifest(repository, tag));
  if (found) return found;
  const target = `${repository.address}:${tag}`;
  throw new RemoteError(
    { doing: `Pushing ${target}`, operation: 'docker push', target },
    'the registry does not have it',
  );
}
