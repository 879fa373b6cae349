/** Which Docker is here, and how it builds. */
import { errorCode } from '../../errors.ts';
import type { ImagePorts } from '../model.ts';

export interface DockerTool {
  /**
   * `buildx`; BuildKit inside the `docker` program itself (before 23); or the old builder, which is all that is left when a newer
   * program lacks the buildx plug-in.
   */
  readonly builder: 'buildx' | 'buildkit' | 'legacy';
  /** buildx's driver: `docker` builds in the daemon, any other (`docker-container`, `remote`) pushes by itself. */
  readonly driver: string;
}

/** Undefined when there is no `docker`, or no daemon that answers it; `reason` says which. */
export async function probeDocker(
  ports: Pick<ImagePorts, 'command' | 'signal'>,
): Promise<{ readonly tool: DockerTool } | { readonly tool: undefined; readonly reason: string }> {
  const version = await run(ports, ['version', '--format', '{{.Client.Version}}']);
  if (!version) return { tool: undefined, reason: 'there is no docker program' };
  if (version.exitCode !== 0)
    return { tool: undefined, reason: lastLine(version.stderr) || 'no Docker daemon answers' };
  if ((await run(ports, ['buildx', 'version']))?.exitCode !== 0) {
    return { tool: { builder: Number.parseInt(version.stdout, 10) < 23 ? 'buildkit' : 'legacy', driver: 'docker' } };
  }
  const inspected = await run(ports, ['buildx', 'inspect']);
  const driver = /^Driver:\s*(\S+)/m.exec(inspected?.stdout ?? '')?.[1] ?? 'docker';
  return { tool: { builder: 'buildx', driver } };
}

type Result = Awaited<ReturnType<ImagePorts['command']['run']>>;

async function run(
  { command, signal }: Pick<ImagePorts, 'command' | 'signal'>,
  args: readonly string[],
): Promise<Result | undefined> {
  try {
    return await command.run('docker', args, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (errorCode(error) === 'ConfigurationError') return undefined; // the program was not found
    throw error;
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
