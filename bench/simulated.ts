/**
 * The local AWS on virtual time: a million children, the memory of ten thousand idle ones, and a day of fifty thousand with retries
 * that is watched every 30 seconds, all through the HTTP API. Each in a process of its own.
 */
import { execFile } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Batch as BatchClient } from '@aws-sdk/client-batch';
import { table } from './figures.ts';

const ACCOUNT = '123456789012';
const MEBIBYTE = 2 ** 20;

interface Figures {
  readonly [name: string]: number;
}

export async function benchSimulated(): Promise<string> {
  const million = await measure('million');
  const idle = await measure('idle');
  const day = await measure('day');
  return table(
    'Simulated engine, through the HTTP API',
    ['', 'measured', 'aim'],
    [
      ['1,000,000 children (100 arrays): time', `${show(million, 'seconds')} s`, '60 s'],
      ['1,000,000 children: peak memory', `${show(million, 'peakMiB')} MiB`, '1430 MiB'],
      ['10,000 children that wait: memory', `${show(idle, 'waitingMiB')} MiB`, '95 MiB'],
      ['10,000 children that run: memory', `${show(idle, 'runningMiB')} MiB`, '95 MiB'],
      ['10,000 children that have ended: memory', `${show(idle, 'endedMiB')} MiB`, '95 MiB'],
      ['a day of 50,000: time', `${show(day, 'seconds')} s`, ''],
      ['a day of 50,000: virtual hours, polls, failed', `${show(day, 'hours')}, ${day['polls']}, ${day['failed']}`, ''],
      ['a day of 50,000: peak memory', `${show(day, 'peakMiB')} MiB`, ''],
    ],
  );
}

function show(figures: Figures, name: string): string {
  return (figures[name] ?? Number.NaN).toFixed(1);
}

async function measure(scene: string): Promise<Figures> {
  const argv = ['--expose-gc', fileURLToPath(import.meta.url), scene];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  return JSON.parse(stdout) as Figures;
}

/** One queue for all, without a limit that a child could meet. */
async function openDay(outcomes: object = {}) {
  const { startSimulatedDay } = await import('../src/local/engines/simulated/start-day.ts');
  const { Batch } = await import('@aws-sdk/client-batch');
  const day = await startSimulatedDay({
    seed: 'bench',
    model: { outcomes },
    queues: [{ name: 'spot', capacity: 'SPOT', maxvCpus: 1_000_000 }],
  });
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'local' };
  const batch = new Batch({ endpoint: day.local.url, region: 'eu-west-1', credentials });
  await batch.registerJobDefinition({
    jobDefinitionName: 'models',
    type: 'container',
    containerProperties: {
      image: 'models',
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '2048' },
      ],
    },
    retryStrategy: {
      attempts: 3,
      evaluateOnExit: [
        { onStatusReason: 'Host EC2*', action: 'RETRY' },
        { onReason: '*', action: 'EXIT' },
      ],
    },
  });
  const submit = async (jobName: string, size: number): Promise<string> => {
    const array = { jobName, jobQueue: 'spot', jobDefinition: 'models', arrayProperties: { size } };
    return (await batch.submitJob(array)).jobId ?? '';
  };
  return { ...day, batch, submit };
}

/** Gives how often it looked. */
async function watch(batch: BatchClient, jobs: string[], sleep: () => Promise<void>): Promise<number> {
  for (let polls = 1; ; polls += 1) {
    const { jobs: described = [] } = await batch.describeJobs({ jobs });
    if (described.every(({ status }) => status === 'SUCCEEDED' || status === 'FAILED')) return polls;
    await sleep();
  }
}

async function million(): Promise<Figures> {
  const { batch, clock, submit } = await openDay();
  const begun = performance.now();
  const ids: string[] = [];
  for (let number = 0; number < 100; number += 1) ids.push(await submit(`array-${number}`, 10_000));
  await watch(batch, ids, () => clock.sleep(60_000));
  const { jobs = [] } = await batch.describeJobs({ jobs: ids });
  const succeeded = jobs.reduce(
    (sum, { arrayProperties }) => sum + (arrayProperties?.statusSummary?.['SUCCEEDED'] ?? 0),
    0,
  );
  if (succeeded !== 1_000_000) throw new Error(`${succeeded} of a million children succeeded`);
  return { seconds: (performance.now() - begun) / 1000, peakMiB: process.resourceUsage().maxRSS / 1024 };
}

async function idle(): Promise<Figures> {
  const { batch, clock, submit, timeline } = await openDay();
  await clock.sleep(1000);
  const before = residentMiB();
  const id = await submit('idle', 10_000);
  const waitingMiB = residentMiB() - before;
  await timeline.advanceTo(timeline.now() + 60_000);
  const runningMiB = residentMiB() - before;
  await watch(batch, [id], () => clock.sleep(60_000));
  return { waitingMiB, runningMiB, endedMiB: residentMiB() - before };
}

function residentMiB(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / MEBIBYTE;
}

async function day(): Promise<Figures> {
  const { batch, clock, submit } = await openDay({
    spotReclaimBeforeOutput: 0.05,
    outOfMemory: 0.005,
    applicationError: 0.005,
  });
  const begun = performance.now();
  const [virtual, ids] = [clock.now(), [] as string[]];
  for (let number = 0; number < 5; number += 1) ids.push(await submit(`shard-${number}`, 10_000));
  const polls = await watch(batch, ids, () => clock.sleep(30_000));
  const { jobs = [] } = await batch.describeJobs({ jobs: ids });
  const failed = jobs.reduce((sum, { arrayProperties }) => sum + (arrayProperties?.statusSummary?.['FAILED'] ?? 0), 0);
  return {
    ...{ polls, failed, seconds: (performance.now() - begun) / 1000 },
    hours: (clock.now() - virtual) / 3_600_000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  };
}

const SCENES: Readonly<Record<string, () => Promise<Figures>>> = { million, idle, day };
const scene = SCENES[process.argv[2] ?? ''];
if (scene) {
  process.stdout.write(JSON.stringify(await scene()));
  process.exit();
}
