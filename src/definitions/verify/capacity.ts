/** What a region has to run jobs: its job queues, their compute environments, the instance types of those. */
import type { ComputeEnvironmentDetail, JobQueueDetail } from '@aws-sdk/client-batch';
import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { INSTANCE_BUNDLES } from '../../instance-families.ts';
import { type Answer, type AskPorts, ask, chunks, remember } from './ask.ts';
import type { Fleet, VerifyPorts } from './model.ts';

/** DescribeJobQueues and DescribeComputeEnvironments take this many names, says the API reference. */
const NAMES_A_CALL = 100;
/** EC2 takes this many values of a filter. */
const VALUES_A_CALL = 200;

export type CapacityPorts = AskPorts & {
  readonly aws: Pick<VerifyPorts['aws'], 'batch' | 'ec2'>;
};

/** Everything of a region is asked for at once, when the first wants it. */
export interface Capacity {
  /** By name or ARN; undefined when the region has no such queue. */
  queue(region: string, named: string): Promise<Answer<JobQueueDetail | undefined>>;
  /** In the queue's order; one that is gone is left out. */
  environments(region: string, queue: JobQueueDetail): Promise<Answer<readonly ComputeEnvironmentDetail[]>>;
  /** Those that a compute environment may start; empty when the region offers none of them. */
  instanceTypes(region: string, environment: ComputeEnvironmentDetail): Promise<Answer<readonly InstanceTypeInfo[]>>;
}

/** `queuesIn` names every job queue of a region that will be asked for. */
export function createCapacity(queuesIn: (region: string) => Iterable<string>, ports: CapacityPorts): Capacity {
  const queues = remember(region => readQueues(region, queuesIn(region), ports));
  const environments = remember(async region => {
    const answer = await queues(region);
    return 'verdict' in answer ? answer : readEnvironments(region, answer.value, ports);
  });
  const types = remember(async region => {
    const answer = await environments(region);
    return 'verdict' in answer ? answer : readInstanceTypes(region, answer.value.flatMap(namedTypes), ports);
  });
  return {
    queue: async (region, named) =>
      mapAnswer(await queues(region), all =>
        all.find(({ jobQueueName, jobQueueArn }) => named === jobQueueName || named === jobQueueArn),
      ),
    environments: async (region, queue) =>
      mapAnswer(await environments(region), all =>
        environmentsOf(queue).flatMap(arn => all.find(each => each.computeEnvironmentArn === arn) ?? []),
      ),
    instanceTypes: async (region, environment) =>
      mapAnswer(await types(region), all => {
        const names = namedTypes(environment);
        return all.filter(({ InstanceType: type = '' }) => names.some(name => isOf(name, type)));
      }),
  };
}

/** Every queue that a target's definitions, its smoke test or its runs are submitted to. */
export function queuesOf({ candidates, targets }: Fleet, region: string): ReadonlySet<string> {
  const own = candidates.flatMap(({ definition }) => (definition.target.region === region ? [definition.config] : []));
  const here = targets.filter(target => target.region === region);
  return new Set([
    ...own.flatMap(({ jobQueues }) => Object.values(jobQueues)),
    ...here.flatMap(({ smokeTest, jobQueues }) => jobQueues[smokeTest?.priority ?? ''] ?? []),
    // An entry may name any priority.
    ...here.flatMap(({ runs, jobQueues }) =>
      runs ? [...Object.values(jobQueues), ...Object.values(runs.retry.onDemandQueues)] : [],
    ),
  ]);
}

async function readQueues(region: string, names: Iterable<string>, ports: CapacityPorts) {
  return ask(
    {
      region,
      action: 'batch:DescribeJobQueues',
      look: async call => {
        const batch = await ports.aws.batch(region);
        const asking = chunks(names, NAMES_A_CALL).map(jobQueues =>
          call(() => batch.describeJobQueues({ jobQueues: [...jobQueues] })),
        );
        return (await Promise.all(asking)).flatMap(({ jobQueues = [] }) => jobQueues);
      },
    },
    ports,
  );
}

async function readEnvironments(region: string, queues: readonly JobQueueDetail[], ports: CapacityPorts) {
  const arns = new Set(queues.flatMap(environmentsOf));
  return ask(
    {
      region,
      action: 'batch:DescribeComputeEnvironments',
      look: async call => {
        const batch = await ports.aws.batch(region);
        const asking = chunks(arns, NAMES_A_CALL).map(computeEnvironments =>
          call(() => batch.describeComputeEnvironments({ computeEnvironments: [...computeEnvironments] })),
        );
        return (await Promise.all(asking)).flatMap(({ computeEnvironments = [] }) => computeEnvironments);
      },
    },
    ports,
  );
}

/** By filter and not by name: a name that the region does not offer would fail the whole call. */
async function readInstanceTypes(region: string, names: readonly string[], ports: CapacityPorts) {
  const patterns = new Set(names.map(name => (name.includes('.') ? name : `${name}.*`)));
  return ask(
    {
      region,
      action: 'ec2:DescribeInstanceTypes',
      look: async call => {
        const found: InstanceTypeInfo[] = [];
        if (patterns.size === 0) return found;
        const ec2 = await ports.aws.ec2(region);
        for (const Values of chunks(patterns, VALUES_A_CALL)) {
          let NextToken: string | undefined;
          do {
            const request = { Filters: [{ Name: 'instance-type', Values: [...Values] }], MaxResults: 100 };
            const page = await call(() => ec2.describeInstanceTypes({ ...request, ...(NextToken && { NextToken }) }));
            found.push(...(page.InstanceTypes ?? []));
            NextToken = page.NextToken;
          } while (NextToken);
        }
        return found;
      },
    },
    ports,
  );
}

function environmentsOf({ computeEnvironmentOrder = [] }: JobQueueDetail): readonly string[] {
  return computeEnvironmentOrder
    .toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .flatMap(({ computeEnvironment }) => computeEnvironment ?? []);
}

/** Types (`m5.large`) and families (`m5`); Fargate has none. */
function namedTypes({ computeResources }: ComputeEnvironmentDetail): readonly string[] {
  if (!/^(EC2|SPOT)$/.test(computeResources?.type ?? '')) return [];
  return (computeResources?.instanceTypes ?? []).flatMap(name => INSTANCE_BUNDLES[name] ?? [name]);
}

function isOf(name: string, type: string): boolean {
  return type === name || type.startsWith(`${name}.`);
}

function mapAnswer<Value, Result>(answer: Answer<Value>, map: (value: Value) => Result): Answer<Result> {
  return 'verdict' in answer ? answer : { value: map(answer.value) };
}
