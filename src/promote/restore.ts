/** Back to what was live before a promotion. */

import { findOtherAdopter, isOfSameRun } from '../definitions/adopt.ts';
import { deregisterRevisions } from '../definitions/deregister-revisions.ts';
import {
  type LiveDefinition,
  type LiveFleet,
  type RegistrationPorts,
  readFleet,
  withLimiter,
} from '../definitions/live.ts';
import { digestOf, imagesOf } from '../definitions/live-release.ts';
import type { DeploymentStamp, PlannedDefinition, RegisterOutcome, RegisterResult } from '../definitions/model.ts';
import { type PlannedRollback, planRollback } from '../definitions/plan-rollback.ts';
import { applyRegistration } from '../definitions/register.ts';
import { isSame } from '../definitions/register-one.ts';
import type { AwsPorts } from '../ports.ts';
import type { PromotedDefinition, RestoredDefinition } from './model.ts';

export type RestorePorts = RegistrationPorts & { readonly aws: Pick<AwsPorts, 'batch' | 'batchOnce' | 'ecr'> };

export interface RestoreRequest {
  readonly promoted: readonly PromotedDefinition[];
  /** How registering them ended; undefined when it did not come to that. */
  readonly registered: RegisterResult | undefined;
  readonly stamp: DeploymentStamp;
}

type Outcome = RestoredDefinition['outcome'];

/**
 * Makes the content that was live before live again, by registering it forward; where nothing was live, deregisters what is new. Each
 * definition gets as far as it can: half a way back is better than none. What somebody else registered meanwhile is left alone, be it of
 * the very same content, and so is what another deployment has said it relies on since. Says of each how it ended and what is live now;
 * never throws because of AWS. It is not ended by a signal: it is what a cancelled run still does.
 */
export async function restorePromotion(
  { promoted, ...how }: RestoreRequest,
  given: RestorePorts,
): Promise<readonly RestoredDefinition[]> {
  const ports = { ...given, ...withLimiter({ ...given, signal: undefined }), aws: given.aws };
  const regions = Map.groupBy(promoted, each => nameOf(each).region);
  const restored = await Promise.all([...regions.values()].map(own => restoreRegion({ promoted: own, ...how }, ports)));
  return restored.flat();
}

async function restoreRegion(
  { promoted, registered, stamp }: RestoreRequest,
  ports: RestorePorts,
): Promise<readonly RestoredDefinition[]> {
  const outcomes = new Map<PromotedDefinition, Outcome>();
  const ends = new Map(registered?.definitions.map(({ definition, outcome }) => [definition, outcome]));
  try {
    const fleet = await readFleet(promoted.map(nameOf), ports);
    const ours = promoted.filter(each => {
      const outcome = leaveAlone(each, liveOf(each, fleet), ends.get(each.planned.definition), stamp);
      if (outcome) outcomes.set(each, outcome);
      return outcome === undefined;
    });
    const work = { stamp, fleet, outcomes, ports };
    await rollForward(
      ours.filter(({ before }) => before > 0),
      work,
    );
    await takeAway(
      ours.filter(({ before }) => before === 0),
      work,
    );
  } catch (error) {
    for (const each of promoted) if (!outcomes.has(each)) outcomes.set(each, failed(error));
  }
  return await describeNow(promoted, outcomes, ports);
}

interface Work {
  readonly stamp: DeploymentStamp;
  readonly fleet: LiveFleet;
  readonly outcomes: Map<PromotedDefinition, Outcome>;
  readonly ports: RestorePorts;
}

function nameOf({ planned: { definition } }: PromotedDefinition) {
  return { region: definition.target.region, name: definition.name };
}

function liveOf(each: PromotedDefinition, fleet: LiveFleet): LiveDefinition | undefined {
  const { region, name } = nameOf(each);
  return fleet.get(region)?.get(name)?.at(-1);
}

/** Undefined when what this promotion registered is live, and nobody else relies on it. */
function leaveAlone(
  { planned, before }: PromotedDefinition,
  live: LiveDefinition | undefined,
  end: RegisterOutcome | undefined,
  stamp: DeploymentStamp,
): Outcome | undefined {
  if ((live?.revision ?? 0) === before) return { status: 'untouched' };
  const what = live ? describeOthers(planned, live, end, stamp) : 'no revision is ACTIVE any more';
  return what === undefined ? undefined : { status: 'untouched', reason: `${what}; it was left alone` };
}

