import { describe, expect, test } from '@jest/globals';
import { lintDefinitions } from '../../../src/definitions/lint/lint.ts';
import { ConfigurationError } from '../../../src/errors.ts';
import { bend, definitionOf, ec2, eks, fargate, type Request, TARGET } from '../requests.ts';

function messages(request: Request): readonly string[] {
  return lintDefinitions([definitionOf(request)], {}).map(({ rule, level, message }) => `${level} ${rule}: ${message}`);
}

describe('a finding', () => {
  test('says what, at which path and line of the template, for which definition', () => {
    const [finding] = lintDefinitions([definitionOf(bend(ec2(), { 'containerProperties.comand': ['x'] }))], {});
    expect(finding).toEqual({
      rule: 'unknown-member',
      level: 'error',
      message: 'Batch has no `comand` here. Did you mean "command"?',
      definition: 'cues-small',
      target: TARGET,
      tier: 'small',
      path: ['containerProperties', 'comand'],
      position: { path: 'cues.hbs', line: 3, column: 1 },
    });
  });

  test.each<readonly [Readonly<Record<string, unknown>>, string]>([
    [{ 'timeout.minutes': 3 }, 'error unknown-member: Batch has no `minutes` here. It knows attemptDurationSeconds.'],
    [{ 'containerProperties.Image': 'x' }, 'error member-case: `Image` must be written `image`'],
    [
      { revision: 3 },
      'error describe-only-member: `revision` is what describe answers; register refuses it. Remove it.',
    ],
    [{ 'retryStrategy.attempts': '3' }, 'error wrong-type: `attempts` must be a whole number, not a string'],
    [
      { 'timeout.attemptDurationSeconds': 60.5 },
      'error wrong-type: `attemptDurationSeconds` must be a whole number, not 60.5',
    ],
    [
      { 'containerProperties.command': null },
      'warning null-member: `command` is null, which Batch never sees; leave it out',
    ],
    [
      { platformCapabilities: ['EC3'] },
      'error unknown-value: "EC3" is none of EC2, FARGATE, MANAGED_INSTANCES. Did you mean "EC2"?',
    ],
    [
      { 'containerProperties.environment': [{ name: 'API_TOKEN', value: 'hunter2' }] },
      'warning plain-secret: the value of API_TOKEN looks like a secret in plain text; move it to `secrets`',
    ],
    [
      { 'containerProperties.resourceRequirements.1.value': '8192' },
      'warning memory-never-fits: 8192 MiB is all of a 8 GiB instance, which keeps some for itself; ask for about 7600 MiB',
    ],
    [
      { 'retryStrategy.evaluateOnExit.0.onStatusReason': 'Host EC2 (instance i-1) terminated.' },
      'error retry-pattern: "Host EC2 (instance i-1) terminated." may hold letters, digits, periods, colons and spaces, and one * at the end. Write "Host EC2*".',
    ],
  ])('%j', (changes, message) => {
    expect(messages(bend(ec2(), changes))).toContain(message);
  });

  test('of a Fargate pair names the nearest that is enough', () => {
    const request = bend(fargate(), { 'containerProperties.resourceRequirements.1.value': '4000' });
    expect(messages(request)).toEqual([
      'error fargate-resources: Fargate has no 1 vCPU with 4000 MiB; the nearest is 4096 MiB',
    ]);
  });

  test('never shows the secret itself', () => {
    const request = bend(ec2(), { 'containerProperties.environment': [{ name: 'X', value: `ghp_${'s'.repeat(36)}` }] });
    expect(messages(request).join()).not.toContain('ssss');
    expect(messages(request)).toEqual([
      'warning plain-secret: a GitHub token looks like a secret in plain text; move it to `secrets`',
    ]);
  });

  test.each([['a text'], [null], [3], [[]], [{}]])('survives a request that is %j', request => {
    // Rendering checks only that it is JSON.
    const definition = { ...definitionOf(ec2()), request: request as unknown as Request };
    expect(lintDefinitions([definition], {}).length).toBeGreaterThan(0);
  });

  test.each(['containerProperties', 'retryStrategy', 'tags', 'parameters', 'timeout'])(
    'survives %s of any type',
    member => {
      for (const value of ['x', 3, null, [], [null], {}, true]) {
        expect(messages(bend(ec2(), { [member]: value }))).toBeDefined();
      }
    },
  );

  test('survives pods of any type', () => {
    for (const value of ['x', 3, null, [], { containers: [null, 'x', { resources: 3, env: [3] }], volumes: 'x' }]) {
      expect(messages(bend(eks(), { 'eksProperties.podProperties': value })).length).toBeGreaterThan(0);
    }
  });
});

describe('one name for two definitions', () => {
  const other = (changes: object) => definitionOf(ec2(), { ...TARGET, ...changes });

  test.each([
    ['two environments of one account and region', { environment: 'production' }, 1],
    ['another region', { region: 'us-east-1' }, 0],
    ['another account', { account: '210987654321' }, 0],
  ])('%s', (_what, changes, count) => {
    const findings = lintDefinitions([other({}), other(changes)], {}).filter(({ rule }) => rule === 'shared-name');
    expect(findings.map(({ target, path }) => [target.environment, path])).toEqual(
      Array.from({ length: count }, () => ['production', ['jobDefinitionName']]),
    );
  });
});

describe('overrides', () => {
  const untimed = () => [definitionOf(bend(ec2(), { timeout: undefined }))];

  test.each([
    ['off', []],
    ['warning', ['warning']],
    ['error', ['error']],
  ] as const)('turn a rule %s', (level, levels) => {
    const findings = lintDefinitions(untimed(), { 'no-timeout': { level, reason: 'test' } });
    expect(findings.map(finding => finding.level)).toEqual(levels);
  });

  test('turn a rule over all definitions off', () => {
    const findings = lintDefinitions([...untimed(), ...untimed()], {
      'shared-name': { level: 'off', reason: 'test' },
      'no-timeout': { level: 'off', reason: 'test' },
    });
    expect(findings).toEqual([]);
  });

  test('of a rule that does not exist are an error without a line where nobody knows it', () => {
    expect(() => lintDefinitions([], { zzz: { level: 'off', reason: 'test' } })).toThrow(
      /^there is no lint rule "zzz"\./,
    );
  });

  test('of a rule that does not exist are an error with the nearest and the line', () => {
    const override = { level: 'off', reason: 'test' } as const;
    const position = { path: 'batchwright.yml', line: 7, column: 3 };
    const lint = () => lintDefinitions([], { 'no-timeuot': override, zzz: override }, () => position);
    expect(lint).toThrow(ConfigurationError);
    expect(lint).toThrow(
      'batchwright.yml:7:3: there is no lint rule "no-timeuot". Did you mean "no-timeout"?\nbatchwright.yml:7:3: there is no lint rule "zzz". docs/lint-rules.md lists them all.',
    );
  });
});

test('1,000 definitions take a fraction of a second of work', () => {
  const definitions = Array.from({ length: 1000 }, (_, index) =>
    definitionOf(bend(ec2(), { jobDefinitionName: `cues-${index}` })),
  );
  const start = process.cpuUsage();
  expect(lintDefinitions(definitions, {})).toEqual([]);
  // Some 0.2 s alone; the limit leaves room for coverage counters, and catches what grows with the square.
  expect(process.cpuUsage(start).user / 1000).toBeLessThan(2000);
});
