/** Which proof counts, and what is missing. Pure. */
import type { TargetConfig } from '../config/model.ts';
import type { DemandedProof, FoundProof, Proof, ProofDecision } from './model.ts';

/**
 * Every region of the environment that has a smoke test must have passed it with this very image; the newest statement of a region
 * counts, so a later failure takes an older success back. `signed` are proofs whose signature was verified; undefined: none is asked for.
 */
export function decideProof(
  from: readonly TargetConfig[],
  proofs: readonly FoundProof[],
  signed: readonly Proof[] | undefined,
): ProofDecision {
  const demanded = from.filter(({ smokeTest }) => smokeTest).map(target => demand(target, proofs, signed));
  return { demanded, proven: demanded.length > 0 && demanded.every(({ status }) => status === 'proven') };
}

/** The newest proof of one place; of two that ended at once the failure. */
export function newestProof<Some extends Proof>(
  proofs: readonly Some[],
  { environment, region }: { readonly environment: string; readonly region: string },
): Some | undefined {
  return proofs
    .filter(proof => proof.environment === environment && proof.region === region)
    .toSorted((a, b) => a.endedAt - b.endedAt || rank(a) - rank(b))
    .at(-1);
}

function rank({ result }: Proof): number {
  return result === 'PASSED' ? 0 : 1;
}

function demand(
  { environment, region }: TargetConfig,
  proofs: readonly FoundProof[],
  signed: readonly Proof[] | undefined,
): DemandedProof {
  const proof = newestProof(proofs, { environment, region });
  const place = { environment, region, proof };
  if (!proof) {
    return {
      ...place,
      status: 'missing',
      reason: 'no smoke test of this image that came to a verdict is recorded there',
    };
  }
  if (proof.result === 'FAILED') {
    const before = proofs.some(each => isOf(each, place) && each.result === 'PASSED');
    const why = proof.reason === undefined ? '' : `: ${proof.reason}`;
    const reason = `its newest smoke test ${proof.verdict} at ${timeOf(proof)}${why}`;
    return { ...place, status: 'failed', reason: before ? `${reason}. An older one had passed` : reason };
  }
  if (signed && !signed.some(each => isSameTest(each, proof))) {
    return { ...place, status: 'unsigned', reason: `no attestation is signed for the smoke test of ${timeOf(proof)}` };
  }
  return { ...place, status: 'proven' };
}

function isOf(proof: Proof, { environment, region }: Pick<DemandedProof, 'environment' | 'region'>): boolean {
  return proof.environment === environment && proof.region === region;
}

/** The very job on the very revision, with the same end. */
function isSameTest(one: Proof, other: Proof): boolean {
  const keys = ['environment', 'region', 'digest', 'result', 'jobDefinitionArn', 'jobId', 'endedAt'] as const;
  return keys.every(key => one[key] === other[key]);
}

function timeOf({ endedAt }: Proof): string {
  return new Date(endedAt).toISOString();
}
