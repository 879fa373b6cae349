import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalDefinition } from '../../src/definitions/canonical.ts';
import { diffDefinitions } from '../../src/definitions/diff.ts';
import { bend, ec2, type Request } from './requests.ts';

function diff(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  request: () => Request = ec2,
) {
  return diffDefinitions(canonicalDefinition(bend(request(), before)), canonicalDefinition(bend(request(), after)));
}

const ENV = 'containerProperties.environment';

test('equal definitions have no diff', () => {
  expect(diff({}, {})).toEqual([]);
});

test('shows the changed lines with two lines around', () => {
  const after = { [`${ENV}.1`]: { name: 'LEVEL', value: 'info' }, 'timeout.attemptDurationSeconds': 60 };
  expect(diff({}, after)).toEqual([
    '  …',
    '     "environment": [',
    '       { "name": "BUCKET", "value": "models" }',
    '+      { "name": "LEVEL", "value": "info" }',
    '     ]',
    `     "executionRoleArn": "${ec2().containerProperties?.executionRoleArn}"`,
    '  …',
    '   "schedulingPriority": 5',
    '   "tags": { "team": "ml" }',
    '-  "timeout": { "attemptDurationSeconds": 3600 }',
    '+  "timeout": { "attemptDurationSeconds": 60 }',
    '   "type": "container"',
    ' }',
  ]);
});

describe('secrets', () => {
  const password = (value: string) => ({ [ENV]: [{ name: 'DB_PASSWORD', value }] });

  test('are masked, and a changed one still differs', () => {
    const lines = diff(password('hunter2'), password('hunter3'));
    expect(lines.join('\n')).not.toContain('hunter');
    expect(lines.filter(line => /^[-+]/.test(line))).toEqual([
      '-      { "name": "DB_PASSWORD", "value": "*** (secret 1)" }',
      '+      { "name": "DB_PASSWORD", "value": "*** (secret 2)" }',
    ]);
  });

  test('that stay the same are no change', () => {
    const lines = diff(
      { ...password('hunter2'), schedulingPriority: 1 },
      { ...password('hunter2'), schedulingPriority: 2 },
    );
    expect(lines.filter(line => /^[-+]/.test(line))).toEqual([
      '-  "schedulingPriority": 1',
      '+  "schedulingPriority": 2',
    ]);
  });

  test.each([
    ['a parameter', { 'parameters.api_key': 'hunter2' }],
    ['a log option', { 'containerProperties.logConfiguration.options.splunk-token': 'hunter2' }],
    ['a key in a command', { 'containerProperties.command.0': `ghp_${'hunter2'.repeat(6)}` }],
  ])('in %s are masked', (_what, after) => {
    const text = diff({}, after).join('\n');
    expect(text).not.toContain('hunter2');
    expect(text).toContain('*** (secret 1)');
  });

  test('as ARNs are shown', () => {
    const after = { 'containerProperties.secrets.0.valueFrom': 'arn:aws:ssm:eu-west-1:123456789012:parameter/db' };
    expect(diff({}, after).join('\n')).toContain(
      '+      { "name": "DB_PASSWORD", "valueFrom": "arn:aws:ssm:eu-west-1:123456789012:parameter/db" }',
    );
  });
});

test('long lists are broken over lines, so that one argument is one line', () => {
  const command = Array.from({ length: 30 }, (_, index) => `argument-${index}`);
  const lines = diff(
    { 'containerProperties.command': command },
    { 'containerProperties.command': command.with(7, 'other') },
  );
  expect(lines.filter(line => /^[-+]/.test(line))).toEqual(['-      "argument-7"', '+      "other"']);
});

test('members only one side has', () => {
  const lines = diff({ tags: undefined }, { timeout: undefined });
  expect(lines.filter(line => /^[-+]/.test(line))).toEqual([
    '-  "timeout": { "attemptDurationSeconds": 3600 }',
    '+  "tags": { "team": "ml" }',
  ]);
});

test('shows as few changed lines as there can be', () => {
  /** The longest common subsequence, by trying. */
  const common = (a: readonly string[], b: readonly string[]): number => {
    const [first, ...rest] = a;
    if (first === undefined || b.length === 0) return 0;
    const at = b.indexOf(first);
    const without = common(rest, b);
    return at < 0 ? without : Math.max(without, 1 + common(rest, b.slice(at + 1)));
  };
  // Long enough that each argument has a line of its own.
  const command = fc.array(
    fc.constantFrom('a', 'b', 'c').map(letter => letter.repeat(60)),
    { minLength: 2, maxLength: 7 },
  );
  fc.assert(
    fc.property(command, command, (before, after) => {
      const lines = diff({ 'containerProperties.command': before }, { 'containerProperties.command': after });
      const changed = lines.filter(line => /^[-+]/.test(line));
      expect(changed).toHaveLength(before.length + after.length - 2 * common(before, after));
    }),
    { numRuns: 200, seed: 5 },
  );
});
