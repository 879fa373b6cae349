/** One request to a registry: logged in, redirects followed, refusals read. */
import type { HttpPort, HttpResponse } from '../../ports.ts';
import { isLoopback, type RegistryLocation } from '../registry-location.ts';
import type { Authorization, Token } from './authorization.ts';
import { RegistryFailure, readFailure, StaleLogin } from './failure.ts';

interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  /** Path below `/v2/`, or a whole URL from a Location header. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** The statuses hoped for; any other is thrown as RegistryFailure. */
  readonly accept: readonly number[];
}

/** An answer of one of the statuses hoped for, and the URL that gave it, for a relative Location. */
export interface RegistryAnswer extends HttpResponse {
  readonly url: string;
}

export type Exchange = (request: RegistryRequest) => Promise<RegistryAnswer>;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 5;

export function createExchange(
  location: RegistryLocation,
  ports: { http: HttpPort; authorization: Authorization; signal?: AbortSignal | undefined },
): Exchange {
  return async request => {
    const token = await ports.authorization.token();
    const origin = `${schemeOf(location.host, token)}//${location.host}`;
    const answer = await follow(request, origin, token, ports);
    if (request.accept.includes(answer.status)) return answer;
    const failure = await readFailure(answer);
    if (!mayBeStale(request, failure)) throw failure;
    ports.authorization.refuse(token);
    // A stream is spent: whoever sent it begins again, with the token that comes next.
    if (isStream(request.body)) throw new StaleLogin(failure);
    const again = await follow(request, origin, await ports.authorization.token(), ports);
    if (request.accept.includes(again.status)) return again;
    throw await readFailure(again);
  };
}

/** ECR refuses an expired token with 403 and these words, https://github.com/aws/aws-cli/issues/6580; a HEAD's refusal has no words. */
function mayBeStale({ method }: RegistryRequest, { status, message }: RegistryFailure): boolean {
  if (status !== 403) return status === 401;
  return method === 'HEAD' || /authorization token has expired/i.test(message);
}

/** Plain HTTP only where the login's own endpoint says so, or on this machine. */
function schemeOf(host: string, { endpoint }: Token): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.host === host) return url.protocol;
  return isLoopback(host) ? 'http:' : 'https:';
}

async function follow(
  request: RegistryRequest,
  origin: string,
  token: Token,
  { http, signal }: { http: HttpPort; signal?: AbortSignal | undefined },
): Promise<RegistryAnswer> {
  const { method, headers = {}, body } = request;
  let url = new URL(request.url, `${origin}/v2/`).href;
  for (let redirects = 0; ; redirects++) {
    // The login is the registry's alone: a redirect to storage carries its own permission in its query.
    const login = new URL(url).origin === origin ? { authorization: token.header } : {};
    const response = await http.request({ method, url, headers: { ...headers, ...login }, body, signal });
    const next = response.headers['location'];
    if (!isRead(method) || !REDIRECTS.has(response.status) || next === undefined) return { ...response, url };
    await drain(response);
    if (redirects === MOST_REDIRECTS)
      throw new RegistryFailure({ status: response.status, message: 'too many redirects' });
    url = new URL(next, url).href;
  }
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function isStream(body: RegistryRequest['body']): boolean {
  return body !== undefined && !(body instanceof Uint8Array);
}

/** Reads what nobody wants, so that the connection can be used again. */
export async function drain(response: HttpResponse): Promise<void> {
  for await (const _ of response.body);
}

/** Reads a body that is known to be small. */
export async function readAll(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
