import { expect, test } from '@jest/globals';
import type { Target } from '../../src/config/model.ts';
import { type CheckResult, ng, ok, skip, type Verdict } from '../../src/definitions/verify/model.ts';
import { renderMarkdown } from '../../src/report/render-markdown.ts';
import { renderText } from '../../src/report/render-text.ts';
import { describeGroup, groupResults, reportVerify } from '../../src/report/verify.ts';
import { expectGolden } from '../golden.ts';

const target = (region: string, environment = 'test'): Target => ({
  environment,
  region,
  account: '123456789012',
  partition: 'aws',
});
const result = (
  check: string,
  subject: string,
  verdict: Verdict,
  where = target('eu-west-1'),
  definitions = ['cues-small', 'cues-large', 'cues-huge'],
): CheckResult => ({ ...verdict, check, subject, target: where, definitions });

const missing = ng('does not exist', 'Create it.');
const results = [
  result('account', '123456789012', ok(), target('eu-west-1'), []),
  ...Array.from({ length: 300 }, (_, index) => result('fit', `cues-${index} on high`, ok())),
  result('role', 'arn:x', missing),
  result('role', 'arn:x', missing, target('us-east-1')),
  result('role', 'arn:x', missing, target('us-east-1', 'production'), ['cues-small']),
  result('parameter', '/gone', missing, target('us-east-1')),
  result('parameter', '/gone', missing, target('us-east-1', 'production')),
  result('role', 'arn:y', ng('does not trust ecs-tasks.amazonaws.com')),
  ...Array.from({ length: 7 }, (_, index) =>
    result('secret', `s${index}`, skip('needs secretsmanager:DescribeSecret')),
  ),
  result('log-group', '/aws/batch/job', ok('does not exist yet')),
];

test('each thing that is wrong once, with everything it hits; all that is well in one line', () => {
  expectGolden('report/verify.md', renderMarkdown(reportVerify(results)));
  expectGolden('report/verify.txt', renderText(reportVerify(results)));
  expect(groupResults(results, 'NG').map(describeGroup)).toEqual([
    'role arn:x: does not exist. Create it. (test in eu-west-1, us-east-1; production in us-east-1; cues-small and 2 more)',
    'parameter /gone: does not exist. Create it. (test, production in us-east-1; cues-small and 2 more)',
    'role arn:y: does not trust ecs-tasks.amazonaws.com. (test in eu-west-1; cues-small and 2 more)',
  ]);
});

test.each<[readonly CheckResult[], string]>([
  [results.slice(0, 3), 'all is well: 0 NG, 0 SKIP, 3 OK in 1 target.'],
  [results.slice(-3), 'nothing is wrong that could be looked at: 0 NG, 2 SKIP, 1 OK in 1 target.'],
  [results.slice(301, 302), 'something is wrong: 1 NG, 0 SKIP, 0 OK in 1 target.'],
])('totals of %#', (some, words) => {
  expect(renderText(reportVerify(some))).toContain(words);
});
