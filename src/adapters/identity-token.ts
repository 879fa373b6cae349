/**
 * OIDC tokens from GitHub's runner, as `core.getIDToken` asks for them.
 * https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
 */
import { ConfigurationError, errorCode, RemoteError } from '../errors.ts';
import type { Clock, HttpPort, IdentityTokenPort } from '../ports.ts';
import { withinTime } from './within-time.ts';

interface TokenPorts {
  readonly http: HttpPort;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Milliseconds before the second and each later try. */
const PAUSES = [500, 1000, 2000, 4000];
const PATIENCE_MILLISECONDS = 20_000;
const TRANSIENT_CODES = /^(ECONN|ETIMEDOUT|ENETUNREACH|EAI_AGAIN|EPIPE|TimeoutError)/;

export function createIdentityTokens(ports: TokenPorts): IdentityTokenPort {
  return {
    async readToken(audience, signal) {
      const { url, bearer } = readAddress(audience, ports.environment);
      for (const pause of PAUSES) {
        try {
          return await requestToken(url, bearer, ports.http, signal);
        } catch (error) {
          signal?.throwIfAborted();
          if (!isTransient(error)) throw explain(error);
          await ports.clock.sleep(Math.round(pause * (0.5 + ports.random())), signal);
        }
      }
      return await requestToken(url, bearer, ports.http, signal).catch(error => {
        signal?.throwIfAborted();
        throw explain(error);
      });
    },
  };
}

function readAddress(audience: string, environment: TokenPorts['environment']): { url: string; bearer: string } {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = environment;
  if (!address || !bearer) {
    const missing = `ACTIONS_ID_TOKEN_REQUEST_${address ? 'TOKEN' : 'URL'} is not set`;
    throw new ConfigurationError({
      message: `GitHub gives this job no OIDC token: ${missing}`,
      remedy:
        'Add `permissions: id-token: write` to the job, and where its workflow is called by another (`workflow_call`) to the calling job too. Pull requests from forks never get a token.',
    });
  }
  const url = new URL(address);
  url.searchParams.set('audience', audience);
  return { url: url.href, bearer };
}

/** What GitHub answered instead of a token. */
class TokenRefusal extends Error {
  readonly status: number;
  constructor(status: number, body: string) {
    super(`GitHub answered ${status}${body ? `: ${body.slice(0, 300)}` : ''}`);
    this.status = status;
  }
}

async function requestToken(
  url: string,
  bearer: string,
  http: HttpPort,
  signal: AbortSignal | undefined,
): Promise<string> {
  const headers = {
    authorization: `Bearer ${bearer}`,
    accept: 'application/json; api-version=2.0',
    'user-agent': 'batchwright',
  };
  const send = async (limit: AbortSignal) => {
    const { status, body } = await http.request({ method: 'GET', url, headers, signal: limit });
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return { status, text: Buffer.concat(chunks).toString('utf8').trim() };
  };
  const { status, text } = await withinTime(send, { signal, timeoutMilliseconds: PATIENCE_MILLISECONDS });
  if (status !== 200) throw new TokenRefusal(status, text);
  return readValue(text);
}

function readValue(text: string): string {
  try {
    const { value } = JSON.parse(text) as { value?: unknown };
    if (typeof value === 'string' && value !== '') return value;
  } catch {
    // Worded below, as for any other answer without a token.
  }
  throw new TokenRefusal(200, 'no token is in the answer');
}

function isTransient(error: unknown): boolean {
  if (error instanceof TokenRefusal) return error.status >= 500 || error.status === 429 || error.status === 408;
  return TRANSIENT_CODES.test(networkCode(error) ?? '');
}

/** Of an error that Node gives, the `code`; of a timeout its name. */
function networkCode(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : errorCode(error);
}

function explain(error: unknown): Error {
  const status = error instanceof TokenRefusal ? error.status : undefined;
  return new RemoteError(
    {
      doing: "asking GitHub for this job's OIDC token",
      operation: 'GET OIDC token',
      target: 'GitHub Actions',
      code: status === undefined ? networkCode(error) : String(status),
      remedy:
        status === 401 || status === 403
          ? 'The request token of this job is no longer good: tokens are given while the job runs, and to this job alone.'
          : undefined,
    },
    error,
  );
}
