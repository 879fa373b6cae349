/** The local AWS as a caller of its API sees it: the page shows what the calls answer, and nothing else. No fault and no rate holds it up. */
import type * as batch from '@aws-sdk/client-batch';
import type { Caller, JsonService } from '../model.ts';

export interface ViewedServices {
  readonly batch: JsonService;
  readonly ecr: JsonService;
  readonly logs: JsonService;
}

export interface RepositoryView {
  readonly repositoryName: string;
  readonly repositoryUri: string;
  readonly imageTagMutability: string;
  /** Seconds since the epoch, as in the awsJson wire form. */
  readonly createdAt: number;
}

export interface ImageView {
  readonly imageDigest: string;
  readonly imageTags?: readonly string[];
  readonly imageSizeInBytes: number;
  /** Seconds since the epoch. */
  readonly imagePushedAt: number;
  readonly imageManifestMediaType: string;
}

export interface LogPage {
  readonly events: readonly { readonly timestamp: number; readonly message: string }[];
  readonly nextBackwardToken: string;
  readonly nextForwardToken: string;
}

/** The calls that the page makes, each with the part of its output that the page shows. */
interface Outputs {
  DescribeJobQueues: batch.DescribeJobQueuesResponse;
  ListJobs: batch.ListJobsResponse;
  DescribeJobs: batch.DescribeJobsResponse;
  DescribeJobDefinitions: batch.DescribeJobDefinitionsResponse;
  DescribeRepositories: { readonly repositories: readonly RepositoryView[]; readonly nextToken?: string };
  DescribeImages: { readonly imageDetails: readonly ImageView[]; readonly nextToken?: string };
  GetLogEvents: LogPage;
}

export interface AwsView {
  /** Every account and region in which Batch or ECR has been called, in order. */
  readonly places: readonly Caller[];
  /** Throws the ServiceError that a caller would get. */
  ask<Name extends keyof Outputs>(caller: Caller, operation: Name, input: object): Promise<Outputs[Name]>;
}

export function viewAws(services: ViewedServices): AwsView {
  const { batch, ecr, logs } = services;
  const operations = { ...batch.operations, ...ecr.operations, ...logs.operations };
  return {
    places: readPlaces(services),
    async ask(caller, operation, input) {
      const answer = await operations[operation]?.({
        ...{ account: caller.account, region: caller.region },
        ...{ operation, requestId: 'page', input: { ...input } },
      });
      // Handlers answer in the wire form that the SDK's types describe; for ECR and Logs, in the parts that stand above.
      return answer as never;
    },
  };
}

function readPlaces(services: ViewedServices): Caller[] {
  const places = new Map<string, Caller>();
  for (const service of [services.batch, services.ecr]) {
    for (const { account, region } of service.callers?.() ?? [])
      places.set(`${account}/${region}`, { account, region });
  }
  return [...places].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, place]) => place);
}
