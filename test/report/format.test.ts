import { expect, test } from '@jest/globals';
import { formatAmount } from '../../src/format-amount.ts';
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
  [0, 2, '0.00'],
  [0, 1, '0.0'],
  [12.3, 2, '12.30'],
  [0.34, 1, '0.34'],
  [0.05, 1, '0.050'],
  [0.0499, 2, '0.050'],
  [0.001_14, 1, '0.0011'],
  [0.001_14, 5, '0.00114'],
  [2.5e-9, 2, '0.0000000025'],
  [1e-40, 2, '0.00000000000000000000'],
  [1234.5, 1, '1234.5'],
])('%d with %d decimals is %s', (value, decimals, expected) => {
  expect(formatAmount(value, decimals)).toBe(expected);
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
