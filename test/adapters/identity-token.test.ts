import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemHttp } from '../../src/adapters/http.ts';
import { createIdentityTokens } from '../../src/adapters/identity-token.ts';
import { ManualClock } from '../jobs/manual-clock.ts';

let server: Server;
let answer: (response: ServerResponse, request: IncomingMessage) => unknown;
let seen: string[];
let clock: ManualClock;
let environment: Record<string, string>;

beforeEach(async () => {
  seen = [];
  clock = new ManualClock();
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    answer(response, request);
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  environment = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer',
  };
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const readToken = (signal?: AbortSignal) =>
  createIdentityTokens({ http: systemHttp, clock, random: () => 0.5, environment }).readToken('a b&c', signal);
const status =
  (code: number, body = '') =>
  (response: ServerResponse) =>
    response.writeHead(code).end(body);

test('a token is asked for with its audience and the job’s own bearer', async () => {
  answer = status(200, '{"count":1,"value":"e.y.J"}');
  expect(await readToken()).toBe('e.y.J');
  expect(seen).toEqual(['GET /x?api-version=2.0&audience=a+b%26c Bearer bearer']);
});

describe('what passes is tried again, with growing pauses', () => {
  test.each([
    ['503', status(503)],
    ['429', status(429)],
    ['a connection that is reset', (response: ServerResponse) => response.req.socket.resetAndDestroy()],
  ])('%s', async (_, failure) => {
    answer = response => (seen.length < 4 ? failure(response) : status(200, '{"value":"t"}')(response));
    expect(await readToken()).toBe('t');
    expect(clock.pauses).toEqual([500, 1000, 2000]);
  });

  test('and given up after five times', async () => {
    answer = status(500, 'oops');
    await expect(readToken()).rejects.toMatchObject({
      name: 'RemoteError',
      code: '500',
      message: "asking GitHub for this job's OIDC token: 500: GitHub answered 500: oops.",
    });
    expect(seen).toHaveLength(5);
  });
});

describe('what does not pass is said at once', () => {
  test.each([
    ['401', status(401), 'GitHub answered 401. The request token of this job is no longer good'],
    ['403', status(403, 'no'), 'GitHub answered 403: no. The request token of this job is no longer good'],
    ['an answer without a token', status(200, '{}'), 'no token is in the answer'],
    ['an answer that is no JSON', status(200, '<html>'), 'no token is in the answer'],
  ])('%s', async (_, failure, message) => {
    answer = failure;
    await expect(readToken()).rejects.toThrow(message);
    expect(seen).toHaveLength(1);
  });
});

test('a cancellation ends the waiting with its own reason', async () => {
  const cancellation = new AbortController();
  answer = () => cancellation.abort(new Error('cancelled'));
  await expect(readToken(cancellation.signal)).rejects.toThrow('cancelled');
});

test.each(['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'])(
  '%s missing is told by name',
  async name => {
    delete environment[name];
    await expect(readToken()).rejects.toThrow(`${name} is not set. Add \`permissions: id-token: write\``);
  },
);