/** Whose `live` is, or who needs it; undefined when it is this promotion's alone. */
function describeOthers(
  planned: PlannedDefinition,
  live: LiveDefinition,
  end: RegisterOutcome | undefined,
  stamp: DeploymentStamp,
): string | undefined {
  const revision = `revision ${live.revision}`;
  if (!isSame(planned, live)) return `${revision}, which somebody else registered, is live`;
  const wasThere = live.revision === planned.live?.revision;
  if (!wasThere && !isOwn(live, end, stamp)) {
    return `${revision}, which another deployment registered with the same content, is live`;
  }
  // A mark that was there already is of a deployment that left no proof either, as planPromotion found.
  const adopter = wasThere && live.adoptedBy === planned.live?.adoptedBy ? undefined : findOtherAdopter(live, stamp);
  return adopter === undefined ? undefined : `${revision} is live, and another deployment relies on it (${adopter})`;
}

/** Of what failed it is only known by its stamp: its answer was lost, or it could not be taken back. */
function isOwn(live: LiveDefinition, end: RegisterOutcome | undefined, stamp: DeploymentStamp): boolean {
  if (end && 'own' in end && end.revision === live.revision) return end.own;
  return isOfSameRun(live, stamp);
}

async function rollForward(promoted: readonly PromotedDefinition[], { stamp, outcomes, ports }: Work): Promise<void> {
  const planned = await Promise.all(
    promoted.map(async (each): Promise<readonly (readonly [PromotedDefinition, PlannedRollback])[]> => {
      try {
        const [back] = await planRollback([each.config], { by: 'revision', revision: each.before }, ports);
        return back ? [[each, back]] : [];
      } catch (error) {
        outcomes.set(each, failed(error));
        return [];
      }
    }),
  );
  const plan = { definitions: planned.flat().map(([, back]) => back.planned) };
  const { definitions } = await applyRegistration(plan, { onFailure: 'keep', stamp }, ports);
  planned.flat().forEach(([each], index) => {
    outcomes.set(each, describeForward(definitions[index]?.outcome));
  });
}

function describeForward(outcome: RegisterOutcome | undefined): Outcome {
  if (outcome?.status === 'failed') return failed(outcome.error);
  if (outcome && 'revision' in outcome) return { status: 'rolled-back', revision: outcome.revision };
  return failed('it was not attempted');
}

async function takeAway(promoted: readonly PromotedDefinition[], { fleet, outcomes, ports }: Work): Promise<void> {
  const revisions = promoted.flatMap(each => {
    const revision = liveOf(each, fleet);
    return revision ? [{ each, region: nameOf(each).region, revision }] : [];
  });
  const gone = await deregisterRevisions(revisions, ports);
  for (const one of revisions) {
    const outcome = gone.get(one);
    const { revision } = one.revision;
    outcomes.set(
      one.each,
      outcome?.status === 'deregistered'
        ? { status: 'deregistered', revision }
        : failed(outcome?.status === 'failed' ? outcome.error : 'it was not attempted'),
    );
  }
}

/** What stands where, read again: nobody is to believe what was only meant to be done. */
async function describeNow(
  promoted: readonly PromotedDefinition[],
  outcomes: ReadonlyMap<PromotedDefinition, Outcome>,
  ports: RestorePorts,
): Promise<readonly RestoredDefinition[]> {
  const now = await readFleet(promoted.map(nameOf), ports).catch(messageOf);
  return promoted.map(each => ({
    promoted: each,
    outcome: outcomes.get(each) ?? failed('it was not attempted'),
    ...(typeof now === 'string' ? { unknown: now } : { live: describeLive(liveOf(each, now)) }),
  }));
}

function describeLive(live: LiveDefinition | undefined): RestoredDefinition['live'] {
  if (!live) return undefined;
  const [image] = imagesOf(live.described);
  return { revision: live.revision, digest: image === undefined ? undefined : digestOf(image) };
}

function failed(error: unknown): Outcome {
  return { status: 'failed', reason: messageOf(error) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
