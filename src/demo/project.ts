/** The demo's project: the example as it is, or a copy with exactly one thing wrong. */

import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseDocument } from 'yaml';
import { generateTickets } from '../../examples/content-cues/tickets.mjs';
import type { Break } from './options.ts';

export const EXAMPLE = 'examples/content-cues';
const COPY = '.demo/project';

/** What each `--break` does, in one sentence. */
export const BROKEN: Readonly<Record<Break, string>> = {
  app: 'The model builder of account 102 throws: an application error.',
  oom: 'The model builder of account 102 takes more memory than its tier has.',
  'missing-account': "Account 103's tickets are not in the bucket.",
  'bad-template': 'The job definition template has two misspelt members.',
  production:
    "Production's bucket lacks account 103's tickets, so what was proven in test fails there and is taken back.",
  'bad-image': 'The definitions name an image digest that is not in the registry.',
};

/** The folder of the project to deploy. */
export async function prepareProject(broken: Break | undefined): Promise<string> {
  if (broken !== 'app' && broken !== 'oom' && broken !== 'bad-template') return EXAMPLE;
  await rm(COPY, { recursive: true, force: true });
  await cp(EXAMPLE, COPY, { recursive: true });
  if (broken === 'bad-template') await misspell(join(COPY, 'job-definition.json.hbs'));
  else await setEnvironment(join(COPY, 'batchwright.yml'), `${broken}:102`);
  return COPY;
}

async function misspell(template: string): Promise<void> {
  const text = await readFile(template, 'utf8');
  await writeFile(
    template,
    text.replace('"jobRoleArn"', '"jobRolArn"').replace('"attemptDurationSeconds"', '"attemptDurationSecond"'),
  );
}

async function setEnvironment(config: string, value: string): Promise<void> {
  const document = parseDocument(await readFile(config, 'utf8'));
  document.setIn(['environments', 'test', 'smokeTest', 'environment', 'BREAK'], value);
  await writeFile(config, String(document));
}

/** A commit for the example: forty digits made from its files, so that the same files are the same commit, with or without git. */
export async function hashProject(folder: string): Promise<string> {
  const hash = createHash('sha1');
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = files.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  for (const path of paths.sort()) hash.update(`${path.slice(folder.length)}\0`).update(await readFile(path));
  return hash.digest('hex');
}

const MANIFEST = '.demo/accounts.csv';

/** What the team's own database would give every day: each customer account, and how many tickets it has. */
export async function writeManifest(customers: readonly string[]): Promise<string> {
  const lines = customers.map(customer => `${customer},${generateTickets(customer).length}\n`);
  await mkdir(dirname(MANIFEST), { recursive: true });
  await writeFile(MANIFEST, `id,tickets\n${lines.join('')}`);
  return MANIFEST;
}
