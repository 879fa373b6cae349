/**
 * The outside world, as small ports that hold only what we call, typed with AWS's own request and response types, so that the
 * real SDK clients fit without a cast. Adapters give the real ones; tests give the same clients on the local AWS.
 *
 * A verb asks for no more than it uses: `Pick<BatchPort, 'submitJob' | 'describeJobs'>`.
 */
import type * as batch from '@aws-sdk/client-batch';
import type * as logs from '@aws-sdk/client-cloudwatch-logs';
import type * as ec2 from '@aws-sdk/client-ec2';
import type * as ecr from '@aws-sdk/client-ecr';
import type * as iam from '@aws-sdk/client-iam';
import type * as pricing from '@aws-sdk/client-pricing';
import type * as s3 from '@aws-sdk/client-s3';
import type * as secretsManager from '@aws-sdk/client-secrets-manager';
import type * as sqs from '@aws-sdk/client-sqs';
import type * as ssm from '@aws-sdk/client-ssm';
import type * as sts from '@aws-sdk/client-sts';

/** What every call takes beside its request. */
export interface CallOptions {
  readonly abortSignal?: AbortSignal;
}
type Call<Request, Response> = (request: Request, options?: CallOptions) => Promise<Response>;

export interface BatchPort {
  registerJobDefinition: Call<batch.RegisterJobDefinitionCommandInput, batch.RegisterJobDefinitionCommandOutput>;
  describeJobDefinitions: Call<batch.DescribeJobDefinitionsCommandInput, batch.DescribeJobDefinitionsCommandOutput>;
  deregisterJobDefinition: Call<batch.DeregisterJobDefinitionCommandInput, batch.DeregisterJobDefinitionCommandOutput>;
  tagResource: Call<batch.TagResourceCommandInput, batch.TagResourceCommandOutput>;
  describeJobQueues: Call<batch.DescribeJobQueuesCommandInput, batch.DescribeJobQueuesCommandOutput>;
  describeComputeEnvironments: Call<
    batch.DescribeComputeEnvironmentsCommandInput,
    batch.DescribeComputeEnvironmentsCommandOutput
  >;
  submitJob: Call<batch.SubmitJobCommandInput, batch.SubmitJobCommandOutput>;
  describeJobs: Call<batch.DescribeJobsCommandInput, batch.DescribeJobsCommandOutput>;
  listJobs: Call<batch.ListJobsCommandInput, batch.ListJobsCommandOutput>;
  terminateJob: Call<batch.TerminateJobCommandInput, batch.TerminateJobCommandOutput>;
}

export interface EcrPort {
  getAuthorizationToken: Call<ecr.GetAuthorizationTokenCommandInput, ecr.GetAuthorizationTokenCommandOutput>;
  describeRepositories: Call<ecr.DescribeRepositoriesCommandInput, ecr.DescribeRepositoriesCommandOutput>;
  createRepository: Call<ecr.CreateRepositoryCommandInput, ecr.CreateRepositoryCommandOutput>;
  describeImages: Call<ecr.DescribeImagesCommandInput, ecr.DescribeImagesCommandOutput>;
  batchGetImage: Call<ecr.BatchGetImageCommandInput, ecr.BatchGetImageCommandOutput>;
  getDownloadUrlForLayer: Call<ecr.GetDownloadUrlForLayerCommandInput, ecr.GetDownloadUrlForLayerCommandOutput>;
  batchDeleteImage: Call<ecr.BatchDeleteImageCommandInput, ecr.BatchDeleteImageCommandOutput>;
  putLifecyclePolicy: Call<ecr.PutLifecyclePolicyCommandInput, ecr.PutLifecyclePolicyCommandOutput>;
}

export interface LogsPort {
  getLogEvents: Call<logs.GetLogEventsCommandInput, logs.GetLogEventsCommandOutput>;
  filterLogEvents: Call<logs.FilterLogEventsCommandInput, logs.FilterLogEventsCommandOutput>;
  describeLogGroups: Call<logs.DescribeLogGroupsCommandInput, logs.DescribeLogGroupsCommandOutput>;
}

export interface ObjectStorePort {
  getObject: Call<s3.GetObjectCommandInput, s3.GetObjectCommandOutput>;
  headObject: Call<s3.HeadObjectCommandInput, s3.HeadObjectCommandOutput>;
  headBucket: Call<s3.HeadBucketCommandInput, s3.HeadBucketCommandOutput>;
  listObjectsV2: Call<s3.ListObjectsV2CommandInput, s3.ListObjectsV2CommandOutput>;
  putObject: Call<s3.PutObjectCommandInput, s3.PutObjectCommandOutput>;
}

