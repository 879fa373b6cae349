/** The layer as a blob: compressed, hashed and sent in one pass. */

import type { LayerBuildConfig } from '../config/model.ts';
import type { FilesPort } from '../ports.ts';
import { compressTar } from './compress.ts';
import { createDigester, digestOf } from './digest.ts';
import { readLayerEntries } from './layer-entries.ts';
import { uploadBlob } from './registry/blobs.ts';
import { ensureBlob, tellBlob } from './registry/ensure-blob.ts';
import type { Repository } from './registry/repository.ts';
import { writeTar } from './tar.ts';

export interface StoredLayer {
  readonly digest: string;
  /** Of the uncompressed tar. */
  readonly diffId: string;
  /** Compressed bytes. */
  readonly bytes: number;
  /** Bytes sent to the registry: none when it had the layer. */
  readonly sent: number;
}

/** A layer up to this size is held in memory, so that one the registry has already is not sent. */
const HELD_BYTES = 32 * 1024 * 1024;

/** Reads the source folder once, in the common case. A larger layer is sent while it is being made. */
export async function storeLayer(
  config: LayerBuildConfig,
  repository: Repository,
  files: FilesPort,
  heldBytes = HELD_BYTES,
): Promise<StoredLayer> {
  const entries = await readLayerEntries(config, files);
  let tar = createDigester();
  const open = (): AsyncGenerator<Uint8Array> => {
    tar = createDigester();
    return compressTar(writeTar(entries), chunk => tar.update(chunk));
  };
  const { held, rest } = await readUpTo(open(), heldBytes);
  if (rest === undefined) {
    const bytes = Buffer.concat(held);
    const digest = digestOf(bytes);
    const sent = await ensureBlob(repository, { digest, bytes });
    return { digest, diffId: tar.finish().digest, bytes: bytes.length, sent };
  }
  // The first try goes on from what was read; a second one begins anew.
  let started: AsyncIterable<Uint8Array> | undefined = continued(held, rest);
  const take = (): AsyncIterable<Uint8Array> => {
    const first = started;
    started = undefined;
    return first ?? open();
  };
  const { digest, bytes } = await uploadBlob(repository, { open: take });
  return { digest, diffId: tar.finish().digest, bytes, sent: tellBlob(repository, digest, bytes, 'uploaded') };
}

/** The same bytes, counted and hashed, and kept nowhere. */
export async function measureLayer(config: LayerBuildConfig, files: FilesPort): Promise<Omit<StoredLayer, 'sent'>> {
  const entries = await readLayerEntries(config, files);
  const [tar, blob] = [createDigester(), createDigester()];
  for await (const chunk of compressTar(writeTar(entries), bytes => tar.update(bytes))) blob.update(chunk);
  const { digest, bytes } = blob.finish();
  return { digest, diffId: tar.finish().digest, bytes };
}

async function readUpTo(
  source: AsyncGenerator<Uint8Array>,
  limit: number,
): Promise<{ held: Uint8Array[]; rest: AsyncGenerator<Uint8Array> | undefined }> {
  const held: Uint8Array[] = [];
  for (let bytes = 0; bytes <= limit; ) {
    const next = await source.next();
    if (next.done) return { held, rest: undefined };
    held.push(next.value);
    bytes += next.value.length;
  }
  return { held, rest: source };
}

async function* continued(held: Uint8Array[], rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    while (held.length > 0) {
      const chunk = held.shift();
      if (chunk) yield chunk;
    }
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
