import { describe, expect, test } from '@jest/globals';
import { parseLifecyclePolicy, planExpiry } from '../../../src/local/ecr/lifecycle-policy.ts';
import type { Image } from '../../../src/local/ecr/model.ts';

const DAY = 86_400_000;
const NOW = 100 * DAY;
const image = (digest: string, ageDays: number, tags: string[] = [], manifests: string[] = []): Image => ({
  digest,
  tags,
  manifests,
  blobs: [],
  mediaType: 'm',
  manifestBytes: 1,
  bytes: 1,
  pushedAt: NOW - ageDays * DAY,
  sequence: 1000 - ageDays,
});
const rule = (rulePriority: number, selection: object) => ({ rulePriority, selection, action: { type: 'expire' } });
const plan = (rules: object[], images: Image[]) =>
  planExpiry(parseLifecyclePolicy(JSON.stringify({ rules })), images, NOW).map(
    ({ image: { digest }, rulePriority }) => `${digest}:${rulePriority}`,
  );

describe('which images a lifecycle policy expires', () => {
  const keep = (countNumber: number, selection: object = { tagStatus: 'any' }) => ({
    countType: 'imageCountMoreThan',
    countNumber,
    ...selection,
  });
  const days = (countNumber: number, selection: object = { tagStatus: 'any' }) => ({
    countType: 'sinceImagePushed',
    countUnit: 'days',
    countNumber,
    ...selection,
  });

  test.each([
    ['the oldest beyond a count', [rule(1, keep(2))], ['c:1', 'd:1']],
    ['none below the count', [rule(1, keep(4))], []],
    ['those older than so many days', [rule(1, days(3))], ['d:1']],
    ['untagged ones', [rule(1, keep(1, { tagStatus: 'untagged' }))], ['d:1']],
    ['tagged ones by prefix', [rule(1, keep(1, { tagStatus: 'tagged', tagPrefixList: ['v'] }))], ['c:1']],
    ['tagged ones by pattern', [rule(1, keep(1, { tagStatus: 'tagged', tagPatternList: ['*1*'] }))], ['c:1']],
    ['those that fit every prefix', [rule(1, days(1, { tagStatus: 'tagged', tagPrefixList: ['v', 'dev'] }))], ['c:1']],
    ['nothing by a prefix that no tag has', [rule(1, days(1, { tagStatus: 'tagged', tagPrefixList: ['w'] }))], []],
    [
      'nothing that a rule of higher priority keeps',
      [rule(2, days(1)), rule(1, keep(1, { tagStatus: 'untagged' }))],
      ['d:1', 'c:2'],
    ],
    [
      'by the first rule, but each rule counts all it selects',
      [rule(1, keep(1, { tagStatus: 'tagged', tagPrefixList: ['v'] })), rule(2, keep(3))],
      ['c:1', 'd:2'],
    ],
  ])('ECR-26 %s', (_, rules, expected) => {
    const images = [image('a', 0.5, ['v1']), image('b', 1, []), image('c', 2, ['v10', 'dev']), image('d', 4, [])];
    expect(plan(rules, images).sort()).toEqual([...expected].sort());
  });

  test('ECR-26 exactly so many days is not yet more', () => {
    expect(plan([rule(1, days(4))], [image('d', 4)])).toEqual([]);
    expect(plan([rule(1, days(4))], [image('d', 4.0001)])).toEqual(['d:1']);
  });

  test('ECR-26 an image that a list names goes with the list, not before', () => {
    const images = [image('child', 9), image('list', 5, ['v1'], ['child'])];
    expect(plan([rule(1, days(7))], images)).toEqual([]);
    expect(plan([rule(1, days(3))], images)).toEqual(['child:1', 'list:1']);
  });
});

describe('what is a lifecycle policy', () => {
  const selection = { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 30 };
  const good = rule(1, selection);
  const missing = (name: string) => `object has missing required properties (["${name}"])`;
  const without = (value: object, name: string) =>
    Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
  test.each([
    ['some text', 'Could not map policyString into LifecyclePolicy.'],
    [[good], 'Could not map policyString into LifecyclePolicy.'],
    [{ no: 'rules' }, missing('rules')],
    [{ rules: good }, missing('rules')],
    [{ rules: ['text'] }, 'instance type (string) does not match any allowed primitive type (allowed: ["object"])'],
    [{ rules: [null] }, 'instance type (null) does not match any allowed primitive type (allowed: ["object"])'],
    [{ rules: [without(good, 'rulePriority')] }, missing('rulePriority')],
    [{ rules: [without(good, 'selection')] }, missing('selection')],
    [{ rules: [without(good, 'action')] }, missing('action')],
    [
      { rules: [{ ...good, unknown: 1 }] },
      'object instance has properties which are not allowed by the schema: (["unknown"])',
    ],
    [
      { rules: [{ ...good, rulePriority: '1' }] },
      'instance type (string) does not match any allowed primitive type (allowed: ["integer"])',
    ],
    [
      { rules: [{ ...good, action: [] }] },
      'instance type (array) does not match any allowed primitive type (allowed: ["object"])',
    ],
    [{ rules: [{ ...good, action: {} }] }, missing('type')],
    [
      { rules: [{ ...good, action: { type: 'keep' } }] },
      'instance value (keep) not found in enum :(possible values: ["expire"])',
    ],
    [
      { rules: [{ ...good, action: { type: 'expire', more: 1 } }] },
      'object instance has properties which are not allowed by the schema: (["more"])',
    ],
    [{ rules: [rule(1, without(selection, 'tagStatus'))] }, missing('tagStatus')],
    [{ rules: [rule(1, without(selection, 'countType'))] }, missing('countType')],
    [{ rules: [rule(1, without(selection, 'countNumber'))] }, missing('countNumber')],
    [
      { rules: [{ ...good, selection: 7 }] },
      'instance type (number) does not match any allowed primitive type (allowed: ["object"])',
    ],
    [
      { rules: [rule(1, { ...selection, tagStatus: 'x' })] },
      'instance value (x) not found in enum :(possible values: ["any","tagged","untagged"])',
    ],
    [
      { rules: [rule(1, { ...selection, countType: 'x' })] },
      'instance failed to match exactly one schema (matched 0 out of 2)',
    ],
    [
      { rules: [rule(1, { ...selection, countType: 'sinceImagePushed', countUnit: 'weeks' })] },
      'instance value (weeks) not found in enum :(possible values: ["days"])',
    ],
    [{ rules: [rule(1, { ...selection, countType: 'sinceImagePushed' })] }, missing('countUnit')],
    [
      { rules: [rule(1, { ...selection, countNumber: 0 })] },
      'numeric instance is lower than the required minimum (minimum: 1, found: 0)',
    ],
    [
      { rules: [rule(1, { ...selection, tagStatus: 'tagged' })] },
      'tagPrefixList or tagPatternList is required when tagStatus is tagged',
    ],
    [
      { rules: [rule(1, { ...selection, tagStatus: 'tagged', tagPrefixList: [] })] },
      'tagPrefixList or tagPatternList is required when tagStatus is tagged',
    ],
  ])('ECR-26 %j is refused: %s', (policy, failure) => {
    const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
    const message = `Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: ${failure}'`;
    expect(() => parseLifecyclePolicy(text)).toThrow(
      expect.objectContaining({ code: 'InvalidParameterException', message }),
    );
  });
});
