/**
 * The token that a job proves itself with: a JWT signed with RS256, as GitHub's runner gives it.
 * https://docs.github.com/en/actions/reference/security/oidc
 */

import { createSign, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Answered } from './model.ts';

/** Those that are left out are as for a push to main. `sub` is made of the others unless given. */
export interface Claims {
  readonly sub?: string | undefined;
  readonly iss?: string | undefined;
  readonly aud?: string | undefined;
  readonly ref?: string | undefined;
  /** The environment of the job. */
  readonly environment?: string | undefined;
  readonly event_name?: string | undefined;
  readonly [name: string]: string | undefined;
}

export interface Oidc {
  /** Who signs, unless the claims say otherwise. */
  readonly issuer: string;
  /** The secret of a job with these claims, for ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  admit(claims: Claims): string;
  /** Undefined when nobody was given this secret. */
  issue(secret: string, audience: string | undefined): string | undefined;
  /** What verifies the signatures: the body of the JWKS address. */
  keys(): { readonly keys: readonly object[] };
}

export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

/** `now` in milliseconds. Tokens are good for five minutes. */
export function createOidc(repository: string, now: () => number, issuer: string): Oidc {
  const admitted = new Map<string, Claims>();
  let pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } | undefined;
  // Made when first needed: it takes a tenth of a second.
  const keyPair = () => {
    pair ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
    return pair;
  };
  return {
    issuer,
    admit(claims) {
      const secret = randomUUID();
      admitted.set(secret, claims);
      return secret;
    },
    issue(secret, audience) {
      const claims = admitted.get(secret);
      if (!claims) return undefined;
      const [owner = ''] = repository.split('/');
      const seconds = Math.floor(now() / 1000);
      const given = {
        ...{ jti: randomUUID(), iss: issuer, aud: audience ?? `https://github.com/${owner}` },
        ...{ nbf: seconds - 600, iat: seconds, exp: seconds + 300, sub: subjectOf(repository, claims) },
        ...{ repository, repository_owner: owner, event_name: 'push', ref: 'refs/heads/main', ref_type: 'branch' },
        ...{ runner_environment: 'github-hosted', run_id: '42', run_attempt: '1', ...claims },
      };
      return sign(given, keyPair().privateKey);
    },
    keys: () => ({ keys: [{ ...keyPair().publicKey.export({ format: 'jwk' }), kid: KEY, use: 'sig', alg: 'RS256' }] }),
  };
}

/** The address that gives tokens, and those that whoever verifies them reads. */
export function answerOidc({ headers }: IncomingMessage, url: URL, oidc: Oidc): Answered {
  const own = `${url.origin}/_oidc/.well-known`;
  if (url.pathname === '/_oidc/.well-known/jwks') return { status: 200, body: oidc.keys() };
  if (url.pathname === '/_oidc/.well-known/openid-configuration')
    return { status: 200, body: { issuer: oidc.issuer, jwks_uri: `${own}/jwks` } };
  const secret = /^bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
  const value = oidc.issue(secret, url.searchParams.get('audience') ?? undefined);
  if (value === undefined) return { status: 401, body: { message: 'the request token is not of a job' } };
  return { status: 200, body: { count: value.length, value } };
}

const KEY = 'fake-github';

/** https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims */
function subjectOf(repository: string, { environment, event_name: event, ref = 'refs/heads/main' }: Claims): string {
  if (environment) return `repo:${repository}:environment:${environment}`;
  return event === 'pull_request' ? `repo:${repository}:pull_request` : `repo:${repository}:ref:${ref}`;
}

function sign(claims: object, key: KeyObject): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ typ: 'JWT', alg: 'RS256', kid: KEY })}.${part(claims)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
}
