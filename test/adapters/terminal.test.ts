import { expect, test } from '@jest/globals';
import { createTerminalHost } from '../../src/adapters/terminal.ts';
import type { ToolkitEvent } from '../../src/events.ts';

function show(events: readonly ToolkitEvent[], options: { colour?: boolean; verbose?: boolean } = {}): string[] {
  const lines: string[] = [];
  const notify = createTerminalHost({ write: line => lines.push(line), colour: false, ...options });
  events.forEach(notify);
  return lines;
}

const region = 'eu-west-1';
const position = { path: 'a.hbs', line: 1, column: 2 };

test('a line for each event, in plain words', () => {
  expect(
    show([
      { type: 'step', title: 'Build' },
      { type: 'message', level: 'info', text: 'i' },
      { type: 'message', level: 'debug', text: 'd' },
      { type: 'message', level: 'warning', text: 'w', position },
      { type: 'message', level: 'error', text: 'e' },
      { type: 'output', text: 'o' },
      { type: 'blob', digest: `sha256:${'ab'.repeat(32)}`, bytes: 1500, how: 'uploaded', repository: 'r' },
      {
        type: 'job-status',
        jobId: '1',
        jobName: 'smoke',
        region,
        status: 'PENDING',
        counts: { RUNNING: 2, FAILED: 0 },
      },
      { type: 'job-status', jobId: '1', jobName: 'smoke', region, status: 'FAILED', statusReason: 'why' },
      { type: 'job-status', jobId: '1', jobName: 'smoke', region, status: 'SUCCEEDED', counts: {} },
      { type: 'log', jobId: '1:4', arrayIndex: 4, region, timestamp: 0, text: 'l' },
      { type: 'log', jobId: '2', region, timestamp: 0, text: 'l' },
    ]),
  ).toEqual([
    '\nBuild',
    '  i',
    '  warning: a.hbs:1:2: w',
    '  error: e',
    '    | o',
    '  r: blob abababababab uploaded (1.5 kB)',
    '  eu-west-1 smoke: PENDING (2 RUNNING)',
    '  eu-west-1 smoke: FAILED: why',
    '  eu-west-1 smoke: SUCCEEDED',
    '  eu-west-1 [4] l',
    '  eu-west-1 2 l',
  ]);
});

test('debug messages only when asked for', () => {
  expect(show([{ type: 'message', level: 'debug', text: 'd' }], { verbose: true })).toEqual(['  d']);
});

test('a secret is masked in every line after it, an empty one masks nothing', () => {
  expect(
    show([
      { type: 'secret', value: '' },
      { type: 'secret', value: 't0ken' },
      { type: 'output', text: 'password t0ken, t0ken' },
    ]),
  ).toEqual(['    | password ***, ***']);
});

test.each<[ToolkitEvent, string]>([
  [{ type: 'step', title: 'x' }, '\u001b[1m'],
  [{ type: 'message', level: 'error', text: 'x' }, '\u001b[31m'],
  [{ type: 'message', level: 'warning', text: 'x' }, '\u001b[33m'],
  [{ type: 'output', text: 'x' }, '\u001b[90m'],
  [{ type: 'job-status', jobId: '1', jobName: 'x', region, status: 'FAILED' }, '\u001b[31m'],
  [{ type: 'job-status', jobId: '1', jobName: 'x', region, status: 'SUCCEEDED' }, '\u001b[32m'],
  [{ type: 'job-status', jobId: '1', jobName: 'x', region, status: 'RUNNABLE' }, '\u001b[36m'],
])('%j has its colour', (event, start) => {
  expect(show([event], { colour: true })[0]?.startsWith(start)).toBe(true);
});
