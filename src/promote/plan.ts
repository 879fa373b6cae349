/** What a promotion registers, and what each definition goes back to when it fails. Pure. */
import type { LiveDefinition, LiveFleet } from '../definitions/live.ts';
import type { PlannedDefinition, RegistrationPlan } from '../definitions/model.ts';
import { readStamp } from '../definitions/tags.ts';
import { newestProof } from './decide.ts';
import type { FoundProof, PromotedDefinition, Proof } from './model.ts';

export interface PlanRequest {
  readonly plan: RegistrationPlan;
  /** Of the environment that is promoted to. */
  readonly fleet: LiveFleet;
  readonly digest: string;
  /** What is recorded of this image, of whatever environment. */
  readonly proofs: readonly FoundProof[];
}

export interface PromotionPlan {
  readonly promoted: readonly PromotedDefinition[];
  /** Regions where this very promotion is registered and proven already, and the proof: there is nothing to test again. */
  readonly settled: ReadonlyMap<string, FoundProof>;
}

/**
 * What is unchanged and bears the stamp of a promotion of this image was registered by an earlier run. If that run came to its end, every
 * region that has a smoke test has passed it on the live revision since; then what is live now is what a failure goes back to. If it did
 * not (it was killed), a failure of this run goes back to what that one replaced, in every region.
 */
export function planPromotion({ plan, fleet, digest, proofs }: PlanRequest): PromotionPlan {
  const regions = Map.groupBy(plan.definitions, ({ definition }) => definition.target.region);
  const tested = [...regions].filter(([, own]) => own.some(({ definition }) => definition.config.smokeTest));
  const completed = tested.every(([, own]) => proofs.some(proof => proves(proof, own)));
  const settled = tested.flatMap(([region, own]) => {
    const proof = own[0] && newestProof(proofs, own[0].definition.target);
    return proof && proves(proof, own) ? [[region, proof] as const] : [];
  });
  const promoted = plan.definitions.map(planned => {
    const { target, config, name } = planned.definition;
    const live = fleet.get(target.region)?.get(name)?.at(-1);
    const before = completed ? (live?.revision ?? 0) : beforeOf(planned, live, digest);
    return { planned: stamped(planned), config, before };
  });
  return { promoted, settled: new Map(settled) };
}

/** Is nothing of the region to be registered, and did it pass on what is live, after the last registration? */
function proves(proof: Proof, own: readonly PlannedDefinition[]): boolean {
  const isThere = own.some(({ definition: { target }, live }) => {
    return target.environment === proof.environment && live?.arn === proof.jobDefinitionArn;
  });
  return (
    proof.result === 'PASSED' &&
    isThere &&
    own.every(({ action, live }) => action === 'unchanged' && Date.parse(live?.registeredAt ?? '') <= proof.endedAt)
  );
}

function beforeOf({ action }: PlannedDefinition, live: LiveDefinition | undefined, digest: string): number {
  const now = live?.revision ?? 0;
  if (action !== 'unchanged' || !live) return now;
  const stamp = readStamp(live.tags);
  return stamp.replaces !== undefined && stamp.digest === digest ? Number(stamp.replaces) : now;
}

/** With what it replaces, so that a run after a kill knows the way back. */
function stamped(planned: PlannedDefinition): PlannedDefinition {
  return { ...planned, stamp: { ...planned.stamp, replaces: String(planned.live?.revision ?? 0) } };
}
