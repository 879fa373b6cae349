/** The Docker Engine API over a Unix socket or plain TCP, no more of it than is used. https://docs.docker.com/reference/api/engine/ */
import { Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export interface DockerApi {
  /** `unix:///var/run/docker.sock`, `tcp://127.0.0.1:2375`. */
  readonly address: string;
  /** `20.10.24`. */
  readonly version: string;
  /** `1.41`: used for every call. */
  readonly apiVersion: string;
  /** `Docker Desktop`, `Debian GNU/Linux 12 (bookworm)`. */
  readonly operatingSystem: string;
  /** As images name it: `amd64`, `arm64`. */
  readonly architecture: string;
  /** A call whose answer is read whole. Throws DockerError when the daemon refuses. */
  call(method: string, path: string, options?: DockerCallOptions): Promise<unknown>;
  /** A call whose answer is a stream. Throws DockerError when the daemon refuses; destroy the stream when it is not read whole. */
  stream(method: string, path: string, options?: DockerCallOptions): Promise<Readable>;
  /** Closes kept connections. */
  close(): void;
}

interface DockerCallOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The daemon refused; `message` is its own. */
export class DockerError extends Error {
  override readonly name = 'DockerError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const PROBE_MILLISECONDS = 3000;

/**
 * The daemon that DOCKER_HOST names (`unix://` or `tcp://` without TLS), or else the first that answers of the usual sockets.
 * Undefined when none does.
 */
export async function findDocker(environment: NodeJS.ProcessEnv = process.env): Promise<DockerApi | undefined> {
  const named = environment['DOCKER_HOST'];
  for (const address of named ? [named] : usualAddresses(environment)) {
    const target = parseAddress(address, environment);
    const found = target && (await probe(address, target).catch(() => undefined));
    if (found) return found;
  }
  return undefined;
}

type Target = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** Where the daemon, Docker Desktop and rootless Docker listen. */
function usualAddresses(environment: NodeJS.ProcessEnv): string[] {
  const runtime = environment['XDG_RUNTIME_DIR'];
  const home = join(environment['HOME'] ?? homedir(), '.docker/run/docker.sock');
  return ['/var/run/docker.sock', home, ...(runtime ? [join(runtime, 'docker.sock')] : [])].map(
    path => `unix://${path}`,
  );
}

/** Undefined for what we do not speak: TLS, SSH, named pipes. */
function parseAddress(address: string, environment: NodeJS.ProcessEnv): Target | undefined {
  if (address.startsWith('unix://')) return { socketPath: address.slice('unix://'.length) };
  const secured = environment['DOCKER_TLS_VERIFY'] || environment['DOCKER_TLS'];
  const [, host, port] = /^(?:tcp|http):\/\/(\[[^\]]+\]|[^:/]+):(\d+)\/?$/.exec(address) ?? [];
  return host && !secured ? { host: host.replace(/^\[|\]$/g, ''), port: Number(port) } : undefined;
}

async function probe(address: string, target: Target): Promise<DockerApi> {
  const agent = new Agent({ keepAlive: true });
  try {
    const ping = await exchange(target, agent, 'GET', '/_ping', { signal: AbortSignal.timeout(PROBE_MILLISECONDS) });
    ping.resume();
    const apiVersion = String(ping.headers['api-version'] ?? '');
    // Podman and others answer too; what has no version is no Docker.
    if (ping.statusCode !== 200 || !apiVersion) throw new Error('no Docker daemon');
    const prefix = `/v${apiVersion}`;
    const api = createApi(target, agent, prefix);
    const found = (await api.call('GET', '/info', { signal: AbortSignal.timeout(PROBE_MILLISECONDS) })) as Record<
      string,
      unknown
    >;
    return {
      address,
      version: String(found['ServerVersion']),
      apiVersion,
      operatingSystem: String(found['OperatingSystem']),
      architecture: imageArchitecture(String(found['Architecture'])),
      ...api,
    };
  } catch (error) {
    agent.destroy();
    throw error;
  }
}

/** The daemon tells what `uname -m` tells. */
function imageArchitecture(machine: string): string {
  return { x86_64: 'amd64', aarch64: 'arm64' }[machine] ?? machine;
}

function createApi(target: Target, agent: Agent, prefix: string): Pick<DockerApi, 'call' | 'stream' | 'close'> {
  const stream = async (method: string, path: string, options: DockerCallOptions = {}): Promise<IncomingMessage> => {
    const answer = await exchange(target, agent, method, prefix + path, options);
    const status = answer.statusCode ?? 0;
    if (status < 400) return answer;
    const text = await readText(answer);
    throw new DockerError(status, messageIn(text) ?? (text.trim() || `HTTP ${status}`));
  };
  return {
    stream,
    async call(method, path, options) {
      const text = await readText(await stream(method, path, options));
      return text === '' ? undefined : parseJson(text);
    },
    close: () => agent.destroy(),
  };
}

function exchange(
  target: Target,
  agent: Agent,
  method: string,
  path: string,
  options: DockerCallOptions,
): Promise<IncomingMessage> {
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const headers = {
    host: 'docker',
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const { signal } = options;
    const request = requestHttp({ ...target, agent, method, path, headers, ...(signal ? { signal } : {}) }, resolve);
    request.on('error', error => reject(signal?.aborted ? signal.reason : error));
    request.end(body);
  });
}

async function readText(answer: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function messageIn(text: string): string | undefined {
  const parsed = parseJson(text);
  if (typeof parsed !== 'object' || parsed === null || !('message' in parsed)) return undefined;
  return typeof parsed.message === 'string' ? parsed.message : undefined;
}

/** Some answers are plain text (`/_ping`) whatever their type says. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
