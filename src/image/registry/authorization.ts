/** Logins of ECR registries: one token for each region, good for twelve hours and for every registry the caller can reach. */
import { RemoteError } from '../../errors.ts';
import type { Notify } from '../../events.ts';
import type { AwsPorts, Clock } from '../../ports.ts';
import { remedyForDenied } from '../permission.ts';

export interface Token {
  /** The whole value of an Authorization header. */
  readonly header: string;
  readonly username: string;
  readonly password: string;
  /** `https://<account>.dkr.ecr.<region>.amazonaws.com` */
  readonly endpoint: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

export interface Authorization {
  /** The token in use, or a fresh one when it is about to expire. */
  token(): Promise<Token>;
  /** Forgets a token that the registry no longer takes. */
  refuse(token: Token): void;
}

export interface AuthorizationPorts {
  readonly aws: Pick<AwsPorts, 'ecr'>;
  readonly clock: Clock;
  readonly notify: Notify;
  readonly signal?: AbortSignal | undefined;
}

/** Tokens are given up this long before they expire, so that a long upload does not outlive its own. */
const MARGIN_MILLISECONDS = 30 * 60_000;
const LIFETIME_MILLISECONDS = 12 * 3_600_000;

/** The token is told to the host as a secret before anybody else sees it. Many callers at once cost one request. */
export function createAuthorization(region: string, ports: AuthorizationPorts): Authorization {
  let held: Token | undefined;
  let pending: Promise<Token> | undefined;
  const renew = async (): Promise<Token> => {
    try {
      held = await requestToken(region, ports);
      return held;
    } finally {
      pending = undefined;
    }
  };
  return {
    async token() {
      if (held && ports.clock.now() < held.expires - MARGIN_MILLISECONDS) return held;
      pending ??= renew();
      return await pending;
    },
    refuse(token) {
      if (held === token) held = undefined;
    },
  };
}

async function requestToken(region: string, ports: AuthorizationPorts): Promise<Token> {
  const failure = {
    doing: `Logging in to the registry in ${region}`,
    operation: 'GetAuthorizationToken',
    target: region,
  };
  const ecr = await ports.aws.ecr(region);
  const options = ports.signal ? { abortSignal: ports.signal } : {};
  const answer = await ecr.getAuthorizationToken({}, options).catch((error: unknown) => {
    ports.signal?.throwIfAborted();
    throw new RemoteError({ ...failure, remedy: remedyForDenied(error, 'ecr:GetAuthorizationToken on "*"') }, error);
  });
  const [data] = answer.authorizationData ?? [];
  if (!data?.authorizationToken) throw new RemoteError(failure, 'ECR gave no token');
  const encoded = data.authorizationToken;
  ports.notify({ type: 'secret', value: encoded });
  const [username = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  const password = rest.join(':');
  ports.notify({ type: 'secret', value: password });
  const expires = data.expiresAt?.getTime() ?? ports.clock.now() + LIFETIME_MILLISECONDS;
  return { header: `Basic ${encoded}`, username, password, endpoint: data.proxyEndpoint ?? '', expires };
}
