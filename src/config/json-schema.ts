/** The JSON Schema that editors complete and check `batchwright.yml` with. Not loaded by any verb. */
import { toJSONSchema } from 'zod/v4/core';
import { configSchema } from './schema.ts';

/** The text of `batchwright.schema.json`. */
export function describeJsonSchema(): string {
  const { $schema, ...rest } = toJSONSchema(configSchema, { target: 'draft-7', io: 'input', reused: 'inline' });
  const title = { $schema, title: 'batchwright.yml', description: 'The configuration of Batchwright.' };
  return `${JSON.stringify({ ...title, ...rest }, null, 2)}\n`;
}
