/** A plan's file, read: apart from what makes one, since most steps have no plan to read and its schema takes time to load. */
import { z } from 'zod';
import { ConfigurationError } from '../errors.ts';
import { FORMAT, idOf } from './plan-file.ts';

const text = z.string();
const revision = z.strictObject({ arn: text, revision: z.number().int(), contentHash: z.optional(text) });
const plannedDefinition = z.strictObject({
  environment: text,
  region: text,
  account: text,
  family: text,
  tier: text,
  name: text,
  action: z.enum(['unchanged', 'register-changed', 'register-new']),
  contentHash: text,
  live: z.optional(revision),
  /** For people alone: secrets are masked in it, so it cannot be what is registered. */
  diff: z.array(text),
});
const planFile = z.strictObject({
  format: z.literal(FORMAT),
  id: text,
  /** The image's digest. */
  image: text,
  commit: z.optional(text),
  ref: z.optional(text),
  definitions: z.array(plannedDefinition),
});

/**
 * No request stands in it, only its content hash: whoever applies it renders again, and the hash proves that the same came out. So a
 * value that a template takes from the environment never lands in a file that is handed around.
 */
export type PlanFile = z.infer<typeof planFile>;

/** Throws ConfigurationError when it is no plan, of another version, or has been changed by hand. */
export function parsePlanFile(path: string, content: string): PlanFile {
  const refuse = (reason: string) =>
    new ConfigurationError({ message: `${path} is not a plan that can be applied: ${reason}`, remedy: 'Plan again.' });
  const parsed = planFile.safeParse(readJson(content));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
  }
  if (idOf(parsed.data.definitions) !== parsed.data.id) throw refuse('it was changed after it was made');
  return parsed.data;
}

function readJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
