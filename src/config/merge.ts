type Mapping = Readonly<Record<string, unknown>>;

/** Mappings are merged key by key, at every depth; anything else (lists too) is replaced. A key that is undefined says nothing. */
export function mergeDeep<T extends object>(base: T, over: T | undefined): T {
  return over === undefined ? base : (mergeMappings(base as Mapping, over as Mapping) as T);
}

function mergeMappings(base: Mapping, over: Mapping): Mapping {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const before = result[key];
    result[key] = isMapping(before) && isMapping(value) ? mergeMappings(before, value) : value;
  }
  return result;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
