import { describe, expect, test } from '@jest/globals';
import { chooseTags } from '../../src/image/tags.ts';
import { COMMIT } from './workshop.ts';

describe('tags', () => {
  test.each([
    ['a branch', { ref: 'refs/heads/main' }, [], ['main']],
    ['a branch with a folder', { ref: 'refs/heads/feature/tiny model' }, [], ['feature-tiny-model']],
    ['a branch that begins with a dot', { ref: 'refs/heads/.hidden' }, [], ['hidden']],
    ['a branch of nothing usable', { ref: 'refs/heads/模型' }, [], ['ref']],
    ['a branch that looks like a release', { ref: 'refs/heads/1.2.3' }, [], ['branch-1.2.3']],
    ['a branch that looks like a release line', { ref: 'refs/heads/v2' }, [], ['branch-v2']],
    ['a branch that looks like a commit', { ref: `refs/heads/${'a'.repeat(40)}` }, [], [`branch-${'a'.repeat(40)}`]],
    ['a branch that looks like one of our own', { ref: 'refs/heads/dirty-x' }, [], ['branch-dirty-x']],
    ['a branch called 2fa', { ref: 'refs/heads/2fa' }, [], ['2fa']],
    ['a long branch', { ref: `refs/heads/${'b'.repeat(200)}` }, [], ['b'.repeat(128)]],
    ['a pull request', { ref: 'refs/pull/7/merge' }, [], ['pr-7']],
    ['a release', { ref: 'refs/tags/v1.2.3', version: '1.2.3' }, ['1.2.3'], ['1.2']],
    ['a release of zero', { ref: 'refs/tags/v0.0.10', version: '0.0.10' }, ['0.0.10'], ['0.0']],
    ['a pre-release', { ref: 'refs/tags/v1.2.3-rc.1', version: '1.2.3-rc.1' }, ['1.2.3-rc.1'], []],
    ['a build number', { version: '1.2.3+4' }, ['1.2.3-4'], ['1.2']],
    ['a version of two numbers', { version: '2026.1' }, ['2026.1'], []],
    ['another git tag', { ref: 'refs/tags/nightly' }, ['nightly'], []],
    ['nothing known', {}, [], []],
  ])('%s', (_, source, fixed, moving) => {
    expect(chooseTags({ commit: COMMIT, ...source }, [], 0)).toEqual({
      commit: COMMIT,
      fixed: [COMMIT, ...fixed],
      moving,
    });
  });

  test('the configuration adds its own; nothing is named twice', () => {
    const source = { commit: COMMIT, ref: 'refs/heads/main' };
    expect(chooseTags(source, ['main', 'stable', 'stable'], 0)).toEqual({
      commit: COMMIT,
      fixed: [COMMIT, 'main', 'stable'],
      moving: [],
    });
  });

  test('uncommitted changes have no tag of a commit, a branch or the configuration', () => {
    const source = { commit: COMMIT, ref: 'refs/heads/main', version: '1.0.0', dirty: true };
    expect(chooseTags(source, ['stable'], 1_700_000_000_000)).toEqual({
      fixed: ['dirty-0123456789ab-1700000000000'],
      moving: [],
    });
  });

  test('every extra tag that is none is named', () => {
    expect(() => chooseTags({ commit: COMMIT }, ['ok', '-x', 'a b'], 0)).toThrow(
      /"-x" is not an image tag[\s\S]*"a b"/,
    );
  });
});
