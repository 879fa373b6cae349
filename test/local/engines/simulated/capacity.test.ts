import { Batch } from '@aws-sdk/client-batch';
import { expect, test } from '@jest/globals';
import type { SimulationModel } from '../../../../src/local/engines/simulated/simulation-model.ts';
import { clientOptions } from '../../fixtures/local.ts';
import { ACCOUNT, startSimulatedDay } from '../../fixtures/simulated-day.ts';

const always = (medianSeconds: number) => ({ medianSeconds, spread: 0 });
const NO_CAPACITY = /^CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - /;

async function start(capacity: NonNullable<SimulationModel['capacity']>) {
  const day = await startSimulatedDay({
    seed: 1,
    model: { start: always(60), duration: always(600), capacity },
    queues: [{ name: 'spot', capacity: 'SPOT' }, { name: 'spot-2', capacity: 'SPOT' }, { name: 'host' }],
    answerMilliseconds: 0,
  });
  const batch = new Batch(clientOptions(day.local, ACCOUNT));
  const containerProperties = { image: 'models', vcpus: 2, memory: 100 };
  await batch.registerJobDefinition({ jobDefinitionName: 'models', type: 'container', containerProperties });
  const submit = async (jobQueue: string, size = 10) =>
    (await batch.submitJob({ jobName: 'a', jobQueue, jobDefinition: 'models', arrayProperties: { size } })).jobId ?? '';
  const placed = async (...jobs: string[]) => {
    const { jobs: found = [] } = await batch.describeJobs({ jobs });
    return found.map(({ arrayProperties: { statusSummary = {} } = {} }) => 10 - (statusSummary['RUNNABLE'] ?? 0));
  };
  const reason = async (child: string) => (await batch.describeJobs({ jobs: [child] })).jobs?.[0]?.statusReason;
  return { ...day, batch, submit, placed, reason };
}

test('ENGINE-38 a quota holds for all compute environments of a type together, and no reason is given', async () => {
  const { batch, clock, submit, placed, reason } = await start({ quotas: { SPOT: 12 } });
  const [one, two, host] = [await submit('spot'), await submit('spot-2'), await submit('host')];
  expect(await placed(one, two, host)).toEqual([6, 0, 10]);
  expect([await reason(`${one}:6`), await reason(`${two}:0`)]).toEqual([undefined, undefined]);
  await clock.sleep(661_000);
  expect(await placed(one, two, host)).toEqual([10, 2, 10]);
  batch.destroy();
});

test('ENGINE-38 in a shortage what runs goes on, the head of the queue says why it waits, and then all goes on', async () => {
  const shortages = [{ computeEnvironment: 'spot*', fromSeconds: 300, toSeconds: 1000, vcpus: 4 }];
  const { batch, clock, submit, placed, reason } = await start({ shortages });
  const before = await submit('spot');
  await clock.sleep(400_000);
  const [during, host] = [await submit('spot'), await submit('host')];
  expect(await placed(before, during, host)).toEqual([10, 0, 10]);
  expect(await reason(`${during}:0`)).toMatch(NO_CAPACITY);
  expect(await reason(`${during}:1`)).toBeUndefined();
  await clock.sleep(400_000);
  expect(await placed(during)).toEqual([2]);
  expect(await reason(`${during}:2`)).toMatch(NO_CAPACITY);
  await clock.sleep(201_000);
  expect(await placed(during)).toEqual([10]);
  expect(await reason(`${during}:2`)).toBeUndefined();
  batch.destroy();
});
