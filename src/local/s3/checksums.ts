/** The checksums of S3: of whole objects, and of the checksums of parts. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ChecksumAlgorithm } from './model.ts';

export const checksumAlgorithms: readonly ChecksumAlgorithm[] = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'];

export interface Digest {
  update(chunk: Uint8Array): void;
  /** Big-endian, in base64. */
  finish(): string;
}

export function startDigest(algorithm: ChecksumAlgorithm): Digest {
  switch (algorithm) {
    case 'crc32':
      return startCrc32(crc32);
    case 'crc32c':
      return startCrc32(crc32c);
    case 'crc64nvme':
      return startCrc64();
    default: {
      const hash = createHash(algorithm);
      return { update: chunk => void hash.update(chunk), finish: () => hash.digest('base64') };
    }
  }
}

function startCrc32(step: (chunk: Uint8Array, sum: number) => number): Digest {
  let sum = 0;
  return {
    update(chunk) {
      sum = step(chunk, sum);
    },
    finish() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(sum);
      return bytes.toString('base64');
    },
  };
}

/** Castagnoli, reflected. */
const table32 = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

function crc32c(chunk: Uint8Array, sum: number): number {
  let value = ~sum;
  for (const byte of chunk) value = (value >>> 8) ^ (table32[(value ^ byte) & 0xff] ?? 0);
  return ~value >>> 0;
}

/** CRC-64/NVME, reflected, in two halves: whole 64-bit integers are ten times slower. */
let table64: readonly [Uint32Array, Uint32Array] | undefined;

function makeTable64(): readonly [Uint32Array, Uint32Array] {
  const high = new Uint32Array(256);
  const low = new Uint32Array(256);
  for (let index = 0; index < 256; index += 1) {
    let value = BigInt(index);
    for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n;
    high[index] = Number(value >> 32n);
    low[index] = Number(value & 0xffffffffn);
  }
  return [high, low];
}

function startCrc64(): Digest {
  // Made when it is first needed: it takes longer than all else that is made at the start.
  table64 ??= makeTable64();
  const [high64, low64] = table64;
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update(chunk) {
      for (const byte of chunk) {
        const index = (low ^ byte) & 0xff;
        low = (((low >>> 8) | (high << 24)) ^ (low64[index] ?? 0)) >>> 0;
        high = ((high >>> 8) ^ (high64[index] ?? 0)) >>> 0;
      }
    },
    finish() {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(~high >>> 0, 0);
      bytes.writeUInt32BE(~low >>> 0, 4);
      return bytes.toString('base64');
    },
  };
}
