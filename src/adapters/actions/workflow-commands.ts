/**
 * The lines by which a step talks to the runner.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 *
 * `@actions/core` writes the same lines, and a test holds these equal to its; it is not used for them because loading it (undici
 * comes along) would double the time until an action's first request. Outputs and summaries, written at the end, do use it.
 */
import type { SourcePosition } from '../../errors.ts';

export function groupCommand(title: string): string {
  return `::group::${escapeText(title)}`;
}

export const END_GROUP = '::endgroup::';

export function maskCommand(secret: string): string {
  return `::add-mask::${escapeText(secret)}`;
}

export function debugCommand(text: string): string {
  return `::debug::${escapeText(text)}`;
}

/** An annotation; with a position it stands on that line of the file in the pull request. */
export function annotationCommand(
  level: 'notice' | 'warning' | 'error',
  text: string,
  position?: SourcePosition,
): string {
  const properties = position ? { file: position.path, line: position.line, col: position.column } : {};
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  return `::${level}${list.length > 0 ? ` ${list.join(',')}` : ''}::${escapeText(text)}`;
}

function escapeText(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeText(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
