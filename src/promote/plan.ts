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
 * region of it that has a smoke test has passed it on the live revision since; then what is live now is what a failure goes back to. If it
 * did not (it was killed), a failure of this run goes back to what that one replaced, in every region of it.
 */
export function planPromotion(request: PlanRequest): PromotionPlan {
  const { plan, fleet, proofs } = request;
  const regions = Map.groupBy(plan.definitions, ({ definition }) => definition.target.region);
  const settled = [...regions].flatMap(([region, own]) => {
    const proof = isTested(own) && own[0] && newestProof(proofs, own[0].definition.target);
    const unchanged = own.every(({ action }) => action === 'unchanged');
    return proof && unchanged && proves(proof, own, own) ? [[region, proof] as const] : [];
  });
  const unfinished = findUnfinished(request, regions);
  const promoted = plan.definitions.map(planned => {
    const replaces = unfinished.get(planned);
    const before = replaces ?? liveOf(planned, fleet)?.revision ?? 0;
    return { planned: stamped(planned), config: planned.definition.config, before };
  });
  return { promoted, settled: new Map(settled) };
}

type Regions = ReadonlyMap<string, readonly PlannedDefinition[]>;

/** What runs registered that did not come to their end, and the revision that each replaced; the tag outlives the run that set it. */
function findUnfinished(
  { plan, fleet, digest, proofs }: PlanRequest,
  regions: Regions,
): ReadonlyMap<PlannedDefinition, number> {
  const earlier = plan.definitions.flatMap(planned => {
    const stamp = readStamp(liveOf(planned, fleet)?.tags ?? {});
    const isEarlier = planned.action === 'unchanged' && stamp.replaces !== undefined && stamp.digest === digest;
    return isEarlier ? [{ planned, replaces: Number(stamp.replaces), planId: stamp.planId }] : [];
  });
  const runs = [...Map.groupBy(earlier, ({ planId }) => planId).values()].map(own => {
    const provenAt = timeOfCompletion(
      own.map(({ planned }) => planned),
      regions,
      proofs,
    );
    return { own, provenAt };
  });
  const unproven = runs.flatMap(({ own, provenAt }) => (provenAt === undefined ? own : []));
  const unfinished = runs.filter(({ provenAt }) => {
    // A run that was killed half-way through registering is gone on with under another plan: then both are one promotion.
    return provenAt === undefined || unproven.some(({ planned }) => registeredAt(planned) <= provenAt);
  });
  return new Map(unfinished.flatMap(({ own }) => own).map(({ planned, replaces }) => [planned, replaces]));
}

/** When the last of its regions first passed, milliseconds since the epoch; undefined when one has not, or none is tested. */
function timeOfCompletion(
  run: readonly PlannedDefinition[],
  regions: Regions,
  proofs: readonly FoundProof[],
): number | undefined {
  const times = [...Map.groupBy(run, ({ definition }) => definition.target.region)].flatMap(([region, own]) => {
    const all = regions.get(region) ?? [];
    if (!isTested(all)) return [];
    return Math.min(...proofs.filter(proof => proves(proof, own, all)).map(({ endedAt }) => endedAt));
  });
  const last = Math.max(...times);
  return Number.isFinite(last) ? last : undefined;
}

function isTested(own: readonly PlannedDefinition[]): boolean {
  return own.some(({ definition }) => definition.config.smokeTest);
}

/** Did the region, of which `all` are, pass on what is live, after the last of `own` was registered? */
function proves(proof: Proof, own: readonly PlannedDefinition[], all: readonly PlannedDefinition[]): boolean {
  const isThere = all.some(({ definition: { target }, live }) => {
    return target.environment === proof.environment && live?.arn === proof.jobDefinitionArn;
  });
  return proof.result === 'PASSED' && isThere && own.every(planned => registeredAt(planned) <= proof.endedAt);
}

/** NaN, which is before nothing, for a revision that does not say. */
function registeredAt({ live }: PlannedDefinition): number {
  return Date.parse(live?.registeredAt ?? '');
}

function liveOf({ definition: { target, name } }: PlannedDefinition, fleet: LiveFleet): LiveDefinition | undefined {
  return fleet.get(target.region)?.get(name)?.at(-1);
}

/** With what it replaces, so that a run after a kill knows the way back. */
function stamped(planned: PlannedDefinition): PlannedDefinition {
  return { ...planned, stamp: { ...planned.stamp, replaces: String(planned.live?.revision ?? 0) } };
}
