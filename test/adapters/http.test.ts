import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createHttp, systemHttp } from '../../src/adapters/http.ts';
import type { HttpPort, HttpResponse } from '../../src/ports.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;
let server: Server;
let handler: Handler;
let url: string;
let http: HttpPort & { close(): void };
const sockets = new Set<Socket>();

beforeEach(async () => {
  http = createHttp();
  server = createServer((request, response) => handler(request, response));
  server.on('connection', socket => sockets.add(socket));
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  http.close();
  server.closeAllConnections();
  sockets.clear();
  await new Promise(done => server.close(done));
});

async function text({ body }: HttpResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const echo: Handler = async (request, response) => {
  const { method, url: path, headers } = request;
  const { 'content-length': length = 'none', 'transfer-encoding': encoding = 'none', 'x-own': own } = headers;
  response.end(JSON.stringify({ method, path, length, encoding, own, body: await bodyOf(request) }));
};

test.each([
  ['no body', undefined, { length: '0', encoding: 'none', body: '' }],
  ['bytes', Buffer.from('grün'), { length: '5', encoding: 'none', body: 'grün' }],
  ['a stream', stream(['ab', 'cd']), { length: 'none', encoding: 'chunked', body: 'abcd' }],
])('sends %s', async (_, body, expected) => {
  handler = echo;
  const response = await http.request({ method: 'PUT', url: `${url}/v2/?a=b`, headers: { 'x-own': 'yes' }, body });
  expect(response.status).toBe(200);
  expect(JSON.parse(await text(response))).toEqual({ method: 'PUT', path: '/v2/?a=b', own: 'yes', ...expected });
});

test('a stream with a content-length is not chunked', async () => {
  handler = echo;
  const response = await http.request({
    method: 'PATCH',
    url,
    headers: { 'Content-Length': '4' },
    body: stream(['ab', 'cd']),
  });
  expect(JSON.parse(await text(response))).toMatchObject({ length: '4', encoding: 'none', body: 'abcd' });
});

test('a redirect is given to the caller', async () => {
  handler = (_, response) =>
    response.writeHead(307, { location: 'http://elsewhere.invalid/', 'x-many': ['a', 'b'] }).end();
  const response = await http.request({ method: 'GET', url });
  expect(response).toMatchObject({ status: 307, headers: { location: 'http://elsewhere.invalid/', 'x-many': 'a, b' } });
  expect(await text(response)).toBe('');
});

test('connections are used again, also after an answer without a body', async () => {
  handler = (request, response) => response.writeHead(request.method === 'GET' ? 200 : 204).end();
  for (const method of ['HEAD', 'DELETE', 'PUT']) await http.request({ method, url });
  await text(await http.request({ method: 'GET', url }));
  await text(await http.request({ method: 'HEAD', url }));
  expect(sockets.size).toBe(1);
});

test('an answer that nobody reads can be let go of', async () => {
  handler = (_, response) => {
    response.write(Buffer.alloc(100_000));
  };
  const { body } = await http.request({ method: 'GET', url });
  const closed = new Promise(done => [...sockets][0]?.once('close', done));
  await body[Symbol.asyncIterator]().return?.();
  await closed;
});

test('a body is sent no faster than the server reads it', async () => {
  let produced = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (; produced < 800; produced += 1) yield Buffer.alloc(64 * 1024);
  }
  let meanwhile = 0;
  handler = async (request, response) => {
    request.pause();
    await new Promise(done => setTimeout(done, 60));
    meanwhile = produced;
    request.resume().on('end', () => response.end('done'));
  };
  expect(await text(await http.request({ method: 'PUT', url, body: endless() }))).toBe('done');
  expect(produced).toBe(800);
  expect(meanwhile).toBeLessThan(400);
});

test('an answer before the end of the upload is given, and the upload ends', async () => {
  let ended = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      while (true) yield Buffer.alloc(64 * 1024);
    } finally {
      ended = true;
    }
  }
  handler = (_, response) => response.writeHead(401).end('who are you?');
  const response = await http.request({ method: 'PUT', url, body: endless() });
  expect(response.status).toBe(401);
  expect(await text(response)).toBe('who are you?');
  await new Promise(done => setTimeout(done, 20));
  expect(ended).toBe(true);
});