export interface IdentityPort {
  getCallerIdentity: Call<sts.GetCallerIdentityCommandInput, sts.GetCallerIdentityCommandOutput>;
  /** Unsigned: whoever has no credentials yet may call it. */
  assumeRoleWithWebIdentity: Call<
    sts.AssumeRoleWithWebIdentityCommandInput,
    sts.AssumeRoleWithWebIdentityCommandOutput
  >;
}

/** GitHub's OIDC provider, which says in a signed token which job of which workflow this is. */
export interface IdentityTokenPort {
  /**
   * A new token, good for some five minutes. Throws ConfigurationError when this job gets none, RemoteError when GitHub refuses or
   * cannot be reached, the signal's reason when aborted.
   */
  readToken(audience: string, signal?: AbortSignal): Promise<string>;
}

export interface QueuePort {
  receiveMessage: Call<sqs.ReceiveMessageCommandInput, sqs.ReceiveMessageCommandOutput>;
  deleteMessageBatch: Call<sqs.DeleteMessageBatchCommandInput, sqs.DeleteMessageBatchCommandOutput>;
  getQueueAttributes: Call<sqs.GetQueueAttributesCommandInput, sqs.GetQueueAttributesCommandOutput>;
}

/** Roles are an account's and the same in every region. */
export interface RolePort {
  getRole: Call<iam.GetRoleCommandInput, iam.GetRoleCommandOutput>;
}

export interface InstanceTypePort {
  describeInstanceTypes: Call<ec2.DescribeInstanceTypesCommandInput, ec2.DescribeInstanceTypesCommandOutput>;
}

export interface SpotPricePort {
  describeSpotPriceHistory: Call<ec2.DescribeSpotPriceHistoryCommandInput, ec2.DescribeSpotPriceHistoryCommandOutput>;
}

/** The price list of every region, which only a few regions answer for. */
export interface PricingPort {
  getProducts: Call<pricing.GetProductsCommandInput, pricing.GetProductsCommandOutput>;
}

export interface ParameterPort {
  getParameters: Call<ssm.GetParametersCommandInput, ssm.GetParametersCommandOutput>;
}

export interface SecretPort {
  describeSecret: Call<secretsManager.DescribeSecretCommandInput, secretsManager.DescribeSecretCommandOutput>;
  getSecretValue: Call<secretsManager.GetSecretValueCommandInput, secretsManager.GetSecretValueCommandOutput>;
}

/**
 * The clients of one region, made on first use: a client's module is loaded only when somebody asks for it, since loading all of
 * them is most of an action's start.
 */
export interface AwsPorts {
  batch(region: string): Promise<BatchPort>;
  /** Sends each request at most once: these have no client token, so a blind retry may submit or register twice. */
  batchOnce(region: string): Promise<Pick<BatchPort, 'submitJob' | 'registerJobDefinition'>>;
  ecr(region: string): Promise<EcrPort>;
  logs(region: string): Promise<LogsPort>;
  s3(region: string): Promise<ObjectStorePort>;
  sts(region: string): Promise<IdentityPort>;
  iam(region: string): Promise<RolePort>;
  ec2(region: string): Promise<InstanceTypePort & SpotPricePort>;
  pricing(region: string): Promise<PricingPort>;
  ssm(region: string): Promise<ParameterPort>;
  sqs(region: string): Promise<QueuePort>;
  secretsManager(region: string): Promise<SecretPort>;
}

