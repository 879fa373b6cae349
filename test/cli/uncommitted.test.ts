/** A work tree that is no commit: what is built from it, and what is said of it. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { Batch } from '@aws-sdk/client-batch';
import { describe, expect, test } from '@jest/globals';
import { clientOptions } from '../local/fixtures/local.ts';
import { ACCOUNT, batchwright, ONE_RUN, useWorkspace } from './workspace.ts';

const local = useWorkspace();

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', '-c', 'commit.gpgSign=false', ...args]);

test('uncommitted changes are built, found by digest alone, and both build-push and plan say so', async () => {
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'First');
  appendFileSync('app/build.mjs', '// changed\n');
  const built = await batchwright('build-push');
  const [flags = ''] = /--image sha256:[0-9a-f]{64}/.exec(`${built.stderr}${built.stdout}`) ?? [];
  expect({ exitCode: built.exitCode, flags }).toEqual({ exitCode: 0, flags: expect.stringContaining('sha256:') });

  const without = await batchwright('plan');
  expect(without.exitCode).toBe(1);
  expect(without.stderr).toContain('The work tree has uncommitted changes');
  expect(without.stderr).not.toContain('Run build-push for this commit first');
  // Two: there is something to change.
  expect(await batchwright('plan', ...flags.split(' '))).toMatchObject({ exitCode: 2 });
});

test('a repository without a commit is one', async () => {
  delete process.env['GITHUB_SHA'];
  git('init', '--quiet');
  const { exitCode, stderr } = await batchwright('build-push');
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining('this git repository has no commit yet'),
  });
});

describe('a template with uncommitted changes', () => {
  const WARNING = 'is of no commit and names none';

  async function buildThenChange() {
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--allow-empty', '--message', 'First');
    expect(await batchwright('build-push')).toMatchObject({ exitCode: 0 });
    appendFileSync('job.json.hbs', '// changed\n');
    return String(git('rev-parse', 'HEAD')).trim();
  }

  const digestOf = (text: string) => /sha256:[0-9a-f]{64}/.exec(text)?.[0] ?? '';

  async function newestTags() {
    const { jobDefinitions = [] } = await new Batch(
      clientOptions(local(), ACCOUNT, 'eu-west-1'),
    ).describeJobDefinitions({ jobDefinitionName: 'models-small' });
    return jobDefinitions.toSorted((a, b) => (a.revision ?? 0) - (b.revision ?? 0)).at(-1)?.tags ?? {};
  }

  test('is planned and registered with a warning, and as of no commit', async () => {
    await buildThenChange();
    const planned = await batchwright('plan', '--plan-file', 'plan.json');
    expect(planned.stderr + planned.stdout).toContain(WARNING);
    const text = readFileSync('plan.json', 'utf8');
    expect(JSON.parse(text)).not.toHaveProperty('commit');

    const registered = await batchwright('register', '--image', digestOf(text));
    expect({ exitCode: registered.exitCode, said: registered.stderr + registered.stdout }).toEqual({
      exitCode: 0,
      said: expect.stringContaining(WARNING),
    });
    const tags = await newestTags();
    expect(tags).toHaveProperty('batchwright:digest');
    for (const name of ['commit', 'ref', 'version']) expect(tags).not.toHaveProperty(`batchwright:${name}`);
    expect(await batchwright('status')).toMatchObject({ exitCode: 0 });
  });

  test('is no matter in a workflow run, which says itself what it changed', async () => {
    Object.assign(process.env, ONE_RUN);
    const commit = await buildThenChange();
    appendFileSync('job.json.hbs', '\n');
    const { stdout, stderr } = await batchwright('plan', '--plan-file', 'plan.json');
    expect(stderr + stdout).not.toContain(WARNING);
    expect(JSON.parse(readFileSync('plan.json', 'utf8'))).toMatchObject({ commit });
  });
});
