/** Event patterns. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html */

export type Pattern = { readonly [field: string]: Pattern | readonly Condition[] };
type Condition =
  | string
  | number
  | boolean
  | null
  | { readonly exists: boolean }
  | { readonly prefix: string }
  | { readonly 'anything-but': readonly unknown[] };

/** Every field of the pattern must match one of its conditions; `detail` may be left out of the event. */
export function matchesPattern(pattern: Pattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    const value = (event as Record<string, unknown> | undefined)?.[field];
    return isConditions(wanted) ? wanted.some(condition => matches(condition, value)) : matchesPattern(wanted, value);
  });
}

function isConditions(wanted: Pattern | readonly Condition[]): wanted is readonly Condition[] {
  return Array.isArray(wanted);
}

function matches(condition: Condition, value: unknown): boolean {
  if (Array.isArray(value)) return value.some(one => matches(condition, one));
  if (typeof condition !== 'object' || condition === null) return condition === value;
  if ('exists' in condition) return condition.exists === (value !== undefined);
  if ('prefix' in condition) return typeof value === 'string' && value.startsWith(condition.prefix);
  return value !== undefined && !condition['anything-but'].includes(value);
}

/** The pattern of a JSON text; undefined when it is none, or has a condition that is not known here. */
export function parsePattern(text: string): Pattern | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isPattern(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPattern(value: unknown): value is Pattern {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(wanted =>
    Array.isArray(wanted) ? wanted.length > 0 && wanted.every(isCondition) : isPattern(wanted),
  );
}

function isCondition(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const [name = '', ...more] = Object.keys(value);
  return more.length === 0 && ['exists', 'prefix', 'anything-but'].includes(name);
}
