import { CancelledError, ConfigurationError } from '../errors.ts';
import { type Adoption, adoptRevisions, mayBeTakenBack } from './adopt.ts';
import { type LimitedPorts, type RegistrationPorts, readLiveDefinitions, withLimiter } from './live.ts';
import type { DeploymentStamp, PlannedDefinition, RegisterOutcome, RegisterResult, RegistrationPlan } from './model.ts';
import { nameWithRegion, type Registered, registerDefinition } from './register-one.ts';
import { undoRegistrations } from './undo.ts';

export interface RegistrationOptions {
  /** `undo`: all or nothing, over all regions. `keep`: each region gets as far as it can. */
  readonly onFailure: 'undo' | 'keep';
  readonly stamp: DeploymentStamp;
  /** When what the plan is against was read, milliseconds of the clock; absent for a plan of another time. */
  readonly readAt?: number | undefined;
}

/**
 * What was read later than this ago is not read again: to the last of a region's definitions a look at the beginning is as old. Who
 * registers in between is found out by the revision's number, whenever it was.
 */
const FRESH_MILLISECONDS = 5000;
/** Definitions under way at once in one region; the limiter decides how fast. */
const CONCURRENCY = 20;

/**
 * Does exactly what the plan says, in all regions at once. Before anything is written, every name is read again unless that was a
 * moment ago: a plan against a revision that is no longer the newest is refused. Whatever happens, the result says of every definition
 * how it ended; it never throws because of AWS.
 */
export async function applyRegistration(
  plan: RegistrationPlan,
  options: RegistrationOptions,
  ports: RegistrationPorts,
): Promise<RegisterResult> {
  const limited = withLimiter(ports);
  const outcomes = new Map<PlannedDefinition, RegisterOutcome>();
  const todo = plan.definitions.filter(({ action }) => action !== 'unchanged');
  const regions = [...Map.groupBy(todo, ({ definition }) => definition.target.region)];
  const { readAt = Number.NEGATIVE_INFINITY } = options;
  if (ports.clock.now() - readAt > FRESH_MILLISECONDS) {
    await Promise.all(regions.map(([region, own]) => refuseStale(region, own, outcomes, limited)));
  }
  const doomed = new Set(outcomes.keys());
  if (doomed.size === 0 || options.onFailure === 'keep') {
    const registered = new Map<PlannedDefinition, Registered>();
    const open = regions.map(([, own]) => own.filter(planned => !doomed.has(planned)));
    const registration = { options, outcomes, registered, ports: limited };
    await Promise.all(open.map(own => registerRegion(own, registration)));
    if (!hasFailed(outcomes) || options.onFailure === 'keep') await adoptOthers(plan, registration);
    if (hasFailed(outcomes) && options.onFailure === 'undo') await undoAll(registered, outcomes, limited);
    if (hasFailed(outcomes) && options.onFailure === 'keep') keepAll(registered, outcomes);
  }
  return resultOf(plan, outcomes);
}

function hasFailed(outcomes: ReadonlyMap<PlannedDefinition, RegisterOutcome>): boolean {
  return [...outcomes.values()].some(({ status }) => status === 'failed');
}

/** Marks as failed what changed since the plan, or cannot be read. */
async function refuseStale(
  region: string,
  own: readonly PlannedDefinition[],
  outcomes: Map<PlannedDefinition, RegisterOutcome>,
  ports: LimitedPorts,
): Promise<void> {
  const fail = (planned: PlannedDefinition, error: unknown) =>
    outcomes.set(planned, { status: 'failed', error: asError(error) });
  try {
    const names = own.map(({ definition }) => definition.name);
    const live = await readLiveDefinitions(region, names, ports);
    for (const planned of own) {
      const now = live.get(planned.definition.name)?.at(-1)?.revision;
      if (now !== planned.live?.revision) fail(planned, staleError(planned, now));
    }
  } catch (error) {
    for (const planned of own) fail(planned, ports.signal?.aborted ? cancelled(planned) : error);
  }
}

function staleError(planned: PlannedDefinition, now: number | undefined): Error {
  const describe = (revision: number | undefined) => (revision === undefined ? 'no revision' : `revision ${revision}`);
  return new ConfigurationError({
    message: `${nameWithRegion(planned)} has ${describe(now)} now, but was planned against ${describe(planned.live?.revision)}; nothing of it was registered`,
    remedy: 'Somebody else registered in between. Run again to compare with what is live now.',
  });
}

