/** An error that asks for an input names it as the reader gives it: a flag on a command line, an input in a workflow. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test } from '@jest/globals';
import { batchwright, CONFIG, useWorkspace } from './workspace.ts';

useWorkspace();
beforeEach(() =>
  writeFileSync(
    'batchwright.yml',
    `${CONFIG}  production: { account: "210987654321", regions: [eu-west-1] }\nruns: { ledger: "s3://ledger" }\n`,
  ),
);

test.each(['watch', 'rollback', 'runs list', 'stop'])('on a command line: %s', async verb => {
  const { exitCode, stderr } = await batchwright(...verb.split(' '));
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining('there are test, production. Say which with --environment.'),
  });
});

test('in a workflow', () => {
  const main = fileURLToPath(new URL('../../actions/watch/main.ts', import.meta.url));
  const env = { ...process.env, INPUT_CONFIG: 'batchwright.yml' };
  const { status, stdout } = spawnSync(process.execPath, [main], { env, encoding: 'utf8' });
  expect({ status, stdout }).toEqual({
    status: 1,
    stdout: expect.stringContaining('there are test, production. Say which with the input `environment`.'),
  });
});
