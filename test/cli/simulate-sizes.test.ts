/** `batchwright simulate`, as typed: sizes and definitions that a newcomer's project has, on the simulated day behind the real clients. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, test } from '@jest/globals';
import { batchwright, CONFIG, TEMPLATE, useWorkspace } from './workspace.ts';

useWorkspace();

beforeEach(() => {
  writeFileSync('batchwright.yml', `${CONFIG}runs: { ledger: "s3://ledger/{environment}" }\n`);
  writeFileSync('model.yml', 'duration: { medianSeconds: 60, spread: 0.1 }\n');
  mkdirSync('data');
});

function writeManifest(entries: number): void {
  const lines = Array.from({ length: entries }, (_, at) => `account-${at},5`);
  writeFileSync('data/accounts.csv', ['id,tickets', ...lines].join('\n'));
}

const simulate = (...more: string[]) =>
  batchwright('simulate', '--manifest', 'data/accounts.csv', '--model', 'model.yml', ...more);

test('thousands of entries, more than may be described in a second, are accounted for in seconds', async () => {
  writeManifest(2500);
  const { exitCode, stdout, stderr } = await simulate();
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringContaining('TooManyRequests') });
  expect(stdout).toContain('2,500 of 2,500 entries succeeded');
}, 30_000);

test('definitions for Fargate run on Fargate without being told so', async () => {
  writeFileSync(
    'job.json.hbs',
    TEMPLATE.replace('"type": "container",', '"type": "container", "platformCapabilities": ["FARGATE"],')
      .replace('"image":', '"executionRoleArn": "arn:aws:iam::123456789012:role/execution", "image":')
      .replace('{{tier.memoryMiB}}', '2048'),
  );
  writeManifest(3);
  const { exitCode, stdout, stderr } = await simulate();
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(stdout).toContain('3 of 3 entries succeeded');
  expect((await simulate('--capacity', 'EC2')).stderr).toContain(
    'models-small is for FARGATE, and the simulated job queues have EC2. Leave out capacity, or say FARGATE or FARGATE_SPOT.',
  );
}, 20_000);
