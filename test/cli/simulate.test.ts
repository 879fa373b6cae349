/** `simulate` with the choices that it has, and what it says before anything is simulated. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, jest, test } from '@jest/globals';
import { batchwright, CONFIG, useWorkspace } from './workspace.ts';

jest.setTimeout(20_000);
useWorkspace();
const RUNS = 'runs: { ledger: "s3://ledger/{environment}", retry: { onDemandQueues: { default: spare } } }\n';
const OTHER = '  production:\n    account: "210987654321"\n    regions: [eu-west-1]\n';
beforeEach(() => {
  writeFileSync('batchwright.yml', CONFIG + RUNS);
  mkdirSync('data');
  writeFileSync('data/accounts.csv', 'id,tickets\n101,5\n102,6\n');
  writeFileSync('model.yml', 'seed: 5\n');
});
const simulate = (...args: string[]) => batchwright('simulate', '--manifest', 'data/accounts.csv', ...args);

test.each<[string, readonly string[], RegExp]>([
  ['neither a model nor a seed', [], /2 entries took .*\. On a model/],
  ['the seed of its model', ['--model', 'model.yml'], /2 entries took /],
  [
    'an environment, on-demand capacity and few vCPUs',
    ['--environment', 'test', '--capacity', 'EC2', '--max-vcpus', '4'],
    /2 entries took /,
  ],
])('with %s', async (_, args, words) => {
  expect(await simulate(...args)).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(words) });
});

test('with job queues that share, as they are configured', async () => {
  const shared = (name: string) => `{ name: ${name}, shareIdentifier: cues, schedulingPriority: 5 }`;
  const runs = RUNS.replace('spare', shared('spare'));
  writeFileSync('batchwright.yml', `${CONFIG.replace(/^jobQueue:.*$/m, `jobQueue: ${shared('models')}`)}${runs}`);
  expect(await simulate()).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/2 entries took /) });
});

test('definitions that are not for Fargate', async () => {
  const { exitCode, stderr } = await simulate('--capacity', 'FARGATE_SPOT');
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining('models-small is for EC2, and the simulated job queues have FARGATE_SPOT'),
  });
});

test('writes the reports that a run writes', async () => {
  expect(await simulate('--report-folder', 'report')).toMatchObject({ exitCode: 0 });
  expect(existsSync('report/report.html')).toBe(true);
});

test.each<[string, string, readonly string[], string]>([
  ['no runs', CONFIG, ['--manifest', 'm.csv'], 'the environment has no runs in the configuration'],
  ['no manifest', CONFIG + RUNS, [], 'which entries? Say it with --manifest.'],
  [
    'several environments',
    CONFIG + OTHER + RUNS,
    ['--manifest', 'data/accounts.csv'],
    'a simulation is of one environment: say which with --environment',
  ],
])('is refused with %s', async (_, config, args, words) => {
  writeFileSync('batchwright.yml', config);
  const { exitCode, stderr } = await batchwright('simulate', ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(words) });
});
