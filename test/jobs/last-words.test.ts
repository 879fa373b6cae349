import { expect, test } from '@jest/globals';
import { lastWords } from '../../src/jobs/last-words.ts';

const log = (...texts: string[]) => texts.map((text, index) => ({ timestamp: index, text }));

test.each<[string, string[], string | undefined]>([
  ['an empty log', [], undefined],
  ['blank lines alone', ['', '  '], undefined],
  ['a plain line', ['start', 'could not read the file'], 'could not read the file'],
  ['blank lines at the end', ['could not read', '', ' '], 'could not read'],
  [
    'a JavaScript stack trace',
    [
      'account=1 TypeError: x is null',
      'account=1     at run (file:///app/a.mjs:1:2)',
      'account=1     at async file:///app/a.mjs:9:1',
    ],
    'account=1 TypeError: x is null',
  ],
  [
    'a Python traceback',
    ['Traceback (most recent call last):', '  File "/app/a.py", line 3, in <module>', "KeyError: 'body'"],
    "KeyError: 'body'",
  ],
  ['a Java stack trace', ['java.lang.Error: no', '\tat com.a.B.c(B.java:3)', '\t... 12 more'], 'java.lang.Error: no'],
  ['words that only look like a frame', ['failed at midnight'], 'failed at midnight'],
  ['frames alone', ['    at run (a.js:1:2)'], 'at run (a.js:1:2)'],
])('%s', (_, texts, expected) => {
  expect(lastWords(log(...texts))).toBe(expected);
});

test('a very long line is cut, and shows that it was', () => {
  expect(lastWords(log('x'.repeat(301)))).toBe(`${'x'.repeat(300)}…`);
  expect(lastWords(log('x'.repeat(300)))).toBe('x'.repeat(300));
});