/** Time, passed in. `sleep` rejects with the signal's reason when aborted. Milliseconds. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Runs a program without a shell. Never rejects because of an exit code. */
export interface CommandPort {
  run(
    command: string,
    args: readonly string[],
    options?: {
      readonly cwd?: string | undefined;
      /** Added to the environment of this process. */
      readonly environment?: Readonly<Record<string, string>> | undefined;
      /** Written to the program's standard input, which is then closed. */
      readonly input?: string | undefined;
      /** Every line of stdout and stderr as it comes. */
      readonly onLine?: ((line: string, stream: 'stdout' | 'stderr') => void) | undefined;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;
}

/** One HTTP exchange, streamed both ways. Redirects are not followed; the caller decides what may be sent to another origin. */
export interface HttpPort {
  request(request: {
    readonly method: string;
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** A stream is sent with backpressure; give `content-length` where it is known. */
    readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<HttpResponse>;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; a repeated header is joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Must be read to the end or destroyed (`return()`), or the connection stays taken. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** One login, for the logins file of Docker. `host` has a port where one is needed and never a path. */
export interface RegistryLogin {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** Throw-away Docker configurations, so that neither a build nor a push leaves credentials behind. */
export interface DockerConfigPort {
  /**
   * A folder that only this user can read: the user's own configuration (contexts, builders, plug-ins, other logins) with `logins`
   * before everything else. Pass its path as DOCKER_CONFIG. `remove` deletes it, whatever was written to it since.
   */
  create(logins: readonly RegistryLogin[]): Promise<{ readonly path: string; readonly remove: () => Promise<void> }>;
}

/** What is kept by key, below one S3 prefix or in one folder. Keys are `/`-separated; a write is seen by every read after it. */
export interface StorePort {
  /** Where it is, without a `/` at its end: `s3://bucket/prefix`, or the folder's path. */
  readonly uri: string;
  /** Undefined when there is nothing of that key. `version` changes with every write. */
  read(key: string): Promise<StoredValue | undefined>;
  /**
   * Gives the new version; undefined, with nothing written, when `condition` does not hold: `absent`, or the version that it must
   * still have. Of two writers with a condition one wins.
   */
  write(
    key: string,
    bytes: Uint8Array,
    condition?: 'absent' | { readonly version: string },
  ): Promise<string | undefined>;
  /** What stands directly below a key that ends in `/`, or below the root for an empty one; folders end in `/`. */
  list(folder: string): AsyncIterable<string>;
}

export interface StoredValue {
  readonly bytes: Uint8Array;
  readonly version: string;
}

/**
 * GitHub, as far as a workflow run is concerned: always the repository of this run. Calls wait out a rate limit for a few minutes, and
 * tell so; the token is masked before it is used. They reject with a RemoteError whose last sentence says what to do (which
 * permission is missing, when to try again), or with the signal's reason.
 */
export interface GitHubPort {
  /** The number of the pull request that this workflow run is for; undefined for every other event, and outside of GitHub. */
  readPullRequest(): Promise<number | undefined>;
  /** This workflow run; undefined outside of GitHub. */
  readRun(): WorkflowRun | undefined;
  /** Changes the comment that begins with `marker`, or writes the first. At most 65,536 characters. */
  upsertComment(request: {
    readonly token: string;
    readonly pullRequest: number;
    readonly marker: string;
    readonly body: string;
  }): Promise<{ readonly url: string; readonly how: Upserted }>;
  /**
   * Makes one deployment for a commit, whatever its checks say, and merges nothing. When the answer was lost it is looked for before
   * it is made again. `payload` is kept with it.
   */
  createDeployment(request: {
    readonly token: string;
    /** 40 hexadecimal digits. */
    readonly commit: string;
    readonly environment: string;
    readonly description?: string | undefined;
    readonly payload: Readonly<Record<string, unknown>>;
  }): Promise<{ readonly id: number }>;
  /** A `success` makes earlier deployments to the same environment inactive. Texts are cut at GitHub's 140 characters. */
  createDeploymentStatus(request: {
    readonly token: string;
    readonly deploymentId: number;
    readonly state: DeploymentState;
    readonly description?: string | undefined;
    readonly logUrl?: string | undefined;
    readonly environmentUrl?: string | undefined;
  }): Promise<void>;
  /**
   * Writes `body` as a marked section at the end of the notes of the release of `tag`, or over the section of the same marker, and
   * keeps everything else. Drafts and pre-releases are found as well. Of two that write to one release at the same moment, one section
   * may be lost: GitHub has no conditional write. Throws ConfigurationError when there is no release of that tag.
   */
  upsertReleaseNotes(request: {
    readonly token: string;
    readonly tag: string;
    /** An HTML comment on one line: `<!-- batchwright: production -->`. */
    readonly marker: string;
    readonly body: string;
  }): Promise<{ readonly url: string; readonly how: Upserted }>;
}

export type Upserted = 'created' | 'updated' | 'left as it was';

/** https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status */
export type DeploymentState = 'error' | 'failure' | 'inactive' | 'in_progress' | 'queued' | 'pending' | 'success';

export interface WorkflowRun {
  /** The same for every attempt. */
  readonly id: number;
  /** From 1. */
  readonly attempt: number;
  /** The page of this attempt, with the summary of each step. */
  readonly url: string;
}

/** Reads the user's files. Paths are relative to the working directory, or absolute. */
export interface FilesPort {
  /** Throws ConfigurationError when the file cannot be read. */
  readText(path: string): Promise<string>;
  exists(path: string): Promise<boolean>;
  /** The bytes of a file, a piece at a time; `-` is the standard input. Reading throws ConfigurationError when it cannot be read. */
  open(path: string): AsyncIterable<Uint8Array>;
  /** Every file, directory and symbolic link under `path`, depth first, sorted bytewise by relative path; `/`-separated. */
  walk(path: string): AsyncIterable<FileEntry>;
}

export interface FileEntry {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  /** Permission bits, e.g. 0o755. */
  readonly mode: number;
  readonly bytes: number;
  readonly linkTarget?: string | undefined;
  content(): AsyncIterable<Uint8Array>;
}
