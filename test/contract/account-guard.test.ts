/** No verb does anything in an account that the configuration does not name: each asks first whose credentials it has. */
import { writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { VERBS } from '../../src/cli/verbs.ts';
import { FREE_VERBS } from '../../tools/iam/permissions.ts';
import { ACCOUNT, batchwright, CONFIG, useWorkspace } from '../cli/workspace.ts';
import { recordActions } from '../iam/recorded-aws.ts';

const local = useWorkspace();
const STRANGER = '999988887777';
/** Another environment of `CONFIG`, for the one verb that wants two; runs are of one. */
const STAGING = `  staging: { account: "210987654321", regions: [eu-west-1], smokeTest: { size: 2 } }\n`;

/** What a verb has to be given before it asks AWS. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  run: ['--manifest', 'accounts.csv', '--run', 'r'],
  submit: ['--manifest', 'accounts.csv', '--run', 'r'],
  watch: ['--run', 'r'],
  retry: ['--run', 'r'],
  stop: ['--run', 'r'],
  promote: ['--environment', 'test', '--from', 'staging', '--version', '1.0.0'],
  serve: ['--port', '0'],
  'runs show': ['--run', 'r'],
  'runs find': ['--id', '1'],
  'runs compare': ['--run', 'r', '--before', 'q'],
};
/** `init` writes the configuration that names the account, and reads at most what is live. */
const UNGUARDED: readonly string[] = [...FREE_VERBS, 'init'];
const guarded = Object.keys(VERBS).filter(verb => !UNGUARDED.includes(verb));

test.each(guarded)('%s with credentials of another account changes nothing, and says whose they are', async verb => {
  const environments = verb === 'promote' ? STAGING : '';
  writeFileSync(
    'batchwright.yml',
    `${CONFIG}${environments}runs: { ledger: "s3://ledger/runs" }\nretention: { keep: 1 }\n`,
  );
  writeFileSync('accounts.csv', 'id\n1\n');
  Object.assign(process.env, local().environment(STRANGER), { BATCHWRIGHT_TOKENS: `airflow ${'t'.repeat(40)}` });
  const recorder = recordActions(local());
  const done = await recorder.during(verb, () => batchwright(...verb.split(' '), ...(FLAGS[verb] ?? [])));
  expect(done.exitCode).toBe(1);
  expect(`${done.stdout}${done.stderr}`).toMatch(
    verb === 'verify'
      ? `these credentials are of account ${STRANGER}, so nothing else was looked at`
      : `these AWS credentials belong to account ${STRANGER}, but environment "test" is account ${ACCOUNT}. Nothing was changed.`,
  );
  // Some read while the answer is on its way.
  expect(recorder.actionsOf(verb).filter(action => !/:(Describe|List|Get)/.test(action))).toEqual([]);
});

test.each(['status', 'drift', 'build-push'])(
  '%s without an environment names the one that the credentials are for',
  async verb => {
    writeFileSync('batchwright.yml', `${CONFIG}${STAGING}`);
    const { exitCode, stdout, stderr } = await batchwright(verb);
    expect({ exitCode, said: `${stdout}${stderr}` }).toEqual({
      exitCode: 1,
      said: expect.stringContaining('Nothing was changed. These credentials are for `--environment test`;'),
    });
  },
);

test.each(['plan', 'register'])('%s tells of a wrong account, whatever else is wrong', async verb => {
  writeFileSync('job.json.hbs', '{ "jobDefinitionName": {{nonsense}} }');
  Object.assign(process.env, local().environment(STRANGER));
  const { exitCode, stderr } = await batchwright(verb, '--image', `sha256:${'a'.repeat(64)}`);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(`account ${STRANGER}`) });
  expect(stderr).not.toContain('nonsense');
});
