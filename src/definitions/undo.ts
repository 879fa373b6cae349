import { findReliance } from './adopt.ts';
import { batchError } from './batch-error.ts';
import type { LimitedPorts } from './live.ts';
import type { PlannedDefinition, RegisterOutcome } from './model.ts';
import { deregister, nameWithRegion, type Registered } from './register-one.ts';

/** Deregistered after one look at them all: few, so that the last of them goes soon after the look. */
const LOOK_AT_ONCE = 10;

type Undone = readonly [PlannedDefinition, RegisterOutcome];

/**
 * Takes back what this run registered, so that the revision before it is the newest again. A revision is left that an unfinished job
 * of the configured job queues uses, or another deployment, or that Batch does not let go. Never throws.
 */
export async function undoRegistrations(
  registered: ReadonlyMap<PlannedDefinition, Registered>,
  ports: LimitedPorts,
): Promise<readonly Undone[]> {
  const regions = Map.groupBy(registered, ([planned]) => planned.definition.target.region);
  const undone = await Promise.all([...regions.values()].map(own => undoRegion(own, ports)));
  return undone.flat();
}

type Own = readonly [PlannedDefinition, Registered];

async function undoRegion(own: readonly Own[], ports: LimitedPorts): Promise<readonly Undone[]> {
  const looked = await Promise.all(own.map(async one => [one, await findUser(one, ports)] as const));
  const undone = looked.flatMap(([[planned, done], reason]) => (reason ? [kept(planned, done, reason)] : []));
  const free = looked.flatMap(([one, reason]) => (reason ? [] : [one]));
  for (let begin = 0; begin < free.length; begin += LOOK_AT_ONCE) {
    undone.push(...(await undoFree(free.slice(begin, begin + LOOK_AT_ONCE), ports)));
  }
  return undone;
}

async function findUser([planned, { arn, own }]: Own, ports: LimitedPorts): Promise<string | undefined> {
  if (!own) return 'another deployment registered the same content';
  const user = await findUnfinishedJob(planned, arn, ports);
  return user === undefined ? undefined : `job ${user} uses it`;
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

function kept(planned: PlannedDefinition, { arn, revision }: Registered, reason: string): Undone {
  return [planned, { status: 'kept', arn, revision, reason }];
}

/**
 * The id of a job that is not finished. Jobs are listed by queue, so only the configured queues can be asked; without the permission
 * to list them it is said and counts as no job: the revision is seconds old, and jobs on a deregistered one are believed to go on.
 */
async function findUnfinishedJob(
  planned: PlannedDefinition,
  arn: string,
  ports: LimitedPorts,
): Promise<string | undefined> {
  for (const jobQueue of new Set(Object.values(planned.definition.config.jobQueues))) {
    try {
      const job = await findInQueue(planned, jobQueue, arn, ports);
      if (job !== undefined) return job;
    } catch (error) {
      const { message } = batchError('ListJobs', nameWithRegion(planned), error);
      ports.notify({
        type: 'message',
        level: 'warning',
        text: `Undoing without knowing whether a job uses it: ${message}`,
      });
      return undefined;
    }
  }
  return undefined;
}

/** With a filter, jobs of every status are listed, newest first. */
async function findInQueue(
  planned: PlannedDefinition,
  jobQueue: string,
  arn: string,
  ports: LimitedPorts,
): Promise<string | undefined> {
  const { region } = planned.definition.target;
  const batch = await ports.aws.batch(region);
  const filters = [{ name: 'JOB_DEFINITION', values: [arn] }];
  let nextToken: string | undefined;
  do {
    const call = () => batch.listJobs({ jobQueue, filters, ...(nextToken && { nextToken }) });
    const answer = await ports.limiter.run({ region, operations: 'read' }, call);
    const job = answer.jobSummaryList?.find(({ status }) => status !== 'SUCCEEDED' && status !== 'FAILED');
    if (job) return job.jobId;
    nextToken = answer.nextToken;
  } while (nextToken);
  return undefined;
}
