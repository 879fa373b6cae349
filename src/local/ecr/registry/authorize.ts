/** Who is pushing or pulling: Basic authentication with the password of GetAuthorizationToken. */
import type { IncomingMessage } from 'node:http';
import type { Tokens } from '../tokens.ts';
import { RegistryError } from './answer.ts';
import { originOf } from './exchange.ts';

/** The account of the token. Throws 401 without a good one, and ECR's 403 for one that has expired. */
export function authorize(request: IncomingMessage, tokens: Tokens): string {
  const password = readPassword(request.headers.authorization);
  const checked = password === undefined ? undefined : tokens.check(password);
  if (checked?.kind === 'valid') return checked.account;
  if (checked?.kind === 'expired')
    throw new RegistryError(403, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.');
  const realm = `Basic realm="${originOf(request)}/",service="ecr.amazonaws.com"`;
  throw new RegistryError(401, 'UNAUTHORIZED', 'Not Authorized', { 'www-authenticate': realm });
}

function readPassword(header: string | undefined): string | undefined {
  const encoded = /^basic\s+(\S+)$/i.exec(header ?? '')?.[1];
  const decoded = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString();
  return decoded.startsWith('AWS:') ? decoded.slice('AWS:'.length) : undefined;
}
