/** A plan as a file: made by one step, looked at by people, applied by another step exactly as it stands. */
import { createHash } from 'node:crypto';
import { ConfigurationError, type Problem } from '../errors.ts';
import type { PlannedDefinition, RegistrationPlan } from './model.ts';
import type { PlanFile } from './parse-plan-file.ts';

/** Changes when an older version could misread a newer file. */
export const FORMAT = 'batchwright-plan/1';

/**
 * Twelve hexadecimal digits that stand for what is done to what: the same wanted content over the same live revisions has the same id,
 * whenever and wherever it is planned.
 */
export function planId(plan: RegistrationPlan): string {
  return idOf(plan.definitions.map(describePlanned));
}

/** `source` is what the image was built from. */
export function createPlanFile(
  plan: RegistrationPlan,
  { image, commit, ref }: { image: string; commit?: string | undefined; ref?: string | undefined },
): PlanFile {
  const definitions = plan.definitions.map(describePlanned);
  return { format: FORMAT, id: idOf(definitions), image, commit, ref, definitions };
}

/**
 * The plan as made now, if it is what the file says. A definition that this very plan has registered already (the step was killed
 * and is run again) is unchanged now, and that is well.
 *
 * Throws ConfigurationError naming everything that differs: what is rendered now, or what is live now.
 */
export function matchPlanFile(file: PlanFile, now: RegistrationPlan): RegistrationPlan {
  const current = new Map(now.definitions.map(planned => [keyOf(describePlanned(planned)), planned]));
  const matched = file.definitions.map(planned => ({ planned, now: current.get(keyOf(planned)) }));
  const problems = matched.flatMap(each => findDifference(each.planned, each.now, file.id));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { definitions: matched.flatMap(each => each.now ?? []) };
}

type PlannedEntry = PlanFile['definitions'][number];

function findDifference(planned: PlannedEntry, now: PlannedDefinition | undefined, id: string): Problem[] {
  const name = `${planned.name} in ${planned.environment} ${planned.region}`;
  const remedy = 'Nothing was registered. Plan again.';
  if (now === undefined) return [{ message: `${name} is in the plan, but no longer in the configuration`, remedy }];
  if (now.contentHash !== planned.contentHash) {
    const message = `${name} renders differently now than when it was planned (a template, the configuration or an environment variable changed)`;
    return [{ message, remedy }];
  }
  const resumed = now.action === 'unchanged' && now.live?.planId === id;
  if (now.live?.revision === planned.live?.revision || resumed) return [];
  const message = `${name} has ${describeRevision(now.live?.revision)} now, but was planned against ${describeRevision(planned.live?.revision)}`;
  return [{ message, remedy: `${remedy} Somebody else registered in between.` }];
}

function describeRevision(number: number | undefined): string {
  return number === undefined ? 'no revision' : `revision ${number}`;
}

function describePlanned({ definition, action, contentHash, live, diff }: PlannedDefinition): PlannedEntry {
  const { target, family, tier, name } = definition;
  const { environment, region, account } = target;
  return {
    environment,
    region,
    account,
    family,
    tier,
    name,
    action,
    contentHash,
    ...(live && { live: { arn: live.arn, revision: live.revision, contentHash: live.contentHash } }),
    diff: [...diff],
  };
}

function keyOf({ environment, region, name }: PlannedEntry): string {
  return JSON.stringify([environment, region, name]);
}

/** The id of what is planned, as it stands in the file. */
export function idOf(definitions: readonly PlannedEntry[]): string {
  const facts = definitions.map(planned =>
    JSON.stringify([planned.account, keyOf(planned), planned.contentHash, planned.live?.revision ?? 0]),
  );
  return createHash('sha256').update(facts.sort().join('\n')).digest('hex').slice(0, 12);
}
