import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createFiles } from '../adapters/files.ts';
import { createInitCommand } from '../commands/init.ts';

/** `batchwright init`, with the starters that came with this toolkit. */
export const initCommand = createInitCommand({
  starters: createFiles(fileURLToPath(new URL('../../templates/', import.meta.url))),
  removeFile: path => rm(path, { force: true }),
});
