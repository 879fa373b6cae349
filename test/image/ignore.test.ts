import { describe, expect, test } from '@jest/globals';
import { parseIgnore } from '../../src/image/ignore.ts';

describe('ignore patterns', () => {
  test.each([
    // pattern(s), path, ignored
    [['*.pyc'], 'a.pyc', true],
    [['*.pyc'], 'lib/a.pyc', false],
    [['**/*.pyc'], 'lib/deep/a.pyc', true],
    [['**/*.pyc'], 'a.pyc', true],
    [['lib'], 'lib/a/b', true],
    [['lib'], 'library', false],
    [['/lib/'], 'lib/a', true],
    [['./lib//./x/../a'], 'lib/a', true],
    [['lib/*'], 'lib/a/b', true],
    [['lib/**'], 'lib/a/b', true],
    [['lib/**'], 'lib', false],
    [['**'], 'any/thing', true],
    [['a**z'], 'a/b/z', true],
    [['**/test/**'], 'x/test/y', true],
    [['**/test/**'], 'test/y', true],
    [['?.txt'], 'a.txt', true],
    [['?.txt'], 'ab.txt', false],
    [['?.txt'], '/.txt', false],
    [['[ab].txt'], 'b.txt', true],
    [['[^ab].txt'], 'b.txt', false],
    [['[a-c].txt'], 'd.txt', false],
    [['a.c'], 'abc', false],
    [['a+(b)'], 'a+(b)', true],
    [['\\*'], '*', true],
    [['\\*'], 'a', false],
    [['*', '!keep'], 'keep', false],
    [['*', '!keep'], 'keep/inner', false],
    [['*', '!keep', 'keep/no'], 'keep/no', true],
    [['*', '! keep'], 'keep', false],
    [['!keep', '*'], 'keep', true],
    [['# comment', 'a'], 'a', true],
    [['#a'], '#a', false],
    [['  a  '], 'a', true],
    [['', '   ', '.', '/'], 'a', false],
    [['../x'], 'x', true],
    [['größe/*'], 'größe/模型', true],
    [['?'], '😀', true],
  ])('%j: %s is ignored: %j', (patterns, path, expected) => {
    expect(parseIgnore(patterns)(path)).toBe(expected);
  });

  test('every pattern that cannot be read is named', () => {
    expect(() => parseIgnore(['ok', '[a', '!', '[z-a]'])).toThrow(
      '"[a" is not an ignore pattern\n"!" is not an ignore pattern\n"[z-a]" is not an ignore pattern',
    );
  });
});
