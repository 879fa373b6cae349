import { Batch } from '@aws-sdk/client-batch';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { createMemoryStore } from '../../src/adapters/memory-store.ts';
import { createRateLimiter } from '../../src/limiter.ts';
import { type SimulatedDay, startSimulatedDay } from '../../src/local/engines/simulated/start-day.ts';
import { driveRun, readOutcomes } from '../../src/runs/drive.ts';
import { takeLease } from '../../src/runs/lease.ts';
import { openLedger } from '../../src/runs/ledger.ts';
import { readNdjson } from '../../src/runs/manifest/lines.ts';
import { planRun } from '../../src/runs/plan-run.ts';
import type { RunPorts } from '../../src/runs/ports.ts';
import { ACCOUNT, PRIORITIES, registerTiers } from '../../test/runs/cues-fleet.ts';
import { manifestBytes, planRequest } from './day.ts';

const REGION = 'eu-west-1';

async function openDay(): Promise<{ day: SimulatedDay; batch: Batch; ports: RunPorts; calls: Map<string, number> }> {
  const day = await startSimulatedDay({
    seed: 'bench',
    model: {
      duration: { medianSeconds: 180, spread: 0.5 },
      outcomes: { applicationError: 0.005, outOfMemory: 0.005, spotReclaimBeforeOutput: 0.05 },
    },
    queues: PRIORITIES.map((priority, index) => ({
      name: `cues-${priority}`,
      priority: index + 1,
      capacity: 'EC2',
      maxvCpus: 20_000,
    })),
  });
  const options = {
    endpoint: day.local.url,
    region: REGION,
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'local' },
  };
  const batch = new Batch({ ...options, maxAttempts: 1 });
  const logs = new CloudWatchLogs(options);
  await registerTiers(batch, 3);
  const calls = new Map<string, number>();
  batch.middlewareStack.add(
    (next, context) => args => {
      const name = String(context.commandName).replace(/Command$/, '');
      calls.set(name, (calls.get(name) ?? 0) + 1);
      return next(args);
    },
    { step: 'initialize' },
  );
  const unasked = () => Promise.reject(new Error('prices are configured here'));
  const ports: RunPorts = {
    aws: {
      batch: async () => batch,
      batchOnce: async () => batch,
      logs: async () => logs,
      ec2: unasked,
      pricing: unasked,
    },
    clock: day.clock,
    notify: () => undefined,
    limiter: createRateLimiter(day.clock),
  };
  return { day, batch, ports, calls };
}

/** `retryPriority` is `runs.retry.priority`. */
export async function figuresOfDay(entries: number, retryPriority?: string) {
  const started = performance.now();
  const { day, batch, ports, calls } = await openDay();
  const ledger = openLedger('bench', createMemoryStore('s3://ledger'));
  const holder = { id: 'bench', host: 'here', pid: process.pid, name: 'bench' };
  const lease = await takeLease(ledger, { ...ports, holder, isAlive: () => true });
  const plannedAt = day.clock.now();
  const plan = await planRun(
    planRequest({ unit: 'line', chunks: readNdjson(manifestBytes(entries)) }, ledger.store.uri, retryPriority),
    ledger,
    ports,
  );
  const drive = (until: 'submitted' | 'watched' | 'settled') => driveRun({ plan, until }, ledger, lease, ports);
  await drive('submitted');
  const submitSeconds = (day.clock.now() - plannedAt) / 1000;
  await drive('watched');
  const first = new Map(calls);
  const { rounds } = await drive('settled');
  const outcomes = await readOutcomes(rounds, ledger);
  const others = (from: ReadonlyMap<string, number>) =>
    [...from].reduce((sum, [name, number]) => (name === 'DescribeJobs' ? sum : sum + number), 0);
  const children = rounds[0]?.ended.reduce((sum, { end }) => sum + end.succeeded + end.failed.length, 0) ?? 0;
  const result = {
    firstSubmits: first.get('SubmitJob') ?? 0,
    firstOthers: others(first),
    submits: calls.get('SubmitJob') ?? 0,
    polls: calls.get('DescribeJobs') ?? 0,
    others: others(calls),
    submitSeconds,
    failed: [...outcomes.values()].filter(({ outcome }) => outcome.status === 'failed').length,
    unsettled: Math.abs(entries - children),
    seconds: (performance.now() - started) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  };
  batch.destroy();
  await day.local.stop();
  return result;
}

/** What people write by hand: a SubmitJob for each model, as fast as the rate lets them. */
export async function figuresOfOneByOne(jobs: number): Promise<{ readonly seconds: number }> {
  const { day, batch, ports } = await openDay();
  const from = day.clock.now();
  let next = 0;
  const work = async () => {
    for (next += 1; next <= jobs; next += 1) {
      const jobName = `job-${next}`;
      await ports.limiter.run({ region: REGION, operations: 'submit' }, () =>
        batch.submitJob({ jobName, jobQueue: 'cues-low', jobDefinition: 'cues-small' }),
      );
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  const seconds = (day.clock.now() - from) / 1000;
  batch.destroy();
  await day.local.stop();
  return { seconds };
}
