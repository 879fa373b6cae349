/**
 * Writes docs/lint-rules.md from the rule table; test/definitions/lint/page.test.ts holds the two equal.
 *
 *     node tools/lint-rules-page.ts
 */
import { writeFileSync } from 'node:fs';
import { LINT_RULES } from '../src/definitions/lint/rules.ts';

const PAGE = new URL('../docs/lint-rules.md', import.meta.url);

/** The whole page, Markdown. */
export function lintRulesPage(): string {
  const rows = LINT_RULES.map(
    ({ name, level, description, source }) => `| \`${name}\` | ${level} | ${cell(description)} | ${cell(source)} |`,
  );
  return [
    '# Lint rules',
    '',
    `${LINT_RULES.length} rules look at every rendered definition, offline and without credentials. An **error** is what Batch refuses, or what can never`,
    'run; a **warning** costs money or surprises. Each can be turned up, down or off in `batchwright.yml`, with a reason:',
    '',
    '```yaml',
    'lint:',
    '  no-timeout: { level: off, reason: "the queue ends jobs after a day" }',
    '```',
    '',
    '| rule | level | what it finds | where it comes from |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, lintRulesPage());
