import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { lintRulesPage } from '../../../tools/lint-rules-page.ts';

test('docs/lint-rules.md is what `node tools/lint-rules-page.ts` writes', () => {
  expect(readFileSync('docs/lint-rules.md', 'utf8')).toBe(lintRulesPage());
});
