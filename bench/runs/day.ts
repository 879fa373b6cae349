/** The manifest and the configuration that the benches of runs share. */
import type { RunConfig, TargetConfig } from '../../src/config/model.ts';
import type { PlanRunRequest } from '../../src/runs/plan-run.ts';

export const ACCOUNT = '123456789012';
export const TIERS = { small: 1024, medium: 4096, large: 16_384 } as const;
export const PRIORITIES = ['low', 'medium', 'high'] as const;

/** Nine cells of equal size. */
export async function* manifestBytes(entries: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < entries; from += 1000) {
    const lines = Array.from({ length: Math.min(1000, entries - from) }, (_, at) => {
      const index = from + at;
      return `${JSON.stringify({ id: `account-${index}`, tickets: [10, 2000, 200_000][index % 3], priority: PRIORITIES[Math.floor(index / 3) % 3] })}\n`;
    });
    yield new TextEncoder().encode(lines.join(''));
  }
}

const runs: RunConfig = {
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
};

const target: TargetConfig = {
  project: 'cues',
  environment: 'production',
  region: 'eu-west-1',
  account: ACCOUNT,
  partition: 'aws',
  jobQueues: Object.fromEntries(PRIORITIES.map(priority => [priority, `cues-${priority}`])),
  variables: {},
  image: { builder: 'auto', repository: 'cues', extraTags: [] },
  retention: {},
  onFailure: 'undo',
  runs,
};

/** `retryPriority` is `runs.retry.priority`. */
export function planRequest(items: PlanRunRequest['manifest']['items'], retryPriority?: string): PlanRunRequest {
  const own = { ...target, runs: { ...runs, retry: { ...runs.retry, priority: retryPriority } } };
  const definitions = Object.entries(TIERS).map(([name, memoryMiB]) => ({
    ...own,
    tier: { name, vcpus: memoryMiB / 1024, memoryMiB, gpus: 0 },
    family: { name: 'cues', template: 'cues.json.hbs' },
    jobDefinitionName: `cues-${name}`,
  }));
  return {
    run: 'bench',
    targets: [own],
    definitions,
    manifest: { source: 'accounts.ndjson', items },
    skipInvalid: false,
  };
}
