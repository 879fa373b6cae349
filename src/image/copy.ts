/** The same image in other repositories, by digest: read once, sent to all that lack it. */
import { RemoteError } from '../errors.ts';
import { BLOBS_AT_ONCE, mapBounded } from './bounded.ts';
import { isForeignLayer } from './media-types.ts';
import { type BlobSource, hasBlob, openBlob, uploadBlob, uploadOnce } from './registry/blobs.ts';
import { sourceOf, tellBlob } from './registry/ensure-blob.ts';
import { type Descriptor, findManifest, parseManifest, putManifest, readManifest } from './registry/manifests.ts';
import type { Repository } from './registry/repository.ts';
import { tee } from './tee.ts';

/** How one repository fared. */
export interface CopyOutcome {
  readonly repository: Repository;
  readonly how: 'copied' | 'exists';
  /** Bytes sent to it. */
  readonly bytes: number;
  readonly error?: unknown;
}

interface Lane {
  readonly repository: Repository;
  how: 'copied' | 'exists';
  bytes: number;
  error?: unknown;
}

/**
 * Copies an image, or an index with all its images. One repository that fails does not stop the others: its error is in its outcome.
 * Outcomes are in the order of `targets`. Rejects only when aborted.
 */
export async function copyImage(
  source: Repository,
  digest: string,
  targets: readonly Repository[],
): Promise<readonly CopyOutcome[]> {
  const lanes = targets.map((repository): Lane => ({ repository, how: 'exists', bytes: 0 }));
  await guard(lanes, source, () => copyTree(source, digest, lanes));
  return lanes;
}

async function copyTree(source: Repository, digest: string, lanes: readonly Lane[]): Promise<void> {
  const lacking = await withoutIt(
    lanes,
    source,
    async ({ repository }) => (await findManifest(repository, digest)) === digest,
  );
  if (lacking.length === 0) return;
  const manifest = await readManifest(source, digest);
  if (!manifest) throw vanished(source, digest);
  const { config, layers, manifests } = parseManifest(manifest);
  for (const child of manifests) await copyTree(source, child.digest, lacking);
  const blobs = [...layers.filter(layer => !isForeignLayer(layer.mediaType)), ...(config ? [config] : [])];
  const distinct = [...new Map(blobs.map(blob => [blob.digest, blob])).values()];
  await mapBounded(distinct, BLOBS_AT_ONCE, blob => copyBlob(source, blob, lacking));
  await inEach(lacking, source, async lane => {
    await putManifest(lane.repository, digest, manifest);
    lane.how = 'copied';
  });
}

async function copyBlob(source: Repository, blob: Descriptor, lanes: readonly Lane[]): Promise<void> {
  const lacking = await withoutIt(lanes, source, async ({ repository }) => {
    const has = await hasBlob(repository, blob.digest);
    if (has) tellBlob(repository, blob.digest, blob.size, 'exists');
    return has;
  });
  const [only] = lacking;
  if (only && lacking.length === 1) return await inEach([only], source, lane => copyAlone(source, blob, lane));
  if (lacking.length > 1) await copyTogether(source, blob, lacking);
}

/** One read for all. Whoever fails, or is left behind by the others, begins anew alone, with the retries that has. */
async function copyTogether(source: Repository, blob: Descriptor, lanes: readonly Lane[]): Promise<void> {
  const { clock, signal } = source.ports;
  const { branches, pump } = tee(openBlob(source, blob), lanes.length, { clock, ...(signal ? { signal } : {}) });
  const sent = inEach(lanes, source, async lane => {
    const branch = branches[lanes.indexOf(lane)];
    const together = branch && (await sendBranch(lane, { digest: blob.digest, bytes: blob.size, open: () => branch }));
    if (!together) await copyAlone(source, blob, lane);
  });
  await Promise.all([pump(), sent]);
}

async function sendBranch(lane: Lane, blob: BlobSource): Promise<boolean> {
  const branch = blob.open();
  try {
    const { digest, bytes } = await uploadOnce(lane.repository, blob);
    lane.bytes += tellBlob(lane.repository, digest, bytes, 'copied');
    return true;
  } catch {
    lane.repository.ports.signal?.throwIfAborted();
    return false;
  } finally {
    // The others must not wait for somebody who is gone, even one that never began to read.
    await branch[Symbol.asyncIterator]().return?.();
  }
}

async function copyAlone(source: Repository, blob: Descriptor, lane: Lane): Promise<void> {
  const { digest, bytes } = await uploadBlob(lane.repository, sourceOf(source, blob));
  lane.bytes += tellBlob(lane.repository, digest, bytes, 'copied');
}

/** Those that are well and lack something. */
async function withoutIt(
  lanes: readonly Lane[],
  source: Repository,
  has: (lane: Lane) => Promise<boolean>,
): Promise<readonly Lane[]> {
  const lacking = new Set<Lane>();
  await inEach(lanes, source, async lane => {
    if (!(await has(lane))) lacking.add(lane);
  });
  return lanes.filter(lane => lacking.has(lane));
}

/** Works on every lane that is well, at once; an error is that lane's own. */
async function inEach(lanes: readonly Lane[], source: Repository, work: (lane: Lane) => Promise<void>): Promise<void> {
  const well = lanes.filter(lane => lane.error === undefined);
  await Promise.all(well.map(lane => guard([lane], source, () => work(lane))));
}

async function guard(lanes: readonly Lane[], source: Repository, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    source.ports.signal?.throwIfAborted();
    for (const lane of lanes) lane.error ??= error;
  }
}

function vanished(source: Repository, digest: string): RemoteError {
  const target = `${source.name} in ${source.region}`;
  return new RemoteError(
    { doing: `Copying ${digest} from ${target}`, operation: 'GET manifest', target },
    'it is not there',
  );
}
