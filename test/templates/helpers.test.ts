import { describe, expect, test } from '@jest/globals';
import { CONTEXT, problemsOf, renderValue, renderWith } from './rendering.ts';

describe('helpers', () => {
  test.each<[string, unknown]>([
    ['env "HOME"', '/home'],
    ['env "NOPE"', null],
    ['env "toString"', null],
    ['env "NOPE" "fallback"', 'fallback'],
    ['env "EMPTY" "fallback"', ''],
    ['required-env "HOME"', '/home'],
    ['default jobRoleArn tier.timeoutSeconds 7', 7],
    ['default tier.gpus 7', 0],
    ['default variables.none null', null],
    ['lower "ABC"', 'abc'],
    ['upper tier.name', 'SMALL'],
    ['upper tier.vcpus', '0.5'],
    ['concat project "-" tier.memoryMiB variables.flag', 'cues-512true'],
    ['join variables.list', 'x,y'],
    ['join variables.list "; "', 'x; y'],
    ['eq tier.name "small"', true],
    ['eq tier.vcpus "0.5"', false],
    ['eq variables.list (default variables.list variables.list)', true],
    ['eq null jobRoleArn', true],
    ['ne tier.name "small"', false],
    ['ne tier.name "large"', true],
    ['and project tier.gpus', 0],
    ['and project tier.name', 'small'],
    ['or jobRoleArn variables.empty tier.name', 'small'],
    ['or jobRoleArn tier.gpus', 0],
    ['not jobRoleArn', true],
    ['not variables.list', false],
    ['lookup variables.mapping "two"', 'zwei'],
    ['lookup variables.list 1', 'y'],
    ['json (json project)', '"cues"'],
    ['base64 "äß"', 'w6TDnw=='],
    ['hash "abc"', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['role-arn "team/x"', 'arn:aws:iam::123456789012:role/team/x'],
    ['secret-arn "db"', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db'],
    ['secret-arn "db" key="PASSWORD"', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db:PASSWORD::'],
    ['parameter-arn "/a/b"', 'arn:aws:ssm:eu-west-1:123456789012:parameter/a/b'],
    ['parameter-arn "a"', 'arn:aws:ssm:eu-west-1:123456789012:parameter/a'],
  ])('%s', (call, expected) => {
    expect(renderValue(`[{{${call}}}]`)).toEqual([expected]);
  });

  test.each([
    ['required-env "NOPE"', 'the environment variable NOPE is not set'],
    ['required-env "EMPTY"', 'the environment variable EMPTY is empty'],
    ['lower variables.list', 'lower needs text, not a list'],
    ['upper jobRoleArn', 'upper needs text, not null'],
    ['concat project tier', 'concat needs text as argument 2, not a mapping'],
    ['join project', 'join needs a list, not "cues"'],
    ['join (lookup variables "mapping")', 'join needs a list, not a mapping'],
    ['join variables.list variables.list', 'join needs text as the separator, not a list'],
    ['lookup variables.mapping "three"', 'lookup found no "three"; there is one, two'],
    ['lookup variables.mapping "constructor"', 'lookup found no "constructor"; there is one, two'],
    ['lookup variables.empty 0', 'lookup found no "0"; there is nothing'],
    ['lookup project "x"', 'lookup needs a mapping or list, not "cues"'],
    ['role-arn "arn:aws:iam::1:role/x"', 'role-arn needs a name, not "arn:aws:iam::1:role/x"'],
    ['role-arn ""', 'role-arn needs a name, not ""'],
  ])('%s is refused', (call, expected) => {
    expect(problemsOf(`[{{${call}}}]`)).toEqual([`t.hbs:1:2: ${expected}`]);
  });

  test('an ARN needs its parts in the context', () => {
    const { account, ...without } = CONTEXT;
    expect(account).toBe('123456789012');
    expect(() => renderWith('{{role-arn "x"}}', {}, without)).toThrow('role-arn needs text as account, not null');
  });

  test('join refuses what is no text', () => {
    const context = { list: ['a', ['b']] };
    expect(() => renderWith('{{join list}}', {}, context)).toThrow('join needs text in the list, not a list');
  });

  test('what user data holds is never a template', () => {
    const context = { text: '{{project}} {{{x}}} {{> y}}' };
    expect(renderWith('["{{text}}", {{text}}, "{{upper text}}"]', {}, context).value).toEqual([
      '{{project}} {{{x}}} {{> y}}',
      '{{project}} {{{x}}} {{> y}}',
      '{{PROJECT}} {{{X}}} {{> Y}}',
    ]);
  });
});
