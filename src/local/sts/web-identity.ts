/**
 * What AssumeRoleWithWebIdentity looks at in a token before the role's trust policy is asked. Signatures are not checked: the issuer's
 * keys would have to be fetched, and there is nothing here to protect.
 */
import type { Provider } from '../iam/identity.ts';
import { parseRecord } from '../json.ts';
import { ServiceError } from '../model.ts';

export interface WebIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
  /** Everything that the token says. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Throws InvalidIdentityToken for what is no token, ExpiredTokenException for one whose time is over. */
export function readWebIdentity(token: string, now: number): WebIdentity {
  const [header, payload, signature, ...more] = token.split('.').map(part => Buffer.from(part, 'base64url').toString());
  const claims = parseRecord(payload ?? '');
  if (!claims || !parseRecord(header ?? '') || !signature || more.length > 0)
    throw invalidToken(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    );
  const issuer = requireText(claims, 'iss');
  const subject = requireText(claims, 'sub');
  const audiences = [claims['aud']].flat().filter(audience => typeof audience === 'string');
  if (audiences.length === 0) throw invalidToken('Missing a required claim: aud');
  const { exp } = claims;
  if (typeof exp !== 'number') throw invalidToken('Missing a required claim: exp');
  const seconds = Math.floor(now / 1000);
  if (seconds >= exp) {
    const message = `Token expired: current date/time ${seconds} must be before the expiration date/time ${exp}`;
    throw new ServiceError('ExpiredTokenException', message);
  }
  return { issuer, subject, audiences, claims };
}

/** Throws InvalidIdentityToken when the account knows no such issuer, or knows it for other audiences. */
export function checkProvider(provider: Provider | undefined, { issuer, audiences }: WebIdentity): Provider {
  if (!provider) throw invalidToken(`No OpenIDConnect provider found in your account for ${issuer}`);
  if (!audiences.some(audience => provider.ClientIDList.includes(audience)))
    throw invalidToken('Incorrect token audience');
  return provider;
}

function requireText(claims: Readonly<Record<string, unknown>>, name: string): string {
  const value = claims[name];
  if (typeof value === 'string') return value;
  throw invalidToken(`Missing a required claim: ${name}`);
}

function invalidToken(message: string): ServiceError {
  return new ServiceError('InvalidIdentityToken', message);
}
