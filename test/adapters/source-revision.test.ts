import { describe, expect, test } from '@jest/globals';
import { readSourceRevision } from '../../src/adapters/source-revision.ts';
import type { CommandPort } from '../../src/ports.ts';

const HEAD = 'a'.repeat(40);
const SHA = 'b'.repeat(40);

/** A git that answers as a table says; what is not in it fails, as outside a repository. */
function git(answers: Readonly<Record<string, string>>): CommandPort {
  return {
    run: async (_, args) => {
      const stdout = answers[args[0] ?? ''];
      return stdout === undefined
        ? { exitCode: 128, stdout: '', stderr: 'fatal' }
        : { exitCode: 0, stdout, stderr: '' };
    },
  };
}
const noGit: CommandPort = { run: () => Promise.reject(new Error('spawn git ENOENT')) };

describe('readSourceRevision', () => {
  test("git's own HEAD comes first, for a checkout of another ref than the workflow's", async () => {
    const command = git({ 'rev-parse': `${HEAD}\n`, 'symbolic-ref': 'refs/heads/hotfix\n', status: '' });
    expect(await readSourceRevision(command, { GITHUB_SHA: SHA, GITHUB_REF: 'refs/heads/main' })).toEqual({
      commit: HEAD,
      ref: 'refs/heads/hotfix',
      version: undefined,
      repositoryUrl: undefined,
      runUrl: undefined,
      dirty: false,
    });
  });

  test("the workflow's own commit has the workflow's ref, its version, its page", async () => {
    const environment = {
      GITHUB_SHA: HEAD,
      GITHUB_REF: 'refs/tags/v1.2.3',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/models',
      GITHUB_RUN_ID: '7',
    };
    expect(await readSourceRevision(git({ 'rev-parse': HEAD, status: '' }), environment)).toMatchObject({
      ref: 'refs/tags/v1.2.3',
      version: '1.2.3',
      repositoryUrl: 'https://github.com/acme/models',
      runUrl: 'https://github.com/acme/models/actions/runs/7',
    });
  });

  test.each([
    ['a changed file', ' M a.py\n', true],
    ['nothing', '', false],
  ])('%s makes it dirty: %s', async (_, status, dirty) => {
    expect((await readSourceRevision(git({ 'rev-parse': HEAD, status }), {}))?.dirty).toBe(dirty);
  });

  test('a detached HEAD has no ref', async () => {
    expect((await readSourceRevision(git({ 'rev-parse': HEAD, status: '' }), {}))?.ref).toBeUndefined();
  });

  test.each([
    ['no repository', git({})],
    ['no git', noGit],
  ])('%s: GITHUB_SHA, or nothing', async (_, command) => {
    expect(await readSourceRevision(command, { GITHUB_SHA: SHA })).toMatchObject({ commit: SHA, dirty: false });
    expect(await readSourceRevision(command, {})).toBeUndefined();
  });
});
