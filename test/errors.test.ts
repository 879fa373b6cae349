import { describe, expect, test } from '@jest/globals';
import {
  CancelledError,
  ConfigurationError,
  DeadlineError,
  describeProblem,
  errorCode,
  RemoteError,
} from '../src/errors.ts';
import { describeFailure } from '../src/report/describe-failure.ts';

const position = { path: 'batchwright.yml', line: 3, column: 5 };

describe('ConfigurationError', () => {
  test.each([
    ['a text', 'wrong', 'wrong'],
    ['one problem', { message: 'wrong', position }, 'batchwright.yml:3:5: wrong'],
    ['several', [{ message: 'a' }, { message: 'b', remedy: 'Do c.' }], 'a\nb. Do c.'],
  ])('takes %s', (_, given, message) => {
    expect(new ConfigurationError(given).message).toBe(message);
  });

  test('a remedy follows a sentence that has ended without a second full stop', () => {
    expect(describeProblem({ message: 'No!', remedy: 'Yes.' })).toBe('No! Yes.');
  });
});

describe('RemoteError', () => {
  const denied = Object.assign(new Error('User is not authorized'), { name: 'AccessDeniedException' });

  test('reads as one line: what was being done, the code, the text, the remedy', () => {
    const error = new RemoteError(
      {
        doing: 'registering a in eu-west-1',
        operation: 'RegisterJobDefinition',
        target: 'a in eu-west-1',
        remedy: 'Grant it.',
      },
      denied,
    );
    expect(error.message).toBe('registering a in eu-west-1: AccessDeniedException: User is not authorized. Grant it.');
    expect(error).toMatchObject({
      code: 'AccessDeniedException',
      operation: 'RegisterJobDefinition',
      target: 'a in eu-west-1',
      cause: denied,
    });
  });

  test.each([
    [new Error(''), 'x: no message.'],
    ['refused', 'x: refused.'],
    [Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'x: ECONNRESET: read ECONNRESET.'],
  ])('says what %p said', (cause, message) => {
    expect(new RemoteError({ doing: 'x', operation: 'X', target: 'x' }, cause).message).toBe(message);
  });

  test.each([
    [null, undefined],
    ['text', undefined],
    [new Error('x'), undefined],
    [Object.assign(new Error('x'), { code: 5 }), undefined],
    [denied, 'AccessDeniedException'],
  ])('the code of %p is %s', (error, code) => {
    expect(errorCode(error)).toBe(code);
  });
});

describe('describeFailure', () => {
  test.each([
    new ConfigurationError('mend this'),
    new RemoteError({ doing: 'x', operation: 'X', target: 'x' }, new Error('y')),
    new DeadlineError('too late'),
    new CancelledError('cancelled by SIGINT'),
  ])('shows the message of $name alone', error => {
    expect(describeFailure(error)).toBe(error.message);
  });

  test('shows the stack of what is our own bug, and asks for a report', () => {
    const bug = new TypeError('undefined is not a function');
    expect(describeFailure(bug)).toContain('please report');
    expect(describeFailure(bug)).toContain(bug.stack);
    expect(describeFailure('thrown text')).toContain('thrown text');
  });

  test('shows each of several', () => {
    expect(describeFailure(new AggregateError([new ConfigurationError('a'), new DeadlineError('b')]))).toBe('a\nb');
  });
});
