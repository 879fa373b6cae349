import { expect, test } from '@jest/globals';
import { count, formatBytes, formatDuration } from '../../src/report/format.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1500, '1.5 kB'],
  [99_949, '99.9 kB'],
  [99_950, '100 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [1_113_000_000, '1.1 GB'],
  [5e15, '5000 TB'],
])('%d bytes are %s', (bytes, expected) => {
  expect(formatBytes(bytes)).toBe(expected);
});

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1000, '1.0 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 00 s'],
  [245_000, '4 min 05 s'],
  [3_599_400, '59 min 59 s'],
  [3_600_000, '1 h 00 min'],
  [7_380_000, '2 h 03 min'],
])('%d ms are %s', (milliseconds, expected) => {
  expect(formatDuration(milliseconds)).toBe(expected);
});

test.each([
  [0, '0 children'],
  [1, '1 child'],
  [2, '2 children'],
])('%d of them', (number, expected) => {
  expect(count(number, 'child', 'children')).toBe(expected);
});

test('the plural is an s by default', () => {
  expect(count(2, 'error')).toBe('2 errors');
});
