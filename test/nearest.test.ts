import { expect, test } from '@jest/globals';
import { nearest } from '../src/nearest.ts';

test.each([
  ['memoryMb', ['memoryMiB', 'vcpus'], 'memoryMiB'],
  ['Small', ['small', 'large'], 'small'],
  ['regster', ['register', 'render'], 'register'],
  ['lwo', ['high', 'low'], 'low'],
  ['foo', ['or', 'of'], undefined],
  ['tset', ['rest', 'test'], 'test'],
  ['retry_strategy', ['retryStrategy'], 'retryStrategy'],
  ['aabbccddee', ['aabbccddxxxx'], undefined],
  ['abcdef', ['abcdxy'], 'abcdxy'],
  ['abcdefg', ['abcdexy'], 'abcdexy'],
  ['abcdefg', ['abcdxyz'], undefined],
  ['x', ['y'], undefined],
  ['jobQueue', ['tags'], undefined],
  ['x', [], undefined],
  ['ab', ['xy'], undefined],
])('%s among %j is %s', (given, known, expected) => {
  expect(nearest(given, known)).toBe(expected);
});
