import * as z from 'zod/mini';

/** Gives a schema the sentence that editors show. */
export function told<S extends z.ZodMiniType>(description: string, schema: S): S {
  z.globalRegistry.add(schema, { description });
  return schema;
}

export const text = () => z.string().check(z.minLength(1, 'must not be empty'));

export const texts = () => z.record(z.string(), z.string());
