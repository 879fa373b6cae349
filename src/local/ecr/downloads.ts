/** Addresses of blobs that are good for an hour and need no credentials, as the pre-signed ones of S3 that ECR hands out. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { LocalContext } from '../model.ts';
import type { Registries } from './registries.ts';

const LIFETIME_MS = 60 * 60 * 1000;

export interface Downloads {
  sign(digest: string, endpoint?: string): string;
  /** The digest of a good address, or why it is none: `expired`, `invalid`. */
  check(url: URL): { readonly digest: string } | { readonly refused: 'expired' | 'invalid' };
}

/** Under `/v2/`, so that the address is routed here; no repository can have this name. */
export const DOWNLOAD_PATH = '/v2/_layers/';

export function createDownloads(registries: Registries, context: LocalContext): Downloads {
  const seal = (text: string) => createHmac('sha256', registries.secret()).update(text).digest('hex');
  return {
    sign(digest, endpoint = context.endpoint()) {
      const expires = String(registries.now() + LIFETIME_MS);
      const query = new URLSearchParams({ 'X-Amz-Expires': expires, 'X-Amz-Signature': seal(`${digest} ${expires}`) });
      return `${new URL(endpoint).origin}${DOWNLOAD_PATH}${digest}?${query}`;
    },
    check(url) {
      const digest = decodeURIComponent(url.pathname.slice(DOWNLOAD_PATH.length));
      const expires = url.searchParams.get('X-Amz-Expires') ?? '';
      const given = Buffer.from(url.searchParams.get('X-Amz-Signature') ?? '');
      const right = Buffer.from(seal(`${digest} ${expires}`));
      if (given.length !== right.length || !timingSafeEqual(given, right)) return { refused: 'invalid' };
      return Number(expires) > registries.now() ? { digest } : { refused: 'expired' };
    },
  };
}
