/** sha256 digests, as registries write them: `sha256:` and 64 hexadecimal digits. */
import { createHash } from 'node:crypto';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** `sha256:0123456789ab…`: enough to know one from another in a message. */
export function describeDigest(digest: string): string {
  return isDigest(digest) ? `${digest.slice(0, 'sha256:'.length + 12)}…` : digest;
}

/** Hashes and counts what passes through; `finish` is for when everything has. */
export function createDigester(): {
  update(chunk: Uint8Array): void;
  finish(): { readonly digest: string; readonly bytes: number };
} {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    update(chunk) {
      hash.update(chunk);
      bytes += chunk.length;
    },
    finish: () => ({ digest: `sha256:${hash.digest('hex')}`, bytes }),
  };
}
