/** The example's Python against the fake GitHub: every call is as GitHub describes it, and nothing is started twice. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type FakeGitHub, startFakeGitHub } from '../github/fake-github.ts';
import type { Run } from '../github/model.ts';
import { findTool, peerTest, runTool } from './tools.ts';

const EXAMPLE = 'examples/airflow';
const python = findTool('python3');

let fake: FakeGitHub;
let ending: Run['ending'];
beforeEach(async () => {
  fake = await startFakeGitHub();
  ending = { looks: 3, conclusion: 'success' };
  // As `run-name` of templates/workflows/nightly.yml has it.
  fake.state.workflow = ({ clientPayload }) => ({
    title: String(clientPayload['run']),
    ending: ending && { ...ending },
  });
});
afterEach(() => fake.stop());

const run = (token = fake.token) =>
  runTool(python, [`${EXAMPLE}/github_run.py`, 'acme/models', 'daily-2026-03-01', 'manifest=s3://a/b.csv'], {
    environment: {
      ...fake.environment(),
      ...{ GITHUB_TOKEN: token, PAUSE_SECONDS: '0.01', PYTHONDONTWRITEBYTECODE: '1' },
    },
  });

peerTest([python], 'one call starts the run, and its end is told', async () => {
  const ran = await run();
  const page = `${fake.url}/acme/models/actions/runs/${fake.state.runs[0]?.id}`;
  expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`success: ${page}`) });
  expect(fake.state.dispatches).toEqual([
    { eventType: 'batchwright-run', clientPayload: { run: 'daily-2026-03-01', manifest: 's3://a/b.csv' } },
  ]);
});

peerTest([python], 'a run that failed is told, and started again when asked again', async () => {
  ending = { looks: 2, conclusion: 'failure' };
  expect(await run()).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('failure: http') });
  ending = { looks: 1, conclusion: 'success' };
  expect(await run()).toMatchObject({ exitCode: 0 });
  expect(fake.state.runs.map(({ conclusion }) => conclusion)).toEqual(['failure', 'success']);
});

peerTest(
  [python],
  'a run that is done, or under way behind a hundred others, is found and not started again',
  async () => {
    await run();
    for (let other = 0; other < 120; other++)
      fake.state.runs.push({
        ...{ id: 9000 + other, event: 'repository_dispatch', title: 'other', createdAt: 0 },
        ...{ status: 'completed', conclusion: 'success' },
      });
    expect(await run()).toMatchObject({ exitCode: 0 });
    expect(fake.state.dispatches).toHaveLength(1);
  },
);

peerTest([python], 'a lost answer to the start is an error, and the next try finds what was started', async () => {
  fake.faults.on('repos:create-dispatch-event').lose().times(1);
  expect(await run()).toMatchObject({ exitCode: 1 });
  expect(await run()).toMatchObject({ exitCode: 0 });
  expect(fake.state.dispatches).toHaveLength(1);
});

peerTest([python], 'of two that were started of one run the older is watched: the younger waits for it', async () => {
  const two = { event: 'repository_dispatch', title: 'daily-2026-03-01', createdAt: 0, conclusion: null } as const;
  fake.state.runs.push({ ...two, id: 1, status: 'in_progress', ending: { looks: 2, conclusion: 'success' } });
  fake.state.runs.push({ ...two, id: 2, status: 'queued' });
  expect(await run()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('The workflow run is 1.') });
  // A third would have made GitHub cancel the second; what succeeded before it stays done.
  Object.assign(fake.state.runs[1] ?? {}, { status: 'completed', conclusion: 'cancelled' });
  expect(await run()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('The workflow run is 1.') });
  expect(fake.state.dispatches).toEqual([]);
});

peerTest([python], 'a GitHub that is disturbed or limits the rate is asked again while the run goes on', async () => {
  fake.faults.on('actions:get-workflow-run').fail().times(2);
  fake.faults.on('actions:get-workflow-run').throttle().times(2);
  fake.faults.on('actions:get-workflow-run').reset().times(1);
  expect(await run()).toMatchObject({ exitCode: 0 });
});

peerTest([python], 'a token without the permission is an error with what GitHub said', async () => {
  const ran = await run(fake.createToken({ contents: 'read', actions: 'read' }));
  expect(ran).toMatchObject({ exitCode: 1, output: expect.stringContaining('Resource not accessible') });
});

peerTest([python], 'the DAG is Python that compiles', async () => {
  const code = 'import ast, sys; [ast.parse(open(path).read(), path) for path in sys.argv[1:]]';
  const ran = await runTool(python, ['-c', code, `${EXAMPLE}/daily_models.py`, `${EXAMPLE}/github_run.py`]);
  expect(ran).toMatchObject({ exitCode: 0 });
});

test('the starter takes the event that is sent, and shows the run by its name', () => {
  const starter = parse(readFileSync('templates/workflows/nightly.yml', 'utf8')) as {
    'run-name': string;
    on: { repository_dispatch: { types: string[] } };
  };
  const [type = ''] = starter.on.repository_dispatch.types;
  expect(readFileSync(`${EXAMPLE}/github_run.py`, 'utf8')).toContain(`EVENT_TYPE = "${type}"\n`);
  expect(starter['run-name']).toContain('github.event.client_payload.run');
});
