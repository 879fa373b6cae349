/** Gets a blob into a repository by the cheapest way, and tells which one it was. */
import type { ToolkitEvent } from '../../events.ts';
import { type BlobSource, hasBlob, mountBlob, openBlob, uploadBlob } from './blobs.ts';
import type { Descriptor } from './manifests.ts';
import type { Repository } from './repository.ts';

type How = Extract<ToolkitEvent, { type: 'blob' }>['how'];

/** Uploads bytes whose digest is known, unless they are there. Gives the bytes sent. */
export async function ensureBlob(
  repository: Repository,
  blob: { readonly digest: string; readonly bytes: Uint8Array },
): Promise<number> {
  const { digest, bytes } = blob;
  const source = { digest, bytes: bytes.length, open: () => once(bytes) };
  if (await hasBlob(repository, digest)) return tellBlob(repository, digest, bytes.length, 'exists');
  await uploadBlob(repository, source);
  return tellBlob(repository, digest, bytes.length, 'uploaded');
}

/** Takes a blob over from another repository of the same registry: it is there, is mounted, or passes through here. */
export async function ensureBlobFrom(repository: Repository, blob: Descriptor, from: Repository): Promise<number> {
  const { digest, size } = blob;
  if (await hasBlob(repository, digest)) return tellBlob(repository, digest, size, 'exists');
  const session = await mountBlob(repository, digest, from);
  if (session === undefined) return tellBlob(repository, digest, size, 'mounted');
  await uploadBlob(repository, sourceOf(from, blob), session);
  return tellBlob(repository, digest, size, 'copied');
}

export function sourceOf(from: Repository, blob: Descriptor): BlobSource {
  return { digest: blob.digest, bytes: blob.size, open: () => openBlob(from, blob) };
}

/** Gives the bytes that were sent. */
export function tellBlob(repository: Repository, digest: string, bytes: number, how: How): number {
  repository.ports.notify({ type: 'blob', digest, bytes, how, repository: repository.address });
  return how === 'uploaded' || how === 'copied' ? bytes : 0;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
