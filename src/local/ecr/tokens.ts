/** The password that `docker login` gets: which account, until when, sealed with a key that the store keeps. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Registries } from './registries.ts';

export const TOKEN_LIFETIME_MS = 12 * 60 * 60 * 1000;

export type TokenCheck =
  | { readonly kind: 'valid'; readonly account: string }
  | { readonly kind: 'expired' }
  | { readonly kind: 'invalid' };

export interface Tokens {
  issue(account: string): { readonly password: string; readonly expiresAt: number };
  check(password: string): TokenCheck;
}

export function createTokens(registries: Registries): Tokens {
  const seal = (payload: string) => createHmac('sha256', registries.secret()).update(payload).digest();
  return {
    issue(account) {
      const expiresAt = registries.now() + TOKEN_LIFETIME_MS;
      const payload = JSON.stringify({ account, expiresAt });
      const password = Buffer.from(
        JSON.stringify({ payload, datakey: seal(payload).toString('base64'), version: '2', type: 'DATA_KEY' }),
      );
      return { password: password.toString('base64'), expiresAt };
    },
    check(password) {
      const token = parsePassword(password);
      if (!token || !sameBytes(Buffer.from(token.datakey, 'base64'), seal(token.payload))) return { kind: 'invalid' };
      const { account, expiresAt } = JSON.parse(token.payload) as { account: string; expiresAt: number };
      return expiresAt > registries.now() ? { kind: 'valid', account } : { kind: 'expired' };
    },
  };
}

function parsePassword(password: string): { payload: string; datakey: string } | undefined {
  try {
    const token: unknown = JSON.parse(Buffer.from(password, 'base64').toString());
    if (typeof token !== 'object' || token === null || !('payload' in token) || !('datakey' in token)) return undefined;
    const { payload, datakey } = token;
    return typeof payload === 'string' && typeof datakey === 'string' ? { payload, datakey } : undefined;
  } catch {
    return undefined;
  }
}

function sameBytes(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
