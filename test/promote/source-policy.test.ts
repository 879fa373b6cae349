/** The statement that lets production read test's repository, wherever it is written. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { describeSourceStatement } from '../../src/promote/source-policy.ts';
import { SOURCE_REPOSITORY_POLICY } from '../../tools/iam/job-roles.ts';

const page = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
/** The JSON examples of a page. */
const examples = (text: string) => [...text.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) => JSON.parse(json));

test('is in docs/promotion.md as a refusal prints it', () => {
  expect(examples(page('promotion.md'))).toContainEqual(describeSourceStatement('arn:aws:iam::210987654321:root'));
});

test('is in docs/iam.md for one role', () => {
  expect(SOURCE_REPOSITORY_POLICY.Statement).toEqual([describeSourceStatement('arn:aws:iam::ACCOUNT:role/ROLE')]);
  expect(examples(page('iam.md'))).toContainEqual(SOURCE_REPOSITORY_POLICY);
});
