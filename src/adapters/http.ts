/** HTTP over Node's own client: global fetch holds whole bodies in memory when they are streamed, this never more than a buffer. */
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { HttpPort, HttpResponse } from '../ports.ts';

type Request = Parameters<HttpPort['request']>[0];

/** A connection on which nothing moved for this long is given up, with ETIMEDOUT. */
const SILENCE_MILLISECONDS = 300_000;

/**
 * Connections are kept and used again; HTTP_PROXY, HTTPS_PROXY and NO_PROXY are honoured (by Node 24). A request that gets no answer
 * rejects with Node's error, whose `code` says why (`ECONNREFUSED`, `ECONNRESET`, `ENOTFOUND`, `ETIMEDOUT`); an aborted one with the
 * signal's reason, be it before the answer or while its body is read.
 */
export function createHttp(silenceMilliseconds = SILENCE_MILLISECONDS): HttpPort & { close(): void } {
  const agentOptions = { keepAlive: true, proxyEnv: proxyEnvironment() };
  const agents = { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) };
  return {
    request: request => exchange(request, agents, silenceMilliseconds),
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

export const systemHttp: HttpPort = createHttp();

/** The proxy variables, with this machine itself always left out: a local AWS is never behind the proxy. */
function proxyEnvironment(): NodeJS.ProcessEnv {
  const direct = [process.env['no_proxy'] ?? process.env['NO_PROXY'], '127.0.0.1', 'localhost', '::1']
    .filter(Boolean)
    .join(',');
  return { ...process.env, no_proxy: direct, NO_PROXY: direct };
}

async function exchange(
  request: Request,
  agents: { http: HttpAgent; https: HttpsAgent },
  silence: number,
): Promise<HttpResponse> {
  request.signal?.throwIfAborted();
  const { method, body, signal } = request;
  const url = new URL(request.url);
  const options = { method, headers: headersFor(request), timeout: silence, ...(signal ? { signal } : {}) };
  const outgoing =
    url.protocol === 'https:'
      ? requestHttps(url, { ...options, agent: agents.https })
      : requestHttp(url, { ...options, agent: agents.http });
  outgoing.on('timeout', () => outgoing.destroy(silent(url)));
  const answered = answerOf(outgoing, signal);
  if (body === undefined || body instanceof Uint8Array) outgoing.end(body);
  else void send(outgoing, body);
  return await respond(await answered, outgoing, request);
}

function headersFor({ headers = {}, body }: Request): Record<string, string> {
  const named = Object.keys(headers).some(name => name.toLowerCase() === 'content-length');
  return body instanceof Uint8Array && !named ? { ...headers, 'content-length': String(body.length) } : { ...headers };
}

function answerOf(outgoing: ClientRequest, signal: AbortSignal | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    // Stays: an error after the answer (the server hung up on an upload it refused) must not end the process.
    outgoing.on('error', error => reject(signal?.aborted ? signal.reason : flatten(error)));
  });
}

/** Writes no faster than the other side reads. A body that throws ends the request with its error. */
async function send(outgoing: ClientRequest, body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of body) {
      if (outgoing.destroyed) return;
      if (!outgoing.write(chunk)) await drained(outgoing);
    }
    outgoing.end();
  } catch (error) {
    outgoing.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

function drained(outgoing: ClientRequest): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      outgoing.off('drain', done).off('close', done);
      resolve();
    };
    outgoing.on('drain', done).on('close', done);
    if (outgoing.destroyed) done();
  });
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ClientRequest,
  { method, signal }: Request,
): Promise<HttpResponse> {
  const status = incoming.statusCode ?? 0;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  // An answer that came before the whole body was sent: its end is the end of the sending too.
  incoming.once('end', () => {
    if (!outgoing.writableEnded) outgoing.destroy();
  });
  // Nothing will come, so nobody should have to read it to free the connection.
  if (method === 'HEAD' || status === 204 || status === 304 || headers['content-length'] === '0') {
    await new Promise(done => incoming.once('close', done).resume());
  }
  return { status, headers, body: { [Symbol.asyncIterator]: () => iterate(incoming, signal) } };
}

/** Not a generator: `return()` must free the connection even when nothing was read yet. */
function iterate(incoming: IncomingMessage, signal: AbortSignal | undefined): AsyncIterator<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = incoming[Symbol.asyncIterator]();
  return {
    next: () =>
      chunks.next().catch(error => {
        throw signal?.aborted ? signal.reason : error;
      }),
    return: async () => {
      incoming.destroy();
      return { done: true, value: undefined };
    },
  };
}

/** `localhost` is tried on IPv6 and IPv4, and Node reports both failures in one error that says nothing itself. */
function flatten(error: Error): Error {
  if (!(error instanceof AggregateError)) return error;
  const message = error.errors.map(each => (each instanceof Error ? each.message : String(each))).join(', ');
  return Object.assign(new Error(message, { cause: error }), 'code' in error ? { code: error.code } : {});
}

function silent(url: URL): Error {
  return Object.assign(new Error(`nothing came from ${url.host} for too long`), { code: 'ETIMEDOUT' });
}
