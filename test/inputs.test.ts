import { describe, expect, test } from '@jest/globals';
import { ConfigurationError } from '../src/errors.ts';
import { flag, integer, list, oneOf, readInputs, text } from '../src/inputs.ts';

const table = { name: text, regions: list, 'dry-run': flag, size: integer(2, 10), mode: oneOf('undo', 'keep') };
const from = (given: Record<string, string>) => (name: string) => given[name];

describe('readInputs', () => {
  test('gives each input in the type of its kind', () => {
    const values = readInputs(
      table,
      from({
        name: ' a ',
        regions: 'eu-west-1, us-east-1\n\nap-south-1,',
        'dry-run': 'True',
        size: '10',
        mode: 'keep',
      }),
    );
    expect(values).toEqual({
      name: 'a',
      regions: ['eu-west-1', 'us-east-1', 'ap-south-1'],
      'dry-run': true,
      size: 10,
      mode: 'keep',
    });
  });

  test('gives what absent means for inputs that are empty or not there', () => {
    expect(readInputs(table, from({ name: '  ' }))).toEqual({
      name: undefined,
      regions: [],
      'dry-run': false,
      size: undefined,
      mode: undefined,
    });
  });

  test('reports every wrong or missing input at once', () => {
    const read = () => readInputs(table, from({ 'dry-run': 'yes', size: '11', mode: 'Keep' }), ['name']);
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(
      [
        'input "name" is required and was not given',
        'input "dry-run" must be true or false, not "yes"',
        'input "size" must be a whole number from 2 to 10, not "11"',
        'input "mode" must be one of undo, keep, not "Keep"',
      ].join('\n'),
    );
  });

  test.each(['1', '2.0', '2e0', '0x5', '5x', ''.padEnd(30, '9')])('refuses %s as a size', size => {
    expect(() => readInputs(table, from({ size }))).toThrow('size');
  });

  test.each([
    ['2', 2],
    ['10', 10],
  ])('takes %s as a size, the limits included', (size, number) => {
    expect(readInputs(table, from({ size })).size).toBe(number);
  });

  test.each(['true', 'True', 'TRUE', 'false', 'False', 'FALSE'])('takes %s as a flag', value => {
    expect(readInputs(table, from({ 'dry-run': value }))['dry-run']).toBe(value.toLowerCase() === 'true');
  });
});
