import * as core from '@actions/core';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createActionsHost } from '../../../src/adapters/actions/host.ts';
import {
  annotationCommand,
  debugCommand,
  END_GROUP,
  groupCommand,
  maskCommand,
} from '../../../src/adapters/actions/workflow-commands.ts';
import type { ToolkitEvent } from '../../../src/events.ts';

const NASTY = 'a%0A\r\n::error::b,c:d 100%';

describe('the lines are those that @actions/core writes', () => {
  let written = '';
  beforeEach(() => {
    written = '';
    jest.spyOn(process.stdout, 'write').mockImplementation(chunk => {
      written += String(chunk);
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test.each<[string, () => void, string]>([
    ['a group', () => core.startGroup(NASTY), groupCommand(NASTY)],
    ['the end of a group', () => core.endGroup(), END_GROUP],
    ['a mask', () => core.setSecret(NASTY), maskCommand(NASTY)],
    ['a debug line', () => core.debug(NASTY), debugCommand(NASTY)],
    ['a notice', () => core.notice(NASTY), annotationCommand('notice', NASTY)],
    ['a warning', () => core.warning(NASTY), annotationCommand('warning', NASTY)],
    [
      'an error on a line of a file',
      () => core.error(NASTY, { file: 'a:b,c%.hbs', startLine: 3, startColumn: 7 }),
      annotationCommand('error', NASTY, { path: 'a:b,c%.hbs', line: 3, column: 7 }),
    ],
  ])('%s', (_, write, expected) => {
    write();
    expect(written.trim()).toBe(expected);
  });
});

describe('the Actions host', () => {
  const show = (...events: ToolkitEvent[]) => {
    const lines: string[] = [];
    const host = createActionsHost(line => lines.push(line));
    events.forEach(host.notify);
    host.end();
    return lines;
  };

  test('puts each step in a group of its own and closes the last', () => {
    expect(show({ type: 'step', title: 'A' }, { type: 'output', text: 'x' }, { type: 'step', title: 'B' })).toEqual([
      '::group::A',
      '  | x',
      '::endgroup::',
      '::group::B',
      '::endgroup::',
    ]);
  });

  test('shows how it came out below the last group, and takes nothing in it for a command', () => {
    const lines: string[] = [];
    const host = createActionsHost(line => lines.push(line));
    host.notify({ type: 'step', title: 'A' });
    host.end('Plan\n----\n\n::error::in a log\n');
    expect(lines).toEqual(['::group::A', '::endgroup::', 'Plan\n----\n\n \u200b::error::in a log']);
  });

  test('makes annotations of warnings and errors, plain lines of the rest', () => {
    const position = { path: 't.hbs', line: 2, column: 4 };
    expect(
      show(
        { type: 'message', level: 'info', text: 'i' },
        { type: 'message', level: 'debug', text: 'd' },
        { type: 'message', level: 'notice', text: 'n' },
        { type: 'message', level: 'warning', text: 'w', position },
        { type: 'message', level: 'error', text: 'e' },
      ),
    ).toEqual(['i', '::debug::d', '::notice::n', '::warning file=t.hbs,line=2,col=4::w', '::error::e']);
  });

  test('masks a secret', () => {
    expect(show({ type: 'secret', value: 'token' })).toEqual(['::add-mask::token']);
  });

  test.each(['::set-output name=x::y', '  ::error::pwned', '##[error]pwned', 'line\n::stop-commands::x'])(
    "a child's log line %j is never a command",
    text => {
      const shown = show({ type: 'output', text }, { type: 'message', level: 'info', text }).join('\n');
      for (const line of shown.split('\n')) expect(line.trimStart()).not.toMatch(/^(::|##\[)/);
    },
  );
});
