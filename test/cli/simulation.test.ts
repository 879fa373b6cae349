/** The local AWS on virtual time, for clients that have nothing but its HTTP API. */
import { readFileSync } from 'node:fs';
import { Batch } from '@aws-sdk/client-batch';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { openSimulation } from '../../src/cli/simulation.ts';
import { FAILURE_KINDS } from '../../src/local/engines/simulated/failure-kinds.ts';
import { modelSchema } from '../../src/local/engines/simulated/model-schema.ts';
import { startLocalAws } from '../../src/local/server.ts';
import { clientOptions } from '../local/fixtures/local.ts';

const MODEL = `
start: { medianSeconds: 60, spread: 0 }
duration: { medianSeconds: 600, spread: 0 }
tiers:
  models-large: { outcomes: { applicationError: 1 }, errors: [{ exitCode: 3, lines: ["no tickets"] }] }
`;
const ENVIRONMENT = {
  computeEnvironmentName: 'ce',
  type: 'UNMANAGED',
  unmanagedvCpus: 100,
} as const;

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stops) await stop();
});

async function start(model: string | undefined, settings: { seed?: string; speed?: number } = {}) {
  const files = { readText: async () => model ?? '' };
  const simulation = await openSimulation({ ...settings, model: model && 'model.yml' }, files);
  const local = await startLocalAws(simulation.options);
  const stopTime = simulation.begin();
  const batch = new Batch(clientOptions(local));
  stops.push(async () => {
    stopTime();
    batch.destroy();
    await local.stop();
  });
  await batch.createComputeEnvironment(ENVIRONMENT);
  await batch.createJobQueue({
    jobQueueName: 'queue',
    priority: 1,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'ce' }],
  });
  for (const jobDefinitionName of ['models-small', 'models-large']) {
    const containerProperties = { image: 'models', vcpus: 1, memory: 100 };
    await batch.registerJobDefinition({ jobDefinitionName, type: 'container', containerProperties });
  }
  const submit = async (jobDefinition: string) =>
    (await batch.submitJob({ jobName: 'job', jobQueue: 'queue', jobDefinition })).jobId ?? '';
  const look = async (...jobs: string[]) =>
    (await batch.describeJobs({ jobs })).jobs?.map(({ status, container }) => `${status} ${container?.exitCode}`);
  const clock = async (body?: object, type = 'application/json') => {
    const request = body && { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(body) };
    const answer = await fetch(`${local.url}/_batchwright/clock`, request ?? {});
    const told = (await answer.json()) as Record<string, unknown>;
    return { ...told, status: answer.status, now: String(told['now']) };
  };
  return { local, simulation, submit, look, clock };
}

describe('FRAME-27 the clock of a simulation over HTTP', () => {
  test('FRAME-27 it stands still until it is told, so far or until nothing is left to happen', async () => {
    const { submit, look, clock } = await start(MODEL, { speed: 0 });
    const ids = [await submit('models-small'), await submit('models-large')];
    expect(await look(...ids)).toEqual(['STARTING undefined', 'STARTING undefined']);
    const begun = await clock();
    expect(begun).toMatchObject({ virtual: true, sleepers: 2, now: expect.any(String) });
    const at = (seconds: number) => new Date(Date.parse(begun.now) + seconds * 1000).toISOString();
    expect(await clock({ advanceSeconds: 61 })).toMatchObject({ status: 200, now: at(61) });
    expect(await look(...ids)).toEqual(['RUNNING undefined', 'RUNNING undefined']);
    expect(await clock({ to: at(100) })).toMatchObject({ now: at(100) });
    const idle = await clock({ until: 'idle' });
    expect(idle).toMatchObject({ sleepers: 0, now: at(660) });
    expect(idle).not.toHaveProperty('nextAt');
    expect(await look(...ids)).toEqual(['SUCCEEDED 0', 'FAILED 3']);
    const wrong = [
      { to: at(0) },
      { advanceSeconds: -1 },
      { to: 'soon' },
      { until: 'late' },
      {},
      { advanceSeconds: 1, to: at(900) },
    ];
    for (const body of wrong) expect(await clock(body)).toMatchObject({ status: 400, error: 'BadRequest' });
    expect(await clock({ advanceSeconds: 1 }, 'text/plain')).toMatchObject({ status: 415 });
    expect(await clock()).toMatchObject({ now: at(660) });
  });

  test('FRAME-27 as fast as it can be, jobs have ended by the next look but one', async () => {
    const { submit, look, simulation } = await start(undefined, { speed: Number.POSITIVE_INFINITY, seed: 'x' });
    const id = await submit('models-large');
    while ((await look(id))?.[0] !== 'SUCCEEDED 0') await new Promise(done => setTimeout(done, 5));
    expect(simulation.explanation).toBe(
      'Nothing runs: what becomes of jobs is drawn from the seed "x". Whatever is due happens at once.',
    );
  });

  test('FRAME-27 a model that is wrong is refused with the place of all that is wrong', async () => {
    const wrong = 'start: { medianSeconds: -1 }\ntiers:\n  low: { outcomes: { appError: 0.1, killed: 2 } }\n';
    const refused = openSimulation({ model: 'model.yml' }, { readText: async () => wrong });
    await expect(refused).rejects.toMatchObject({
      problems: [
        {
          message: 'start.medianSeconds must be 0 or more, not -1',
          position: { path: 'model.yml', line: 1, column: 25 },
        },
        { message: expect.stringContaining('tiers.low.outcomes.killed must lie between 0 and 1') },
        { message: expect.stringContaining('unknown key "appError" in tiers.low.outcomes') },
      ],
    });
    const impossible = openSimulation(
      { model: 'm' },
      { readText: async () => 'outcomes: { killed: 0.7, crash: 0.7 }' },
    );
    await expect(impossible).rejects.toThrow('add up to 1.4');
    await expect(openSimulation({ model: 'm' }, { readText: async () => 'a: b: c' })).rejects.toThrow();
  });

  test('FRAME-27 the page about simulating shows a model that is one, and every outcome', async () => {
    const page = readFileSync('docs/simulation.md', 'utf8');
    const model = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const { explanation } = await openSimulation({ model: 'model.yml', seed: 's' }, { readText: async () => model });
    expect(explanation).toContain('the seed "s"');
    const shown = Object.keys(parse(model) as object);
    expect(shown.toSorted()).toEqual(
      Object.keys(modelSchema.shape)
        .filter(key => key !== 'seed')
        .toSorted(),
    );
    const outcomes = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, kind]) => kind);
    expect(outcomes).toEqual([...FAILURE_KINDS]);
  });

  test('FRAME-27 a clock that is the machine’s cannot be advanced', async () => {
    const { simulation } = await start(undefined, { speed: 60 });
    expect(simulation.explanation).toContain('A second is 60 of theirs');
    const { engine } = simulation.options;
    const local = await startLocalAws({ engine });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${local.url}/_batchwright/clock`, {
      method: 'POST',
      headers,
      body: '{"advanceSeconds":1}',
    });
    expect(answer.status).toBe(409);
    expect(await (await fetch(`${local.url}/_batchwright/clock`)).json()).toMatchObject({ virtual: false });
    await local.stop();
  });
});
