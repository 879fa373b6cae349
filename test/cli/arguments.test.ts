import { describe, expect, test } from '@jest/globals';
import { parseArguments } from '../../src/cli/arguments.ts';
import { flag, list, text } from '../../src/inputs.ts';

const table = { config: text, region: list, 'dry-run': flag };
const read = (...args: string[]) => parseArguments(table, args);

describe('parseArguments', () => {
  test('reads values, repeated lists and flags', () => {
    const { values, output } = read(
      '--config',
      'a.yml',
      '--region',
      'eu-west-1',
      '--region=us-east-1',
      '--dry-run',
      '--output',
      'json',
    );
    expect([...values].filter(([name]) => name in table)).toEqual([
      ['config', 'a.yml'],
      ['region', 'eu-west-1\nus-east-1'],
      ['dry-run', 'true'],
    ]);
    expect(output).toBe('json');
  });

  test('the last value of what is no list wins', () => {
    expect(read('--config', 'a', '--config', 'b').values.get('config')).toBe('b');
  });

  test.each([
    [['--no-dry-run'], 'false'],
    [['--dry-run=false'], 'false'],
    [['--dry-run'], 'true'],
  ])('%j makes the flag %s', (args, value) => {
    expect(read(...args).values.get('dry-run')).toBe(value);
  });

  test.each([
    [['--help'], { help: true, verbose: false, output: 'text' }],
    [['--verbose'], { help: false, verbose: true, output: 'text' }],
  ])('%j', (args, expected) => {
    expect(read(...args)).toMatchObject(expected);
  });

  test('reports everything that is wrong at once', () => {
    expect(() => read('--regoin', 'x', 'stray', '--zzzzzz', '--output', 'xml')).toThrow(
      [
        'unknown flag --regoin. Did you mean --region?',
        'unexpected argument "x"',
        'unexpected argument "stray"',
        'unknown flag --zzzzzz.',
        '--output must be text or json, not "xml"',
      ].join('\n'),
    );
    expect(() => read('--config', '--dry-run')).toThrow('--config needs a value');
    expect(() => read('--config')).toThrow('--config needs a value');
  });
});
