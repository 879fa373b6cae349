/** Every verb of the command line, in this process, on the local AWS: what it prints where, and its exit code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ContainerOutcome } from '../../src/local/engines/model.ts';
import { instantEngine } from './instant-engine.ts';
import { ACCOUNT, batchwright, CONFIG, batchwrightJson as json, ONE_RUN, TEMPLATE, useWorkspace } from './workspace.ts';

let outcome: ContainerOutcome = { kind: 'exited', exitCode: 0 };
const local = useWorkspace({ engine: instantEngine(() => outcome) });
beforeEach(() => void Object.assign(process.env, ONE_RUN));
beforeEach(() => {
  outcome = { kind: 'exited', exitCode: 0 };
});

describe('help', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('%j lists the verbs', async args => {
    const { exitCode, stdout } = await batchwright(...args);
    expect(exitCode).toBe(0);
    for (const verb of ['config', 'lint', 'render', 'build-push', 'register', 'smoke-test', 'local'])
      expect(stdout).toContain(`  ${verb} `);
  });

  test('of one verb shows its flags with the texts and defaults of its action.yml', async () => {
    const { exitCode, stdout } = await batchwright('register', '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('--config VALUE        Path of the configuration file. (default: batchwright.yml)');
    expect(stdout).toMatch(/--region NAME … {2}/);
    expect(stdout).toMatch(/--dry-run {2,}Only show/);
  });

  test('--version', async () => {
    expect(await batchwright('--version')).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  test('an unknown verb names the nearest', async () => {
    const { exitCode, stderr, stdout } = await batchwright('regster');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('unknown verb "regster". Did you mean "register"?');
    expect((await batchwright('zzzzzz')).stderr).toContain('unknown verb "zzzzzz". batchwright --help');
  });
});

describe('offline', () => {
  test('config prints the resolved result for one target', async () => {
    const { value } = await json('config', '--region', 'us-east-1');
    expect(value).toEqual([expect.objectContaining({ environment: 'test', region: 'us-east-1', account: ACCOUNT })]);
    expect((await batchwright('config', '--region', 'us-east-1')).stdout).toContain('test in us-east-1');
  });

  test('render writes a file per definition and prints requests as JSON', async () => {
    const { exitCode, value, stderr } = await json(
      'render',
      '--output-folder',
      'out',
      '--image',
      `sha256:${'a'.repeat(64)}`,
    );
    expect(exitCode).toBe(0);
    expect(stderr).toContain('2 files written to out');
    const file = JSON.parse(readFileSync('out/test/eu-west-1/models-small.json', 'utf8')) as {
      containerProperties: { image: string };
    };
    expect(file.containerProperties.image).toMatch(/\/eu-west-1\/models@sha256:a{64}$/);
    expect((value as { definitions: { request: unknown }[] }).definitions[0]?.request).toEqual(file);
  });

  test('lint prints findings on stdout, and fails on warnings only when told to', async () => {
    writeFileSync(
      'job.json.hbs',
      TEMPLATE.replace('  "timeout": { "attemptDurationSeconds": {{tier.timeoutSeconds}} },\n', ''),
    );
    const { exitCode, value } = await json('lint');
    expect(exitCode).toBe(0);
    expect((value as { rule: string }[]).map(({ rule }) => rule)).toEqual(['no-timeout', 'no-timeout']);
    const strict = await batchwright('lint', '--fail-on-warnings');
    expect(strict.exitCode).toBe(1);
    expect(strict.stderr).toContain('lint found 0 errors and 2 warnings');
    expect(strict.stderr).toMatch(/warning: .*job\.json\.hbs:\d+:\d+: .*\(no-timeout; models-small and 1 more\)/);
  });

  test('lint fails on an error, with the nearest name', async () => {
    writeFileSync('job.json.hbs', TEMPLATE.replace('"logDriver"', '"logDrivr"'));
    const { exitCode, stdout } = await batchwright('lint');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('Did you mean "logDriver"?');
  });

  test.each([
    [['lint', '--config', 'missing.yml'], 'missing.yml'],
    [['lint', '--environment', 'tset'], 'Did you mean "test"?'],
    [['lint', '--tier', 'smal'], 'Did you mean "small"?'],
    [['render', '--image', 'models:latest'], 'must be a digest'],
    [['render', '--image', `sha256:${'a'.repeat(64)} sha256:${'b'.repeat(64)}`], 'names 2 different digests'],
    [['lint', '--nope'], 'unknown flag --nope.'],
  ])('%j fails and says why', async (args, words) => {
    const { exitCode, stderr, stdout } = await batchwright(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(words);
  });

  test('every wrong key of the configuration is reported with its line', async () => {
    writeFileSync('batchwright.yml', CONFIG.replace('memoryMiB', 'memoryMb').replace('vcpus', 'vcpu'));
    const { exitCode, stderr } = await batchwright('config');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/batchwright\.yml:10:\d+: .*"memoryMb".*Did you mean "memoryMiB"\?/);
    expect(stderr).toMatch(/batchwright\.yml:10:\d+: .*"vcpu".*Did you mean "vcpus"\?/);
  });
});

describe('from image to proof', () => {
  const build = async () => {
    const { exitCode, value, stderr } = await json('build-push');
    if (exitCode !== 0) throw new Error(stderr);
    return (value as { digest: string }).digest;
  };

  test('build-push, register, register again, smoke-test', async () => {
    const digest = await build();
    const dry = await batchwright('register', '--dry-run', '--image', digest);
    expect(dry.exitCode).toBe(2);
    expect(dry.stderr).toContain('2 definitions would be registered');

    // Without --image, the digest tagged with this commit.
    const registered = await json('register');
    expect(registered).toMatchObject({ exitCode: 0, value: { ok: true } });
    const { definitions } = registered.value as { definitions: { status: string; revision: number }[] };
    expect(definitions.map(({ status, revision }) => [status, revision])).toEqual([
      ['registered', 1],
      ['registered', 1],
    ]);

    const again = await batchwright('register', '--image', digest);
    expect(again.stdout).toContain('All 2 definitions unchanged: nothing was registered.');
    expect((await batchwright('register', '--dry-run', '--image', digest)).exitCode).toBe(0);

    const passed = await batchwright('smoke-test', '--definitions', JSON.stringify(definitions));
    expect(passed).toMatchObject({ exitCode: 0 });
    expect(passed.stdout).toContain('passed in 2 regions.');
    expect(passed.stderr).toContain('model of 1');
  }, 20_000);

  test('a smoke test that fails says which child, why and what to do', async () => {
    const digest = await build();
    await batchwright('register', '--image', digest, '--region', 'eu-west-1');
    outcome = { kind: 'exited', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' };
    const { exitCode, stdout, stderr } = await batchwright('smoke-test', '--region', 'eu-west-1');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('out-of-memory');
    expect(stdout).toContain('What to do: ');
    expect(stderr).toContain('newest ACTIVE revision is models-small:');
    expect(stderr).toContain('test eu-west-1 failed: 2 of 2 children failed; child 0');
  }, 20_000);

  test.each([
    [['register', '--image', 'sha256:1'], 'must be a digest'],
    [
      ['register'],
      'No image of commit ffffffffffff was put into models in eu-west-1. Run build-push for this commit first, or give an image: `--image sha256:…`. AWS says: ',
    ],
    [['smoke-test', '--definitions', '[]'], 'holds no revision of models-small in test eu-west-1'],
    [['smoke-test', '--definitions', '{}'], 'is not the JSON list that register gives'],
    [['smoke-test', '--definitions', 'no'], 'is not the JSON list that register gives'],
    [['smoke-test', '--tier', 'large'], 'which test does not have'],
  ])('%j fails before anything is changed', async (args, words) => {
    process.env['GITHUB_SHA'] = 'f'.repeat(40);
    const { exitCode, stderr } = await batchwright(...args);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(words);
  });

  test('register with lint errors registers nothing', async () => {
    writeFileSync('job.json.hbs', TEMPLATE.replace('"logDriver"', '"logDrivr"'));
    const { exitCode, stderr } = await batchwright('register', '--image', `sha256:${'c'.repeat(64)}`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('lint found 4 errors in 2 definitions (above); nothing was registered');
  });

  test('without a smokeTest in the configuration, what to add is said', async () => {
    writeFileSync('batchwright.yml', CONFIG.replace(/ {4}smokeTest.*\n/, ''));
    const { exitCode, stderr } = await batchwright('smoke-test');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('has no smokeTest in the configuration');
  });

  test('a revision that nobody registered is said with what to do', async () => {
    writeFileSync(
      'batchwright.yml',
      CONFIG.replace('  models: { template: job.json.hbs }', '  other: { template: job.json.hbs }'),
    );
    const { exitCode, stderr } = await batchwright('smoke-test');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('other-small has no ACTIVE revision in eu-west-1. Register it first');
  });

  test('credentials of another account change nothing', async () => {
    process.env['AWS_ACCESS_KEY_ID'] = '999999999999';
    const { exitCode, stderr } = await batchwright('build-push', '--force');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('these AWS credentials belong to account 999999999999');
  });

  test('an AWS that does not answer is a failure with its name', async () => {
    local().faults.on('sts:GetCallerIdentity').deny();
    const { exitCode, stderr } = await batchwright('register', '--image', `sha256:${'c'.repeat(64)}`);
    local().faults.clear();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('asking whose credentials these are in eu-west-1');
    expect(stderr).toContain('Check the AWS credentials');
  });

  test.each(['127.0.0.1', 'localhost'])(
    'an address where nothing answers is no matter of credentials: %s',
    async host => {
      process.env['AWS_ENDPOINT_URL'] = `http://${host}:1`;
      const { exitCode, stderr } = await batchwright('status');
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/Nothing answers at (127\.0\.0\.1|::1|localhost):1\. Where AWS_ENDPOINT_URL is set, /);
      expect(stderr).not.toMatch(/credentials/i);
    },
  );
});
