import { createCipheriv, createHash } from 'node:crypto';

/** Bytes that do not shrink, the same every time. */
export function noise(bytes: number, seed = 'noise'): Buffer {
  const key = createHash('md5').update(seed).digest();
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}
