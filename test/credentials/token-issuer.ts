/** GitHub's OIDC endpoint, as a runner's environment variables point to it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { idToken } from '../local/fixtures/id-token.ts';

export interface TokenIssuer {
  /** What GitHub sets in a job that has `id-token: write`. */
  readonly environment: Readonly<Record<string, string>>;
  /** The audiences of the tokens given. */
  readonly given: string[];
  /** The next answers have these statuses, and no token. */
  readonly failures: number[];
  stop(): Promise<void>;
}

/** Tokens are good for five minutes of `now`, in milliseconds. */
export async function startTokenIssuer(
  now: () => number,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<TokenIssuer> {
  const given: string[] = [];
  const failures: number[] = [];
  const server = createServer((request, response) => {
    const status = failures.shift() ?? (request.headers.authorization === 'Bearer request-token' ? 200 : 401);
    const aud = new URL(request.url ?? '', 'http://issuer').searchParams.get('audience') ?? '';
    if (status !== 200) return void response.writeHead(status).end('not now');
    given.push(aud);
    const value = idToken({ aud, exp: Math.floor(now() / 1000) + 300, ...claims });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ value }));
  });
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    },
    given,
    failures,
    stop: () =>
      new Promise(stopped => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
}
