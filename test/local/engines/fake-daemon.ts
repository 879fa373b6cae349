/**
 * Enough of a Docker daemon to try every turn of the engine without one. What a container does is told by its image's name; the
 * real daemon is tried in test/peers.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Behaviour {
  /** Frames of the log: stream (1 or 2) and content. */
  readonly log?: readonly (readonly [number, string])[];
  readonly exitCode?: number;
  readonly oomKilled?: boolean;
  /** Runs until it is stopped; then ends with 143, or 137 when killed. */
  readonly endless?: boolean;
  readonly pullError?: string;
  readonly createError?: string;
  readonly startError?: string;
  /** The daemon hangs up at this path. */
  readonly breaksAt?: 'wait' | 'output';
}

interface Container {
  readonly name: string;
  readonly body: {
    readonly Image: string;
    readonly Labels: Record<string, string>;
    readonly HostConfig: Record<string, unknown>;
    readonly Env: string[];
  };
  readonly ended: Promise<number>;
  readonly end: (exitCode: number) => void;
}

export interface FakeDaemon {
  readonly host: string;
  readonly containers: Map<string, Container>;
  readonly created: Container['body'][];
  readonly calls: string[];
  readonly pulls: { readonly query: string; readonly login: unknown }[];
  addContainer(id: string, labels: Record<string, string>): void;
  stop(): Promise<void>;
}

interface Options {
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
  /** Images the daemon has already. */
  readonly present?: readonly string[];
  readonly apiVersion?: string;
  readonly callsBack?: boolean;
  readonly hasInit?: boolean;
}

