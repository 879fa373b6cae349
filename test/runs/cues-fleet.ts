/** The fleet that the tests and the benches of runs have in common: three tiers, three priorities, and what is configured of them. */
import type { Batch } from '@aws-sdk/client-batch';
import type { DefinitionConfig, RunConfig, TargetConfig } from '../../src/config/model.ts';

export const ACCOUNT = '123456789012';
/** MiB; a vCPU for each GiB. */
export const TIERS = { small: 1024, medium: 4096, large: 16_384 } as const;
export const PRIORITIES = ['low', 'medium', 'high'] as const;

export function runConfig(over: Partial<RunConfig> = {}): RunConfig {
  return {
    ledger: 's3://ledger/runs',
    family: 'cues',
    id: 'id',
    tier: { field: 'tickets', from: { small: 0, medium: 1000, large: 100_000 } },
    priority: 'low',
    pack: 1,
    parameters: {},
    environment: {},
    retry: { rounds: 2, classes: [], onDemandAfter: 1, onDemandQueues: {} },
    blockedSeconds: 1800,
    prices: { vcpuHour: 0.04, gibHour: 0.004, gpuHour: 0 },
    pricesByPriority: {},
    currency: 'USD',
    logTails: 50,
    ...over,
  };
}

export function targetOf(region: string, config: Partial<RunConfig> = {}): TargetConfig {
  return {
    project: 'cues',
    environment: 'production',
    region,
    account: ACCOUNT,
    partition: 'aws',
    jobQueues: Object.fromEntries(PRIORITIES.map(priority => [priority, `cues-${priority}`])),
    variables: {},
    image: { builder: 'auto', repository: 'cues', extraTags: [] },
    retention: {},
    onFailure: 'undo',
    runs: runConfig(config),
  };
}

export function definitionsOf(target: TargetConfig): readonly DefinitionConfig[] {
  return Object.entries(TIERS).map(([name, memoryMiB]) => ({
    ...target,
    tier: { name, vcpus: memoryMiB / 1024, memoryMiB, gpus: 0 },
    family: { name: 'cues', template: 'cues.json.hbs' },
    jobDefinitionName: `cues-${name}`,
  }));
}

/** A revision of each tier, which Batch tries so many times where its instance is lost. */
export async function registerTiers(batch: Batch, attempts: number): Promise<void> {
  for (const [tier, memoryMiB] of Object.entries(TIERS)) {
    await batch.registerJobDefinition({
      jobDefinitionName: `cues-${tier}`,
      type: 'container',
      containerProperties: {
        image: 'cues',
        resourceRequirements: [
          { type: 'VCPU', value: String(memoryMiB / 1024) },
          { type: 'MEMORY', value: String(memoryMiB) },
        ],
      },
      retryStrategy: {
        attempts,
        evaluateOnExit: [
          { action: 'RETRY', onStatusReason: 'Host EC2*' },
          { action: 'EXIT', onReason: '*' },
        ],
      },
    });
  }
}
