import type { RegisterJobDefinitionCommandInput } from '@aws-sdk/client-batch';
import { ConfigurationError } from '../errors.ts';
import { batchError, isCertainlyRefused } from './batch-error.ts';
import { type LimitedPorts, type LiveDefinition, readByName } from './live.ts';
import type { DeploymentStamp, PlannedDefinition, RevisionStamp } from './model.ts';
import { planDefinition } from './plan.ts';
import { stampTags } from './tags.ts';

export interface Registered {
  readonly arn: string;
  readonly revision: number;
  /** False when somebody else had registered the very same; then it is not ours to undo. */
  readonly own: boolean;
}

/** How often a call is made whose fate is unknown and that turns out not to have been done. */
const MOST_TRIES = 3;
/** A revision may be described a moment after it was registered. */
const SETTLE_MILLISECONDS = 1000;

/**
 * Registers one definition and makes sure that its revision is the next after the one planned against.
 *
 * Batch has no client token and no conditional write. So each request is sent once; when the answer is lost, the revision is looked
 * for before it is sent again; and a number beyond the next one tells that others registered in between: with the same content theirs
 * is taken and ours deregistered, with other content ours is deregistered and it is an error.
 *
 * Throws RemoteError, or ConfigurationError when somebody else was faster.
 */
export async function registerDefinition(
  planned: PlannedDefinition,
  stamp: DeploymentStamp,
  ports: LimitedPorts,
): Promise<Registered> {
  const registeredAt = new Date(ports.clock.now()).toISOString();
  const request = stampedRequest(planned, { ...stamp, ...planned.stamp, registeredAt });
  const sent = await sendUntilKnown(planned, request, ports);
  const next = (planned.live?.revision ?? 0) + 1;
  return sent.revision <= next || !sent.own ? sent : await settleOvertaken(planned, request, sent, ports);
}

/** What is sent: the request as it was rendered, and the stamp's tags beside the user's. */
function stampedRequest(
  { definition, contentHash }: PlannedDefinition,
  stamp: DeploymentStamp & Pick<RevisionStamp, 'registeredAt'>,
): RegisterJobDefinitionCommandInput {
  const { request } = definition;
  return { ...request, tags: stampTags(request.tags, { ...stamp, contentHash }) };
}

/** What a job definition is called in messages: `content-cues-small in eu-west-1`. */
export function nameWithRegion({ definition }: PlannedDefinition): string {
  return `${definition.name} in ${definition.target.region}`;
}

async function sendUntilKnown(
  planned: PlannedDefinition,
  request: RegisterJobDefinitionCommandInput,
  ports: LimitedPorts,
): Promise<Registered> {
  const { region } = planned.definition.target;
  const batch = await ports.aws.batchOnce(region);
  for (let tries = 1; ; tries++) {
    try {
      const send = () => batch.registerJobDefinition(request);
      const { jobDefinitionArn = '', revision = 0 } = await ports.limiter.run({ region, operations: 'write' }, send);
      return { arn: jobDefinitionArn, revision, own: true };
    } catch (error) {
      if (isCertainlyRefused(error)) throw batchError('RegisterJobDefinition', nameWithRegion(planned), error);
      const found = await findLost(planned, request, error, ports);
      if (found) return found;
      if (tries === MOST_TRIES) throw batchError('RegisterJobDefinition', nameWithRegion(planned), error);
    }
  }
}

/** The revision that a call without an answer left behind. */
async function findLost(
  planned: PlannedDefinition,
  request: RegisterJobDefinitionCommandInput,
  error: unknown,
  ports: LimitedPorts,
): Promise<Registered | undefined> {
  for (let looks = 1; looks <= 2; looks++) {
    const newer = await readNewer(planned, ports).catch((reading: unknown) => {
      const unknown = `${nameWithRegion(planned)} (it may have been registered all the same, which could not be read back)`;
      throw batchError('RegisterJobDefinition', unknown, new AggregateError([error, reading], messageOf(error)));
    });
    const alike = newer.filter(revision => isSame(planned, revision));
    const same = alike.find(revision => hasTags(revision, request)) ?? alike[0];
    if (same) return { arn: same.arn, revision: same.revision, own: hasTags(same, request) };
    await ports.clock.sleep(SETTLE_MILLISECONDS);
  }
  return undefined;
}

/** The stamp tells our run from another's. */
function hasTags({ tags }: LiveDefinition, request: RegisterJobDefinitionCommandInput): boolean {
  return Object.entries(request.tags ?? {}).every(([key, value]) => tags[key] === value);
}

/**
 * Our number is not the next one: were the others deregistered revisions, the same content, or another deployment? With our stamp it
 * is our own, whose answer was lost and that was not described when it was looked for: it stays ours to undo.
 */
async function settleOvertaken(
  planned: PlannedDefinition,
  request: RegisterJobDefinitionCommandInput,
  sent: Registered,
  ports: LimitedPorts,
): Promise<Registered> {
  const others = (await readNewer(planned, ports)).filter(({ revision }) => revision < sent.revision);
  const newest = others.at(-1);
  if (!newest) return sent;
  const failure = await deregister(planned, sent.arn, ports);
  if (others.every(other => isSame(planned, other)) && !failure) {
    return { arn: newest.arn, revision: newest.revision, own: hasTags(newest, request) };
  }
  throw overtaken(planned, sent, others, failure);
}

function overtaken(
  planned: PlannedDefinition,
  sent: Registered,
  others: readonly LiveDefinition[],
  failure: Error | undefined,
): Error {
  const was = planned.live ? `revision ${planned.live.revision}` : 'no revision';
  const theirs = others.map(({ revision }) => revision).join(', ');
  const state = failure
    ? `Revision ${sent.revision}, which is ours, is still ACTIVE, since ${failure.message}`
    : `Ours, revision ${sent.revision}, was deregistered again`;
  return new ConfigurationError({
    message: `registering ${nameWithRegion(planned)}: it was planned against ${was}, but somebody else registered revision ${theirs} in between. ${state}`,
    remedy: 'Run again to compare with theirs, and let one deployment run at a time (`concurrency` in the workflow).',
  });
}

/** ACTIVE revisions that did not exist at the time of the plan, oldest first. */
async function readNewer(
  { definition, live }: PlannedDefinition,
  ports: LimitedPorts,
): Promise<readonly LiveDefinition[]> {
  const revisions = await readByName(definition.target.region, definition.name, { ...ports, signal: undefined });
  return revisions.filter(({ revision }) => revision > (live?.revision ?? 0));
}

/** Has `revision` the content that is planned? */
export function isSame({ definition }: PlannedDefinition, revision: LiveDefinition): boolean {
  return planDefinition(definition, revision).action === 'unchanged';
}

/** Undefined when it worked. */
export async function deregister(
  planned: PlannedDefinition,
  arn: string,
  ports: LimitedPorts,
): Promise<Error | undefined> {
  const { region } = planned.definition.target;
  try {
    const batch = await ports.aws.batch(region);
    const call = () => batch.deregisterJobDefinition({ jobDefinition: arn });
    await ports.limiter.run({ region, operations: 'write' }, call);
    return undefined;
  } catch (error) {
    return batchError('DeregisterJobDefinition', nameWithRegion(planned), error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