export async function startFakeDaemon(options: Options = {}): Promise<FakeDaemon> {
  const folder = mkdtempSync(join(tmpdir(), 'daemon-'));
  const path = join(folder, 'docker.sock');
  const daemon: Omit<FakeDaemon, 'host' | 'stop' | 'addContainer'> = {
    containers: new Map(),
    created: [],
    calls: [],
    pulls: [],
  };
  const server = createServer((request, response) => {
    answer(request, response, daemon, options).catch(() => response.destroy());
  });
  await new Promise<void>(done => server.listen(path, done));
  return {
    ...daemon,
    host: `unix://${path}`,
    addContainer: (id, Labels) =>
      daemon.containers.set(id, container({ Image: 'x', Labels, HostConfig: {}, Env: [] }, id)),
    async stop() {
      server.closeAllConnections();
      await new Promise(done => server.close(done));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function container(body: Container['body'], name: string): Container {
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  return { name, body, ended, end };
}

type State = Parameters<typeof answer>[2];

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  daemon: Pick<FakeDaemon, 'containers' | 'created' | 'calls' | 'pulls'>,
  options: Options,
): Promise<void> {
  const url = new URL(request.url ?? '', 'http://docker');
  const path = url.pathname.replace(/^\/v[\d.]+/, '');
  daemon.calls.push(`${request.method} ${path}${url.search}`);
  const body = await readBody(request);
  const json = (status: number, value?: unknown) =>
    response.writeHead(status).end(value === undefined ? '' : JSON.stringify(value));
  const [, kind, id = '', verb] = path.split('/');
  if (path === '/_ping')
    return void response
      .writeHead(200, options.apiVersion === '' ? {} : { 'api-version': options.apiVersion ?? '1.41' })
      .end('OK');
  if (path === '/info')
    return void json(200, { ServerVersion: '20.10', OperatingSystem: 'Fake OS', Architecture: 'x86_64' });
  if (kind === 'distribution')
    return callBack(id, options.callsBack ?? true, () => void json(500, { message: 'connection refused' }));
  if (path === '/images/create') return pull(request, response, url, daemon, options);
  if (kind === 'images')
    return void (options.present?.includes(decodeURIComponent(id))
      ? json(200, {})
      : json(404, { message: 'No such image' }));
  if (path === '/containers/json') return void json(200, listed(daemon, url));
  if (path === '/containers/create') return create(body, url, daemon, options, json);
  const found = daemon.containers.get(id);
  if (!found) return void json(404, { message: `No such container: ${id}` });
  await answerContainer(
    request,
    response,
    { id, verb, found, behaviour: options.behaviours?.[found.body.Image] ?? {} },
    daemon,
    json,
    options,
  );
}

async function answerContainer(
  request: IncomingMessage,
  response: ServerResponse,
  { id, verb, found, behaviour }: { id: string; verb: string | undefined; found: Container; behaviour: Behaviour },
  daemon: State,
  json: (status: number, value?: unknown) => unknown,
  options: Options,
): Promise<void> {
  if (verb && behaviour.breaksAt === verb) return void response.destroy();
  if (request.method === 'DELETE') {
    daemon.containers.delete(id);
    found.end(137);
    return void json(204);
  }
  if (verb === 'start') return startContainer(found, behaviour, options, json);
  if (verb === 'stop' || verb === 'kill') {
    found.end(verb === 'kill' ? 137 : 143);
    return void json(204);
  }
  if (verb === 'wait') return void json(200, { StatusCode: await found.ended });
  if (verb === 'json') return void json(200, { State: { OOMKilled: behaviour.oomKilled ?? false } });
  // `attach`: answered at once, ended with the container.
  response.flushHeaders();
  for (const [stream, text] of behaviour.log ?? []) response.write(frame(stream, text));
  await found.ended;
  if (behaviour.breaksAt === 'output') response.destroy();
  else response.end();
}

function startContainer(
  found: Container,
  behaviour: Behaviour,
  { hasInit = true }: Options,
  json: (status: number, value: unknown) => unknown,
): void {
  if (found.body.HostConfig['Init'] && !hasInit) {
    return void json(400, { message: 'exec: "docker-init": executable file not found in $PATH: unknown' });
  }
  if (behaviour.startError) return void json(400, { message: behaviour.startError });
  if (!behaviour.endless) found.end(behaviour.exitCode ?? 0);
  json(204, undefined);
}

function create(
  body: string,
  url: URL,
  daemon: State,
  { behaviours }: Options,
  json: (status: number, value: unknown) => unknown,
): void {
  const parsed = JSON.parse(body) as Container['body'];
  const refusal = behaviours?.[parsed.Image]?.createError;
  if (refusal) return void json(400, { message: refusal });
  const id = `c${daemon.created.length}`;
  daemon.created.push(parsed);
  daemon.containers.set(id, container(parsed, url.searchParams.get('name') ?? ''));
  json(201, { Id: id });
}

function pull(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  daemon: State,
  { behaviours }: Options,
): void {
  const { 'x-registry-auth': login } = request.headers;
  daemon.pulls.push({
    query: url.search,
    login: login ? readLogin(String(login)) : undefined,
  });
  const error = behaviours?.[url.searchParams.get('fromImage') ?? '']?.pullError;
  response.write('{"status":"Pulling"}\r\n');
  response.end(
    error ? `${JSON.stringify({ errorDetail: { message: error }, error })}\r\n` : '{"status":"Done"}\r\n\r\n',
  );
}

/** As the daemon does it, with Go's `base64.URLEncoding`: what lacks its padding is no login at all. */
function readLogin(encoded: string): unknown {
  if (!/^[\w-]*={0,2}$/.test(encoded) || encoded.length % 4 !== 0) return undefined;
  return JSON.parse(Buffer.from(encoded, 'base64url').toString());
}

function listed({ containers }: State, url: URL): unknown[] {
  const wanted = (JSON.parse(url.searchParams.get('filters') ?? '{}') as { label: string[] }).label;
  const matches = (labels: Record<string, string>) =>
    wanted.every(label => {
      const [name = '', value] = label.split('=');
      return name in labels && (value === undefined || labels[name] === value);
    });
  return [...containers]
    .filter(([, { body }]) => matches(body.Labels))
    .map(([Id, { body }]) => ({ Id, Labels: body.Labels }));
}

/** A daemon on this machine comes to ask; one elsewhere finds nobody there. */
function callBack(host: string, comes: boolean, done: () => void): void {
  if (!comes) {
    done();
    return;
  }
  connect(Number(host.split(':')[1]), '127.0.0.1')
    .once('close', done)
    .on('error', () => {});
}

function frame(stream: number, text: string): Buffer {
  const content = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
