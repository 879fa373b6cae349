/** `{name}` in the configuration's own text. Templates have Handlebars; a file of names needs no more than this. */

const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9]*)\}/g;

/** Fills in what is known and leaves every other brace alone. */
export function fillPlaceholders(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(PLACEHOLDER, (all, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? all) : all,
  );
}

/** The names in `text` that are not among `known`. */
export function unknownPlaceholders(text: string, known: readonly string[]): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(match => match[1] ?? '').filter(name => !known.includes(name));
}
