import * as z from 'zod/mini';

/** Gives a schema the sentence that editors show. */
export function told<S extends z.ZodMiniType>(description: string, schema: S): S {
  z.globalRegistry.add(schema, { description });
  return schema;
}

interface Hint {
  /** What to write where it is missing. */
  readonly missing?: string;
  /** Of a choice: what people call it → its name. */
  readonly aliases?: Readonly<Record<string, string>>;
}
const hints = z.registry<Hint>();

/** Gives a schema what only an error has to say. */
export function hinted<S extends z.ZodMiniType>(hint: Hint, schema: S): S {
  hints.add(schema, hint);
  return schema;
}

export function hintOf(schema: z.core.$ZodType | undefined): Hint {
  return (schema && hints.get(schema)) ?? {};
}

export const text = () => z.string().check(z.minLength(1, 'must not be empty'));

export const texts = () => z.record(z.string(), z.string());
