/** A work tree that is no commit: what is built from it, and what is said of it. */
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { batchwright, useWorkspace } from './workspace.ts';

useWorkspace();

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