interface Registration {
  readonly options: RegistrationOptions;
  readonly outcomes: Map<PlannedDefinition, RegisterOutcome>;
  readonly registered: Map<PlannedDefinition, Registered>;
  readonly ports: LimitedPorts;
}

async function registerRegion(own: readonly PlannedDefinition[], registration: Registration): Promise<void> {
  const queue = own.values();
  const worker = async () => {
    for (const planned of queue) {
      if (mustStop(registration)) return;
      await registerPlanned(planned, registration);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

function mustStop({ options, outcomes, ports }: Registration): boolean {
  return ports.signal?.aborted ? hasFailed(outcomes) : options.onFailure === 'undo' && hasFailed(outcomes);
}

async function registerPlanned(
  planned: PlannedDefinition,
  { options, outcomes, registered, ports }: Registration,
): Promise<void> {
  try {
    if (ports.signal?.aborted) throw cancelled(planned);
    const done = await registerDefinition(planned, options.stamp, ports);
    registered.set(planned, done);
    outcomes.set(planned, {
      status: 'registered',
      arn: done.arn,
      revision: done.revision,
      previous: planned.live?.revision,
      own: done.own,
    });
    ports.notify({
      type: 'message',
      level: 'info',
      text: `Registered ${nameWithRegion(planned)}: revision ${done.revision}.`,
    });
  } catch (error) {
    outcomes.set(planned, { status: 'failed', error: asError(error) });
  }
}

/** What this deployment relies on although another one registered it, which may yet take it back. */
async function adoptOthers(
  { definitions }: RegistrationPlan,
  { options: { stamp }, outcomes, registered, ports }: Registration,
): Promise<void> {
  const adoptions = definitions.flatMap((planned): readonly Adoption[] => {
    const done = registered.get(planned);
    if (done) return done.own ? [] : [{ planned, revision: done }];
    const { action, live } = planned;
    const isFresh = action === 'unchanged' && live && mayBeTakenBack(live, stamp, ports.clock.now());
    return isFresh ? [{ planned, revision: live }] : [];
  });
  for (const [planned, outcome] of await adoptRevisions(adoptions, stamp, ports)) {
    outcomes.set(planned, outcome);
    // There is nothing of ours to undo.
    if (outcome.status === 'failed') registered.delete(planned);
  }
}

async function undoAll(
  registered: ReadonlyMap<PlannedDefinition, Registered>,
  outcomes: Map<PlannedDefinition, RegisterOutcome>,
  ports: LimitedPorts,
): Promise<void> {
  for (const [planned, outcome] of await undoRegistrations(registered, ports)) {
    outcomes.set(planned, outcome);
    const how = outcome.status === 'kept' ? `left ACTIVE: ${outcome.reason}` : 'deregistered again';
    ports.notify({
      type: 'message',
      level: 'warning',
      text: `${nameWithRegion(planned)}, revision ${registered.get(planned)?.revision}: ${how}`,
    });
  }
}

function keepAll(
  registered: ReadonlyMap<PlannedDefinition, Registered>,
  outcomes: Map<PlannedDefinition, RegisterOutcome>,
): void {
  for (const [planned, { arn, revision, own }] of registered) {
    outcomes.set(planned, { status: 'kept', arn, revision, own, reason: 'on-failure is keep' });
  }
}

function resultOf(plan: RegistrationPlan, outcomes: ReadonlyMap<PlannedDefinition, RegisterOutcome>): RegisterResult {
  const definitions = plan.definitions.map(planned => ({
    ...planned,
    outcome: outcomes.get(planned) ?? untouched(planned),
  }));
  return {
    ok: definitions.every(({ outcome }) => outcome.status === 'registered' || outcome.status === 'unchanged'),
    definitions,
  };
}

function untouched({ action, live }: PlannedDefinition): RegisterOutcome {
  if (action !== 'unchanged' || !live) return { status: 'not-attempted' };
  return { status: 'unchanged', arn: live.arn, revision: live.revision };
}

function cancelled(planned: PlannedDefinition): Error {
  return new CancelledError(`cancelled before ${nameWithRegion(planned)} was registered`);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
