import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';

/** Compares with `test/golden/<path>`; with UPDATE_GOLDEN=1 writes it, for `git diff` to be read. */
export function expectGolden(path: string, text: string): void {
  const file = fileURLToPath(new URL(`./golden/${path}`, import.meta.url));
  if (process.env['UPDATE_GOLDEN']) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, 'utf8'));
}
