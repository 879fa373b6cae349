/** What `batchwright/batchwright@v1` is in a scenario: the actions, bundles and workflows of this checkout, and nothing else of it. */
import { cpSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT, readPart } from './repository.ts';

/** act copies the whole folder for every step, so node_modules must not be in it. */
export function copyToolkit(): string {
  const folder = mkdtempSync(join(tmpdir(), 'batchwright-toolkit-'));
  for (const part of ['actions', 'dist', '.github/workflows', 'package.json'])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  return folder;
}

interface WorkflowFile {
  readonly jobs: Readonly<Record<string, { readonly uses?: string; readonly steps?: readonly { uses?: string }[] }>>;
}

/** `owner/repository@ref` of every action of others that our workflows use, as they pin it. */
export function listForeignActions(): string[] {
  const used = readdirSync(join(ROOT, '.github/workflows')).flatMap(name => {
    const { jobs } = parse(readPart(`.github/workflows/${name}`)) as WorkflowFile;
    return Object.values(jobs).flatMap(({ steps = [] }) => steps.flatMap(({ uses }) => uses ?? []));
  });
  return [...new Set(used)].filter(uses => !uses.startsWith('batchwright/'));
}
