/** The local Batch behind the real SDK client, on a scripted engine and a clock of the test's. */
import {
  Batch,
  type ComputeEnvironmentDetail,
  type JobDetail,
  type RegisterJobDefinitionRequest,
  type SubmitJobRequest,
} from '@aws-sdk/client-batch';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll } from '@jest/globals';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../../src/local/server.ts';
import { clientOptions } from '../fixtures/local.ts';
import { ScriptedEngine } from './scripted-engine.ts';
import { settle, TestClock } from './test-clock.ts';

export const account = '111122223333';
export const region = 'eu-west-1';
export const arn = (resource: string) => `arn:aws:batch:${region}:${account}:${resource}`;

/** Of a compute environment that Batch accepts. */
export const EC2_RESOURCES = {
  type: 'EC2' as const,
  minvCpus: 0,
  maxvCpus: 16,
  instanceTypes: ['optimal'],
  subnets: ['subnet-1'],
  securityGroupIds: ['sg-1'],
  instanceRole: 'ecsInstanceRole',
};

export class LocalBatch {
  readonly engine: ScriptedEngine;
  readonly clock: TestClock;
  readonly api: Batch;
  readonly logs: CloudWatchLogs;
  readonly local: LocalAws;

  private constructor(local: LocalAws, engine: ScriptedEngine, clock: TestClock) {
    this.local = local;
    this.engine = engine;
    this.clock = clock;
    this.api = new Batch(clientOptions(local, account, region));
    this.logs = new CloudWatchLogs(clientOptions(local, account, region));
  }

  static async start(
    options: Partial<LocalAwsOptions> & { concurrency?: number; clock?: TestClock } = {},
  ): Promise<LocalBatch> {
    const { concurrency, clock = new TestClock(), ...rest } = options;
    const engine = new ScriptedEngine(concurrency);
    return new LocalBatch(await startLocalAws({ engine, clock, ...rest }), engine, clock);
  }

  async stop(): Promise<void> {
    this.api.destroy();
    this.logs.destroy();
    await this.local.stop();
  }

  async createComputeEnvironment(computeEnvironmentName: string, resources: object = {}): Promise<string> {
    await this.api.createComputeEnvironment({
      computeEnvironmentName,
      type: 'MANAGED',
      computeResources: {
        ...EC2_RESOURCES,
        maxvCpus: 10_000,
        ...resources,
      },
    });
    return computeEnvironmentName;
  }

  /** By name or ARN. */
  async describeEnvironment(name: string): Promise<ComputeEnvironmentDetail | undefined> {
    const { computeEnvironments = [] } = await this.api.describeComputeEnvironments({ computeEnvironments: [name] });
    return computeEnvironments[0];
  }

  async createFargate(computeEnvironmentName: string): Promise<string> {
    await this.api.createComputeEnvironment({
      computeEnvironmentName,
      type: 'MANAGED',
      computeResources: { type: 'FARGATE', maxvCpus: 100, subnets: ['subnet-1'], securityGroupIds: ['sg-1'] },
    });
    return computeEnvironmentName;
  }

  async createQueue(
    jobQueueName: string,
    environments: readonly string[],
    priority = 1,
    rest: object = {},
  ): Promise<string> {
    const computeEnvironmentOrder = environments.map((computeEnvironment, at) => ({
      order: at + 1,
      computeEnvironment,
    }));
    await this.api.createJobQueue({ jobQueueName, priority, computeEnvironmentOrder, ...rest });
    return jobQueueName;
  }

  async register(
    jobDefinitionName: string,
    container: object = {},
    rest: Partial<RegisterJobDefinitionRequest> = {},
  ): Promise<string> {
    const { jobDefinitionArn } = await this.api.registerJobDefinition({
      jobDefinitionName,
      type: 'container',
      containerProperties: { image: 'busybox', vcpus: 1, memory: 128, ...container },
      ...rest,
    });
    return jobDefinitionArn ?? '';
  }

  /** Submits, and lets the job be placed. */
  async submit(rest: Partial<SubmitJobRequest> = {}): Promise<string> {
    const { jobId = '' } = await this.api.submitJob({
      jobName: 'job',
      jobQueue: 'queue',
      jobDefinition: 'definition',
      ...rest,
    });
    await settle();
    return jobId;
  }

  async describe(jobId: string): Promise<JobDetail> {
    await settle();
    const [job] = (await this.api.describeJobs({ jobs: [jobId] })).jobs ?? [];
    if (!job) throw new Error(`${jobId} is not described`);
    return job;
  }

  async statuses(...jobIds: string[]): Promise<(string | undefined)[]> {
    await settle();
    const { jobs = [] } = await this.api.describeJobs({ jobs: jobIds });
    return jobIds.map(id => jobs.find(({ jobId }) => jobId === id)?.status);
  }
}

/** A local Batch with compute environment `environment`, queue `queue` and definition `definition`, for a whole test file. */
export function useBatch(options: Parameters<typeof LocalBatch.start>[0] = {}): () => LocalBatch {
  let batch: LocalBatch | undefined;
  beforeAll(async () => {
    batch = await LocalBatch.start(options);
    await batch.createComputeEnvironment('environment');
    await batch.createQueue('queue', ['environment']);
    await batch.register('definition');
  });
  afterAll(() => batch?.stop());
  return () => {
    if (!batch) throw new Error('not started');
    return batch;
  };
}
