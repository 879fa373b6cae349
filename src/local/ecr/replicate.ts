/** Private image replication: what is pushed from now on is copied to other regions and accounts, some time later. */
import type { Clock } from '../../ports.ts';
import { allows } from './access.ts';
import { changeImage, tagImage } from './images.ts';
import type { Image, Registry, Replication, Repository } from './model.ts';
import { isTagImmutable } from './mutability.ts';
import type { Registries } from './registries.ts';
import { registryKey } from './settings.ts';

/** How long a copy is IN_PROGRESS; on AWS most take less than 30 minutes. */
export const REPLICATION_MS = 2000;

export interface ReplicationRule {
  readonly destinations: readonly { readonly region: string; readonly registryId: string }[];
  readonly repositoryFilters?: readonly { readonly filter: string; readonly filterType: 'PREFIX_MATCH' }[] | undefined;
}

export interface Replicator {
  /** Begins the copies that the registry's rules ask for. */
  onPushed(repository: Repository, image: Image): void;
  /** Begins again what was under way when the process ended. */
  resume(): void;
  stop(): Promise<void>;
}

export function createReplicator(registries: Registries, clock: Clock): Replicator {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const begin = (repository: Repository, digest: string): void => {
    const run = clock
      .sleep(REPLICATION_MS, stopping.signal)
      .then(async () => await finishReplications(registries, repository, digest))
      // Stopped: the status stays IN_PROGRESS, and the next start takes it up.
      .catch(() => undefined)
      .finally(() => running.delete(run));
    running.add(run);
  };
  return {
    onPushed(repository, image) {
      const destinations = findDestinations(registries, repository);
      if (destinations.length === 0) return;
      const replications = destinations.map(
        ({ region, registryId }): Replication => ({ account: registryId, region, status: 'IN_PROGRESS' }),
      );
      changeImage(registries, repository, image.digest, () => ({ replications }));
      begin(repository, image.digest);
    },
    resume() {
      for (const [, repository] of registries.repositories.entries()) {
        for (const [digest, image] of registries.images(repository).entries())
          if (isPending(image)) begin(repository, digest);
      }
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

export function readRules(registries: Registries, registry: Registry): readonly ReplicationRule[] {
  return registries.settings<readonly ReplicationRule[]>('replication').get(registryKey(registry)) ?? [];
}

function findDestinations(registries: Registries, repository: Repository): ReplicationRule['destinations'] {
  const rules = readRules(registries, repository).filter(
    ({ repositoryFilters }) =>
      !repositoryFilters || repositoryFilters.some(({ filter }) => repository.name.startsWith(filter)),
  );
  const all = rules.flatMap(({ destinations }) => destinations);
  return all.filter(
    (one, index) =>
      all.findIndex(other => other.region === one.region && other.registryId === one.registryId) === index,
  );
}

function isPending({ replications }: Image): boolean {
  return replications?.some(({ status }) => status === 'IN_PROGRESS') ?? false;
}

async function finishReplications(registries: Registries, repository: Repository, digest: string): Promise<void> {
  const image = registries.images(repository).get(digest);
  if (!image) return;
  const replications = (image.replications ?? []).map(replication =>
    replication.status === 'IN_PROGRESS' ? replicateImage(registries, repository, image, replication) : replication,
  );
  changeImage(registries, repository, digest, () => ({ replications }));
  await registries.commit();
}

/** Another account must have said in its registry policy that this one may. */
function replicateImage(
  registries: Registries,
  source: Repository,
  image: Image,
  { account, region }: Replication,
): Replication {
  const policyText = registries.settings<string>('registry-policy').get(registryKey({ account, region }));
  const isAllowed =
    account === source.account ||
    (policyText !== undefined && allows(policyText, source.account, 'ecr:ReplicateImage'));
  if (!isAllowed) return { account, region, status: 'FAILED', failureCode: 'AccessDenied' };
  const target = openTarget(registries, source, { account, region });
  copyImage(registries, source, target, image);
  for (const tag of image.tags) {
    const holder = registries.tags(target).get(tag);
    // An immutable tag that is taken stays where it is; the image arrives without it.
    if (holder === undefined || !isTagImmutable(target, tag)) tagImage(registries, target, image.digest, tag);
  }
  return { account, region, status: 'COMPLETE' };
}

/** A repository that replication makes has default settings: neither policies nor mutability are copied. */
function openTarget(registries: Registries, source: Repository, registry: Registry): Repository {
  const there = registries.find({ ...registry, name: source.name });
  if (there) return there;
  const target: Repository = {
    ...registry,
    name: source.name,
    createdAt: registries.now(),
    imageTagMutability: 'MUTABLE',
    scanOnPush: false,
    encryptionConfiguration: { encryptionType: 'AES256' },
    tags: {},
  };
  registries.create(target);
  return target;
}

/** The bytes are shared on disk, so a copy is rows alone. */
function copyImage(registries: Registries, source: Repository, target: Repository, image: Image): void {
  for (const digest of image.manifests) {
    const child = registries.images(source).get(digest);
    if (child) copyImage(registries, source, target, child);
  }
  const now = registries.now();
  for (const digest of image.blobs) {
    const blob = registries.blobs(source).get(digest);
    if (blob && !registries.blobs(target).get(digest)) registries.blobs(target).put(digest, { ...blob, pushedAt: now });
  }
  if (registries.images(target).get(image.digest)) return;
  const { scan: _scan, replications: _replications, lastPulledAt: _pulled, ...shared } = image;
  registries
    .images(target)
    .put(image.digest, { ...shared, tags: [], pushedAt: now, sequence: registries.nextSequence() });
}
