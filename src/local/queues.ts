/** Job queues to begin with, each on a compute environment of its own name, made by the API like anybody's. */
import { partitionOf } from './batch/arn.ts';
import { defaultAccount } from './caller.ts';
import { defaultRegion } from './client-environment.ts';
import type { LocalAws } from './server.ts';

export const CAPACITIES = ['EC2', 'SPOT', 'FARGATE', 'FARGATE_SPOT'] as const;
type Capacity = (typeof CAPACITIES)[number];

export interface GivenQueue {
  readonly name: string;
  /** Default 1; the higher goes first. */
  readonly priority?: number | undefined;
  /** Default `EC2`. */
  readonly capacity?: Capacity | undefined;
  /** Default 10,000. */
  readonly maxvCpus?: number | undefined;
  /** Fair-share scheduling policy, made beside the job queue: all jobs with the same share identifier count together. */
  readonly fairShare?: boolean | undefined;
  /** Default `optimal`. Not for Fargate. */
  readonly instanceTypes?: readonly string[] | undefined;
}

export async function createQueues(
  local: LocalAws,
  {
    queues,
    account = defaultAccount,
    regions = [defaultRegion],
  }: {
    readonly queues: readonly GivenQueue[];
    readonly account?: string | undefined;
    readonly regions?: readonly string[] | undefined;
  },
): Promise<void> {
  for (const region of regions) {
    const call = caller(local.url, account, region);
    for (const queue of queues) {
      await call('createcomputeenvironment', describeEnvironment(queue));
      if (queue.fairShare) await call('createschedulingpolicy', { name: queue.name, fairsharePolicy: {} });
      await call('createjobqueue', {
        jobQueueName: queue.name,
        priority: queue.priority ?? 1,
        ...(queue.fairShare && {
          schedulingPolicyArn: `arn:${partitionOf(region)}:batch:${region}:${account}:scheduling-policy/${queue.name}`,
        }),
        computeEnvironmentOrder: [{ order: 1, computeEnvironment: queue.name }],
      });
    }
  }
}

function describeEnvironment({ name, capacity = 'EC2', maxvCpus = 10_000, instanceTypes }: GivenQueue): object {
  const network = { subnets: ['subnet-1'], securityGroupIds: ['sg-1'] };
  const machines = { minvCpus: 0, instanceTypes: instanceTypes ?? ['optimal'], instanceRole: 'ecsInstanceRole' };
  return {
    computeEnvironmentName: name,
    type: 'MANAGED',
    computeResources: {
      type: capacity,
      maxvCpus,
      ...network,
      ...(capacity.startsWith('FARGATE') ? {} : machines),
      ...(capacity === 'SPOT' ? { allocationStrategy: 'SPOT_PRICE_CAPACITY_OPTIMIZED' } : {}),
    },
  };
}

/** The API as plain HTTP: the local AWS reads the account and region of a signature and checks no more. */
function caller(url: string, account: string, region: string) {
  const authorization = `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/batch/aws4_request, SignedHeaders=host, Signature=0`;
  return async (path: string, input: object): Promise<void> => {
    const response = await fetch(`${url}/v1/${path}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
    const answer = await response.text();
    // A state folder brings those of an earlier life.
    if (!response.ok && !answer.includes('Object already exists'))
      throw new Error(`the local AWS cannot have this queue: ${answer}`);
  };
}
