/** The image that is promoted, where it was proven: often in another account, whose repository lets this one read. */
import type { Config, TargetConfig } from '../config/model.ts';
import { ConfigurationError, RemoteError } from '../errors.ts';
import type { OpenedRepository } from '../image/registries.ts';
import { readManifest, type StoredManifest } from '../image/registry/manifests.ts';
import { readEvidence } from './evidence.ts';
import type { Evidence, FoundProof } from './model.ts';
import { pickOwnProofs } from './own-proofs.ts';
import type { OpenPlace } from './places.ts';
import { describeSourceStatement } from './source-policy.ts';

export interface FoundImage {
  readonly manifest: StoredManifest;
  readonly repository: OpenedRepository;
}

/** By digest, or by the tag of the commit that it was built from. */
export type WantedImage = { readonly digest: string } | { readonly commit: string };

export interface EvidencePlaces {
  readonly config: Pick<Config, 'resolveDefinitions'>;
  readonly targets: readonly TargetConfig[];
  /** That reads. */
  readonly account: string;
}

/**
 * In the first region that has it. Throws ConfigurationError when none has, or with the policy statement to add when `account` may not
 * read there.
 */
export async function findImage(
  wanted: WantedImage,
  from: readonly TargetConfig[],
  account: string,
  open: OpenPlace,
): Promise<FoundImage> {
  for (const target of from) {
    const repository = open(target);
    const reference = 'digest' in wanted ? wanted.digest : wanted.commit;
    const manifest = await readManifest(repository, reference).catch((error: unknown) => {
      throw withPolicy(error, target, account);
    });
    if (manifest) return { manifest, repository };
  }
  const [first] = from;
  const places = `${first?.image.repository} of ${first?.environment} (${from.map(({ region }) => region).join(', ')})`;
  throw new ConfigurationError(
    'digest' in wanted
      ? { message: `${wanted.digest} is not in ${places}`, remedy: 'Give the digest that build-push gave there.' }
      : {
          message: `there is no image of commit ${wanted.commit} in ${places}, so nothing can have proven it`,
          remedy: `Run the deploy workflow for this commit, which builds it and tests it in ${first?.environment}; then run this again.`,
        },
  );
}

/**
 * From all these places, each artifact once, wherever it was copied to; proofs of definitions that are not the configuration's are `wrong`.
 * Throws as `findImage` does.
 */
export async function collectEvidence(
  digest: string,
  { config, targets, account }: EvidencePlaces,
  open: OpenPlace,
): Promise<Evidence> {
  const read = await Promise.all(
    targets.map(target =>
      readEvidence(open(target), digest).catch((error: unknown) => {
        throw withPolicy(error, target, account);
      }),
    ),
  );
  const proofs = new Map<string, FoundProof>();
  for (const proof of read.flatMap(each => each.proofs)) {
    proofs.set(`${proof.stored.manifest.digest} ${proof.environment} ${proof.region}`, proof);
  }
  const found = { proofs: [...proofs.values()], wrong: read.flatMap(({ wrong }) => wrong) };
  return pickOwnProofs(found, targets, config);
}

/** A refusal by another account's repository, with what would let us in. */
function withPolicy(error: unknown, target: TargetConfig, account: string): unknown {
  if (!(error instanceof RemoteError) || target.account === account) return error;
  if (!/^(DENIED|403|401|AccessDenied)/.test(error.code ?? '')) return error;
  const statement = describeSourceStatement(`arn:${target.partition}:iam::${account}:root`);
  const { repository } = target.image;
  return new ConfigurationError(
    {
      message: `account ${account} may not read ${repository} of ${target.environment} in ${target.region}: ${error.message}`,
      remedy: `Add this statement to the repository policy of ${repository} in account ${target.account}, ${target.region} (aws ecr set-repository-policy): ${JSON.stringify(statement)}`,
    },
    { cause: error },
  );
}
