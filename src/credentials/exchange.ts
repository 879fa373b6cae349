/** One OIDC token for one session of a role. */
import type { AssumedRoleUser, Credentials } from '@aws-sdk/client-sts';
import { RemoteError } from '../errors.ts';
import type { Notify } from '../events.ts';
import type { AwsPorts, IdentityTokenPort } from '../ports.ts';
import { parseClaims } from './claims.ts';
import type { Refusal, RoleRequest, Session, TokenClaims } from './model.ts';
import { sessionNameOf } from './session-name.ts';

export interface ExchangePorts {
  readonly tokens: IdentityTokenPort;
  readonly aws: Pick<AwsPorts, 'sts'>;
  readonly notify: Notify;
  readonly signal?: AbortSignal | undefined;
}

export type Exchange =
  | { readonly session: Session; readonly claims: TokenClaims; readonly sessionName: string }
  /** AWS has looked at the token and gives nothing for it. Asking again would not help. */
  | { readonly refusal: Refusal; readonly claims: TokenClaims };

/**
 * Asks once, unsigned, in the role's region; the SDK tries again where AWS was not reached or was busy. Token and credentials are told
 * as secrets before anything else is. Throws RemoteError when GitHub or AWS cannot be reached, ConfigurationError when GitHub gives
 * no tokens here.
 */
export async function exchangeToken(request: RoleRequest, ports: ExchangePorts): Promise<Exchange> {
  const first = await exchangeOnce(request, ports);
  // A token is good for five minutes. One that has grown old while AWS was not reached is no reason to give up.
  return 'refusal' in first && first.refusal.code.startsWith('ExpiredToken') ? exchangeOnce(request, ports) : first;
}

async function exchangeOnce(request: RoleRequest, ports: ExchangePorts): Promise<Exchange> {
  const { tokens, aws, notify, signal } = ports;
  const token = await tokens.readToken(request.audience, signal);
  notify({ type: 'secret', value: token });
  const claims = parseClaims(token);
  const sessionName = request.sessionName ?? sessionNameOf(claims);
  try {
    const sts = await aws.sts(request.region);
    const { Credentials: given, AssumedRoleUser: user } = await sts.assumeRoleWithWebIdentity(
      {
        RoleArn: request.role,
        RoleSessionName: sessionName,
        WebIdentityToken: token,
        DurationSeconds: request.durationSeconds,
      },
      signal ? { abortSignal: signal } : {},
    );
    const session = readSession(given, user);
    for (const value of [session.secretAccessKey, session.sessionToken, session.accessKeyId])
      notify({ type: 'secret', value });
    return { session, claims, sessionName };
  } catch (error) {
    signal?.throwIfAborted();
    if (isRefusal(error))
      return { claims, refusal: { code: error.name.replace(/Exception$/, ''), message: error.message } };
    throw new RemoteError(
      {
        doing: `taking the role ${request.role} in ${request.region}`,
        operation: 'AssumeRoleWithWebIdentity',
        target: request.role,
      },
      error,
    );
  }
}

/** AWS said no, and not that it is busy or cannot reach the issuer of the token. */
function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error && '$fault' in error)) return false;
  return error.$fault === 'client' && !/Throttl|IDPCommunication|TooMany/.test(error.name);
}

/** Throws where a part is missing: with half a session nothing could be signed, and nothing would say why. */
function readSession(given: Credentials = NONE, user?: AssumedRoleUser): Session {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken, Expiration } = given;
  if (!accessKeyId || !secretAccessKey || !sessionToken || !Expiration)
    throw new Error('the answer holds no credentials');
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt: Expiration.getTime(), arn: user?.Arn ?? '' };
}

const NONE: Credentials = {
  AccessKeyId: undefined,
  SecretAccessKey: undefined,
  SessionToken: undefined,
  Expiration: undefined,
};
