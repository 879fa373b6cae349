import type { Config } from '../config/model.ts';
import { lintDefinitions } from '../definitions/lint/lint.ts';
import type { Definition, LintFinding } from '../definitions/model.ts';
import type { Notify } from '../events.ts';
import { groupFindings } from '../report/lint.ts';

/** Lints, and tells each finding once, on its template line. */
export function lintStep(definitions: readonly Definition[], config: Config, notify: Notify): readonly LintFinding[] {
  const findings = lintDefinitions(definitions, config.lint, config.positionOf);
  for (const { level, message, rule, position, definitions: number, definition } of groupFindings(findings)) {
    const whom = number === 1 ? definition : `${definition} and ${number - 1} more`;
    notify({ type: 'message', level, text: `${message} (${rule}; ${whom})`, position });
  }
  return findings;
}

export function countLevels(findings: readonly LintFinding[]): { errors: number; warnings: number } {
  const errors = findings.filter(({ level }) => level === 'error').length;
  return { errors, warnings: findings.length - errors };
}
