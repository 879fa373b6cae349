/** What the daemon is told about one container. */
import type { ContainerRequest } from './model.ts';

/** The process that a container belongs to; other processes on the same daemon leave it alone while that lives. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
}

export interface DaemonTraits {
  /** Its 127.0.0.1 is this machine's. */
  readonly sharesLoopback: boolean;
  /** It has the small init that passes signals on and reaps; without it a program that ignores SIGTERM waits out every grace. */
  readonly hasInit: boolean;
}

export const OWNER_LABEL = 'batchwright.owner';
export const HOST_LABEL = 'batchwright.host';

const MEBIBYTE = 1024 * 1024;

/** The body of `POST /containers/create`. */
export function describeContainer(
  request: ContainerRequest,
  owner: Owner,
  daemon: DaemonTraits,
): Record<string, unknown> {
  const variables = Object.entries(request.environment);
  const environment = variables.map(([name, value]) => `${name}=${daemon.sharesLoopback ? value : viaHost(value)}`);
  return {
    Image: request.image,
    ...(request.command?.length ? { Cmd: request.command } : {}),
    Env: environment,
    ...(request.user ? { User: request.user } : {}),
    Labels: {
      [OWNER_LABEL]: String(owner.pid),
      [HOST_LABEL]: owner.host,
      'batchwright.job': request.jobId,
      'batchwright.attempt': String(request.attempt),
      'batchwright.region': request.region,
    },
    HostConfig: {
      Memory: request.memoryMiB * MEBIBYTE,
      // Equal: no swap on top.
      MemorySwap: request.memoryMiB * MEBIBYTE,
      Init: daemon.hasInit,
      ReadonlyRootfs: request.readonlyRootFilesystem ?? false,
      Privileged: request.privileged ?? false,
      // The output is read as it comes; nobody reads it from the daemon's disk.
      LogConfig: { Type: 'none', Config: {} },
      ...(daemon.sharesLoopback ? { NetworkMode: 'host' } : { ExtraHosts: ['host.docker.internal:host-gateway'] }),
    },
  };
}

/** An address of this machine's loopback, as a container elsewhere reaches it. */
function viaHost(value: string): string {
  return value.replaceAll(/\b(https?:\/\/)(?:127\.0\.0\.1|localhost|\[::1\])(?=[:/]|$)/g, '$1host.docker.internal');
}

/** Names on a daemon are unique; the tail keeps them so when a job id comes again. */
export function containerName({ jobId, attempt }: ContainerRequest, tail: string): string {
  return `batchwright-${jobId.replace(/[^a-zA-Z0-9_.-]/g, '-')}-${attempt}-${tail}`;
}
