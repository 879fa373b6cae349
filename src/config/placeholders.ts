import { isNearlyName } from '../nearest-name.ts';

/** `{name}` in the configuration's own text. Templates have Handlebars; a file of names needs no more than this. */

const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9]*)\}/g;

/** Fills in what is known and leaves every other brace alone. */
export function fillPlaceholders(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(PLACEHOLDER, (all, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? all) : all,
  );
}

/**
 * What in a value that may hold braces of its own (JSON, `${VAR}`, `{{x}}`, another program's `{date}`) can hardly be meant for anybody
 * else: names that are not among `known` and one slip from one of them, or are among `elsewhere`.
 */
export function mistakenPlaceholders(text: string, known: readonly string[], elsewhere: readonly string[]): string[] {
  const bare = [...text.matchAll(/(?<![${])\{([A-Za-z][A-Za-z0-9]*)\}(?!\})/g)].map(match => match[1] ?? '');
  return bare.filter(name => !known.includes(name) && (elsewhere.includes(name) || isNearlyName(name, known)));
}

/** The names in `text` that are not among `known`. */
export function unknownPlaceholders(text: string, known: readonly string[]): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(match => match[1] ?? '').filter(name => !known.includes(name));
}
