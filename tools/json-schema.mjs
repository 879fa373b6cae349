// Writes batchwright.schema.json from the schema in src/config/schema.ts. A test fails when it was forgotten.
import { writeFileSync } from 'node:fs';
import { describeJsonSchema } from '../src/config/json-schema.ts';

writeFileSync(new URL('../batchwright.schema.json', import.meta.url), describeJsonSchema());
