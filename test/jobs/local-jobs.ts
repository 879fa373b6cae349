/** A local AWS with a queue and a definition in two regions, real SDK clients, and what a smoke test there needs. */
import { Batch, type JobSummary } from '@aws-sdk/client-batch';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { S3 } from '@aws-sdk/client-s3';
import { afterEach, beforeEach } from '@jest/globals';
import type { SmokeTestConfig, TargetConfig } from '../../src/config/model.ts';
import type { ToolkitEvent } from '../../src/events.ts';
import type { SmokeTestTarget } from '../../src/jobs/plan-smoke-test.ts';
import type { SmokeTestPorts } from '../../src/jobs/smoke-test.ts';
import { type LocalAws, startLocalAws } from '../../src/local/server.ts';
import { CREDENTIALS, type ObjectStore, REGION, startObjectStore } from '../examples/object-store.ts';
import { ScriptedEngine } from '../local/batch/scripted-engine.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { scaledClock } from './scaled-clock.ts';

export const ACCOUNT = '111122223333';
export const REGIONS = ['eu-west-1', 'us-east-1'] as const;

export class LocalJobs {
  readonly engine: ScriptedEngine;
  readonly local: LocalAws;
  readonly store: ObjectStore;
  readonly events: ToolkitEvent[] = [];
  readonly abort = new AbortController();
  readonly ports: SmokeTestPorts & { signal: AbortSignal };
  readonly #clients = new Map<string, Batch | CloudWatchLogs>();
  readonly #s3: S3;

  private constructor(local: LocalAws, engine: ScriptedEngine, store: ObjectStore) {
    this.local = local;
    this.engine = engine;
    this.store = store;
    // Objects are one store for every region; its signatures are of its own region.
    this.#s3 = new S3({ endpoint: store.endpoint, region: REGION, credentials: CREDENTIALS, forcePathStyle: true });
    this.ports = {
      aws: {
        batch: async region => this.batch(region),
        batchOnce: async region => this.batch(region),
        logs: async region =>
          this.#client(`logs ${region}`, () => new CloudWatchLogs(clientOptions(local, ACCOUNT, region))),
        s3: async () => this.#s3,
      },
      clock: scaledClock(200),
      notify: event => this.events.push(event),
      signal: this.abort.signal,
    };
  }

  static async start(): Promise<LocalJobs> {
    const engine = new ScriptedEngine();
    const jobs = new LocalJobs(await startLocalAws({ engine }), engine, await startObjectStore());
    try {
      for (const region of REGIONS) await jobs.#furnish(region);
      return jobs;
    } catch (error) {
      await jobs.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (const client of this.#clients.values()) client.destroy();
    this.#s3.destroy();
    await this.local.stop();
    await this.store.close();
  }

  batch(region: string): Batch {
    return this.#client(`batch ${region}`, () => new Batch(clientOptions(this.local, ACCOUNT, region)));
  }

  #client<Client extends Batch | CloudWatchLogs>(key: string, create: () => Client): Client {
    const client = (this.#clients.get(key) as Client | undefined) ?? create();
    this.#clients.set(key, client);
    return client;
  }

  async #furnish(region: string): Promise<void> {
    const batch = this.batch(region);
    const network = { subnets: ['subnet-1'], securityGroupIds: ['sg-1'] };
    const resources = { minvCpus: 0, maxvCpus: 1000, instanceTypes: ['m5.large'], ...network };
    await batch.createComputeEnvironment({
      computeEnvironmentName: 'environment',
      type: 'MANAGED',
      computeResources: { type: 'EC2', instanceRole: 'ecsInstanceRole', ...resources },
    });
    const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'environment' }];
    await batch.createJobQueue({ jobQueueName: 'high', priority: 1, computeEnvironmentOrder });
    await this.register(region, 1);
  }

  async register(region: string, vcpus: number): Promise<void> {
    await batchRegister(this.batch(region), vcpus);
  }

  target(region: string, test: Partial<SmokeTestConfig> = {}, revision = 1): SmokeTestTarget {
    const jobDefinitionArn = `arn:aws:batch:${region}:${ACCOUNT}:job-definition/cues-small:${revision}`;
    return { config: targetConfig(region, test), jobDefinitionArn };
  }

  /** Every job of a region's queue, whatever its status. */
  async jobs(region: string): Promise<JobSummary[]> {
    const filters = [{ name: 'AFTER_CREATED_AT', values: ['0'] }];
    return (await this.batch(region).listJobs({ jobQueue: 'high', filters })).jobSummaryList ?? [];
  }

  messages(level: 'info' | 'warning' | 'error'): string[] {
    return this.events.flatMap(event => (event.type === 'message' && event.level === level ? [event.text] : []));
  }
}

async function batchRegister(batch: Batch, vcpus: number): Promise<void> {
  await batch.registerJobDefinition({
    jobDefinitionName: 'cues-small',
    type: 'container',
    containerProperties: {
      image: 'cues',
      resourceRequirements: [
        { type: 'VCPU', value: String(vcpus) },
        { type: 'MEMORY', value: '512' },
      ],
    },
    retryStrategy: {
      attempts: 2,
      evaluateOnExit: [
        { action: 'RETRY', onStatusReason: 'Host EC2*' },
        { action: 'EXIT', onReason: '*' },
      ],
    },
  });
}

export function targetConfig(region: string, test: Partial<SmokeTestConfig> = {}): TargetConfig {
  return {
    project: 'cues',
    environment: 'test',
    region,
    account: ACCOUNT,
    partition: 'aws',
    jobQueues: { high: 'high' },
    variables: {},
    image: { builder: 'auto', repository: 'cues', extraTags: [] },
    retention: { keep: 5 },
    onFailure: 'undo',
    smokeTest: {
      priority: 'high',
      tier: 'small',
      family: 'cues',
      size: 3,
      parameters: {},
      environment: { RUN_ID: '{run}', ACCOUNTS: '{entries}' },
      deadlineSeconds: 100_000,
      blockedSeconds: 100_000,
      expectObjects: [],
      entries: ['101', '102', '103'],
      idempotence: false,
      ...test,
    },
  };
}

export function useLocalJobs(): () => LocalJobs {
  let jobs: LocalJobs | undefined;
  beforeEach(async () => {
    jobs = await LocalJobs.start();
  });
  afterEach(() => jobs?.stop());
  return () => {
    if (!jobs) throw new Error('not started');
    return jobs;
  };
}
