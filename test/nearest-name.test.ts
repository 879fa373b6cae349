import { expect, test } from '@jest/globals';
import { nearestName, suggestName } from '../src/nearest-name.ts';

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
  expect(nearestName(given, known)).toBe(expected);
});

test.each<[string, string[], string | undefined]>([
  ['regster', ['register', 'render'], 'Did you mean "register"?'],
  ['zzz', ['one'], 'Known is one.'],
  ['zzz', ['one', 'two'], 'Known are one, two.'],
  ['zzz', [], undefined],
  ['zzz', Array.from({ length: 31 }, (_, index) => `name-${index}`), undefined],
])('what helps with %s', (given, known, expected) => {
  expect(suggestName(given, known)).toBe(expected);
});

test('names are shown as the reader knows them', () => {
  expect(suggestName('vcpu', ['vcpus'], 'tier.')).toBe('Did you mean "tier.vcpus"?');
});
