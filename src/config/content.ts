/** The file as YAML gives it, valid or not: what is not of the shape that is asked for is as good as absent. */

export type Content = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Content {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function mapping(value: unknown): Content {
  return isMapping(value) ? value : {};
}

/** Those items of a list that are text. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}

/** The value if it is text. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
