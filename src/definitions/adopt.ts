/**
 * A revision that another deployment registered a moment ago may be taken back by it, should something else of it fail. Whoever
 * calls such a revision unchanged and goes home would be green with nothing live.
 *
 * So the one who relies on it marks it, waits a moment and looks again; and who takes back looks for the mark just before. Whichever
 * comes first, the other one sees it: Batch has no conditional write, but between that look and the deregistration lies one call,
 * which is shorter than the wait.
 */
import { ConfigurationError } from '../errors.ts';
import { batchError } from './batch-error.ts';
import { type LimitedPorts, type LiveDefinition, readLiveDefinitions } from './live.ts';
import type { DeploymentStamp, LiveRevision, PlannedDefinition, RegisterOutcome } from './model.ts';
import { isSame, nameWithRegion } from './register-one.ts';
import { ADOPTED_TAG, readStamp, tagValue } from './tags.ts';

/** Nothing is taken back that was registered longer ago than this: by then others may rely on it. */
const UNDO_MILLISECONDS = 15 * 60_000;
/** How far the clocks of two runners may differ. */
const CLOCKS_DIFFER_MILLISECONDS = 60_000;
/** Longer than a look and a deregistration take. */
const SETTLE_MILLISECONDS = 2000;

/** A definition whose revision is another deployment's. */
export interface Adoption {
  readonly planned: PlannedDefinition;
  readonly revision: Pick<LiveRevision, 'arn' | 'revision' | 'adoptedBy'>;
}

/** May the deployment that registered `live` still take it back? Not when that is our own, or long ago. */
export function mayBeTakenBack(live: LiveRevision, own: DeploymentStamp, now: number): boolean {
  if (live.registeredAt === undefined || isOfSameRun(live, own)) return false;
  return now - Date.parse(live.registeredAt) < UNDO_MILLISECONDS + CLOCKS_DIFFER_MILLISECONDS;
}

/** Did the deployment that `own` is the stamp of register `live`? A run that is started again comes after its first attempt. */
export function isOfSameRun(live: LiveRevision, own: DeploymentStamp): boolean {
  if (live.runUrl !== undefined && own.runUrl !== undefined) return live.runUrl === own.runUrl;
  return live.planId === own.planId;
}

/** Why a revision of our own must stay, by what is tagged on it; undefined when it may be taken back. */
export function findReliance(tags: Readonly<Record<string, string>>, now: number): string | undefined {
  const adopter = tags[ADOPTED_TAG];
  if (adopter !== undefined) return `another deployment relies on it (${adopter})`;
  const { registeredAt = '' } = readStamp(tags);
  const isOld = now - Date.parse(registeredAt) > UNDO_MILLISECONDS;
  return isOld
    ? `it was registered ${UNDO_MILLISECONDS / 60_000} minutes ago, and others may rely on it by now`
    : undefined;
}

/**
 * Marks what is relied on, and makes sure that it is still there. Gives what did not come out well, or otherwise than was thought.
 * Without the permission to mark it is said, and looked for all the same. Never throws.
 */
export async function adoptRevisions(
  adoptions: readonly Adoption[],
  own: DeploymentStamp,
  ports: LimitedPorts,
): Promise<ReadonlyMap<PlannedDefinition, RegisterOutcome>> {
  if (adoptions.length === 0) return new Map();
  const text = `Looking again at what another deployment registered a moment ago and may take back: ${adoptions.length} unchanged.`;
  ports.notify({ type: 'message', level: 'info', text });
  const regions = Map.groupBy(adoptions, ({ planned }) => planned.definition.target.region);
  const adopted = await Promise.all([...regions].map(([region, some]) => adoptInRegion(region, some, own, ports)));
  return new Map(adopted.flat());
}

type Finding = readonly [PlannedDefinition, RegisterOutcome];

async function adoptInRegion(
  region: string,
  adoptions: readonly Adoption[],
  own: DeploymentStamp,
  ports: LimitedPorts,
): Promise<readonly Finding[]> {
  try {
    const unmarked = adoptions.filter(({ revision }) => revision.adoptedBy === undefined);
    const marked = await Promise.all(unmarked.map(adoption => mark(adoption, own, ports)));
    warnUnmarked(marked, ports);
    await ports.clock.sleep(SETTLE_MILLISECONDS, ports.signal);
    const names = adoptions.map(({ planned }) => planned.definition.name);
    const live = await readLiveDefinitions(region, names, ports);
    return adoptions.flatMap(adoption => confirm(adoption, live.get(adoption.planned.definition.name)?.at(-1)));
  } catch (error) {
    const failed = { status: 'failed', error: error instanceof Error ? error : new Error(String(error)) } as const;
    return adoptions.map(({ planned }): Finding => [planned, failed]);
  }
}

/** What came in between; undefined when it is marked. */
async function mark(
  { planned, revision }: Adoption,
  own: DeploymentStamp,
  ports: LimitedPorts,
): Promise<string | undefined> {
  const { region } = planned.definition.target;
  const tags = { [ADOPTED_TAG]: adopterOf(own) };
  try {
    const batch = await ports.aws.batch(region);
    const call = () => batch.tagResource({ resourceArn: revision.arn, tags });
    await ports.limiter.run({ region, operations: 'write' }, call, ports.signal);
    return undefined;
  } catch (error) {
    return batchError('TagResource', `${nameWithRegion(planned)}, revision ${revision.revision}`, error).message;
  }
}

/** What a deployment writes of itself on what it relies on. */
function adopterOf({ runUrl, planId }: DeploymentStamp): string {
  return tagValue(runUrl ?? planId ?? 'a deployment');
}

/** Which deployment other than `own` relies on `live`; undefined when none has said so. */
export function findOtherAdopter({ adoptedBy }: LiveRevision, own: DeploymentStamp): string | undefined {
  return adoptedBy === adopterOf(own) ? undefined : adoptedBy;
}

function warnUnmarked(marked: readonly (string | undefined)[], { notify }: LimitedPorts): void {
  const [first, ...others] = marked.filter(message => message !== undefined);
  if (first === undefined) return;
  const more = others.length > 0 ? ` So it is with ${others.length} more.` : '';
  const text = `Another deployment registered this a moment ago, and takes it back should it fail, since it could not be told: ${first}${more}`;
  notify({ type: 'message', level: 'warning', text });
}

function confirm({ planned, revision }: Adoption, newest: LiveDefinition | undefined): readonly Finding[] {
  if (newest?.arn === revision.arn) return [];
  if (newest && isSame(planned, newest)) {
    return [[planned, { status: 'unchanged', arn: newest.arn, revision: newest.revision }]];
  }
  const now = newest ? `revision ${newest.revision} is the newest` : 'nothing is live';
  const error = new ConfigurationError({
    message: `${nameWithRegion(planned)}: revision ${revision.revision}, which another deployment had registered with this very content, is not what is live any more; ${now}`,
    remedy:
      'That deployment failed and took it back, or a third one registered. Run again, and let one deployment run at a time (`concurrency` in the workflow).',
  });
  return [[planned, { status: 'failed', error }]];
}
