import { formatCount } from '../format-count.ts';
import { findReliance } from './adopt.ts';
import { batchError } from './batch-error.ts';
import { type RevisionsInUse, readRegionInUse } from './in-use.ts';
import type { LimitedPorts } from './live.ts';
import type { PlannedDefinition, RegisterOutcome } from './model.ts';
import { deregister, nameWithRegion, type Registered } from './register-one.ts';

/** Deregistered after one look at them all: few, so that the last of them goes soon after the look. */
const LOOK_AT_ONCE = 10;

type Undone = readonly [PlannedDefinition, RegisterOutcome];

/**
 * Takes back what this run registered, so that the revision before it is the newest again. A revision is left that an unfinished job
 * uses, in whichever job queue of its region, or another deployment, or that Batch does not let go. Never throws.
 */
export async function undoRegistrations(
  registered: ReadonlyMap<PlannedDefinition, Registered>,
  ports: LimitedPorts,
): Promise<readonly Undone[]> {
  const regions = Map.groupBy(registered, ([planned]) => planned.definition.target.region);
  const undone = await Promise.all([...regions].map(([region, own]) => undoRegion(region, own, ports)));
  return undone.flat();
}

type Own = readonly [PlannedDefinition, Registered];

async function undoRegion(region: string, own: readonly Own[], ports: LimitedPorts): Promise<readonly Undone[]> {
  const inUse = await readUsers(region, ports);
  const looked = own.map(one => [one, findUser(one, inUse)] as const);
  const undone = looked.flatMap(([[planned, done], reason]) => (reason ? [kept(planned, done, reason)] : []));
  const free = looked.flatMap(([one, reason]) => (reason ? [] : [one]));
  for (let begin = 0; begin < free.length; begin += LOOK_AT_ONCE) {
    undone.push(...(await undoFree(free.slice(begin, begin + LOOK_AT_ONCE), ports)));
  }
  return undone;
}

/**
 * Without the permission to list jobs it is said and counts as none: the revisions are seconds old, and jobs on a deregistered one are
 * believed to go on. A run that is cancelled undoes as well, so that no signal ends it.
 */
async function readUsers(region: string, ports: LimitedPorts): Promise<RevisionsInUse> {
  try {
    return await readRegionInUse(region, { ...ports, signal: undefined });
  } catch (error) {
    const text = `Undoing without knowing whether a job uses it: ${error instanceof Error ? error.message : String(error)}`;
    ports.notify({ type: 'message', level: 'warning', text });
    return new Map();
  }
}

function findUser([, { arn, own }]: Own, inUse: RevisionsInUse): string | undefined {
  if (!own) return 'another deployment registered the same content';
  const jobs = inUse.get(arn);
  if (jobs === undefined) return undefined;
  return jobs === 1 ? 'an unfinished job uses it' : `${formatCount(jobs)} unfinished jobs use it`;
}

async function undoFree(own: readonly Own[], ports: LimitedPorts): Promise<readonly Undone[]> {
  const relied = await findRelied(own, ports);
  return Promise.all(
    own.map(async ([planned, done]): Promise<Undone> => {
      const reason = relied.get(done.arn) ?? (await deregister(planned, done.arn, ports))?.message;
      if (reason !== undefined) return kept(planned, done, reason);
      return [planned, { status: 'undone', arn: done.arn, revision: done.revision }];
    }),
  );
}

/** Why revisions must stay, by ARN: see `adopt.ts`. What cannot be read stays: nobody may lose what they rely on. */
async function findRelied(own: readonly Own[], ports: LimitedPorts): Promise<ReadonlyMap<string, string>> {
  const [first] = own;
  if (!first) return new Map();
  const { region } = first[0].definition.target;
  const jobDefinitions = own.map(([, { arn }]) => arn);
  try {
    const batch = await ports.aws.batch(region);
    const call = () => batch.describeJobDefinitions({ jobDefinitions });
    const answer = await ports.limiter.run({ region, operations: 'read' }, call);
    return new Map(
      (answer.jobDefinitions ?? []).flatMap(({ jobDefinitionArn = '', tags = {} }) => {
        const reason = findReliance(tags, ports.clock.now());
        return reason === undefined ? [] : [[jobDefinitionArn, reason]];
      }),
    );
  } catch (error) {
    const { message } = batchError('DescribeJobDefinitions', nameWithRegion(first[0]), error);
    return new Map(
      jobDefinitions.map(arn => [arn, `whether another deployment relies on it is not known: ${message}`]),
    );
  }
}

function kept(planned: PlannedDefinition, { arn, revision, own }: Registered, reason: string): Undone {
  return [planned, { status: 'kept', arn, revision, own, reason }];
}
