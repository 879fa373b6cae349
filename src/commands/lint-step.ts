import type { Config } from '../config/model.ts';
import { lintDefinitions } from '../definitions/lint/lint.ts';
import type { Definition, LintFinding } from '../definitions/model.ts';
import { ConfigurationError } from '../errors.ts';
import type { Notify } from '../events.ts';
import { count } from '../report/format.ts';
import { groupFindings } from '../report/lint.ts';
import type { Ports } from './command.ts';
import { type Chosen, loadDefinitions } from './load.ts';

/** Lints, and tells each finding once, on its template line. */
export function lintStep(definitions: readonly Definition[], config: Config, notify: Notify): readonly LintFinding[] {
  const findings = lintDefinitions(definitions, config.lint, config.positionOf);
  for (const { level, message, rule, position, definitions: number, definition } of groupFindings(findings)) {
    const whom = number === 1 ? definition : `${definition} and ${number - 1} more`;
    notify({ type: 'message', level, text: `${message} (${rule}; ${whom})`, position });
  }
  if (findings.length === 0)
    notify({
      type: 'message',
      level: 'info',
      text: `${count(definitions.length, 'definition')} rendered; lint found nothing.`,
    });
  return findings;
}

/** Renders and lints; with errors nothing goes further. `consequence` completes the message: `nothing was registered`. */
export async function renderAndLint(
  chosen: Chosen,
  options: Parameters<typeof loadDefinitions>[1],
  consequence: string,
  ports: Ports,
): Promise<readonly Definition[]> {
  ports.notify({ type: 'step', title: 'Render and lint' });
  const definitions = await loadDefinitions(chosen, options, ports);
  const { errors } = countLevels(lintStep(definitions, chosen.config, ports.notify));
  if (errors === 0) return definitions;
  throw new ConfigurationError(
    `lint found ${count(errors, 'error')} in ${count(definitions.length, 'definition')} (above); ${consequence}`,
  );
}

export function countLevels(findings: readonly LintFinding[]): { errors: number; warnings: number } {
  const errors = findings.filter(({ level }) => level === 'error').length;
  return { errors, warnings: findings.length - errors };
}