test('a body that throws ends the request with its error', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a');
    throw new Error('the file changed while it was read');
  }
  handler = request => request.resume();
  await expect(http.request({ method: 'PUT', url, body: broken() })).rejects.toThrow(
    'the file changed while it was read',
  );
});

test('an abort before the answer rejects with the reason', async () => {
  const controller = new AbortController();
  handler = () => controller.abort(new Error('cancelled'));
  await expect(http.request({ method: 'GET', url, signal: controller.signal })).rejects.toThrow('cancelled');
});

test('an abort while the answer is read rejects with the reason', async () => {
  const controller = new AbortController();
  handler = (_, response) => {
    response.write('first');
  };
  const response = await http.request({ method: 'GET', url, signal: controller.signal });
  const reading = text(response);
  controller.abort(new Error('cancelled'));
  await expect(reading).rejects.toThrow('cancelled');
});

test('a signal aborted before sends nothing', async () => {
  await expect(http.request({ method: 'GET', url, signal: AbortSignal.abort(new Error('late')) })).rejects.toThrow(
    'late',
  );
  expect(sockets.size).toBe(0);
});

test('an answer that breaks off is an error, not a short answer', async () => {
  handler = (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
    setTimeout(() => response.destroy(), 5);
  };
  await expect(http.request({ method: 'GET', url }).then(text)).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('a connection closed without an answer tells so', async () => {
  handler = request => request.destroy();
  await expect(http.request({ method: 'GET', url })).rejects.toMatchObject({
    code: 'ECONNRESET',
    message: 'socket hang up',
  });
});

test('a refused connection tells its code and where, also for a name with two addresses', async () => {
  const free = createTcpServer();
  await new Promise<void>(done => free.listen(0, '127.0.0.1', done));
  const { port } = free.address() as AddressInfo;
  await new Promise(done => free.close(done));
  const failure = await systemHttp
    .request({ method: 'GET', url: `http://localhost:${port}` })
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'ECONNREFUSED' });
  expect(String(failure)).toContain(`127.0.0.1:${port}`);
});

/** A body that fails before its first piece. */
function failingWith(reason: unknown): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(reason) }) };
}

test('a failure of all addresses of a name tells each, whatever it is, and a code only where there is one', async () => {
  const failing = (error: Error) =>
    http.request({
      method: 'PUT',
      url,
      body: failingWith(error),
    });
  const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  const coded = Object.assign(new AggregateError([refused, 'no route']), { code: 'ECONNREFUSED' });
  await expect(failing(coded)).rejects.toMatchObject({ message: 'refused, no route', code: 'ECONNREFUSED' });
  const bare = await failing(new AggregateError([refused])).catch((error: unknown) => error);
  expect(bare).toMatchObject({ message: 'refused' });
  expect(bare).not.toHaveProperty('code');
});

test('a body that throws what is no error ends the request with its words', async () => {
  handler = request => request.resume();
  await expect(http.request({ method: 'PUT', url, body: failingWith('the disk is full') })).rejects.toThrow(
    'the disk is full',
  );
});

test('a body that was still to be written when the connection broke is read no further', async () => {
  let produced = 0;
  async function* slow(): AsyncGenerator<Uint8Array> {
    for (; produced < 10; produced += 1) {
      yield Buffer.from('a');
      if (produced === 1) await broken;
    }
  }
  const broken = new Promise<void>(done => {
    handler = request => {
      request.on('close', () => setImmediate(done));
      request.socket.destroy();
    };
  });
  await expect(http.request({ method: 'PUT', url, body: slow() })).rejects.toMatchObject({
    code: expect.stringMatching(/ECONNRESET|EPIPE/),
  });
  await broken;
  await new Promise(setImmediate);
  expect(produced).toBeLessThan(10);
});

test('a server that stays silent is given up', async () => {
  handler = request => request.resume();
  const impatient = createHttp(30);
  await expect(impatient.request({ method: 'GET', url })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  impatient.close();
});

test('https is spoken to https addresses', async () => {
  const failure = await http
    .request({ method: 'GET', url: url.replace('http:', 'https:') })
    .catch((error: unknown) => error);
  expect(String(failure)).toMatch(/SSL|EPROTO|wrong version/i);
});

async function* stream(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const each of texts) yield Buffer.from(each);
}
